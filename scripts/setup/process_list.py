"""What this machine's processes are, from /proc, or from `ps` where there is none (macOS).

Uses the standard library only.
"""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from pathlib import Path

PROCESSES = Path("/proc")
LISTENING = "0A"  # the state of a socket in /proc/net/tcp


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


def listens_on(port: int) -> int | None:
    """The process that listens on a TCP port, the first of several; None without /proc, or if it is another user's."""
    inodes = [*_listening(PROCESSES / "net" / "tcp", port), *_listening(PROCESSES / "net" / "tcp6", port)]
    sockets = {f"socket:[{inode}]" for inode in inodes}
    for pid in sorted(int(folder.name) for folder in PROCESSES.glob("[0-9]*") if sockets):
        with suppress(OSError):
            if any(str(file.readlink()) in sockets for file in (PROCESSES / str(pid) / "fd").iterdir()):
                return pid
    return None


def _listening(table: Path, port: int) -> list[str]:
    """The inodes of the sockets that listen on a port, of a table in /proc/net."""
    try:
        rows = [line.split() for line in table.read_text().splitlines()[1:]]
    except OSError:
        return []
    return [row[9] for row in rows if row[3] == LISTENING and int(row[1].rpartition(":")[2], 16) == port]


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
