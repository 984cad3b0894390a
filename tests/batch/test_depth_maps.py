"""Maps of depth on a command line: one for all photos, or a folder of maps with the photos' names."""

import pickle

import pytest
from batch.bulk.maps import maps_at
from batch.depth_maps import local_maps
from setup.console import CommandError


@pytest.fixture
def maps(tmp_path):
    """A folder of maps."""
    for name in ("boat.png", "deep/boat.tif", ".hidden.png", "notes.txt"):
        file = tmp_path / "maps" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(name.encode())
    return tmp_path / "maps"


@pytest.mark.parametrize("maps_of", [local_maps, maps_at])
def test_a_photos_map_has_its_name_and_place_and_any_suffix(maps, maps_of):
    found = pickle.loads(pickle.dumps(maps_of(str(maps))))  # noqa: S301 (as it comes to the processes of a job)

    assert found.of("boat.jpg", 99) == b"boat.png"
    assert found.of("deep/boat.heic", 99) == b"deep/boat.tif"
    assert len(found.of("boat.jpg", 3)) == 4, "one more than the limit, so that it is refused"


@pytest.mark.parametrize("maps_of", [local_maps, maps_at])
@pytest.mark.parametrize("photo", ["ship.jpg", "other/boat.jpg", ".hidden.jpg", "notes.jpg"])
def test_a_photo_without_a_map_is_told_so(maps, maps_of, photo):
    with pytest.raises(OSError, match=f"There is no map of {photo}"):
        maps_of(str(maps)).of(photo, 99)


@pytest.mark.parametrize("maps_of", [local_maps, maps_at])
def test_one_map_is_for_every_photo(maps, maps_of):
    assert maps_of(str(maps / "boat.png")).of("anything.jpg", 99) == b"boat.png"


def test_two_maps_of_one_name_are_refused(maps):
    (maps / "boat.jpg").write_bytes(b"")

    with pytest.raises(CommandError, match=r"two maps of one name, boat\.jpg and boat\.png"):
        local_maps(str(maps))


@pytest.mark.parametrize("place", ["nowhere", "empty"])
def test_a_place_without_maps_is_refused(tmp_path, monkeypatch, place):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()

    with pytest.raises(CommandError, match=r"no map of depth in empty|nowhere is neither auto, flat, nor a map"):
        local_maps(place)
