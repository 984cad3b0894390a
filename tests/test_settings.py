"""A server's settings: where they come from, and that a wrong one stops the start."""

from dataclasses import fields

import pytest
from focal.declarations import declarations
from focal.settings import Settings, load_settings


def test_without_configuration_the_defaults_hold():
    assert load_settings({}, {}) == Settings()


def test_each_default_is_valid_itself():
    for name, declaration in declarations(Settings).items():
        assert declaration.check(name, getattr(Settings(), name)) == getattr(Settings(), name)


def test_each_field_is_declared():
    assert list(declarations(Settings)) == [field.name for field in fields(Settings)]


def test_the_environment_overrides_the_configuration_file():
    settings = load_settings({"max_megapixels": 12, "max_side_px": 4000}, {"FOCAL_MAX_MEGAPIXELS": "24"})

    assert (settings.max_megapixels, settings.max_side_px) == (24.0, 4000)


def test_variables_of_the_scripts_are_left_alone():
    assert load_settings({}, {"FOCAL_PORT": "8000", "PATH": "/bin"}) == Settings()


def test_an_empty_variable_counts_as_not_set():
    empty = {f"FOCAL_{name.upper()}": "" for name in declarations(Settings)}

    assert load_settings({"max_side_px": 4000}, empty | {"FOCAL_MAX_GRIBBLES": ""}) == Settings(max_side_px=4000)


def test_a_limit_that_does_not_exist_is_refused_and_the_one_that_was_meant_named():
    with pytest.raises(ValueError, match=r'^"FOCAL_MAX_MEGAPIXEL" is not known; did you mean FOCAL_MAX_MEGAPIXELS'):
        load_settings({}, {"FOCAL_MAX_MEGAPIXEL": "24"})


@pytest.mark.parametrize(
    ("configured", "environment", "sentence"),
    [
        ({"max_megapixel": 1}, {}, '^"max_megapixel" is not known; did you mean max_megapixels'),
        ({7: 1}, {}, '^"7" is not known; the known names are device'),
        ({"max_side_px": "16383"}, {}, "^max_side_px must be a whole number from 64 to 16383"),
        ({"max_megapixels": None}, {}, "^max_megapixels must be a number"),
        ({}, {"FOCAL_MAX_SIDE_PX": "many"}, "^max_side_px must be a whole number"),
        ({}, {"FOCAL_DEVICE": "gpu"}, "^device must be one of auto, cpu, cuda"),
        ({}, {"FOCAL_OTLP_ENDPOINT": "collector:4318"}, r"^otlp_endpoint must be an address such as http://127"),
        ({}, {"FOCAL_OTLP_ENDPOINT": "http://ada:secret@collector"}, "^otlp_endpoint must be .* no name, password or"),
        ({"otlp_endpoint": None}, {}, "^otlp_endpoint must be an address"),
        (["device"], {}, "^handler: in model-config.yaml must hold settings"),
        (
            {"max_photo_bytes": 60_000_000},
            {},
            r"^max_body_bytes must be at least 80001000, .* max_photo_bytes \(60000000\); it is 66000000\.$",
        ),
        ({}, {"FOCAL_LARGE_BODY_BYTES": "70000000"}, r"^large_body_bytes must be at most max_body_bytes \(66000000\)"),
        ({"max_decode_s": 30}, {}, r"^max_wait_s must be more than 60, twice max_decode_s \(30\); it is 60\.$"),
    ],
)
def test_a_wrong_setting_is_named_in_a_sentence(configured, environment, sentence):
    with pytest.raises(ValueError, match=sentence):
        load_settings(configured, environment)


def test_the_pixel_limit_is_a_count():
    assert load_settings({"max_megapixels": 0.5}, {}).max_pixels == 500_000


def test_the_places_are_shared_by_the_workers_and_a_client_has_at_most_half_of_them():
    settings = Settings(max_photos_per_worker=5, max_large_bodies_per_worker=2, max_photos_per_client=6)

    assert [settings.photos_at_once(workers) for workers in (1, 2, 4)] == [5, 10, 20]
    assert [settings.large_bodies_at_once(workers) for workers in (1, 2, 4)] == [2, 4, 8]
    assert [settings.large_bodies_at_once_per_client(workers) for workers in (1, 2, 4)] == [1, 2, 4]
    assert [settings.photos_at_once_per_client(workers) for workers in (1, 2, 4)] == [2, 5, 6]


def test_a_single_place_is_anybodys():
    settings = Settings(max_photos_per_worker=1, max_large_bodies_per_worker=2)

    assert settings.photos_at_once_per_client(1) == settings.large_bodies_at_once(1) == 1
    assert settings.large_bodies_at_once_per_client(1) == 1


def test_the_memory_of_all_bodies_counts_the_few_that_may_be_long():
    settings = Settings(
        max_photos_per_worker=10, max_large_bodies_per_worker=2, large_body_bytes=1_000, max_body_bytes=5_000
    )

    assert settings.body_memory_bytes(workers=1) == 8 * 1_000 + 2 * 5_000


def test_the_memory_of_worker_and_decoder_grows_with_the_largest_photo_only():
    small, large = Settings(max_megapixels=1.0), Settings(max_megapixels=2.0, max_photo_bytes=1_000)

    assert large.worker_memory_bytes - small.worker_memory_bytes == 24_000_000
    assert large.decoder_memory_bytes - small.decoder_memory_bytes == 18_000_000
