"""Focal's core: a photo in, the same photo with its background blurred out; pure functions on arrays."""

__version__ = "0.2.0"
