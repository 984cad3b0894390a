"""Measurements: benchmark, load, quality of masks, and the pictures and charts of the documents."""

import setup  # noqa: F401 (it refuses an old Python, which could not read the modules here)
