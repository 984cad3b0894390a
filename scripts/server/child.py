"""A process of a server's own that leads a group: what it starts ends with it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress


class Child:
    """One such process at a time; `process` is None before the first and after `_end`."""

    process: subprocess.Popen[bytes] | None = None

    def is_running(self) -> bool:
        """Whether its process is alive."""
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """End its process now; `stop` or `start` does the rest."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def go_on(self) -> None:
        """Have its group go on, if somebody has halted it."""
        if self.process is not None and self.process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGCONT)

    def _ask_to_end(self, number: signal.Signals) -> None:
        """Send its process a signal, and have it go on, or it would not hear of it."""
        if self.process is not None:
            self.process.send_signal(number)
            self.go_on()

    def _has_ended_within(self, timeout_s: float) -> bool:
        try:
            if self.process is not None:
                self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _end(self, timeout_s: float) -> None:
        """End its group: first the process with SIGTERM, on which it cleans up, then the rest with SIGKILL."""
        if self.process is None:
            return
        self._ask_to_end(signal.SIGTERM)
        self._has_ended_within(timeout_s)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            for _ in range(50):  # until the last of them holds no port any more
                os.killpg(self.process.pid, 0)
                time.sleep(0.02)
        self.process.wait()
        self.process = None
