#!/usr/bin/env bash
# pygame-ce 2.5.8: `smoothscale` makes white and opaque less so where it reduces, and ten times in a row turn 255 into less than 236.
# Versions: pygame-ce 2.5.8, numpy 2.4.6.
# Expected: an even picture stays even; white of 255 is 255 in any size, and what is opaque stays opaque.
# Seen: to a half or a quarter, and where it enlarges, it is right; to other sizes white is 251 to 253, and not even, alpha
# likewise. The loss adds up over several steps. It is so with both kinds of its code, GENERIC and SSE2 (where the processor has
# it). No issue on it was found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pygame-ce==2.5.8 numpy==2.4.6

PYGAME_HIDE_SUPPORT_PROMPT=1 "$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
import pygame
from pygame import transform

white = pygame.Surface((640, 480), pygame.SRCALPHA)
white.fill((255, 255, 255, 255))


def values(surface):
    colours, alpha = pygame.surfarray.array3d(surface), pygame.surfarray.array_alpha(surface)
    return sorted({int(value) for value in np.append(np.unique(colours), np.unique(alpha))})


holds = []
for code in ("GENERIC", transform.get_smoothscale_backend()):
    transform.set_smoothscale_backend(code)
    seen = {size: values(transform.smoothscale(white, size)) for size in ((320, 240), (576, 432), (448, 336), (1280, 960))}
    often = white
    for step in range(1, 11):
        often = transform.smoothscale(often, (640 - 12 * step, 480 - 9 * step))
    seen["ten times"] = values(often)
    for size, found in seen.items():
        print(f"{code}, white 640 by 480 to {size}: {found}")
    holds += [seen[320, 240] == [255], seen[1280, 960] == [255], max(seen["ten times"]) < 240]
    holds += [len(seen[size]) > 1 and max(seen[size]) == 253 for size in ((576, 432), (448, 336))]
sys.exit(0 if all(holds) else "changed")
PYTHON
