"""What a machine needs for Focal: environment, weights, archive; and what all commands share."""

import sys
from pathlib import Path

# The core is not an installed package, so its folder goes on the path.
sys.path.append(str(Path(__file__).resolve().parents[2] / "handler"))
