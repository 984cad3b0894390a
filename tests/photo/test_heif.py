"""HEIC and AVIF: HDR pictures of more than 8 bits."""

import io

import numpy as np
import pillow_heif
import pytest
from focal.photo.decode import decode_photo

BT2020, PQ, HLG = 9, 16, 18  # code points of H.273
# ITU-R BT.2408: the signal of HDR reference white, 203 nits, in each curve; its tone mapping gives it half the light.
REFERENCE_WHITE = {PQ: 0.5807, HLG: 0.75}
HALF_LIGHT = 188


@pytest.fixture(params=[False, True], ids=["10 bits", "12 bits"])
def bits(request, monkeypatch):
    monkeypatch.setattr(pillow_heif.options, "SAVE_HDR_TO_12_BIT", request.param)


@pytest.mark.usefixtures("bits")
@pytest.mark.parametrize("transfer", [PQ, HLG], ids=["PQ", "HLG"])
@pytest.mark.parametrize("mode", ["RGB;16", "RGBA;16"])
def test_reference_white_of_an_hdr_heic_has_half_the_light_of_the_screen(mode, transfer):
    photo = decode_photo(hdr_heic(mode, transfer))

    np.testing.assert_allclose(photo.pixels.astype(int), HALF_LIGHT, atol=2)


def hdr_heic(mode: str, transfer: int) -> bytes:
    samples = np.full((48, 64, len(mode) - 3), 65_535, np.uint16)
    samples[..., :3] = round(65_535 * REFERENCE_WHITE[transfer])
    file, buffer = pillow_heif.from_bytes(mode, (64, 48), samples.tobytes()), io.BytesIO()
    code_points = {"color_primaries": BT2020, "transfer_characteristics": transfer, "matrix_coefficients": BT2020}
    file.save(buffer, quality=100, chroma=444, save_nclx_profile=True, **code_points)
    return buffer.getvalue()
