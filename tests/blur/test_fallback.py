"""When the gentle blur is used."""

import pytest
from focal.blur.fallback import gentle_strength, is_gentle


@pytest.mark.parametrize(
    ("fallback", "confidence", "gentle"),
    [
        ("auto", 0.65, True),
        ("auto", 0.66, False),  # the limit that docs/mask.md gives
        ("auto", None, False),
        ("always", 1.0, True),
        ("always", None, True),
        ("never", 0.0, False),
        ("never", None, False),
    ],
)
def test_the_option_and_the_confidence_decide(fallback, confidence, gentle):
    assert is_gentle(fallback, confidence) == gentle


def test_the_gentle_blur_is_weaker_and_none_stays_none():
    assert 0 < gentle_strength(0.04) < 0.02
    assert gentle_strength(0) == 0
