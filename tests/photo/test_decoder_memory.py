"""A decoder keeps within its declared memory for the largest files of the kinds that need most of it."""

import io
import math
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import imagecodecs
import numpy as np
import pillow_heif
import pytest
import tifffile
from focal.photo.decoder_process import Decoder
from focal.settings import Settings
from PIL import Image

from tests.helpers.colour_oracle import rgb_icc
from tests.helpers.pictures import png_chunk, png_header

Size = tuple[int, int]  # width and height

SIZES = [
    pytest.param((3264, 2448), id="8 megapixels"),
    pytest.param((8160, 6120), id="50 megapixels", marks=pytest.mark.long),
]
NOISE_BYTES = 46_000_000  # of the 48 that a file may have


def slope(size: Size, channels: int, most: int) -> np.ndarray:
    """A picture that compresses well, of integers up to `most`."""
    width, height = size
    across, down = np.linspace(0, 0.6, width, dtype=np.float32), np.linspace(0, 0.4, height, dtype=np.float32)
    grey = ((across + down[:, None]) * most).astype(np.uint8 if most < 256 else np.uint16)
    return np.repeat(grey[..., None], channels, axis=-1)


def png_of_16_bits_with_alpha(size: Size) -> bytes:
    width, height = size
    row_bytes = 8 * width
    noise = np.random.default_rng(0).integers(0, 256, (NOISE_BYTES // row_bytes, row_bytes), np.uint8)
    noisy = b"".join(b"\0" + row.tobytes() for row in noise)
    flat = (b"\0" + bytes(row_bytes)) * (height - len(noise))
    squeezed = zlib.compress(noisy + flat, 1)
    return png_header(*size, depth=16, colour=6) + png_chunk(b"IDAT", squeezed) + png_chunk(b"IEND", b"")


def avif_of_10_bits_with_alpha(size: Size) -> bytes:
    return bytes(imagecodecs.avif_encode(slope(size, 4, 1023), level=60, speed=10, bitspersample=10, pixelformat="444"))


def heic_with_alpha(size: Size) -> bytes:
    buffer = io.BytesIO()
    file = pillow_heif.from_bytes("RGBA", size, slope(size, 4, 255).tobytes())
    file.save(buffer, quality=60, chroma=444, enc_params={"preset": "ultrafast"})
    return buffer.getvalue()


def webp_without_loss(size: Size) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(slope(size, 4, 255)).save(buffer, "WEBP", lossless=True, method=0)
    return buffer.getvalue()


def tiff_of_16_bits_with_alpha_and_profile(size: Size) -> bytes:
    buffer = io.BytesIO()
    more = {"photometric": "rgb", "extrasamples": [2], "compression": "zlib", "iccprofile": rgb_icc("p3")}
    tifffile.imwrite(buffer, slope(size, 4, 65_535), predictor=2, rowsperstrip=256, **more)
    return buffer.getvalue()


def cmyk_jpeg_in_scans(size: Size) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(slope(size, 4, 255), "RGBA").convert("RGB").convert("CMYK").save(buffer, "JPEG", progressive=True)
    return buffer.getvalue()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "make",
    [
        png_of_16_bits_with_alpha,
        avif_of_10_bits_with_alpha,
        pytest.param(heic_with_alpha, marks=pytest.mark.long),  # x265 takes seconds to write it
        webp_without_loss,
        tiff_of_16_bits_with_alpha_and_profile,
        cmyk_jpeg_in_scans,
    ],
    ids=lambda make: make.__name__,
)
def test_the_largest_files_stay_within_the_memory_of_a_decoder(
    make: Callable[[Size], bytes], size: Size, record_property: Callable[[str, object], None]
):
    settings = Settings(max_megapixels=math.ceil(size[0] * size[1] / 1e6), max_decode_s=60)
    with closing(Decoder(settings)) as decoder:
        photo = decoder.decode(make(size))
        status = Path(f"/proc/{decoder._process.pid}/status").read_text()

    peak_bytes = int(status.split("VmHWM:")[1].split()[0]) * 1024
    record_property("decoder_peak_mb", peak_bytes / 1e6)
    assert photo.pixels.shape == (size[1], size[0], 3)
    assert peak_bytes < settings.decoder_memory_bytes
