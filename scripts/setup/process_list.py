"""The command lines of this machine's processes, from /proc, or from `ps` where there is none (macOS).

Uses the standard library only.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

PROCESSES = Path("/proc")


def command_line(pid: int) -> str:
    """The program and arguments of a process; empty if there is no such process, or it may not be seen."""
    if (PROCESSES / "self").exists():
        try:
            return (PROCESSES / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="surrogateescape")
        except OSError:  # it has just ended
            return ""
    return _ps("-p", str(pid))


def command_lines() -> list[str]:
    """The command line of every process that may be seen."""
    if (PROCESSES / "self").exists():
        return [command_line(int(folder.name)) for folder in PROCESSES.iterdir() if folder.name.isdigit()]
    return _ps("-A").splitlines()


def _ps(*which: str) -> str:
    return subprocess.run(["ps", "-ww", *which, "-o", "command="], capture_output=True, text=True, check=False).stdout
