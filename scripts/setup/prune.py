"""Remove the virtual environments of other pins, as far as nothing runs in them.

Uses the standard library only, like environment.py.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from .console import say
from .environment import cache_dir, venv_dir
from .locks import lock
from .process_list import traces

REMOVED = ".removed"  # the ending of an environment whose removal has begun: a part of one must not be taken for whole


def prune() -> None:
    """Remove each environment in the cache but this checkout's own, and those in which a process runs; say how much."""
    others = (venv for venv in sorted(cache_dir().glob("venv-*")) if venv.is_dir())
    freed_bytes = sum(_remove(venv) for venv in others if venv.resolve() != venv_dir().resolve())
    say(f"Freed {freed_bytes / 1e9:.1f} GB")


def _remove(venv: Path) -> int:
    """Remove an environment and its lock file, unless a process runs in it; return how many bytes that freed."""
    lock_file = venv.with_name(f"{venv.name.removesuffix(REMOVED)}.lock")
    with lock(lock_file):  # nobody is filling it, and whoever just has runs in it
        if _is_in_use(venv):
            say(f"Kept {venv}: a process runs in it")
            return 0
        size_bytes = 0
        if venv.is_symlink():
            venv.unlink()
        else:
            size_bytes = sum(file.lstat().st_blocks * 512 for file in venv.rglob("*"))
            removed = venv.with_name(f"{venv.name.removesuffix(REMOVED)}{REMOVED}")
            venv.replace(removed)
            shutil.rmtree(removed)
        lock_file.unlink()
    say(f"Removed {venv} ({size_bytes / 1e9:.1f} GB)")
    return size_bytes


def _is_in_use(venv: Path) -> bool:
    return any(f"{folder}/" in trace for trace in traces() for folder in (venv, venv.resolve()))
