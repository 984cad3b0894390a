"""Focal: a photo in, the same photo with its background blurred out.

    from pathlib import Path

    from focal import Options, decode_photo, develop, load_model

    model = load_model("efficientnet_lite0", "efficientnet-lite0-57934424.pth")
    photo = decode_photo(Path("photo.jpg").read_bytes())
    developed = develop(photo, Options(strength=0.06), model, wants_saliency=True)

The names in __all__ are public and explained in docs/library.md; the rest may change with any version. Each is imported
when it is first used: a command reads the settings before torch is installed.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"

if TYPE_CHECKING:
    from .errors import FocalError
    from .inspection import Explanation, explain
    from .network.model import Model, load_model
    from .options import ExplanationOptions, Options
    from .photo.decode import decode_photo
    from .photo.encode import encode_image
    from .photo.photo import Photo
    from .pipeline import Developed, develop
    from .settings import Settings

__all__ = [
    "Developed",
    "Explanation",
    "ExplanationOptions",
    "FocalError",
    "Model",
    "Options",
    "Photo",
    "Settings",
    "decode_photo",
    "develop",
    "encode_image",
    "explain",
    "load_model",
]

_MODULES = {
    "Developed": "pipeline",
    "Explanation": "inspection",
    "ExplanationOptions": "options",
    "FocalError": "errors",
    "Model": "network.model",
    "Options": "options",
    "Photo": "photo.photo",
    "Settings": "settings",
    "decode_photo": "photo.decode",
    "develop": "pipeline",
    "encode_image": "photo.encode",
    "explain": "inspection",
    "load_model": "network.model",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(importlib.import_module(f".{_MODULES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
