"""What the commands in scripts/ share. Nothing in focal/ imports from here."""

import sys
from pathlib import Path

# The core is no installed package: its one page of settings is read here too.
sys.path.append(str(Path(__file__).resolve().parents[2] / "handler"))
