"""The errors that the gateway itself answers, each as {"code", "type", "message"}."""

from __future__ import annotations

import json
from dataclasses import dataclass

from focal.settings import Settings

# Every status that nginx, TorchServe or the handler can give; 494 to 497 are nginx's own.
# Without 408 and 499: nginx closes the connection of a client that is too slow or gone, and sends no answer.
_STATUSES = (
    *(400, 401, 403, 404, 405, 409, 411, 412, 413, 414, 415, 416, 417, 421, 422, 429, 431),
    *(494, 495, 496, 497, 500, 501, 502, 503, 504, 505, 507),
)

# Statuses of Focal's handler, whose error objects are forwarded unchanged.
_HANDLER_STATUSES = (400, 413, 415, 422, 500, 503, 504)


@dataclass(frozen=True)
class GatewayError:
    """One error: its name in the template, its HTTP status, and the type and message that the client gets."""

    name: str
    code: int
    type: str
    message: str

    @property
    def body(self) -> str:
        """The JSON that the client gets."""
        return json.dumps({"code": self.code, "type": self.type, "message": self.message}, separators=(",", ":"))


def gateway_errors(limits: Settings, workers: int) -> tuple[GatewayError, ...]:
    """Every error, ordered by status."""
    photos = limits.photos_at_once(workers)
    large, large_of_client = limits.large_bodies_at_once(workers), limits.large_bodies_at_once_per_client(workers)
    return (
        GatewayError("bad_request", 400, "BadRequest", "This is not a well-formed HTTP/1.1 request."),
        GatewayError(
            "odd_query", 400, "BadRequest",
            "The address's query is longer than the limit of 1024 characters or not percent-encoded; write options as "
            "?strength=0.06&format=png.",
        ),
        GatewayError("plain_http", 400, "BadRequest", "This port speaks HTTPS; begin the address with https://."),
        GatewayError(
            "key_missing", 401, "Unauthorized",
            "This server wants a key with each photo; send yours in the header Authorization: Bearer KEY or "
            "X-Api-Key: KEY.",
        ),
        GatewayError(
            "key_unknown", 401, "Unauthorized",
            "This key is not one of this server's; check it, or ask whoever runs the server for one.",
        ),
        GatewayError("not_found", 404, "NotFound", "There is nothing here; send a photo with POST /."),
        GatewayError(
            "method_not_allowed", 405, "MethodNotAllowed",
            "This address does not take that method; use $allowed_methods.",
        ),
        GatewayError(
            "body_too_large", 413, "BodyTooLarge",
            f"The body has $body_bytes bytes; the limit is {limits.max_body_bytes}: "
            "send a smaller or more compressed photo.",
        ),
        GatewayError(
            "address_too_long", 414, "BadRequest",
            "The address is longer than the limit of 8192 bytes; send the photo in the body.",
        ),
        GatewayError(
            "encoded_body", 415, "UnsupportedFormat", "The body has a Content-Encoding; send it as it is, unpacked."
        ),
        GatewayError(
            "rate_limited", 429, "RateLimited",
            "Too many requests in a short time; the limit is $rate_of_client photos a second and "
            "$burst_of_client beyond: retry after the seconds in Retry-After.",
        ),
        GatewayError(
            "too_many_guesses", 429, "RateLimited",
            "Too many wrong keys from this address, so this one was not looked at: "
            "check it, and retry after the seconds in Retry-After.",
        ),
        GatewayError(
            "headers_too_large", 431, "BadRequest",
            "The headers are too large; the limit is 8192 bytes for one and 32768 for all: send fewer or shorter.",
        ),
        GatewayError(
            "not_ready", 503, "NotReady", "Focal is starting or recovering; retry after the seconds in Retry-After."
        ),
        GatewayError(
            "overloaded", 503, "Overloaded",
            f"Too many photos at once; the limit is {photos}, {large} of more than {limits.large_body_bytes} bytes, "
            f"and for one client $photos_at_once_of_client, {large_of_client} large: "
            "retry after the seconds in Retry-After.",
        ),
        GatewayError(
            "timed_out", 504, "TimedOut",
            f"The photo took longer than the limit of {limits.max_wait_s} seconds; retry later or send a smaller one.",
        ),
    )  # fmt: skip


def error_pages() -> str:
    """nginx's directives that send each status to the template's error location."""
    return "\n".join(f"        error_page {status} = /error/{status};" for status in _STATUSES)


def failure_locations(limits: Settings, workers: int) -> str:
    """nginx's locations that answer the errors; the last one answers any other status."""
    own = {error.name: error for error in gateway_errors(limits, workers)}
    locations = [_location(f"= /failure/{name}", error.code, _quoted(error.body)) for name, error in own.items()]
    locations += [
        _location(f"= /failure/handler/{code}", code, "$upstream_http_x_focal_error") for code in _HANDLER_STATUSES
    ]
    locations.append(_location("/failure/", 503, _quoted(own["not_ready"].body)))
    return "\n".join(locations)


def _location(where: str, code: int, body: str) -> str:
    return f"        location {where} {{ internal; return {code} {body}; }}"


def _quoted(text: str) -> str:
    """The text as a quoted string of nginx's configuration."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
