"""What the benchmark makes of its measurements: rounds, ratios, tables, goals."""

from __future__ import annotations

from functools import partial

import pytest
from lab.benchmark.charts import contention, fitted_line
from lab.benchmark.figures import Figures, Record, Spread, median_interval
from lab.benchmark.goals import goal_tables
from lab.benchmark.report import runs_line
from lab.benchmark.rounds import Case, interleave
from lab.benchmark.tables import as_markdown, pivot, tables, write_into


def record(section="floor", values=(1.0,), unit="s", **labels):
    return Record(section, tuple(values), labels, unit)


def test_every_case_runs_once_in_each_round_forwards_and_backwards_in_turn():
    ran = []
    cases = [Case({"what": name}, partial(ran.append, name)) for name in "abc"]

    records = interleave("floor", cases, rounds=2)

    assert "".join(ran) == "abc" + "abc" + "cba"  # the first three warm up
    assert [len(one.values) for one in records] == [2, 2, 2]


def test_a_case_may_return_its_figure_or_its_stages():
    figure, staged = Case({}, lambda: 7.5, "photos/s"), Case({}, lambda: {"decode": 0.25})

    rate, whole, decode = interleave("clients", [figure, staged], rounds=3)

    assert (rate.values, rate.unit) == ((7.5, 7.5, 7.5), "photos/s")
    assert whole.labels == {}
    assert decode == Record("clients", (0.25, 0.25, 0.25), {"stage": "decode"})


def test_a_ratio_is_formed_round_by_round():
    slow, fast = record(values=(10, 20, 90)), record(values=(1, 2, 9))

    assert Figures().ratio(slow, fast) == Spread(10, 10, 10)
    assert Figures().ratio(slow, None) is None


def test_figures_are_found_by_all_their_labels_or_by_some():
    whole, stage = record(what="focal", megapixels=2), record(what="focal", megapixels=2, stage="decode")
    figures = Figures(records=[whole, stage, record("http", what="focal", megapixels=2)])

    assert figures.one("floor", what="focal", megapixels=2) is whole
    assert figures.find("floor", what="focal") == [whole, stage]
    assert figures.one("floor", what="other") is None


def test_a_section_measured_again_replaces_itself_alone(tmp_path):
    figures = Figures({"cores": 2}, {"floor": "scripts/bench"}, [record(values=[1 / 3]), record("http", values=[2])])

    figures.replace("http", [record("http", values=[3])], "scripts/bench --only http")
    figures.write(tmp_path / "figures.json")

    assert Figures.read(tmp_path / "figures.json") == figures
    assert [one.values for one in figures.records] == [(1 / 3,), (3,)]
    assert figures.commands == {"floor": "scripts/bench", "http": "scripts/bench --only http"}


def test_runs_are_added_to_those_that_there_are():
    figures = Figures(records=[record("runs", values=[1], what="focal")])

    figures.extend("runs", [record("runs", values=[2, 3], what="focal")], "scripts/bench --only runs")

    assert [one.values for one in figures.find("runs")] == [(1, 2, 3)]


def test_runs_give_their_ratio_an_interval_and_the_extremes():
    focal = record("runs", values=[1.0] * 10, what="focal", backbone="lite0", megapixels=12)
    published = record("runs", values=range(1, 11), what="published, resident", megapixels=12)

    line = runs_line(Figures(records=[focal, published]))

    assert "10 runs in fresh processes: 5.5 times" in line
    assert "95% interval of the median 2 to 9; single runs 1 to 10" in line


@pytest.mark.parametrize(("count", "ranks"), [(5, (0, 4)), (6, (0, 5)), (9, (1, 7)), (20, (5, 14))])
def test_the_interval_of_a_median_lies_between_the_ranks_that_tables_name(count, ranks):
    assert median_interval(range(count)) == ranks


@pytest.mark.parametrize("text", ["", "[]", '{"records": [{"seconds": 1}]}'])
def test_another_file_is_not_taken_for_figures(tmp_path, text):
    (tmp_path / "other.json").write_text(text)
    with pytest.raises(ValueError, match=r"other\.json does not hold a benchmark's figures"):
        Figures.read(tmp_path / "other.json")


def test_a_table_has_a_cell_for_each_row_and_column_that_was_measured():
    records = [
        record(values=[0.1, 0.2, 0.9], what="focal", megapixels=2),
        record(values=[0.0012], what="floor", megapixels=2),
        record(values=[0.5], what="focal", megapixels=0.5),
    ]

    table = pivot(records, ("megapixels",), ("what",))

    assert table == [["megapixels", "focal", "floor"], ["2", "200 ms", "1.2 ms"], ["0.5", "500 ms", ""]]
    assert as_markdown(table).splitlines()[:2] == ["| megapixels | focal | floor |", "| --- | --- | --- |"]


def test_the_stages_make_a_table_of_their_own_beside_the_whole():
    labels = {"backbone": "alexnet", "megapixels": 2.0, "format": "JPEG", "sent": "json"}
    figures = Figures(records=[record("stages", [0.2], **labels), record("stages", [0.1], **labels, stage="decode")])

    found = tables(figures)

    assert found["stages"] == [["backbone", "megapixels", "decode", "all"], ["alexnet", "2", "100 ms", "200 ms"]]
    assert found["ways"] == [["backbone", "megapixels", "JPEG json"], ["alexnet", "2", "200 ms"]]


def test_a_document_changes_between_its_marks_only(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- figures: a -->\nold\n<!-- end -->\nbetween\n<!-- figures: b -->\n<!-- end -->\n")

    placed = write_into(page, {"a": "new \\1", "c": "nowhere"})

    assert placed == ["a"]
    assert page.read_text() == (
        "before\n<!-- figures: a -->\nnew \\1\n<!-- end -->\nbetween\n<!-- figures: b -->\n<!-- end -->\n"
    )


def test_each_goal_says_whether_it_is_reached_and_by_what_figure():
    focal = {"what": "focal", "backbone": "alexnet", "format": "JPEG", "sent": "json"}
    figures = Figures(
        records=[
            record(values=[0.1, 0.1, 0.1], **focal, megapixels=0.5),
            record(values=[0.7, 0.7, 0.7], what="published, resident", megapixels=0.5),
            record(values=[0.2, 0.2, 0.2], **focal, megapixels=2),
            record(values=[0.5, 1.0, 1.1], what="published, resident", megapixels=2),
            record("memory", [460], "MB", backbone="alexnet", what="above idle", megapixels=12),
        ]
    )

    found = goal_tables(figures)

    assert found["ratios"][1][1:] == ["alexnet", "yes: 7 ×, ≥ 6", "NO: 5 (3.75 to 5.25) ×, ≥ 7", ""]
    assert found["goals"][1][1:] == ["alexnet", "NO: 460 MB, ≤ 450"]


def test_a_build_is_held_against_another_in_each_size_that_was_measured():
    labels = {"backbone": "alexnet", "cores": "all", "sent": "json"}
    figures = Figures(
        records=[
            record("builds", [0.07, 0.07], **labels, build="this", megapixels=0.5, clients=1),
            record("builds", [0.10, 0.10], **labels, build="other", megapixels=0.5, clients=1),
            record("builds", [9, 9], "photos/s", **labels, build="this", megapixels=2, clients=4),
            record("builds", [10, 10], "photos/s", **labels, build="other", megapixels=2, clients=4),
        ]
    )

    one_client, four_clients = goal_tables(figures)["ratios to another build"][1:]

    assert one_client[1:] == ["alexnet", "yes: 0.7 ×, ≤ 0.75", "", "", ""]
    assert four_clients[1:] == ["alexnet", "", "NO: 0.9 ×, ≥ 1.03", "", ""]


def test_memory_is_a_line_and_cores_are_slowed_by_each_other():
    points = [record("memory", [100 + 20 * size], "MB", megapixels=size) for size in (0.5, 12, 48)]
    assert fitted_line(points) == pytest.approx((100, 20))
    assert contention(4, 8) == 0
    assert contention(4, 4) == 1
