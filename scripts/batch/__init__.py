"""Photos blurred without a server, for scripts/focal and scripts/bulk."""

import setup  # noqa: F401 (it refuses an old Python, which could not read the modules here)
