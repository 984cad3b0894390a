"""A running Focal: nginx before TorchServe, started, watched and asked."""

import setup  # noqa: F401 (it refuses an old Python, which could not read the modules here)
