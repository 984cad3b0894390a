"""Every limit and knob of a server, on one page.

A server reads them once, at start: the defaults here, overridden by `handler:` in model-config.yaml, overridden by
environment variables (FOCAL_MAX_MEGAPIXELS=24). A wrong value stops the start with a sentence that names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .declared import choice, declarations, number, read

ENVIRONMENT_PREFIX = "FOCAL_"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of a running server; see each declaration for its unit and range."""

    device: str = choice("auto", "cpu", "cuda", about="Where the network runs; auto takes the GPU TorchServe assigns.")
    torch_threads: int = number(1, low=1, high=64, unit="threads", about="Threads of one worker's arithmetic.")
    max_photo_bytes: int = number(
        48_000_000, low=1_000, high=1_000_000_000, unit="bytes", about="Longest encoded photo, after base64."
    )
    # imgproxy's default resolution limit is the same; a 48-megapixel phone photo fits.
    # (Pillow itself refuses twice its own limit, 179 million, so this ends before.)
    max_megapixels: float = number(
        50.0, low=0.01, high=175.0, unit="million pixels", about="Most pixels of a photo, read from its header."
    )
    # WebP, one of the answer's formats, ends at 16383.
    max_side_px: int = number(16_383, low=64, high=16_383, unit="pixels", about="Longest side of a photo.")
    max_aspect_ratio: float = number(
        32.0, low=1.0, high=100.0, unit="longer side / shorter side", about="Narrowest shape of a photo."
    )
    # Processor time; the largest HEIC photo takes half of it on a slow core.
    max_decode_s: float = number(
        15.0, low=1.0, high=600.0, unit="seconds of processor time", about="Longest decoding of a photo."
    )
    # The others wait in encoded form; a photo that is larger by itself is worked on alone.
    max_batch_megapixels: float = number(
        50.0, low=0.0, high=1_000.0, unit="million pixels", about="Most pixels of a batch that are decoded at once."
    )
    # TorchServe kills a worker whose answer exceeds max_response_size, so this stays below config.properties' value.
    max_answer_bytes: int = number(
        120_000_000, low=10_000, high=1_000_000_000, unit="bytes", about="Longest answer, all images together."
    )

    @property
    def max_pixels(self) -> int:
        """The pixel limit as a count."""
        return int(self.max_megapixels * 1_000_000)


def load_settings(configured: Mapping[str, object], environment: Mapping[str, str]) -> Settings:
    """The settings of this server.

    configured: the `handler:` section of model-config.yaml.   environment: usually os.environ; only FOCAL_* that name a
    setting are read, since the scripts have variables of their own.
    Raises ValueError naming the first setting that is unknown, of the wrong type or out of range.
    """
    if not isinstance(configured, Mapping):
        raise ValueError("handler: in model-config.yaml must hold settings, each as name: value.")
    overrides = {
        name: environment[ENVIRONMENT_PREFIX + name.upper()]
        for name in declarations(Settings)
        if ENVIRONMENT_PREFIX + name.upper() in environment
    }
    return Settings(**(read(Settings, configured) | read(Settings, overrides, text=True)))
