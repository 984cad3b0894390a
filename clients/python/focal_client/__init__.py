"""The client of a Focal server: Focal, and AsyncFocal for asyncio."""

from .asynchronous import AsyncFocal
from .client import (
    Blurred,
    Encoded,
    Explaining,
    Explanation,
    File,
    Focal,
    FocalError,
    Format,
    Known,
    Options,
    Picture,
    Progress,
    Reblurring,
)

__all__ = [
    "AsyncFocal",
    "Blurred",
    "Encoded",
    "Explaining",
    "Explanation",
    "File",
    "Focal",
    "FocalError",
    "Format",
    "Known",
    "Options",
    "Picture",
    "Progress",
    "Reblurring",
]
