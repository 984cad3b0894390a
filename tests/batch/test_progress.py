"""How far a job has come, in a terminal and elsewhere."""

from batch.progress import PhotoProgress


def test_elsewhere_each_tenth_has_a_line(capsys):
    progress = PhotoProgress(20)
    for n in range(20):
        progress.advance(ok=n != 3)

    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 10
    assert lines[0].startswith("[###                           ] 2 of 20")
    assert ", 1 failed" in lines[-1]
    assert lines[-1].startswith("[##############################] 20 of 20")


def test_a_rate_is_told_once_it_is_known(capsys, monkeypatch):
    clock = iter([0.0, 5.0, 5.0, 5.0001, 7.0, 8.0])  # the start, the first photo, and then each line's
    monkeypatch.setattr("batch.progress.time.monotonic", clock.__next__)
    progress = PhotoProgress(4)
    for _ in range(4):
        progress.advance(ok=True)

    assert [" a second" in line for line in capsys.readouterr().err.splitlines()] == [False, False, True, False]


def test_on_a_terminal_the_line_is_written_anew_for_each_photo(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    progress = PhotoProgress(3)
    for _ in range(3):
        progress.advance(ok=True)

    text = capsys.readouterr().err
    assert text.count("\r\x1b[K") == 3
    assert text.count("\n") == 1
