"""What the gateway's template says of clients' keys: whether one is needed, and the limits that keys have."""

from __future__ import annotations

from dataclasses import dataclass

from focal.settings import Settings

from .client_keys import ClientKey

KEY_SOCKET = "keys.sock"  # in the gateway's run folder, which is nginx's working folder
BURST_SECONDS = 2  # as the default rate and burst of an address have it


@dataclass(frozen=True)
class KeyLimits:
    """The different rates and numbers at once that a server's keys have of their own, in ascending order.

    nginx has one rate for each of its zones, so keys of the same rate share a zone. Each is counted in it by its name.
    """

    rates: tuple[int, ...] = ()
    concurrencies: tuple[int, ...] = ()

    @classmethod
    def of(cls, keys: tuple[ClientKey, ...]) -> KeyLimits:
        """Those of these keys."""
        return cls(
            tuple(sorted({key.rate for key in keys if key.rate is not None})),
            tuple(sorted({key.concurrency for key in keys if key.concurrency is not None})),
        )


def key_values(asked: KeyLimits | None, limits: Settings, workers: int) -> dict[str, str]:
    """The template's values about keys.   asked: None if nobody is asked for a key."""
    rates, concurrencies = (asked.rates, asked.concurrencies) if asked else ((), ())
    return {
        "key_check": _KEY_CHECK if asked else "",
        "asks_for_keys": "1" if asked else "",
        "logged_key": '"key":"$key_name",' if asked else "",
        "default_rate": " ".join(f'{rate} "";' for rate in rates),
        "default_concurrency": " ".join(f'{number} "";' for number in concurrencies),
        "bursts": " ".join(f"{rate} {BURST_SECONDS * rate};" for rate in rates),
        "key_zones": "\n    ".join(
            [
                f'map $key_rate $client_at_rate_{rate} {{ default ""; {rate} $client; }} '
                f"limit_req_zone $client_at_rate_{rate} zone=rate_{rate}:1m rate={rate}r/s;"
                for rate in rates
            ]
            + [
                f'map $key_concurrency $client_of_{number} {{ default ""; {number} $client; }} '
                f"limit_conn_zone $client_of_{number} zone=concurrency_{number}:1m;"
                for number in concurrencies
            ]
        ),
        "key_limits": "\n            ".join(
            [f"limit_req zone=rate_{rate} burst={BURST_SECONDS * rate} nodelay;" for rate in rates]
            + [f"limit_conn concurrency_{number} {number};" for number in concurrencies]
        ),
        "photos_at_once_per_client": str(limits.photos_at_once_per_client(workers)),
    }


_KEY_CHECK = """if ($client_key = "") {
                rewrite ^ /failure/key_missing last;
            }
            auth_request /whose-key;
            auth_request_set $key_name $upstream_http_x_focal_key_name;
            auth_request_set $key_rate $upstream_http_x_focal_key_rate;
            auth_request_set $key_concurrency $upstream_http_x_focal_key_concurrency;
            auth_request_set $key_failure $upstream_http_x_focal_key_failure;"""
