"""What belongs to people although their network hardly sees it."""

from __future__ import annotations

import numpy as np
import pytest
from focal.mask.limbs import edge_strength, with_limbs
from focal.mask.own_colours import colour_bins

SIZE = 168, 224
BODY = np.zeros(SIZE, bool)
BODY[20:120, 90:130] = True
LEG = np.zeros(SIZE, bool)
LEG[120:165, 95:107] = True


def photo(shown: np.ndarray) -> np.ndarray:
    """A photo in which a shape has a colour of its own."""
    return np.where(shown[..., None], np.float32([0.8, 0.5, 0.3]), np.float32([0.2, 0.4, 0.6])).astype(np.float32)


def likelihood(of_leg: float) -> np.ndarray:
    return np.where(BODY, 1, np.where(LEG, of_leg, 0)).astype(np.float32)


def limbs_added(
    area: np.ndarray,
    standing_out: np.ndarray,
    person: np.ndarray,
    picture: np.ndarray,
    of_halves: np.ndarray | None = None,
) -> np.ndarray:
    return with_limbs(area, standing_out, person, picture, colour_bins(picture), of_halves)


def test_a_leg_that_stands_out_and_is_half_seen_comes_back():
    area = limbs_added(BODY, BODY | LEG, likelihood(0.3), photo(BODY | LEG))

    np.testing.assert_array_equal(area, BODY | LEG)


@pytest.mark.parametrize(
    ("standing_out", "of_leg", "shown"),
    [
        pytest.param(BODY, 0.3, BODY | LEG, id="it does not stand out"),
        pytest.param(BODY | LEG, 0.1, BODY | LEG, id="the network is sure that it is nobody's"),
        pytest.param(BODY | LEG, 0.3, BODY, id="it ends at no edge"),
        pytest.param(BODY | np.roll(LEG, 60, 1), 0.3, BODY | np.roll(LEG, 60, 1), id="it lies elsewhere"),
        pytest.param(~LEG, 0.3, BODY, id="all of the background stands out"),
    ],
)
def test_what_lacks_one_of_the_signs_stays_background(standing_out, of_leg, shown):
    area = limbs_added(BODY, standing_out, likelihood(of_leg), photo(shown))

    np.testing.assert_array_equal(area, BODY)


def test_a_railing_is_no_limb_if_there_is_more_of_it_elsewhere():
    """Two bars of one colour: the one at the body is half seen, stands out and ends at edges."""
    bars = LEG | np.roll(LEG, 90, 1)
    picture = photo(BODY)
    picture[bars] = np.float32([0.1, 0.5, 0.2])

    area = limbs_added(BODY, BODY | bars, likelihood(0.3), picture)

    np.testing.assert_array_equal(area, BODY)


def test_a_leg_that_stands_out_and_is_seen_in_half_of_the_body_needs_no_third_witness():
    area = limbs_added(BODY, BODY | LEG, likelihood(0.1), photo(BODY | LEG), BODY | LEG)

    np.testing.assert_array_equal(area, BODY | LEG)


def faint_leg() -> np.ndarray:
    """A photo in which a leg differs from the ground by four fifths of what the body does."""
    ground = photo(np.zeros(SIZE, bool))
    weight = np.where(LEG, 0.8, 1)[..., None]
    return np.asarray(ground + weight * (photo(BODY | LEG) - ground), np.float32)


def test_a_leg_that_does_not_stand_out_comes_back_where_half_of_the_body_shows_it():
    area = limbs_added(BODY, BODY, likelihood(0.3), photo(BODY | LEG), BODY | LEG)

    np.testing.assert_array_equal(area, BODY | LEG)


@pytest.mark.parametrize(
    ("of_leg", "picture"),
    [
        pytest.param(0.1, photo(BODY | LEG), id="the network is sure in the whole photo that it is nobody's"),
        pytest.param(0.3, faint_leg(), id="it ends at weaker edges than the body"),
    ],
)
def test_half_of_a_body_is_not_believed_alone(of_leg, picture):
    area = limbs_added(BODY, BODY, likelihood(of_leg), picture, BODY | LEG)

    np.testing.assert_array_equal(area, BODY)


def test_what_stands_out_may_end_at_weaker_edges_than_the_body():
    area = limbs_added(BODY, BODY | LEG, likelihood(0.3), faint_leg())

    np.testing.assert_array_equal(area, BODY | LEG)


@pytest.mark.parametrize("value", [False, True])
def test_nothing_and_everything_stay_what_they_are(value):
    area = np.full(SIZE, value)

    np.testing.assert_array_equal(limbs_added(area, BODY, likelihood(1), photo(BODY)), area)


def test_edges_are_strongest_where_the_colour_changes():
    edges = edge_strength(photo(BODY))

    assert edges.shape == SIZE
    assert edges[70, 90] > 100 * edges[70, 60]
    assert edges[70, 60] == pytest.approx(0, abs=1e-3)
