"""Every command in every document is run by a test: here is by which, and that test exists.

Commands are what stands in ```bash blocks, in indented lines and between backticks and begins like one of BEGINNINGS.
The documents whose commands a test of their own runs, one by one, are in OWN_TESTS.
"""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT

OWN_TESTS = {
    "docs/operations.md": "end_to_end/test_operations_page.py",
    "docs/command-line.md": "batch/test_command_line.py",
    "docs/bulk.md": "batch/test_bulk_ray.py",
}
PROGRAMS = r"(?:curl|python3?|docker|buildah|torchserve|pytest|journalctl) "
BEGINNINGS = rf"(?:FOCAL_\w+=\S+ |\./scripts/\w|scripts/\w+ |PYTHONPATH=|{PROGRAMS})"
# There is no engine where the tests run; docs/container.md says how the image was built.
NO_ENGINE = "deploy/test_container.py::test_it_holds_every_file_that_a_server_reads"

# A command's pattern, and who runs it.
RUN_BY = {
    r"\./scripts/fetch-weights --backbone \w+": (
        "setup/test_weights.py::test_weights_in_a_package_are_found_without_importing_it"
    ),
    r"\./scripts/fetch-weights --people": (
        "setup/test_people.py::test_both_files_lie_in_one_folder_and_are_the_declared_ones"
    ),
    r"\./scripts/serve( --backbone vgg11)?": "end_to_end/test_serve.py::test_a_real_prediction_comes_back",
    r"(\./)?scripts/serve --check": "end_to_end/test_serve.py::test_check_succeeds_on_a_running_server",
    r"\./scripts/ops rotate-keys": "end_to_end/test_ops.py::test_keys_are_rotated_without_losing_a_photo",
    r"\./scripts/ops scale N": "end_to_end/test_ops.py::test_a_worker_less_loses_no_photo",
    r"scripts/ops keys( add NAME)?": "server/test_ops_keys.py::test_a_key_is_shown_once_and_its_hash_kept",
    r"scripts/ops keys revoke": "server/test_ops_keys.py::test_a_revoked_key_is_gone_and_the_others_stay",
    r"\./scripts/serve --prune": "setup/test_prune.py::test_other_environments_go_and_it_says_how_much",
    r"FOCAL_OFFLINE=1 (PIP_FIND_LINKS=wheels )?\./scripts/serve": (
        "setup/test_environment.py::test_offline_wheels_of_a_folder_serve"
    ),
    r"python3 -m pip download .*": "setup/test_environment.py::test_offline_wheels_of_a_folder_serve",
    r"\./scripts/fetch-weights": "setup/test_people.py::test_the_command_prints_the_folder_of_the_files",
    r"\./scripts/serve --weights FILE --people-weights FOLDER": (
        "setup/test_archive.py::test_they_can_be_taken_from_a_folder_and_must_be_the_declared_ones"
    ),
    r"(\./)?scripts/serve --ready": "end_to_end/test_serve.py::test_ready_succeeds_on_a_running_server",
    r"curl -F img=@photo\.jpg -F depthImage=.*": (
        "end_to_end/test_predictions.py::"
        "test_an_iphones_portrait_is_blurred_by_its_own_depth_and_a_map_that_is_sent_goes_before_it"
    ),
    r"python3 client\.py .* --depth .*": (
        "clients/test_command_line.py::test_a_map_of_depth_is_named_or_lies_in_a_folder_under_the_photos_name"
    ),
    r"\./scripts/focal photo\.jpg --depth .*": "batch/test_options.py::test_depth_is_a_word_or_the_place_of_maps",
    r"\./scripts/(focal|bulk)": "batch/test_options.py::test_depth_is_a_word_or_the_place_of_maps",
    r"curl -F img=@photo\.jpg( -H .*)?": "end_to_end/test_recipes.py::test_the_first_two_lines_to_try",
    r"python3 client\.py .*": "end_to_end/test_recipes.py::test_the_first_two_lines_to_try",
    r"python3 -m pip install \./clients/python": (
        "clients/test_python_package.py::test_both_clients_work_with_nothing_but_what_it_names"
    ),
    r"curl .*(-F strength=|--data-binary ).*": "end_to_end/test_recipes.py::test_the_recipe_for_curl",
    r"\./scripts/focal (photo\.jpg|--json PHOTOS)": (
        "batch/test_command_line.py::test_every_example_of_the_document_runs"
    ),
    r"torchserve --(start .*|stop)": "end_to_end/test_plain_torchserve.py::test_it_serves_with_its_token_and_stops",
    r"PYTHONPATH=scripts:handler python3 -m lab\.quality\.people_report .*": (
        "lab/test_people_report.py::test_it_prints_a_line_for_each_kind_and_each_third"
    ),
    r"PYTHONPATH=handler python3 -m focal\.api\.openapi .*": (
        "api/test_openapi.py::test_the_file_that_is_served_is_the_document"
    ),
    r"PYTHONPATH=handler:\. python3 -m tests\.helpers\.matrix\.document .*": (
        "photo/test_formats_matrix.py::test_the_document_is_printed_from_the_matrix"
    ),
    r"scripts/evaluate FOLDER --dataset .*": (
        "lab/test_evaluate.py::test_a_published_set_is_measured_with_one_command_by_kind_and_against_an_earlier_run"
    ),
    r"scripts/evaluate PHOTOS MASKS.*": (
        "lab/test_evaluate.py::test_it_measures_each_mask_of_each_photo_and_saves_what_it_prints"
    ),
    r"\./scripts/make-pictures": "lab/test_make_pictures.py::test_every_picture_of_the_documents_is_made",
    r"\./scripts/soak --chaos .*": (
        "lab/test_chaos.py::test_everything_happens_in_turn_and_nothing_so_often_that_serve_would_give_up"
    ),
    r"\./scripts/soak .*": (
        "end_to_end/test_load.py::test_mixed_and_hostile_photos_for_half_a_minute_keep_every_promise"
    ),
    r"(\./)?scripts/bench .*": (
        "lab/test_bench.py::test_a_quick_run_shows_focal_faster_than_the_published_code_and_slower_than_its_floor"
    ),
    r"sudo (git|install|systemd-sysusers|systemctl)\b.*|systemctl .*": (
        "deploy/test_systemd.py::test_systemd_finds_nothing_wrong_with_it"
    ),
    r"(sudo -u focal .*|\./)scripts/ops status": (
        "end_to_end/test_ops.py::test_status_says_what_is_served_and_how_it_went"
    ),
    r"journalctl .*": "end_to_end/test_logs.py::test_an_answered_photo_has_two_lines_under_its_clients_id",
    r"scripts/ops rotate-keys": "end_to_end/test_ops.py::test_keys_are_rotated_without_losing_a_photo",
    r"python3 -m timeit .*": (
        "network/test_model.py::test_weights_that_are_not_those_of_the_archive_are_one_clear_sentence"
    ),
    r"(IMAGE=\S+ )?docker .*|buildah .*": NO_ENGINE,
    r"scripts/gpu-check": "lab/test_gpu_check.py::test_without_a_gpu_it_says_so_in_one_sentence",
    r"\./scripts/sbom .*": "lab/test_sbom.py::test_it_is_valid_and_lists_every_pinned_package_and_network",
    r"\./scripts/pin": "setup/test_pins.py::test_every_file_is_complete_and_torch_is_in_its_own_alone",
    r"\./scripts/audit": "setup/test_audit.py::test_an_advisory_fails_it_and_is_named",
}


def commands(document: str) -> list[str]:
    text = (ROOT / document).read_text(encoding="utf-8").replace("\\\n", " ")
    blocks = re.findall(r"```bash\n(.*?)```", text, re.DOTALL)
    rest = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    found = [line for block in blocks for line in block.splitlines() if line and not line.startswith("#")]
    found += re.findall(rf"(?m)^    ({BEGINNINGS}.*)$", rest)
    found += [code for code in re.findall(r"`([^`\n]+)`", rest) if re.match(BEGINNINGS, code)]
    # A file's name is no command; a file of tests with one of its tests neither.
    return [
        c for c in dict.fromkeys(found) if not re.fullmatch(r"\S*scripts/[\w/.,*{}-]+(::\w+)?", c) or c.startswith("./")
    ]


DOCUMENTS = sorted(
    str(file.relative_to(ROOT)) for file in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")] if file.name != "CHANGELOG.md"
)
COMMANDS = [
    (document, command) for document in DOCUMENTS if document not in OWN_TESTS for command in commands(document)
]


@pytest.mark.parametrize(("document", "command"), COMMANDS)
def test_every_command_is_run_by_a_test(document, command):
    if re.match(r"(pytest|\./scripts/test)\b", command):
        assert selects_tests(command)
        return
    claims = [test for pattern, test in RUN_BY.items() if re.fullmatch(pattern, command)]
    assert claims, f"no test runs this command of {document}; write one and name it in RUN_BY"


def selects_tests(command: str) -> bool:
    """Whether the files and folders that a test command names are there, and hold a test of the word after -k."""
    named = [ROOT / word for word in command.split() if word.startswith("tests/")]
    files = [file for path in named for file in (path.rglob("test_*.py") if path.is_dir() else [path])]
    word = command.split(" -k ")[1].split()[0] if " -k " in command else ""
    return all(path.exists() for path in named) and all(
        re.search(rf"def test_\w*{word}", file.read_text()) for file in files
    )


@pytest.mark.parametrize("test", sorted(set(RUN_BY.values())))
def test_who_runs_a_command_exists(test):
    file, name = test.split("::")
    assert f"def {name}(" in (ROOT / "tests" / file).read_text(encoding="utf-8")


def anchor(heading: str) -> str:
    """What a link to a heading ends in."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("document", [*DOCUMENTS, "CHANGELOG.md"])
def test_every_link_leads_somewhere(document):
    here = ROOT / document
    text = re.sub(r"```.*?```", "", here.read_text(encoding="utf-8"), flags=re.DOTALL)
    for address, place in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", text):
        there = here.parent / address if address else here
        assert there.exists(), address
        if place:
            headings = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), re.MULTILINE)
            assert place in map(anchor, headings), f"{address}#{place}"


@pytest.mark.parametrize(("document", "file"), OWN_TESTS.items())
def test_a_document_with_its_own_test_is_read_by_it(document, file):
    assert document.removeprefix("docs/") in (ROOT / "tests" / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_python_is_called_by_the_name_that_every_system_has(document):
    for command in commands(document):
        assert not re.search(r"(^|\s)python\s", command), "Debian and macOS have no `python`: write python3"
