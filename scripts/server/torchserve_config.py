"""TorchServe's configuration: the repository's, with the addresses, folders and limits of one server."""

from __future__ import annotations

import os
from pathlib import Path

from focal.settings import Settings
from setup.environment import REPOSITORY

from .ports import Addresses, free_port_range

CONFIGURATION = REPOSITORY / "config.properties"
LOGGING = REPOSITORY / "deploy" / "torchserve-log4j2.xml"
METRICS = REPOSITORY / "deploy" / "torchserve-metrics.yaml"
# Read when `serve` starts: a server stays as it started if the checkout is updated under it.
FILES = {file.name: file.read_bytes() for file in (LOGGING, METRICS)}
# In the server's own folder: all that TorchServe writes, and in it the unpacked archive.
TEMPORARY = Path("tmp")
MODEL = TEMPORARY / "model_store" / "focal"
ANSWER_MARGIN_BYTES = 1_000_000
PROBES_QUEUED = 64
JAVA_OWN_BYTES = 256_000_000
LONGEST_SOCKET_PATH_BYTES = 103  # macOS; Linux takes four more
SOCKET_NAME_BYTES = len("/.ts.sock.65535")


def memory_megabytes(limits: Settings, workers: int) -> int:
    """Java's limit for objects, and the same again for buffers: all bodies let in, and one answer of each worker.

    Java briefly holds each of them twice, as an object and as a buffer.
    """
    return -(-(JAVA_OWN_BYTES + limits.body_memory_bytes(workers) + workers * limits.max_answer_bytes) // 1_000_000)


def read_properties(file: Path) -> dict[str, str]:
    """Read a simple Java properties file: name=value lines and # comments."""
    lines = (line.strip() for line in file.read_text().splitlines())
    pairs = (line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, value in pairs}


PROPERTIES = read_properties(CONFIGURATION)  # read when `serve` starts, like FILES


def properties_of(addresses: Addresses, folder: Path, workers: int, limits: Settings) -> dict[str, str]:
    """The repository's configuration with one server's addresses, absolute paths and limits.

    folder: the server's own.
    """
    memory_mb = memory_megabytes(limits, workers)
    flags = [flag for flag in PROPERTIES["vmargs"].split() if not flag.startswith("-Xmx")]
    return PROPERTIES | {
        "inference_address": addresses.inference_url,
        "management_address": addresses.management_url,
        "metrics_address": addresses.metrics_url,
        "model_store": str((folder / MODEL).parent),
        "load_models": MODEL.name,
        "default_workers_per_model": "1",  # one alone is ready sooner; `scale` adds the others
        "metrics_config": str(folder / METRICS.name),
        # Where Netty cannot load its native part (/tmp is noexec), workers listen on ports from this one on.
        "initial_worker_port": str(free_port_range(workers)),
        # Otherwise they listen on Unix sockets in the temporary folder, whose path may be too long for that.
        "use_native_io": str(_has_room_for_sockets(folder / TEMPORARY)).lower(),
        "max_request_size": str(limits.max_body_bytes),
        "max_response_size": str(limits.max_answer_bytes + ANSWER_MARGIN_BYTES),
        # Never full: the gateway lets in fewer photos. Its readiness probes go through the same queue.
        "job_queue_size": str(limits.photos_at_once(workers) + PROBES_QUEUED),
        "vmargs": " ".join([f"-Xmx{memory_mb}m", f"-XX:MaxDirectMemorySize={memory_mb}m", *flags]),
    }


def as_text(properties: dict[str, str]) -> str:
    """A properties file that Java reads."""
    return "".join(f"{name}={_escaped(value)}\n" for name, value in properties.items())


def _has_room_for_sockets(folder: Path) -> bool:
    return len(os.fsencode(folder)) + SOCKET_NAME_BYTES <= LONGEST_SOCKET_PATH_BYTES


def _escaped(value: str) -> str:
    """A value as Java reads it from a properties file, in ASCII."""
    units = value.encode("utf-16-be", "surrogatepass")
    codes = [int.from_bytes(units[n : n + 2], "big") for n in range(0, len(units), 2)]
    return "".join(chr(code) if 32 <= code < 127 and code != ord("\\") else f"\\u{code:04x}" for code in codes)
