"""A server's settings: where they come from, and that a wrong one stops the start."""

from dataclasses import fields

import pytest
from focal.declared import declarations
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


@pytest.mark.parametrize(
    ("configured", "environment", "sentence"),
    [
        ({"max_megapixel": 1}, {}, '^"max_megapixel" is not known; the known names are device'),
        ({7: 1}, {}, '^"7" is not known'),
        ({"max_side_px": "16383"}, {}, "^max_side_px must be a whole number from 64 to 16383"),
        ({"max_megapixels": None}, {}, "^max_megapixels must be a number"),
        ({}, {"FOCAL_MAX_SIDE_PX": "many"}, "^max_side_px must be a whole number"),
        ({}, {"FOCAL_DEVICE": "gpu"}, "^device must be one of auto, cpu, cuda"),
        (["device"], {}, "^handler: in model-config.yaml must hold settings"),
    ],
)
def test_a_wrong_setting_is_named_in_a_sentence(configured, environment, sentence):
    with pytest.raises(ValueError, match=sentence):
        load_settings(configured, environment)


def test_the_pixel_limit_is_a_count():
    assert load_settings({"max_megapixels": 0.5}, {}).max_pixels == 500_000
