"""Every accepted format, mode, profile and orientation becomes the photo that was meant; what is none is refused."""

import io
import os
import subprocess
import sys

import cv2
import numpy as np
import pytest
from focal.errors import BodyTooLarge, MissingImage, PhotoTooLarge, UndecodablePhoto, UnsupportedFormat
from focal.photo.decode import decode_photo, looks_like_a_photo
from focal.photo.icc import rgb_profile as profile_of
from focal.photo.spaces import P3
from focal.settings import Settings
from PIL import Image

from tests.helpers.pictures import (
    CORNERS,
    FORMATS,
    STORED,
    cmyk_profile,
    encoded,
    four_colours,
    grey_profile,
    noise,
    png_chunk,
    png_header,
    rgb_profile,
    tiff,
)
from tests.helpers.processor_time import least_processor_s


def decode(data: bytes, **settings):
    return decode_photo(data, Settings(**settings))


def corners(pixels):
    height, width = pixels.shape[:2]
    return np.stack(
        [pixels[y, x] for y in (height // 4, 3 * height // 4) for x in (width // 4, 3 * width // 4)]
    ).astype(int)


# ---- formats


@pytest.mark.parametrize("image_format", FORMATS)
def test_every_accepted_format_is_decoded(image_format):
    photo = decode(encoded(image_format=image_format))

    assert photo.source_format == ("JPEG" if image_format == "MPO" else image_format)
    assert (photo.pixels.dtype, photo.pixels.shape) == (np.uint8, (48, 80, 3))
    assert photo.pixels.flags.c_contiguous
    np.testing.assert_allclose(corners(photo.pixels), CORNERS, atol=12)


@pytest.mark.parametrize(
    "arguments",
    [{}, {"progressive": True}, {"subsampling": 0}, {"keep_rgb": True}, {"restart_marker_rows": 1}],
    ids=str,
)
def test_a_jpeg_has_bit_for_bit_the_pixels_that_pillow_reads(arguments):
    data = encoded(noise(83, 61), **arguments)

    photo = decode(data)

    with Image.open(io.BytesIO(data)) as image:
        np.testing.assert_array_equal(photo.pixels, np.asarray(image))


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("missing", [1, 3, 100, 2000])
def test_a_jpeg_that_ends_too_soon_is_refused(missing, progressive):
    data = encoded(noise(83, 61), progressive=progressive)

    with pytest.raises(UndecodablePhoto):
        decode(data[:-2][:-missing])  # its last two bytes only say that it ends


@pytest.mark.parametrize("image_format", ["MPO", "PNG", "GIF", "WEBP", "TIFF", "AVIF"])
def test_of_several_frames_the_first_is_taken(image_format):
    others = [Image.new("RGB", (80, 48), "white")] * 2

    photo = decode(encoded(image_format=image_format, save_all=True, append_images=others))

    np.testing.assert_allclose(corners(photo.pixels), CORNERS, atol=12)


def test_a_photo_whose_further_pictures_a_program_has_dropped_is_taken():
    several = encoded(image_format="MPO", save_all=True, append_images=[Image.new("RGB", (80, 48))])
    first = several[: several.index(b"\xff\xd9\xff\xd8") + 2]  # with the index of both, as jpegtran leaves it

    np.testing.assert_array_equal(decode(first).pixels, decode(several).pixels)


@pytest.mark.parametrize("image_format", ["JPEG2000", "ICO", "TGA", "PPM", "PCX", "PDF", "ICNS", "SGI", "DDS"])
def test_other_formats_are_refused(image_format):
    with pytest.raises(UnsupportedFormat, match="send JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC"):
        decode(encoded(image_format=image_format))


@pytest.mark.parametrize(
    "data", [b"hello", b"<svg/>", b"%!PS-Adobe", bytes(100), b"\xff" * 100, b"RIFF0000WAVE", b"\0\0\0 ftypmp42"]
)
def test_what_is_no_image_is_refused(data):
    with pytest.raises(UnsupportedFormat):
        decode(data)


def test_nothing_at_all_is_no_photo():
    with pytest.raises(MissingImage):
        decode(b"")


def test_an_accepted_format_is_known_by_its_first_bytes():
    assert [looks_like_a_photo(encoded(image_format=name)[:16]) for name in FORMATS] == [True] * len(FORMATS)


@pytest.mark.parametrize("image_format", FORMATS)
def test_a_file_that_ends_too_early_is_refused(image_format):
    data = encoded(noise(80, 48), image_format)

    with pytest.raises(UndecodablePhoto, match="damaged or incomplete"):
        decode(data[: len(data) // 2])


# ---- orientation


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("image_format", ["JPEG", "MPO", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_a_photo_of_any_orientation_comes_out_upright(image_format, orientation):
    upright, turned = four_colours(), STORED[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation

    photo = decode(
        encoded(upright.transpose(turned) if turned is not None else upright, image_format, exif=exif.tobytes())
    )

    assert photo.pixels.shape == (48, 80, 3)
    np.testing.assert_allclose(corners(photo.pixels), CORNERS, atol=12)


@pytest.mark.parametrize("image_format", ["JPEG", "WEBP", "AVIF"])
def test_an_orientation_that_only_xmp_tells_is_a_remark(image_format):
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'

    photo = decode(encoded(four_colours(), image_format, xmp=xmp))

    np.testing.assert_allclose(corners(photo.pixels), CORNERS, atol=12)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_changes_nothing(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation

    assert decode(encoded(exif=exif)).pixels.shape == (48, 80, 3)


@pytest.mark.parametrize(
    "exif", [b"", b"x", b"II*\0", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff" + b"\x01" * 99, bytes(999)]
)
@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
def test_unreadable_exif_leaves_the_picture_as_it_is(image_format, exif):
    photo = decode(encoded(image_format=image_format, exif=b"Exif\0\0" + exif))

    np.testing.assert_allclose(corners(photo.pixels), CORNERS, atol=12)


# ---- modes


def test_16_bit_grey_keeps_its_meaning():
    image = Image.fromarray((np.arange(256, dtype=np.uint16) * 257).reshape(16, 16))

    np.testing.assert_array_equal(decode(encoded(image, "PNG")).pixels, np.arange(256).reshape(16, 16, 1).repeat(3, 2))


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_16_bit_colour_is_reduced_to_8(suffix):
    wide = np.asarray(four_colours()).astype(np.uint16) * 257

    photo = decode(cv2.imencode(suffix, wide[..., ::-1])[1].tobytes())

    np.testing.assert_allclose(corners(photo.pixels), CORNERS, atol=1)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([[0.0, 0.5, 1.0]], np.float32), [0, 127, 255]),
        (np.array([[0.0, 128.0, 255.0]], np.float32), [0, 128, 255]),
        (np.array([[-1.0, 0.0, 1.0]], np.float32), [0, 127, 255]),
        (np.array([[0, 32_896, 65_535]], np.int32), [0, 128, 255]),
        (np.array([[0, 7, 200]], np.int32), [0, 7, 200]),
        (np.array([[-(2**31), 0, 2**31 - 1]], np.int32), [0, 127, 255]),
        (np.array([[np.nan, np.inf, 1.0]], np.float32), [0, 0, 255]),
        (np.array([[-3e38, 0.0, 3e38]], np.float32), [0, 127, 255]),
        (np.full((1, 3), 1e9, np.float32), [0, 0, 0]),
        (np.full((1, 3), np.nan, np.float32), [0, 0, 0]),
    ],
)
def test_32_bit_and_float_grey_get_the_white_that_fits(values, expected):
    assert decode(encoded(Image.fromarray(values), "TIFF")).pixels[0, :, 1].tolist() == expected


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr", "LAB", "RGBX"])
def test_every_mode_becomes_rgb(mode):
    image = four_colours().convert("L").convert(mode) if mode in "1L" else four_colours().convert(mode)
    expected = np.asarray(image.convert("RGB"))

    photo = decode(encoded(image, "TIFF"))

    np.testing.assert_allclose(corners(photo.pixels), corners(expected), atol=2)


@pytest.mark.parametrize("image_format", ["JPEG", "TIFF"])
def test_cmyk_without_a_profile_keeps_white_white(image_format):
    photo = decode(encoded(Image.new("CMYK", (32, 32), (0, 0, 0, 0)), image_format))

    assert (photo.pixels == 255).all()


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparent_parts_become_white_and_half_transparent_ones_lighter(mode):
    image = Image.new("RGBA", (3, 1), (0, 0, 0, 255))
    image.putpixel((1, 0), (0, 0, 0, 0))
    image.putpixel((2, 0), (0, 0, 0, 128))

    photo = decode(encoded(image.convert(mode), "PNG"))

    assert photo.pixels[0, :, 0].tolist() == pytest.approx([0, 255, 127], abs=1)


@pytest.mark.parametrize("transparency", [0, b"\0\xff"])
@pytest.mark.parametrize("image_format", ["PNG", "GIF"])
def test_a_palettes_transparent_colour_becomes_white(image_format, transparency):
    image = Image.new("P", (2, 1))
    image.putpalette([0, 0, 0, 90, 90, 90])
    image.putpixel((1, 0), 1)
    transparency = 0 if image_format == "GIF" else transparency

    photo = decode(encoded(image, image_format, transparency=transparency))

    assert photo.pixels[0, :, 0].tolist() == [255, 90]


def test_a_transparent_colour_of_rgb_becomes_white():
    photo = decode(encoded(image_format="PNG", transparency=CORNERS[0]))

    np.testing.assert_array_equal(corners(photo.pixels)[:2], [(255, 255, 255), CORNERS[1]])


# ---- colour profiles


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_a_profile_of_rgb_is_kept(image_format):
    assert decode(encoded(image_format=image_format, icc_profile=rgb_profile())).icc_profile == rgb_profile()


@pytest.mark.parametrize("mode", ["L", "P", "LA", "1"])
def test_a_profile_of_rgb_is_kept_for_grey_and_palette_too(mode):
    assert decode(encoded(Image.new(mode, (9, 9)), "PNG", icc_profile=rgb_profile())).icc_profile == rgb_profile()


def test_a_profile_of_cmyk_is_used_and_dropped():
    photo = decode(encoded(four_colours().convert("CMYK"), "TIFF", icc_profile=cmyk_profile()))

    assert photo.icc_profile is None
    assert (photo.pixels == 255).all()


def test_a_profile_of_grey_is_used_and_dropped():
    photo = decode(encoded(Image.new("L", (9, 9), 128), "PNG", icc_profile=grey_profile(gamma=1.0)))

    assert photo.icc_profile is None
    np.testing.assert_allclose(photo.pixels, 188, atol=2)  # half the light


MISFITS = {
    "x": b"x",
    "zeros": bytes(3000),
    "truncated": rgb_profile()[:200],
    "truncated in its last tag": profile_of(P3)[:-20],
    "of CMYK": cmyk_profile(),
    "of grey": grey_profile(1.0),
    "huge": rgb_profile().ljust(1_000_001, b"\0"),
}


@pytest.mark.parametrize("profile", MISFITS.values(), ids=MISFITS)
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "YCbCr"])
def test_a_profile_that_does_not_fit_is_dropped(mode, profile):
    image = four_colours().quantize() if mode == "P" else four_colours().convert(mode)

    photo = decode(encoded(image, "TIFF", icc_profile=profile))

    assert photo.icc_profile is None
    np.testing.assert_allclose(corners(photo.pixels), CORNERS, atol=2)


# ---- limits


def test_a_file_with_too_many_bytes_is_refused_with_both_numbers():
    with pytest.raises(BodyTooLarge, match=r"has 1001 bytes; the limit is 1000"):
        decode(b"\xff\xd8\xff".ljust(1001), max_photo_bytes=1000)


@pytest.mark.parametrize(
    ("size", "sentence"),
    [
        ((1000, 1001), r"has 1\.01 megapixels; the limit is 1"),
        ((65_535, 65_535), r"has 4294\.84 megapixels; the limit is 1"),
        ((2**31 - 1, 2**31 - 1), "megapixels; the limit is 1"),
        ((801, 100), "longer side has 801 pixels; the limit is 800"),
        ((300, 9), "is 300 by 9 pixels; its longer side may be at most 32 times the shorter"),
    ],
)
def test_a_header_over_a_limit_is_refused_with_both_numbers_at_once(size, sentence):
    header = png_header(*size) + png_chunk(b"IDAT", b"")

    def refuse() -> None:
        with pytest.raises(PhotoTooLarge, match=sentence):
            decode(header, max_megapixels=1.0, max_side_px=800 if size == (801, 100) else 16_383)

    assert least_processor_s(refuse) < 0.05


@pytest.mark.parametrize("size", [(1000, 1000), (320, 10), (10, 320), (1, 32), (1, 1)])
def test_a_photo_at_the_limits_is_decoded(size):
    assert decode(encoded(Image.new("RGB", size), "PNG"), max_megapixels=1.0, max_side_px=1000).pixels.shape == (
        *size[::-1],
        3,
    )


def test_an_animation_costs_no_more_than_its_first_frame():
    frames = [noise(32, 32, seed) for seed in range(100)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])

    assert least_processor_s(lambda: decode(data)) < 0.1


def test_a_tiff_whose_strips_lie_outside_the_file_is_refused():
    with pytest.raises(UndecodablePhoto):
        decode(tiff(64, 64, (279, 4, 1, 2**31), data=b"x"))


def test_decoding_takes_less_than_three_times_the_memory_of_the_pixels():
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(Image.new("RGBA", (5000, 4000)), "PNG", exif=exif)
    measure = (
        "import resource, sys; from focal.photo.decode import *\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024\n"
        "before = peak(); photo = decode_photo(sys.stdin.buffer.read(), Settings())\n"
        "print((peak() - before) / photo.pixels.size)"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}

    times = subprocess.run(
        [sys.executable, "-c", measure], input=data, env=environment, capture_output=True, check=True
    )

    assert float(times.stdout) < 3


def test_a_header_is_enough_to_know_a_tiffs_size():
    with pytest.raises(PhotoTooLarge, match=r"has 10000\.00 megapixels"):
        decode(tiff(100_000, 100_000))
