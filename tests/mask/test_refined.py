"""The subject's soft mask, from pictures and saliency made by hand and by the real network."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from focal.mask import refined
from focal.mask.photo_graph import build_graph
from focal.network.people.people import People
from focal.network.saliency import Features, Saliency, guided_saliency
from focal.option_values import Click
from focal.photo.views import whole_view
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.processor_time import least_processor_s

VIEW_PX = 320
COLOURS = ((210, 160, 130), (60, 70, 90), (90, 120, 110))  # of a head, of what is worn, of what is behind


def seen(area: np.ndarray, rng: np.random.Generator, evidence: np.ndarray | None = None) -> Saliency:
    """The saliency of an ideal network that tells `area`, bool (h, w), from the rest, in three noisy layers.

    evidence: where the gradients are, bool (h, w); by default `area`.
    """
    features, gradients = [], []
    for stride in (16, 16, 32):
        size = tuple(max(2, VIEW_PX * n // max(area.shape) // stride) for n in area.shape)
        here, there = (
            cv2.resize(x.astype(np.float32), size[::-1], interpolation=cv2.INTER_AREA)
            for x in (area, area if evidence is None else evidence)
        )
        pattern = rng.normal(0, 1, (24, 1, 1))
        feature = pattern * (2 * here - 1) + rng.normal(0, 0.1, (24, *size))
        features.append(feature.astype(np.float32))
        gradients.append((pattern * there).astype(np.float32))
    view = tuple(max(64, round(VIEW_PX * n / max(area.shape) / 32) * 32) for n in area.shape)
    return Saliency(Features(view, tuple(features)), tuple(gradients[1:]))


def refined_mask(
    pixels: np.ndarray, saliency: Saliency, point: tuple[float, float] | None = None
) -> refined.SubjectMask:
    clicks = [Click(*point)] if point else []
    return refined.refined_mask(build_graph(pixels, saliency.features), saliency, clicks)


def painted(area: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A photo whose subject is warm and whose background is cold."""
    colours = np.where(area[..., None], (200, 120, 60), (60, 110, 160))
    return (colours + rng.normal(0, 6, colours.shape)).clip(0, 255).astype(np.uint8)


def disc(height: int, width: int, y: float, x: float, radius: float) -> np.ndarray:
    rows, columns = np.mgrid[:height, :width]
    return (rows - y) ** 2 + (columns - x) ** 2 <= radius**2


def overlap(mask: np.ndarray, area: np.ndarray) -> float:
    inside = cv2.resize(mask, area.shape[::-1], interpolation=cv2.INTER_LINEAR) > 0.5
    return (inside & area).sum() / (inside | area).sum()


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize(
    "area",
    [
        pytest.param(disc(300, 400, 150, 200, 90), id="in the middle"),
        pytest.param(disc(300, 400, 80, 330, 40), id="small and off the middle"),
        pytest.param(disc(300, 400, 310, 200, 120), id="cut by the bottom"),
        pytest.param(disc(300, 400, 150, 90, 60) | disc(300, 400, 160, 310, 60), id="two of them"),
        pytest.param(disc(400, 250, 200, 120, 90), id="upright"),
    ],
)
def test_it_holds_the_subject(area, rng):
    mask = refined_mask(painted(area, rng), seen(area, rng)).mask

    assert overlap(mask, area) > 0.9


def test_it_holds_all_of_a_subject_of_which_only_the_head_is_salient(rng):
    area = disc(300, 400, 150, 200, 90)
    head = disc(300, 400, 100, 200, 40) & area

    mask = refined_mask(painted(area, rng), seen(area, rng, evidence=head)).mask

    assert overlap(mask, area) > 0.9


def test_it_holds_a_body_that_the_bottom_cuts_off_and_that_looks_neither_like_its_head_nor_like_the_background(rng):
    head, body = disc(300, 400, 90, 200, 50), np.zeros((300, 400), bool)
    body[140:, 110:290] = True
    body &= ~head
    areas = (head, body, ~head & ~body)
    noise = rng.normal(0, 6, (300, 400, 3))
    colours = sum(area[..., None] * rgb for area, rgb in zip(areas, COLOURS, strict=True))
    features, gradients = [], []
    for stride in (16, 16, 32):
        size = (320 // stride, 240 // stride)
        here = [cv2.resize(area.astype(np.float32), size, interpolation=cv2.INTER_AREA) for area in areas]
        patterns = rng.normal(0, 1, (3, 24, 1, 1))
        feature = sum(pattern * x for pattern, x in zip(patterns, here, strict=True))
        features.append(np.float32(feature + rng.normal(0, 0.1, feature.shape)))
        gradients.append(np.float32(np.sign(feature - feature.mean((1, 2), keepdims=True)) * (here[0] + here[1] / 2)))
    saliency = Saliency(Features((240, 320), tuple(features)), tuple(gradients[1:]))

    graph = build_graph((colours + noise).clip(0, 255).astype(np.uint8), saliency.features)
    whole = refined.refined_mask(graph, saliency).mask
    without_a_corner = refined.refined_mask(graph, saliency, [Click(0.05, 0.9, keep=False)]).mask

    assert overlap(whole, head | body) > 0.9  # of the head alone: .2
    assert overlap(without_a_corner, head | body) > 0.9


def test_it_keeps_a_subject_that_fills_the_frame(rng):
    everywhere = np.ones((300, 400), bool)
    pixels = rng.integers(90, 160, (300, 400, 3), dtype=np.uint8)
    saliency = seen(everywhere, rng)
    noisy = tuple(rng.normal(0, 1, f.shape).astype(np.float32) for f in saliency.features.maps)

    mask = refined_mask(pixels, Saliency(Features(saliency.features.view_px, noisy), noisy[1:])).mask

    assert (mask > 0.5).mean() > 0.5


@pytest.mark.parametrize("value", [0, 127, 255])
def test_a_flat_picture_gets_a_mask_without_holes_in_the_numbers_and_no_trust(value):
    flat = [np.zeros((8, n, n), np.float32) for n in (20, 20, 10)]

    found = refined_mask(
        np.full((100, 100, 3), value, np.uint8),
        Saliency(Features((VIEW_PX, VIEW_PX), tuple(flat)), tuple(flat[1:])),
    )

    assert np.isfinite(found.mask).all()
    assert found.mask.min() == found.mask.max()
    assert found.area.confidence < 0.05


@settings(max_examples=25)
@given(st.integers(1, 60), st.integers(1, 900), st.booleans(), st.integers(0, 99))
def test_any_size_gets_a_mask_of_its_shape_within_0_and_1(short, long, upright, seed):
    rng = np.random.default_rng(seed)
    height, width = (long, short) if upright else (short, long)
    pixels = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)

    mask = refined_mask(pixels, seen(rng.random((height, width)) > 0.5, rng)).mask

    assert mask.dtype == np.float32
    assert max(mask.shape) == 224
    assert (mask.shape[0] >= mask.shape[1]) == (height >= width)
    assert mask.min() >= 0
    assert mask.max() <= 1


def test_the_same_photo_in_any_resolution_has_the_same_mask(rng):
    area = disc(300, 400, 150, 200, 90)
    large = cv2.resize(painted(area, rng), (2800, 2100), interpolation=cv2.INTER_CUBIC)
    saliency = seen(area, rng)

    masks = [refined_mask(cv2.resize(large, size, interpolation=cv2.INTER_AREA), saliency).mask for size in
             ((2800, 2100), (1400, 1050), (400, 300))]  # fmt: skip

    assert overlap(masks[0], masks[1] > 0.5) > 0.97
    assert overlap(masks[0], masks[2] > 0.5) > 0.97


def scene() -> tuple[np.ndarray, np.ndarray]:
    """A made scene, a striped ball on a plain under a sky, and where the ball is."""
    rows, columns = np.mgrid[:240, :320]
    pixels = np.where((rows < 130)[..., None], (150, 190, 230), (90, 130, 70)).astype(np.uint8)
    ball = (rows - 130) ** 2 + (columns - 150) ** 2 <= 60**2
    pixels[ball] = np.where((columns // 12 % 2)[..., None], (220, 60, 40), (240, 230, 210))[ball]
    return cv2.GaussianBlur(pixels, (0, 0), 1), ball


# The mask of the made scene in 4 × 4 parts, in percent: what a change must not move unseen. The same for both
# backbones, even with drawn weights: colour and the border say enough there. The class is pinned, and the others are
# left out, among which there are striped clothes: drawn weights make none.
GOLDEN = [[0, 0, 0, 0], [0, 56, 36, 0], [0, 79, 55, 0], [0, 7, 3, 0]]
PINNED_CLASS = 522  # croquet ball


@pytest.mark.slow
def test_the_mask_of_a_made_scene_is_its_ball_as_it_was(model):
    pixels, ball = scene()

    [saliency] = guided_saliency(model, whole_view(pixels), [PINNED_CLASS])
    classless = replace(saliency, features=replace(saliency.features, logits=np.zeros(0, np.float32)))

    mask = refined_mask(pixels, classless).mask

    assert overlap(mask, ball) > 0.9
    parts = 100 * cv2.resize(mask, (4, 4), interpolation=cv2.INTER_AREA)
    np.testing.assert_allclose(parts, GOLDEN, atol=3)


TWO = (disc(300, 400, 150, 90, 60), disc(300, 400, 160, 310, 60))


@pytest.mark.parametrize(("clicked", "point"), [(0, (0.225, 0.5)), (1, (0.775, 0.5))])
def test_of_two_subjects_a_point_keeps_the_one_under_it(clicked, point, rng):
    both = TWO[0] | TWO[1]

    mask = refined_mask(painted(both, rng), seen(both, rng), point).mask

    assert overlap(mask, TWO[clicked]) > 0.9


def test_a_point_in_the_only_subject_changes_nothing(rng):
    area = disc(300, 400, 150, 200, 90)
    pixels, saliency = painted(area, rng), seen(area, rng)

    found, pointed = refined_mask(pixels, saliency), refined_mask(pixels, saliency, (0.5, 0.5))

    np.testing.assert_array_equal(pointed.mask, found.mask)
    assert pointed.area.confidence == found.area.confidence


def test_a_point_keeps_a_subject_that_did_not_stand_out(rng):
    both = TWO[0] | TWO[1]

    mask = refined_mask(painted(both, rng), seen(both, rng, evidence=TWO[0]), (0.775, 0.5)).mask

    assert overlap(mask, TWO[1]) > 0.6


def of_two(rng, *clicks):
    both = TWO[0] | TWO[1]
    pixels, saliency = painted(both, rng), seen(both, rng)
    return refined.refined_mask(build_graph(pixels, saliency.features), saliency, clicks).mask


def test_two_points_keep_both_subjects(rng):
    assert overlap(of_two(rng, Click(0.225, 0.5), Click(0.775, 0.5)), TWO[0] | TWO[1]) > 0.9


def test_a_point_to_take_away_leaves_the_other_subject(rng):
    mask = of_two(rng, Click(0.225, 0.5, keep=False))

    assert overlap(mask, TWO[1]) > 0.9
    assert mask[mask.shape[0] // 2, int(0.225 * mask.shape[1])] == 0


def test_a_subject_that_was_added_can_be_taken_away_again(rng):
    added, gone = (of_two(rng, Click(0.225, 0.5), Click(0.775, 0.5), Click(0.775, 0.5, keep=keep)) for keep in (1, 0))

    assert overlap(added, TWO[0] | TWO[1]) > 0.9
    assert added[added.shape[0] // 2, int(0.775 * added.shape[1])] == 1
    assert gone[gone.shape[0] // 2, int(0.775 * gone.shape[1])] == 0


def test_of_two_subjects_that_the_person_network_joins_by_the_ground_a_point_keeps_the_one_under_it(rng):
    both = TWO[0] | TWO[1]
    ground = np.zeros_like(both)
    ground[170:] = True
    pixels, saliency = painted(both, rng), seen(both, rng)
    people = People((), cv2.resize((both | ground).astype(np.float32), (256, 256), interpolation=cv2.INTER_AREA))

    graph = build_graph(pixels, saliency.features, people)
    mask = refined.refined_mask(graph, saliency, [Click(0.225, 0.45)]).mask

    inside = cv2.resize(mask, both.shape[::-1], interpolation=cv2.INTER_LINEAR) > 0.5
    assert inside[TWO[0]].mean() > 0.95
    assert inside[TWO[1]].mean() < 0.03


@pytest.mark.parametrize("beside_things", [True, False])
def test_a_thing_beside_somebody_stays_where_the_classifier_sees_it_before_what_is_worn(beside_things, rng):
    somebody, thing = TWO
    pixels, saliency = painted(somebody | thing, rng), seen(somebody | thing, rng)
    person = cv2.resize(somebody.astype(np.float32), (256, 256), interpolation=cv2.INTER_AREA)

    graph = build_graph(pixels, saliency.features, People((), person, beside_things=beside_things))
    mask = refined.refined_mask(graph, saliency).mask

    inside = cv2.resize(mask, somebody.shape[::-1], interpolation=cv2.INTER_LINEAR) > 0.5
    assert inside[somebody].mean() > 0.95
    assert inside[thing].mean() > 0.95 if beside_things else inside[thing].mean() < 0.03


def test_what_lies_well_within_somebody_is_sharp_in_the_colour_of_the_background_too(rng):
    body = np.zeros((300, 400), bool)
    body[60:, 150:260] = True
    pixels, saliency = painted(body, rng), seen(body, rng)
    badge = np.s_[120:132, 156:168]
    pixels[badge] = (60, 110, 160)
    people = People((), cv2.resize(body.astype(np.float32), (256, 256), interpolation=cv2.INTER_AREA))

    mask = refined.refined_mask(build_graph(pixels, saliency.features, people), saliency).mask

    assert cv2.resize(mask, body.shape[::-1], interpolation=cv2.INTER_LINEAR)[badge].min() > 0.9


def test_what_has_somebodys_colours_beside_them_is_blurred_where_their_network_is_sure(rng):
    body = np.zeros((300, 400), bool)
    body[60:, 150:260] = True
    joint = np.zeros_like(body)  # of the steps behind, a mask's pixel high, in the colour of the clothes
    joint[150:153] = True
    joint &= ~body
    pixels, saliency = painted(body | joint, rng), seen(body, rng)
    people = People((), cv2.resize(body.astype(np.float32), (256, 256), interpolation=cv2.INTER_AREA))

    mask = refined.refined_mask(build_graph(pixels, saliency.features, people), saliency).mask

    large = cv2.resize(mask, body.shape[::-1], interpolation=cv2.INTER_LINEAR)
    assert large[150:153, 272:].max() < 0.02
    assert large[100:, 155:255].min() > 0.98


def test_a_point_beside_the_subject_lets_it_go(rng):
    area = disc(300, 400, 150, 120, 60)

    mask = refined_mask(painted(area, rng), seen(area, rng), (0.85, 0.2)).mask

    inside = cv2.resize(area.astype(np.uint8), mask.shape[::-1], interpolation=cv2.INTER_AREA) > 0
    assert (mask[inside] > 0.5).mean() < 0.03


@settings(max_examples=20)
@given(st.floats(0, 1), st.floats(0, 1), st.sampled_from([(300, 400), (400, 100), (3, 200)]))
def test_any_clicked_place_is_sharp(x, y, size):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (*size, 3), dtype=np.uint8)

    mask = refined_mask(pixels, seen(rng.random(size) > 0.5, rng), (x, y)).mask

    assert mask[min(mask.shape[0] - 1, int(y * mask.shape[0])), min(mask.shape[1] - 1, int(x * mask.shape[1]))] == 1


def test_a_clear_subject_is_trusted(rng):
    area = disc(300, 400, 150, 200, 90)

    assert refined_mask(painted(area, rng), seen(area, rng)).area.confidence > 0.9


def test_a_mask_costs_little_at_twelve_megapixels(rng):
    area = disc(300, 400, 150, 200, 90)
    saliency = seen(area, rng)
    pixels = cv2.resize(painted(area, rng), (4000, 3000), interpolation=cv2.INTER_NEAREST)

    assert (
        least_processor_s(lambda: refined_mask(pixels, saliency)) < 0.2
    )  # 0.03 on an idle core; loose, since a busy machine's caches are cold
