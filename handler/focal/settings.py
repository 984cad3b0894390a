"""Every limit and knob of a server, on one page.

A server reads them once, at start: the defaults here, overridden by `handler:` in model-config.yaml, overridden by
environment variables (FOCAL_MAX_MEGAPIXELS=24). A wrong value, or two that contradict each other, stop the start with
a sentence that names them. The handler and the gateway read the same page; what TorchServe must be told is derived
from it (scripts/server/torchserve_config.py), so that no two numbers can disagree.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .declarations import choice, declarations, declared, number, read, unknown

ENVIRONMENT_PREFIX = "FOCAL_"
LIMITS_PREFIX = "FOCAL_MAX_"

# What a body holds besides the base64 of a photo: the options, or a form's own lines.
OTHER_FIELDS_BYTES = 1_000
# On a busy machine the clock runs faster than the processor time that a decoder is allowed.
DECODE_PATIENCE = 2.0

# What a worker and its decoder hold of their own, and for each pixel of the largest photo, at most; docs/reliability.md
# has the measurement, tests/end_to_end/test_load.py and tests/photo/test_decoder_memory.py hold processes against it.
WORKER_OWN_BYTES, WORKER_BYTES_A_PIXEL = 700_000_000, 24
DECODER_OWN_BYTES, DECODER_BYTES_A_PIXEL = 180_000_000, 18


@dataclass(frozen=True)
class CollectorAddress:
    """A server's address over HTTP, or an empty text; without a name or password, since settings are shown."""

    about: str

    def check(self, name: str, value: object) -> str:
        """Return `value` if it is such an address; raise ValueError with a sentence that shows one if not."""
        if not isinstance(value, str) or not re.fullmatch(r"(https?://[^\s/@?#]+(/[^\s@?#]*)?)?", value):
            raise ValueError(
                f"{name} must be an address such as http://127.0.0.1:4318, with no name, password or query."
            )
        return value

    def from_text(self, text: str) -> object:
        """Read an environment variable's text."""
        return text

    def schema(self) -> dict[str, Any]:
        """This declaration in JSON Schema's words."""
        return {"type": "string", "description": self.about}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of a running server; see each declaration for its unit and range."""

    device: str = choice("auto", "cpu", "cuda", about="Where the network runs; auto takes the GPU TorchServe assigns.")
    torch_threads: int = number(1, low=1, high=64, unit="threads", about="Threads of one worker's arithmetic.")

    people: str = choice(
        "auto",
        "off",
        about="auto lets requests ask for people to be found; off never does, and loads no network for it.",
    )

    # Its packages are an extra (requirements-tracing.txt), which scripts/serve installs when the variable is set.
    otlp_endpoint: str = declared(
        "", CollectorAddress("Collector of OpenTelemetry that is sent each request's spans; none if empty.")
    )

    # ---- A photo and its answer

    max_photo_bytes: int = number(
        48_000_000, low=1_000, high=1_000_000_000, unit="bytes", about="Largest photo file, after decoding base64."
    )
    # imgproxy's default resolution limit is the same; a 48-megapixel phone photo fits.
    # (Pillow itself refuses twice its own limit, 179 million, so this ends before.)
    max_megapixels: float = number(
        50.0, low=0.01, high=175.0, unit="million pixels", about="Most pixels of a photo, as its header gives them."
    )
    # WebP, one of the answer's formats, ends at 16383.
    max_side_px: int = number(16_383, low=64, high=16_383, unit="pixels", about="Longest side of a photo.")
    max_aspect_ratio: float = number(
        32.0, low=1.0, high=100.0, unit="longer side / shorter side", about="Most elongated shape of a photo."
    )
    # Processor time; the largest HEIC photo takes half of it on a slow core.
    max_decode_s: float = number(
        15.0, low=0.02, high=600.0, unit="seconds of processor time", about="Longest time to decode a photo."
    )
    # TorchServe kills a worker whose answer exceeds its max_response_size.
    max_answer_bytes: int = number(
        120_000_000, low=10_000, high=1_000_000_000, unit="bytes", about="Largest answer, all images together."
    )

    # ---- The gateway: one request

    max_body_bytes: int = number(
        66_000_000, low=2_000, high=1_400_000_000, unit="bytes", about="Largest body of a request, base64 included."
    )
    # The contract's 504 after it; below TorchServe's responseTimeout, which costs a worker.
    max_wait_s: int = number(
        60, low=2, high=3_600, unit="seconds", about="Longest time that a request may take in all."
    )
    max_pause_s: int = number(
        15, low=1, high=600, unit="seconds", about="Longest pause of a client while it sends or reads."
    )
    # If a load balancer keeps idle connections for longer than its server does, it sends photos on connections that are
    # just closing. Amazon's and nginx keep theirs for 60 s; behind Google's, which keeps them for 600 s, raise this.
    max_idle_s: int = number(
        75, low=1, high=3_600, unit="seconds", about="Longest time that an idle connection is kept open."
    )
    # Browsers then refuse plain HTTP for that long: set it once HTTPS is certain to stay.
    hsts_s: int = number(
        0, low=0, high=63_072_000, unit="seconds", about="Strict-Transport-Security with TLS; 0 sends none."
    )
    max_probe_s: int = number(
        10, low=1, high=600, unit="seconds", about="Longest time for a worker to say that it is ready."
    )

    # ---- The gateway: many requests

    # Every photo that is let in is answered in time if a worker takes less than max_wait_s / 16 for each. Photos that
    # are still arriving count as well: with fewer places, slow networks would leave workers idle.
    max_photos_per_worker: int = number(
        16, low=1, high=1_000, unit="photos", about="Most photos at once for each worker, arriving or waiting."
    )
    # Twice a phone's photo in base64. Bodies wait in memory and never on a disk, so few may be longer at a time.
    large_body_bytes: int = number(
        8_000_000,
        low=1_000,
        high=1_400_000_000,
        unit="bytes",
        about="A longer body, or one of unknown length, is large.",
    )
    max_large_bodies_per_worker: int = number(
        2,
        low=1,
        high=1_000,
        unit="bodies",
        about="Most large bodies at once for each worker; one client has at most half of all.",
    )
    max_photos_per_client: int = number(
        16, low=1, high=1_000, unit="photos", about="Most photos at once of one client, which has at most half of all."
    )
    max_rate_per_client: int = number(
        20, low=1, high=10_000, unit="photos a second", about="Most photos of one client, on average."
    )
    max_burst_per_client: int = number(
        40, low=1, high=10_000, unit="photos", about="Most photos of one client in a burst above that rate."
    )
    max_probe_rate_per_client: int = number(
        10, low=1, high=10_000, unit="requests a second", about="Most requests of one client to /readyz."
    )
    max_connections: int = number(
        2_048, low=64, high=60_000, unit="connections", about="Most connections; above it, idle ones are closed."
    )

    @property
    def max_pixels(self) -> int:
        """The pixel limit as a count."""
        return int(self.max_megapixels * 1_000_000)

    @property
    def decode_wait_s(self) -> float:
        """How long to wait for a decoder that may use `max_decode_s` of processor time."""
        return DECODE_PATIENCE * self.max_decode_s

    @property
    def longest_base64_bytes(self) -> int:
        """The length of the longest photo in base64."""
        return -(-self.max_photo_bytes // 3) * 4

    def photos_at_once(self, workers: int) -> int:
        """Photos that a server of so many workers lets in at a time."""
        return self.max_photos_per_worker * workers

    def photos_at_once_per_client(self, workers: int) -> int:
        """Photos that it lets in at a time from one client: others always find a place."""
        return min(self.max_photos_per_client, max(1, self.photos_at_once(workers) // 2))

    def large_bodies_at_once(self, workers: int) -> int:
        """Large bodies that it lets in at a time."""
        return min(self.max_large_bodies_per_worker * workers, self.photos_at_once(workers))

    def large_bodies_at_once_per_client(self, workers: int) -> int:
        """Large bodies that it lets in at a time from one client."""
        return max(1, self.large_bodies_at_once(workers) // 2)

    def body_memory_bytes(self, workers: int) -> int:
        """The most that all bodies together take, in the gateway and once more in TorchServe."""
        large = self.large_bodies_at_once(workers)
        return (self.photos_at_once(workers) - large) * self.large_body_bytes + large * self.max_body_bytes

    @property
    def worker_memory_bytes(self) -> int:
        """The most that a worker takes, whatever it is sent."""
        return WORKER_OWN_BYTES + WORKER_BYTES_A_PIXEL * self.max_pixels

    @property
    def decoder_memory_bytes(self) -> int:
        """The most that a worker's decoder takes, whatever it is sent."""
        return DECODER_OWN_BYTES + DECODER_BYTES_A_PIXEL * self.max_pixels


def load_settings(configured: Mapping[str, object], environment: Mapping[str, str]) -> Settings:
    """The settings of this server.

    configured: the `handler:` section of model-config.yaml.   environment: usually os.environ; only FOCAL_* that name a
    setting are read, since the scripts have variables of their own. An empty variable counts as not set.
    Raises ValueError naming the first setting that is unknown, of the wrong type, out of range or against another.
    """
    if not isinstance(configured, Mapping):
        raise ValueError("handler: in model-config.yaml must hold settings, each as name: value.")
    settings = Settings(**(read(Settings, configured) | environment_settings(environment)))
    _check_together(settings)
    return settings


def environment_settings(environment: Mapping[str, str]) -> dict[str, Any]:
    """The settings that an environment names, by their names. Raises ValueError naming the first that is wrong.

    A variable that begins as the limits do and names none is wrong, too: a limit would be missing that was asked for.
    One that is empty asks for nothing, as compose files and unit files leave what they do not set.
    """
    variables = {ENVIRONMENT_PREFIX + name.upper(): name for name in declarations(Settings)}
    given = {variable: value for variable, value in environment.items() if value}
    for variable in given:
        if variable.startswith(LIMITS_PREFIX) and variable not in variables:
            raise ValueError(unknown(variable, list(variables)))
    named = {name: given[variable] for variable, name in variables.items() if variable in given}
    return read(Settings, named, text=True)


def _check_together(settings: Settings) -> None:
    """Raise ValueError if one setting makes another impossible."""
    shortest_body = settings.longest_base64_bytes + OTHER_FIELDS_BYTES
    if settings.max_body_bytes < shortest_body:
        raise ValueError(
            f"max_body_bytes must be at least {shortest_body}, for the base64 of a photo of max_photo_bytes "
            f"({settings.max_photo_bytes}); it is {settings.max_body_bytes}."
        )
    if settings.large_body_bytes > settings.max_body_bytes:
        raise ValueError(
            f"large_body_bytes must be at most max_body_bytes ({settings.max_body_bytes}); "
            f"it is {settings.large_body_bytes}."
        )
    if settings.max_wait_s <= settings.decode_wait_s:
        raise ValueError(
            f"max_wait_s must be more than {settings.decode_wait_s:g}, twice max_decode_s "
            f"({settings.max_decode_s:g}); it is {settings.max_wait_s}."
        )
