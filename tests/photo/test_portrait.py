"""What phones leave in a portrait photo: depth, a matte, the sharp original; and what is taken for none of it."""

import numpy as np
import pytest
from focal.photo.decode import decode_photo
from focal.photo.depth import NO_PORTRAIT
from focal.settings import Settings
from PIL import Image

from tests.helpers.pictures import STORED, encoded, four_colours
from tests.helpers.portrait_files import (
    GAIN_MAP,
    MATTE,
    apple_xmp,
    disc,
    dynamic_depth_jpeg,
    gdepth_jpeg,
    person,
    portrait_exif,
    portrait_heic,
    portrait_mpo,
)

PHOTO = four_colours(512, 384)
NOISE = 0.02  # of lossy formats, of the whole scale, in mean
DISPARITY, MATTE_XMP = apple_xmp("disparity"), apple_xmp("depth", "portraiteffectsmatte")


def difference(found, expected) -> float:
    """Mean difference of a disparity map, 0..1, or of a matte, 0..255, from a picture."""
    values = np.asarray(found, np.float32) / (255 if found.dtype == np.uint8 else 1)
    return float(np.abs(values - np.asarray(expected, np.float32) / 255).mean())


@pytest.mark.parametrize("turns", range(4))
def test_depth_and_matte_of_an_iphones_heic_are_turned_as_its_photo(turns):
    data = portrait_heic(PHOTO, disc(), {MATTE: person(), GAIN_MAP: disc(inside=20)}, turns=turns)

    photo = decode_photo(data)

    assert photo.pixels.shape[:2] == ((512, 384) if turns % 2 else (384, 512))
    assert photo.portrait.depth.source == "photo"
    assert difference(photo.portrait.depth.disparity, np.rot90(np.asarray(disc()), turns)) < NOISE
    assert difference(photo.portrait.matte, np.rot90(np.asarray(person()), turns)) < NOISE


def test_a_heics_depth_that_tells_distances_becomes_disparity():
    photo = decode_photo(portrait_heic(PHOTO, disc(inside=20, outside=230), representation=2))

    near, far = 1.5, 4.4
    distance = near + np.asarray(disc(inside=20, outside=230)) / 255 * (far - near)
    assert difference(photo.portrait.depth.disparity, 255 * (1 / distance - 1 / far) / (1 / near - 1 / far)) < NOISE


def test_a_depth_map_that_is_not_turned_as_its_photo_is_left_alone():
    photo = decode_photo(portrait_heic(PHOTO, disc(), turns=1, turns_depth=False))

    assert photo.portrait == NO_PORTRAIT


@pytest.mark.parametrize("data", [portrait_heic(PHOTO, None, {GAIN_MAP: disc()}), portrait_heic(PHOTO)])
def test_a_gain_map_is_no_depth(data):
    assert decode_photo(data).portrait == NO_PORTRAIT


def test_the_frames_of_an_iphones_jpeg_are_told_apart_by_their_subtype():
    gain_map = apple_xmp(GAIN_MAP)
    frames = [(disc(inside=20), gain_map), (disc(), DISPARITY), (person(), MATTE_XMP)]

    photo = decode_photo(portrait_mpo(PHOTO, frames))

    assert difference(photo.portrait.depth.disparity, disc()) < NOISE
    assert difference(photo.portrait.matte, person()) < NOISE
    assert not photo.portrait.is_blurred


@pytest.mark.parametrize("orientation", STORED)
def test_frames_are_turned_as_their_photo_is(orientation):
    def stored(picture: Image.Image) -> Image.Image:
        return picture if STORED[orientation] is None else picture.transpose(STORED[orientation])

    exif = portrait_exif(rendered=6, orientation=orientation).tobytes()
    data = portrait_mpo(stored(PHOTO), [(stored(disc()), DISPARITY), (stored(person()), MATTE_XMP)], exif)

    photo = decode_photo(data)

    assert photo.pixels.shape[:2] == (384, 512)
    assert difference(photo.portrait.depth.disparity, disc()) < NOISE
    assert difference(photo.portrait.matte, person()) < NOISE


def test_other_mattes_and_the_frames_of_a_stereo_photo_are_no_depth():
    frames = [(disc(), apple_xmp("depth", "semanticskinmatte")), (PHOTO, b"<x:xmpmeta/>"), (disc(), b"")]

    assert decode_photo(portrait_mpo(PHOTO, frames)).portrait == NO_PORTRAIT
    assert decode_photo(encoded(PHOTO, "MPO", save_all=True, append_images=[PHOTO])).portrait == NO_PORTRAIT


def test_a_jpegs_depth_that_tells_metres_becomes_disparity():
    metres = apple_xmp("depth", FloatMinValue=0.5, FloatMaxValue=4.0)

    photo = decode_photo(portrait_mpo(PHOTO, [(disc(inside=20, outside=230), metres)]))

    distance = 0.5 + np.asarray(disc(inside=20, outside=230)) / 255 * 3.5
    assert difference(photo.portrait.depth.disparity, 255 * (1 / distance - 1 / 4) / (1 / 0.5 - 1 / 4)) < NOISE


def test_googles_black_is_near_and_its_map_is_put_together_from_all_parts():
    data = gdepth_jpeg(PHOTO, disc(512, 384, inside=20, outside=230).convert("RGBA"))

    photo = decode_photo(data)

    assert difference(photo.portrait.depth.disparity, 255 - np.asarray(disc(512, 384, inside=20, outside=230))) < 1e-6
    assert photo.portrait.is_blurred, "GFocus says so, and there is no sharp picture"


def test_a_range_that_is_linear_in_distance_becomes_disparity():
    grey = disc(512, 384, inside=20, outside=230)
    photo = decode_photo(gdepth_jpeg(PHOTO, grey, depth_format="RangeLinear", near=2.0, far=8.0))

    distance = 2 + np.asarray(grey) / 255 * 6
    assert difference(photo.portrait.depth.disparity, 255 * (1 / distance - 1 / 8) / (1 / 2 - 1 / 8)) < 1e-6


def test_the_sharp_picture_takes_the_place_of_the_blurred_one():
    blurred, sharp = four_colours(512, 384).resize((8, 6)).resize((512, 384)), four_colours(512, 384)

    photo = decode_photo(gdepth_jpeg(blurred, disc(512, 384, inside=20), sharp))

    assert photo.portrait.is_original
    assert not photo.portrait.is_blurred
    assert np.abs(photo.pixels.astype(int) - np.asarray(sharp)).mean() < 3


@pytest.mark.parametrize("original", [four_colours(100, 75), four_colours(384, 512)])
def test_a_sharp_picture_of_another_size_is_left_alone(original):
    photo = decode_photo(gdepth_jpeg(PHOTO, disc(512, 384), original))

    assert photo.pixels.shape == (384, 512, 3)
    assert (photo.portrait.is_original, photo.portrait.is_blurred) == (False, True)


def test_a_map_with_a_missing_part_is_left_alone():
    assert decode_photo(gdepth_jpeg(PHOTO, disc(512, 384), lost_parts=[1])).portrait.depth is None


@pytest.mark.parametrize("padding", [0, 7])
def test_the_files_behind_a_picture_are_found_from_the_end(padding):
    grey = disc(256, 192, inside=20, outside=230)
    followers = {
        "GainMap": encoded(disc(inside=90)),
        "Original": encoded(PHOTO, quality=95),
        "Depth": encoded(grey, quality=95),
        "Confidence": encoded(disc(inside=90)),
    }
    blurred = PHOTO.resize((8, 6)).resize(PHOTO.size)

    data = dynamic_depth_jpeg(
        blurred, followers, padding, Format="RangeInverse", Near=0.086, Far=0.129, Units="Diopters"
    )
    photo = decode_photo(data)

    assert difference(photo.portrait.depth.disparity, 255 - np.asarray(grey)) < NOISE
    assert photo.portrait.is_original
    assert np.abs(photo.pixels.astype(int) - np.asarray(PHOTO)).mean() < 3


@pytest.mark.parametrize(("special_type", "is_blurred"), [("SpecialType-PORTRAIT", True), ("SpecialType-HDR", False)])
def test_googles_camera_says_that_a_portrait_is_blurred(special_type, is_blurred):
    data = dynamic_depth_jpeg(PHOTO, {"Depth": encoded(disc())}, special_type=special_type)

    assert decode_photo(data).portrait.is_blurred == is_blurred


@pytest.mark.parametrize(("rendered", "is_blurred"), [(7, True), (8, True), (6, False), (0, False), (2, False)])
def test_exif_says_whether_the_phone_has_blurred_the_photo(rendered, is_blurred):
    exif = portrait_exif(rendered)

    for data in (encoded(PHOTO, "JPEG", exif=exif), portrait_heic(PHOTO, disc(), exif=exif)):
        assert decode_photo(data).portrait.is_blurred == is_blurred


def test_a_map_of_another_shape_is_left_alone():
    frames = [(disc(192, 192), DISPARITY), (person(300, 384), MATTE_XMP)]

    assert decode_photo(portrait_mpo(PHOTO, frames)).portrait == NO_PORTRAIT


def damaged() -> dict[str, bytes]:
    mpo = portrait_mpo(PHOTO, [(disc(), DISPARITY)])
    gdepth = gdepth_jpeg(PHOTO, disc(512, 384))
    heic = portrait_heic(PHOTO, disc())
    return {
        "a frame cut off": mpo[:-300],
        "no frame at all": mpo[: mpo.index(b"\xff\xd9") + 2],
        "an index that points outside": mpo.replace(b"MPF\0MM\0*\0\0\0\x08", b"MPF\0MM\0*\xff\0\0\x08"),
        "a map that is no image": dynamic_depth_jpeg(PHOTO, {"Depth": b"nothing"}),
        "a map in colours": dynamic_depth_jpeg(PHOTO, {"Depth": encoded(PHOTO)}),
        "a length beyond the file": dynamic_depth_jpeg(PHOTO, {"Depth": b"x"}).replace(
            b'Length="1"', b'Length="99999999"'
        ),
        "a length below nought": dynamic_depth_jpeg(PHOTO, {"Depth": b"x"}).replace(b'Length="1"', b'Length="-1"'),
        "base64 that is none": gdepth.replace(b'GDepth:Data="', b'GDepth:Data="!!!', 1),
        "a range without an end": gdepth.replace(b"RangeInverse", b"RangeLinear ").replace(
            b'Far="10.0"', b'Far="none"'
        ),
        "a range to the largest of all numbers": gdepth_jpeg(PHOTO, disc(), depth_format="RangeLinear", far=1.7e308),
        "a range from next to nothing": gdepth_jpeg(PHOTO, disc(), depth_format="RangeLinear", near=1e-300),
        "a coded map that is damaged": heic[:-40] + bytes(40),
    }


@pytest.mark.parametrize("kind", damaged())
def test_a_damaged_map_does_no_harm_to_its_photo(kind):
    photo = decode_photo(damaged()[kind])

    assert photo.pixels.shape == (384, 512, 3)
    assert photo.portrait.depth is None or kind == "a coded map that is damaged"


def test_a_map_beyond_the_limits_is_left_alone():
    photo = decode_photo(dynamic_depth_jpeg(PHOTO, {"Depth": encoded(disc(1600, 1200))}), Settings(max_megapixels=1.0))

    assert photo.portrait == NO_PORTRAIT


def test_the_decoder_hands_all_of_it_over(decoder):
    data = portrait_heic(PHOTO, disc(), {MATTE: person()}, turns=3, exif=portrait_exif())

    photo, expected = decoder.decode(data), decode_photo(data)

    np.testing.assert_array_equal(photo.portrait.depth.disparity, expected.portrait.depth.disparity)
    np.testing.assert_array_equal(photo.portrait.matte, expected.portrait.matte)
    assert photo.portrait.depth.source == "photo"
    assert photo.portrait.is_blurred
    assert decoder.decode(encoded()).portrait == NO_PORTRAIT
