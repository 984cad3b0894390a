"""What this machine's processes are, from /proc, or from `ps` where there is none (macOS).

Uses the standard library only.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

PROCESSES = Path("/proc")


def command_line(pid: int) -> str:
    """The program and arguments of a process; empty if there is no such process, or it may not be seen."""
    return _read(pid, "cmdline") if (PROCESSES / "self").exists() else _ps("-p", str(pid))


def traces() -> list[str]:
    """Of every process that may be seen, a text with the paths of the files that it uses.

    That is its command line, its program from its working folder, its environment variables, and what it has mapped
    into memory, such as the compiled parts of packages; without /proc, its command line alone.
    """
    if (PROCESSES / "self").exists():
        return [_traces(int(folder.name)) for folder in PROCESSES.iterdir() if folder.name.isdigit()]
    return _ps("-A").splitlines()


def _traces(pid: int) -> str:
    command = command_line(pid)
    return "\n".join([command, _program(pid, command), _read(pid, "environ"), _read(pid, "maps")])


def _program(pid: int, command: str) -> str:
    """The path that a program was started by, without resolving its links: an environment's Python is one."""
    try:
        return os.path.normpath((PROCESSES / str(pid) / "cwd").readlink() / command.partition(" ")[0])
    except OSError:
        return ""


def _read(pid: int, name: str) -> str:
    try:
        return (PROCESSES / str(pid) / name).read_bytes().replace(b"\0", b" ").decode(errors="surrogateescape")
    except OSError:  # it has just ended, or it is another user's
        return ""


def _ps(*which: str) -> str:
    return subprocess.run(["ps", "-ww", *which, "-o", "command="], capture_output=True, text=True, check=False).stdout
