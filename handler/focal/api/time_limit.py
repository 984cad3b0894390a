"""How long a request may take, from when the gateway took it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import TimedOut
from .headers import RECEIVED, header

_SECONDS = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,6})?")


def taken_s(headers: Mapping[str, Any], now_s: float) -> float:
    """When a request was taken, as the gateway notes it; without a note, now. In seconds since 1970."""
    taken = header(headers, RECEIVED)
    return float(taken) if _SECONDS.fullmatch(taken) else now_s


def refuse_late(headers: Mapping[str, Any], max_wait_s: float, now_s: float) -> None:
    """Refuse a request whose client has been told 504 meanwhile: an overload must not outlast itself.

    headers: the gateway notes when it took the request, in seconds since 1970, as `now_s` is; without, none is late.
    Raises TimedOut.
    """
    if now_s - taken_s(headers, now_s) > max_wait_s:
        raise TimedOut(f"The photo waited longer than the limit of {max_wait_s:g} seconds; send it again later.")


def wait_limit(taken_s: float, max_wait_s: float) -> Callable[[float], None]:
    """What, called with the time, raises TimedOut once a request has taken longer than it may.

    taken_s: when it was taken; both in seconds since 1970.
    """

    def check(now_s: float) -> None:
        if now_s - taken_s > max_wait_s:
            raise TimedOut(
                f"The explanation took longer than the limit of {max_wait_s:g} seconds; ask for fewer classes, or for "
                "another method."
            )

    return check
