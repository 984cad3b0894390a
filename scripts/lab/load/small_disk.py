"""A small disk of its own, to be filled without harm to the machine's."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SIZE_MB = 1500  # for two unpacked archives with AlexNet's weights, and the archive itself


@contextmanager
def small_disk() -> Iterator[Path | None]:
    """A file system in memory, which holds this process's temporary folders within the block.

    Yields its folder; or None, and changes nothing, if this process may not mount one.
    """
    with tempfile.TemporaryDirectory(prefix="focal-disk-") as made:
        folder = Path(made)
        mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m,mode=0711", "tmpfs", made]
        mounted = os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0
        before = tempfile.tempdir
        try:
            if mounted:
                tempfile.tempdir = made
            yield folder if mounted else None
        finally:
            tempfile.tempdir = before
            if mounted:
                subprocess.run(["umount", made], check=True)
