"""A decoder keeps within its declared memory for the largest files of the kinds that need most of it."""

import io
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from focal.photo.decoder_process import Decoder
from focal.settings import Settings
from PIL import Image

from tests.helpers.colour_oracle import rgb_icc
from tests.helpers.pictures import png_chunk, png_header

SIZE = WIDTH, HEIGHT = 3264, 2448  # 8 megapixels
SETTINGS = Settings(max_megapixels=8.0, max_decode_s=60)
NOISE_BYTES = 46_000_000  # of the 48 that a file may have


def slope(channels: int, most: int) -> np.ndarray:
    """A picture that compresses well, of integers up to `most`."""
    across, down = np.linspace(0, 0.6, WIDTH, dtype=np.float32), np.linspace(0, 0.4, HEIGHT, dtype=np.float32)
    grey = ((across + down[:, None]) * most).astype(np.uint8 if most < 256 else np.uint16)
    return np.repeat(grey[..., None], channels, axis=-1)


def png_of_16_bits_with_alpha() -> bytes:
    row_bytes = 8 * WIDTH
    noise = np.random.default_rng(0).integers(0, 256, (NOISE_BYTES // row_bytes, row_bytes), np.uint8)
    noisy = b"".join(b"\0" + row.tobytes() for row in noise)
    flat = (b"\0" + bytes(row_bytes)) * (HEIGHT - len(noise))
    squeezed = zlib.compress(noisy + flat, 1)
    return png_header(*SIZE, depth=16, colour=6) + png_chunk(b"IDAT", squeezed) + png_chunk(b"IEND", b"")


def avif_of_10_bits_with_alpha() -> bytes:
    return bytes(imagecodecs.avif_encode(slope(4, 1023), level=60, speed=10, bitspersample=10, pixelformat="444"))


def webp_without_loss() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(slope(4, 255)).save(buffer, "WEBP", lossless=True, method=0)
    return buffer.getvalue()


def tiff_of_16_bits_with_alpha_and_profile() -> bytes:
    buffer = io.BytesIO()
    more = {"photometric": "rgb", "extrasamples": [2], "compression": "zlib", "iccprofile": rgb_icc("p3")}
    tifffile.imwrite(buffer, slope(4, 65_535), **more)
    return buffer.getvalue()


def cmyk_jpeg_in_scans() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(slope(4, 255), "RGBA").convert("RGB").convert("CMYK").save(buffer, "JPEG", progressive=True)
    return buffer.getvalue()


@pytest.fixture
def decoder() -> Iterator[Decoder]:
    started = Decoder(SETTINGS)
    yield started
    started.close()


@pytest.mark.parametrize(
    "make",
    [
        png_of_16_bits_with_alpha,
        avif_of_10_bits_with_alpha,
        webp_without_loss,
        tiff_of_16_bits_with_alpha_and_profile,
        cmyk_jpeg_in_scans,
    ],
    ids=lambda make: make.__name__,
)
def test_the_largest_files_stay_within_the_memory_of_a_decoder(make: Callable[[], bytes], decoder, record_property):
    photo = decoder.decode(make())

    status = Path(f"/proc/{decoder._process.pid}/status").read_text()
    peak_bytes = int(status.split("VmHWM:")[1].split()[0]) * 1024
    record_property("decoder_peak_mb", peak_bytes / 1e6)
    assert photo.pixels.shape == (HEIGHT, WIDTH, 3)
    assert peak_bytes < SETTINGS.decoder_memory_bytes
