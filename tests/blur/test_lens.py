"""The blur that follows depth, beside what a thin lens sees of scenes whose depth is known."""

from __future__ import annotations

import tracemalloc

import cv2
import numpy as np
import pytest
from focal.blur import cells
from focal.blur.background import blur_background
from focal.blur.circle import on_grid, sides_of_edge, signed_radius
from focal.blur.lens import blur_by_depth
from focal.blur.linear_light import decode
from focal.blur.mixing import with_parts
from focal.blur.pyramid import pyramid_of
from focal.declarations import schema
from focal.options import Options
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.helpers.lens_oracle import photo_of, psnr, seen_by_a_lens
from tests.helpers.made_scenes import FIGURE, figure, ground, near_thing, post, wall

BOKEHS = schema(Options)["bokeh"]["enum"]
HEIGHT, WIDTH = 480, 640
SCENES = ("a wall", "a slanted ground", "a near thing", "lamps at three depths", "the far side in focus")


def scene(name):
    """The planes of a scene, and which of them is the figure."""
    of = (np.random.default_rng(0), HEIGHT, WIDTH)
    match name:
        case "a wall":
            return [wall(*of), figure(*of)], 1
        case "a near thing":
            return [wall(*of), ground(*of), figure(*of), near_thing(*of)], 2
        case "lamps at three depths":
            posts = [post(*of, 0.15, 0.2, lamp=True), post(*of, 0.8, 0.4, lamp=True)]
            return [wall(*of, lamps=12), ground(*of), *posts, figure(*of)], 4
    return [wall(*of), ground(*of), figure(*of)], 2


def mask_of(planes, index):
    """What is seen of one plane, uint8 (H, W)."""
    seen = planes[index].coverage.copy()
    for nearer in planes[index + 1 :]:
        seen *= 1 - nearer.coverage
    return np.rint(255 * seen).astype(np.uint8)


@pytest.fixture(scope="module")
def compared():
    """Of each scene: how near the blur is to what a lens sees, and how near the flat blur is, dB."""
    found = {}
    for name in SCENES:
        planes, index = scene(name)
        focus = 0.0 if name == "the far side in focus" else FIGURE
        photo, disparity = photo_of(planes)
        alpha = mask_of(planes, index)
        seen = seen_by_a_lens(planes, focus, 0.06)
        blurred = blur_by_depth(photo, alpha, disparity, focus, strength_frac=0.06)
        found[name] = psnr(blurred, seen), psnr(blur_background(photo, alpha, strength_frac=0.06), seen)
        print(f"{name}: {found[name][0]:.1f} dB, flat {found[name][1]:.1f} dB")
    return found


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_looks_as_a_thin_lens_sees_it(compared, name):
    assert compared[name][0] >= 36


def test_over_all_scenes_the_mean_is_40_db_and_far_above_the_flat_blur(compared):
    by_depth, flat = np.mean(list(compared.values()), axis=0)

    assert by_depth >= 40
    assert by_depth >= flat + 10


@pytest.mark.parametrize("focus", [0.6, 0.5, 0.0])
@pytest.mark.parametrize("disparity", [0.05, 0.2, 0.33, 0.7, 0.9, 1.0])
@pytest.mark.parametrize("size", [(240, 320), (900, 1200)])
def test_the_circle_of_confusion_is_that_of_the_formula_within_5_percent(disparity, focus, size):
    height, width = size
    expected = 0.08 * width / 2 * abs(disparity - focus) / max(focus, 1 - focus)
    if expected < 2.5:
        return  # code values are too coarse for the rim of so small a disc
    pixels = np.full((height, width, 3), 10, np.uint8)
    places = [(width * x // 8, height * y // 4) for x in (1, 3, 5, 7) for y in (1, 3)]
    spots = [(x // 16 * 16 + 2 * n, y // 16 * 16 + 6 * n % 16) for n, (x, y) in enumerate(places)]  # all over a cell
    for spot in spots:
        cv2.circle(pixels, spot, max(1, width // 300), (220, 220, 220), -1)
    depth = np.full((3, 4), disparity, np.float32)

    blurred = blur_by_depth(pixels, np.zeros(size, np.uint8), depth, focus, strength_frac=0.08)

    variances = [variance_around(*spot, blurred) - variance_around(*spot, pixels) for spot in spots]
    radius = 2 * np.sqrt(np.mean(variances))
    print(f"{expected:.1f} px: {radius / expected - 1:+.1%}")
    assert radius == pytest.approx(expected, rel=0.05)


def variance_around(x, y, picture):
    """Of the light within a tenth of the picture's width around a spot, px²; a disc's is radius² / 4."""
    reach = picture.shape[1] // 10
    light = decode(picture)[y - reach : y + reach + 1, x - reach : x + reach + 1, 0].astype(float)
    light -= np.median(light[0])
    down, across = np.mgrid[: light.shape[0], : light.shape[1]]
    middle = (light * down).sum() / light.sum(), (light * across).sum() / light.sum()
    return (light * ((down - middle[0]) ** 2 + (across - middle[1]) ** 2)).sum() / light.sum() / 2


def test_the_signed_radius_is_linear_in_disparity_and_at_most_the_one_asked_for():
    disparity = np.float32([[0, 0.3, 0.6, 0.8, 1]])

    np.testing.assert_allclose(signed_radius(disparity, 0.6, 30), [[-30, -15, 0, 10, 20]], atol=1e-5)
    np.testing.assert_allclose(signed_radius(disparity, 0.2, 40), [[-10, 5, 20, 30, 40]], atol=1e-5)


@settings(max_examples=40)
@given(st.data(), st.integers(1, 40), st.integers(1, 40), st.floats(0, 0.15), st.floats(0, 1), st.sampled_from(BOKEHS))
def test_what_is_in_focus_is_untouched_bit_for_bit(data, height, width, strength, focus, bokeh):
    pixels = data.draw(arrays(np.uint8, (height, width, 3)))
    alpha = data.draw(arrays(np.uint8, (height, width), elements=st.sampled_from([0, 255])))
    disparity = np.full((height, width), focus, np.float32)

    blurred = blur_by_depth(pixels, alpha, disparity, focus, strength_frac=strength, bokeh=bokeh)

    np.testing.assert_array_equal(blurred, pixels)


@pytest.mark.parametrize("size", [(480, 640), (1500, 2000)])
def test_the_subject_and_the_ground_at_its_feet_are_untouched_bit_for_bit(size):
    of = (np.random.default_rng(0), *size)
    planes = [wall(*of), ground(*of), figure(*of)]
    photo, disparity = photo_of(planes)
    alpha = mask_of(planes, 2)

    blurred = blur_by_depth(photo, alpha, disparity, FIGURE, strength_frac=0.06)

    radius = np.abs(signed_radius(disparity, FIGURE, 0.03 * size[1]))
    feet = (radius < 0.3) & (alpha == 0)  # a cell of the grid is as its middle is: a little less than half a pixel
    feet[:, : size[1] // 10] = False
    np.testing.assert_array_equal(blurred[alpha == 255], photo[alpha == 255])
    assert feet.sum() > size[1] / 2
    np.testing.assert_array_equal(blurred[feet], photo[feet])


def test_the_subject_is_sharp_in_its_whole_depth_and_blurred_beyond():
    photo = np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8)
    alpha = np.zeros((300, 400), np.uint8)
    alpha[50:250, 100:300] = 255

    def changed(disparity):
        blurred = blur_by_depth(photo, alpha, np.full((3, 4), disparity, np.float32), 0.6)
        return np.abs(blurred[100:200, 150:250].astype(int) - photo[100:200, 150:250]).mean()

    assert changed(0.52) == changed(0.68) == 0
    assert min(changed(0.3), changed(0.9)) > 20


@pytest.mark.parametrize("size", [(300, 400), (900, 1200)])
def test_a_subject_that_leaves_the_focus_keeps_its_colour(size):
    height, width = size
    pixels = np.full((height, width, 3), (90, 100, 110), np.uint8)
    alpha = np.zeros(size, np.uint8)
    alpha[height // 6 : -height // 6, width // 6 : -width // 6] = 255
    pixels[alpha == 255] = (200, 30, 30)
    disparity = np.where(alpha == 255, np.linspace(0.4, 1, width, dtype=np.float32), np.float32(0.05))

    blurred = blur_by_depth(pixels, alpha, disparity, 0.6, strength_frac=0.04)

    inside = blurred[height // 4 : -height // 4, width // 4 : -width // 4].astype(int)
    assert np.abs(inside - (200, 30, 30)).max() <= 2


def test_far_light_does_not_bleed_over_a_farther_things_nearer_neighbour():
    """A dark wall before a white one: beside the mask of neither, its edge softens by its own circle only."""
    pixels = np.full((400, 600, 3), 250, np.uint8)
    pixels[:, 300:] = 20
    disparity = np.zeros((400, 600), np.float32)
    disparity[:, 300:] = 0.5  # a sixth of the circle of the far wall

    blurred = blur_by_depth(pixels, np.zeros((400, 600), np.uint8), disparity, 0.6, strength_frac=0.1)

    assert blurred[:, 308:].max() <= 24  # its circle has a radius of 5 pixels
    assert blurred[:, :290].min() >= 246


def test_a_steep_ground_before_the_feet_goes_on_to_the_subjects_edge_and_a_map_beside_it_does_not():
    subject = np.zeros((200, 300), np.uint8)
    subject[40:120, 140:160] = 255
    ground = np.clip((np.arange(200, dtype=np.float32) - 105) / 30, 0, 1)[:, None].repeat(300, 1)
    beside = np.full((200, 300), 0.2, np.float32)
    beside[37:123, 137:163] = 0.5  # the subject, as a map has it that is three cells too wide

    _, slope = sides_of_edge(np.where(subject > 0, np.float32(0.5), ground), subject)
    _, wall = sides_of_edge(beside, subject)

    np.testing.assert_allclose(slope[120:, 150], ground[120:, 150], atol=0.01)
    np.testing.assert_allclose(wall[120:, 150], 0.2, atol=0.01)


def test_a_steep_ground_is_no_edge_between_two_things():
    """Its disparity goes from 0 to 1 within 24 cells: steps in it would be sharp and blurred by turns."""
    ground = np.clip((np.arange(400, dtype=np.float32) - 100) / 192, 0, 1)[:, None].repeat(600, 1)

    of_cells = on_grid(ground, 8, (50, 75), (400, 600))

    np.testing.assert_allclose(of_cells, cells.cell_means(ground, 8), atol=0.02)


def test_a_thin_part_of_the_subject_goes_with_it_before_what_is_far_and_with_the_map_where_that_is_nearer():
    """A hair is thinner than a map can tell; but what a map shows before the subject is no part of it in focus."""
    subject = np.zeros((200, 300), np.uint8)
    subject[60:140, 20:120] = subject[100, 120:280] = 255
    disparity = np.where(np.arange(300) < 200, np.float32(0.1), np.float32(0.9)) * np.ones((200, 1), np.float32)
    disparity[60:140, 20:120] = 0.5

    of_subject, _ = sides_of_edge(disparity, subject)

    np.testing.assert_allclose(of_subject[100, 140:190], 0.5, atol=0.01)
    np.testing.assert_allclose(of_subject[100, 205:280], 0.9, atol=0.01)


def test_a_near_thing_is_blurred_over_the_subject_with_a_soft_edge():
    pixels = np.full((400, 600, 3), 200, np.uint8)
    pixels[:, 300:] = 20
    alpha = np.full((400, 600), 255, np.uint8)
    alpha[:, 300:] = 0
    disparity = np.where(alpha == 255, np.float32(0.5), np.float32(1))

    row = decode(blur_by_depth(pixels, alpha, disparity, 0.5, strength_frac=0.1))[200, :, 0]

    assert row[300] == pytest.approx((row[0] + row[-1]) / 2, rel=0.15)  # its circle has a radius of 30 pixels
    assert np.diff(row)[260:340].min() > 3 * (row[-1] - row[0]) / 60  # nowhere a step
    assert row[266] > 0.97 * row[0]


def sharpened(pyramid):
    """A black picture of 4 × 4 cells of 4 pixels, as sharp as the photo, which is noise, makes it."""
    photo = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    out = np.zeros_like(photo)
    if box := pyramid.box_of_detail(cells.Tile(0, 0, 4, 4, 4)):
        out[box.pixels] = with_parts(out[box.pixels], pyramid.detail(photo, np.zeros((6, 6, 3), np.uint16), box))
    return out


def test_what_is_nearly_sharp_and_wholly_covered_adds_nothing():
    pyramid = pyramid_of(np.full((4, 4), 3, np.float32), 4, 3.6)

    assert sharpened(pyramid).any()
    assert not sharpened(pyramid.hidden_by(np.ones((4, 4), np.float32))).any()
    assert sharpened(pyramid).any()  # it stays what it was


def test_where_what_is_sharp_meets_what_is_blurred_nothing_between_them_is_drawn():
    """As along the subject's edge before a far wall: there photo and blur are mixed, which is all that takes time."""
    edge = np.tile(np.float32([0, 0, 9, 9]), (4, 1))
    slope = np.tile(np.float32([0, 2.5, 9, 9]), (4, 1))

    assert not sharpened(pyramid_of(edge, 4, 3.6)).any()
    assert sharpened(pyramid_of(slope, 4, 3.6)).any()


@pytest.mark.parametrize("bokeh", BOKEHS)
def test_a_place_hardly_less_than_blurred_beneath_something_near_is_blurred(bokeh):
    depth = np.ones((17, 26), np.float32)
    depth[7, 24] = 0.3
    photo, nothing = np.full((549, 852, 3), 100, np.uint8), np.zeros((549, 852), np.uint8)

    blurred = blur_by_depth(photo, nothing, depth, 0.3, strength_frac=0.15, bokeh=bokeh)

    np.testing.assert_array_equal(blurred, photo)


def test_what_is_near_is_seen_between_two_places_in_focus():
    pixels = np.full((400, 600, 3), 200, np.uint8)
    pixels[260:316, 260:316] = 20
    disparity = np.zeros((400, 600), np.float32)
    disparity[260:316, 260:316] = 1
    disparity[192:210, 192:210] = disparity[366:384, 366:384] = 0.5  # in one tile with it

    blurred = blur_by_depth(pixels, np.zeros((400, 600), np.uint8), disparity, 0.5, strength_frac=0.04)

    assert blurred[280:296, 280:296].max() < 40


@pytest.mark.parametrize("bokeh", BOKEHS)
@pytest.mark.parametrize("level", [0, 9, 128, 255])
def test_a_flat_area_comes_back_exactly_at_any_depth(level, bokeh):
    pixels = np.full((90, 530, 3), level, np.uint8)
    slope = np.tile(np.linspace(0, 1, 530, dtype=np.float32), (90, 1))

    blurred = blur_by_depth(pixels, np.zeros((90, 530), np.uint8), slope, 0.4, strength_frac=0.1, bokeh=bokeh)

    np.testing.assert_array_equal(blurred, pixels)


@pytest.mark.parametrize("shape", [(1, 1), (57, 76), (300, 400), (1024, 1365)])
def test_a_map_of_any_resolution_gives_the_same_picture_nearly(shape):
    of = (np.random.default_rng(0), HEIGHT, WIDTH)
    planes = [wall(*of), ground(*of)]
    photo, _ = photo_of(planes)
    alpha = np.zeros((HEIGHT, WIDTH), np.uint8)

    def blurred(h, w):
        slope = np.tile((np.arange(h, dtype=np.float32)[:, None] + 0.5) / h, (1, w))
        return blur_by_depth(photo, alpha, slope, 0.5, strength_frac=0.06)

    if shape == (1, 1):
        np.testing.assert_array_equal(blurred(*shape), photo)  # it is all at one depth, which is in focus
    else:
        assert psnr(blurred(*shape), blurred(HEIGHT, WIDTH)) > 44


@pytest.mark.parametrize("strength", [0.004, 0.04])
def test_no_array_of_floats_is_as_large_as_the_photo(strength):
    of = (np.random.default_rng(0), 300, 400)
    planes = [wall(*of), ground(*of), figure(*of), near_thing(*of)]
    photo, disparity = photo_of(planes)
    pixels, alpha = (cv2.resize(image, (4000, 3000)) for image in (photo, mask_of(planes, 2)))
    tracemalloc.start()

    blur_by_depth(pixels, alpha, disparity, FIGURE, strength_frac=strength)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"{(peak - pixels.nbytes) / 1e6:.0f} MB beside the result")
    assert peak < pixels.nbytes + 72e6  # the result, and beside it less than half of the photo in floats


@pytest.mark.parametrize("bokeh", BOKEHS)
@pytest.mark.parametrize("level", [0, 128, 255])
@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (2, 2), (37, 411)])
def test_any_shape_under_any_depth_gives_a_picture_within_its_own_range(size, level, bokeh):
    rng = np.random.default_rng(0)
    pixels = rng.integers(40, 200, (*size, 3), dtype=np.uint8)

    blurred = blur_by_depth(
        pixels,
        np.full(size, level, np.uint8),
        rng.random((17, 19), dtype=np.float32),
        0.5,
        strength_frac=0.15,
        bokeh=bokeh,
    )

    assert blurred.shape == pixels.shape
    assert blurred.dtype == np.uint8
    assert blurred.min() >= pixels.min() - 1
    assert blurred.max() <= pixels.max() + 1


def test_a_soft_subject_in_focus_a_little_before_the_plane_lets_nothing_near_be_seen_beside_it():
    """Its cells are no background, and so nothing spreads, though their circles are those of something near."""
    photo = np.random.default_rng(0).integers(90, 110, (200, 250, 3), np.uint8)

    blurred = blur_by_depth(photo, np.full((200, 250), 250, np.uint8), np.full((3, 4), 0.59, np.float32), 0.5,
                            strength_frac=0.15)  # fmt: skip

    np.testing.assert_array_equal(blurred, photo)


def test_strength_0_returns_the_photo():
    pixels = np.random.default_rng(0).integers(0, 256, (50, 60, 3), np.uint8)

    blurred = blur_by_depth(pixels, np.zeros((50, 60), np.uint8), np.zeros((5, 6), np.float32), 1, strength_frac=0)

    np.testing.assert_array_equal(blurred, pixels)
    assert not np.shares_memory(blurred, pixels)


def test_sizes_that_differ_are_refused():
    with pytest.raises(ValueError, match="differ in size"):
        blur_by_depth(np.zeros((4, 5, 3), np.uint8), np.zeros((4, 4), np.uint8), np.zeros((4, 5), np.float32), 0.5)


def test_no_seam_shows_where_tiles_end(monkeypatch):
    """A wall of black and white slates that stands aslant: tiles cut what is nearly sharp of it into steps."""
    down, across = np.indices((900, 1200))
    photo = cv2.merge([np.where((down // 50 + across // 40) % 2, np.uint8(220), np.uint8(20))] * 3)
    slope = ((down + across) / 2100).astype(np.float32)

    def blurred(tile_px):
        monkeypatch.setattr(cells, "TILE_SIDE_PX", tile_px)
        return blur_by_depth(photo, np.zeros_like(photo[..., 0]), slope, 0.5, strength_frac=0.1).astype(int)

    assert np.abs(blurred(256) - blurred(104)).max() <= 2  # it was 40
