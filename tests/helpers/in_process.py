"""A decoder without a process of its own, where a test needs no protection from its files."""

from __future__ import annotations

from dataclasses import dataclass

from focal.photo.decode import DEFAULT_SETTINGS, decode_depth, decode_mask, decode_photo
from focal.photo.depth import DepthMap
from focal.photo.photo import Photo
from focal.settings import Settings


@dataclass(frozen=True)
class InProcess:
    """Decodes within the limits of the settings."""

    settings: Settings = DEFAULT_SETTINGS

    def decode(self, data: bytes, *, metadata: bool = False) -> Photo:
        return decode_photo(data, self.settings, metadata=metadata)

    def decode_mask(self, data: bytes) -> Photo:
        return decode_mask(data, self.settings)

    def decode_depth(self, data: bytes) -> DepthMap:
        return decode_depth(data, self.settings)
