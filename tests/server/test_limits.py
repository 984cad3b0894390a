"""The settings of the server to be started, read from its archive and the environment."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from focal.settings import Settings
from server.limits import archived_limits
from setup.archive import HANDLER
from setup.console import CommandError


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return archive_with(tmp_path, (HANDLER / "model-config.yaml").read_text())


def archive_with(folder: Path, configuration: str) -> Path:
    """An archive that holds nothing but this model-config.yaml."""
    with zipfile.ZipFile(folder / "focal.mar", "w") as mar:
        mar.writestr("model-config.yaml", configuration)
    return folder / "focal.mar"


def test_the_repositorys_configuration_gives_the_defaults(archive: Path) -> None:
    assert archived_limits(archive, {}) == Settings()


def test_the_environment_overrides_the_archive(tmp_path: Path) -> None:
    archive = archive_with(tmp_path, "handler: {max_side_px: 4000, max_wait_s: 50}")

    limits = archived_limits(archive, {"FOCAL_MAX_WAIT_S": "40"})

    assert (limits.max_side_px, limits.max_wait_s) == (4000, 40)


@pytest.mark.parametrize("configuration", ["", "minWorkers: 1", "handler:"])
def test_an_archive_may_leave_all_to_the_defaults(tmp_path: Path, configuration: str) -> None:
    assert archived_limits(archive_with(tmp_path, configuration), {}) == Settings()


def test_a_wrong_setting_is_a_sentence(archive: Path) -> None:
    with pytest.raises(CommandError, match=r"^max_megapixels must be a number from 0.01 to 175\.$"):
        archived_limits(archive, {"FOCAL_MAX_MEGAPIXELS": "1e9"})


@pytest.mark.parametrize(("configuration", "timeout_s"), [("responseTimeout: 30", 30), ("", 120)])
def test_the_gateway_must_give_up_before_torchserve_ends_the_worker(
    tmp_path: Path, configuration: str, timeout_s: int
) -> None:
    archive = archive_with(tmp_path, configuration)

    with pytest.raises(CommandError, match=rf"^max_wait_s must be less than responseTimeout .*\({timeout_s}\)"):
        archived_limits(archive, {"FOCAL_MAX_WAIT_S": str(timeout_s), "FOCAL_MAX_DECODE_S": "1"})
