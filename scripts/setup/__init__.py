"""What a machine needs for Focal: environment, weights, archive; and what all commands share.

Every command imports this before anything else: old Pythons must be able to read it, and Ctrl-C is met from here on.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (an old Python says so)
    version, name = sys.version.split()[0], sys.argv[0]
    sys.stderr.write(
        f"focal: Focal needs Python 3.11 or newer; this is {version} at {sys.executable}: "
        f"call a newer one by its name, as in `python3.11 {name}`.\n"
    )
    sys.exit(1)

import signal
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[1]

if Path(sys.argv[0]).resolve().parent == SCRIPTS:  # a command, not a test
    # Until `console.run` ends it in order, Ctrl-C ends it without a word, even one from before (`environment.enter`).
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})

# The core is not an installed package, so its folder goes on the path.
sys.path.append(str(SCRIPTS.parent / "handler"))
