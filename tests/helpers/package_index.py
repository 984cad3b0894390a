"""Package indexes on loopback that serve empty wheels, each made when a test asks for it."""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.helpers.served import served

THIS_PYTHON = f"cp{sys.version_info.major}{sys.version_info.minor}-none-any"
ANY_PYTHON = "py3-none-any"


def wheel(
    package: str, version: str, tag: str, summary: str = "", requires: Sequence[str] = (), python: str = ""
) -> bytes:
    """An empty wheel; the same bytes each time."""
    metadata = f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\nSummary: {summary}\n"
    metadata += "".join(f"Requires-Dist: {requirement}\n" for requirement in requires)
    metadata += f"Requires-Python: {python}\n" * bool(python)
    content = {"METADATA": metadata, "WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n", "RECORD": ""}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in content.items():
            archive.writestr(zipfile.ZipInfo(f"{package}-{version}.dist-info/{name}"), text)
    return packed.getvalue()


class PackageIndexes:
    """Indexes of packages, one a folder: `add("cpu", "torch", "9.9.9+cpu")` publishes at `url`/cpu."""

    def __init__(self, root: Path, url: str, requests: list[str]) -> None:
        self.root = root
        self.url = url
        self.requests = requests  # the paths that were asked for

    def add(
        self,
        index: str,
        package: str,
        version: str,
        *,
        tag: str = THIS_PYTHON,
        summary: str = "",
        requires: Sequence[str] = (),
        python: str = "",
    ) -> bytes:
        """Publish a wheel beside the package's other ones; return its bytes."""
        page = self.root / index / package
        page.mkdir(parents=True, exist_ok=True)
        packed = wheel(package, version, tag, summary, requires, python)
        (page / f"{package}-{version}-{tag}.whl").write_bytes(packed)
        (page / "index.html").write_text("".join(_link(file) for file in sorted(page.glob("*.whl"))))
        return packed


def _link(file: Path) -> str:
    """A file's line of an index, with its hash, as indexes have it."""
    return f'<a href="{quote(file.name)}#sha256={sha256(file.read_bytes()).hexdigest()}">{file.name}</a>\n'


class _Recorder(SimpleHTTPRequestHandler):
    def __init__(self, requests: list[str], *arguments: Any, **named: Any) -> None:
        self.requests = requests
        super().__init__(*arguments, **named)

    def log_message(self, format: str, *arguments: object) -> None:
        """Note the path, and keep stderr for what the client says."""
        self.requests.append(self.path)


@contextmanager
def package_indexes(root: Path) -> Iterator[PackageIndexes]:
    """Indexes below an empty folder, served as long as the block lasts."""
    requests: list[str] = []
    with served(ThreadingHTTPServer(("127.0.0.1", 0), partial(_Recorder, requests, directory=str(root)))) as server:
        yield PackageIndexes(root, f"http://127.0.0.1:{server.server_port}", requests)
