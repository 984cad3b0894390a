"""The configuration as text: what goes in, and what must never get in."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from focal.settings import Settings
from hypothesis import example, given
from hypothesis import strategies as st
from server.gateway_config import _greater_than, render
from server.gateway_errors import gateway_errors
from server.gateway_settings import Candidate, GatewaySettings
from setup.console import CommandError

KEYS = {"inference_key": "abc-DEF_1", "management_key": "ghi-JKL_2"}


def test_every_placeholder_is_filled_in():
    assert "@{" not in "\n".join(
        line for line in render(GatewaySettings(**KEYS)).splitlines() if not line.startswith("#")
    )


def test_each_key_goes_to_its_own_api_only():
    text = render(GatewaySettings(**KEYS))
    locations = re.split(r"\n        location ", text)[1:]
    assert re.search(r'map \$torchserve \$inference_key {\s+current +"abc-DEF_1";', text)
    assert [part.split()[0] for part in locations if "$inference_key" in part] == ["@limited"]
    assert [part.split()[1] for part in locations if "abc-DEF_1" in part] == ["/ping"]
    assert [part.split()[1] for part in locations if "ghi-JKL_2" in part] == ["/describe"]


def test_keys_do_not_show_in_the_settings_repr():
    assert "abc-DEF_1" not in repr(GatewaySettings(**KEYS))


def test_limits_reach_the_configuration():
    text = render(GatewaySettings(**KEYS, limits=Settings(max_body_bytes=12345, max_pause_s=7), workers=2))
    assert "client_max_body_size 12345;" in text
    assert "client_body_timeout 7s;" in text
    assert "limit_conn photos_at_once 32;" in text


def test_idle_connections_outlive_those_of_a_balancer_unless_the_setting_says_otherwise():
    by_default = re.search(r"keepalive_timeout (\d+)s;", render(GatewaySettings(**KEYS)))
    assert int(by_default[1]) > 60  # Amazon's and nginx's own
    assert "keepalive_timeout 620s;" in render(GatewaySettings(**KEYS, limits=Settings(max_idle_s=620)))


def test_an_ipv6_host_is_written_in_brackets():
    assert "listen [::1]:8000;" in render(GatewaySettings(**KEYS, host="::1"))


def test_all_addresses_are_those_of_ipv4_too():
    text = render(GatewaySettings(**KEYS, host="::", metrics_host="::"))

    assert "listen 0.0.0.0:8000; listen [::]:8000;" in text
    assert "listen 0.0.0.0:8082; listen [::]:8082;" in text


def test_tls_needs_both_settings_and_offers_1_2_and_1_3():
    text = render(GatewaySettings(**KEYS, tls_certificate=Path("/c.pem"), tls_key=Path("/k.pem")))
    assert "listen 127.0.0.1:8000 ssl;" in text
    assert "ssl_protocols TLSv1.2 TLSv1.3;" in text
    with pytest.raises(CommandError, match="both"):
        GatewaySettings(**KEYS, tls_certificate=Path("/c.pem"))


def test_a_trusted_proxy_tells_the_client_address():
    text = render(GatewaySettings(**KEYS, trusted_proxies=("10.0.0.0/8",)))
    assert "set_real_ip_from 10.0.0.0/8;" in text
    assert "real_ip" not in render(GatewaySettings(**KEYS))


@pytest.mark.parametrize(
    ("hostile", "sentence"),
    [
        ({"inference_key": 'x"; return 200 "'}, "The inference_key is not a TorchServe token."),
        ({"management_key": ""}, "The management_key is not a TorchServe token."),
        ({"inference_address": "127.0.0.1:8080; evil"}, "The inference_address must be of the form host:port."),
        ({"metrics_address": "127.0.0.1:8083; evil"}, "The metrics_address must be of the form host:port."),
        ({"metrics_host": "127.0.0.1; evil"}, "127.0.0.1; evil:8082 is not an address to listen on."),
        (
            {"candidate": Candidate(inference_key='x";', inference_address="127.0.0.1:1", percent=1)},
            "The candidate's key is not a TorchServe token.",
        ),
        (
            {"candidate": Candidate(inference_key="x", inference_address="127.0.0.1:1; evil", percent=1)},
            "The candidate's address must be host:port.",
        ),
        (
            {"candidate": Candidate(inference_key="x", inference_address="127.0.0.1:1", percent=101)},
            "The candidate's share must be 0 to 100 percent.",
        ),
        ({"host": "127.0.0.1; evil"}, "127.0.0.1; evil:8000 is not an address to listen on."),
        ({"access_log": "/log; evil"}, "nginx cannot take the path /log; evil."),
        (
            {"trusted_proxies": ("0.0.0.0/0; evil",)},
            "The trusted proxy '0.0.0.0/0; evil' is neither an address nor a network.",
        ),
        ({"tls_certificate": Path('/a"b'), "tls_key": Path("/k")}, 'nginx cannot take the path /a"b.'),
        (
            {"tls_certificate": Path("/c")},
            "TLS needs both a certificate and a key: set FOCAL_TLS_CERTIFICATE and FOCAL_TLS_KEY.",
        ),
    ],
)
def test_a_value_that_would_break_the_configuration_is_refused(hostile, sentence):
    with pytest.raises(CommandError, match=f"^{re.escape(sentence)}$"):
        GatewaySettings(**(KEYS | hostile))


def test_every_error_body_is_the_contracts_object_in_one_sentence():
    for error in gateway_errors(Settings(), workers=1):
        body = json.loads(error.body)
        assert body == {"code": error.code, "type": error.type, "message": error.message}
        assert re.fullmatch(r"([^\n$]|\$(body_bytes|allowed_methods|\w+_of_client))+\.", error.message), error.message


def test_every_failure_that_the_template_names_has_a_location():
    text = render(GatewaySettings(**KEYS))
    own = text[text.index("$own_failure {") : text.index("# ---- Headers of every answer")]
    named = set(re.findall(r'^\s+(?:"[^"]+"|default)\s+([a-z_]+);', own, re.MULTILINE))
    assert named >= {"not_found", "not_ready", "bad_request", "timed_out"}
    assert all(f"location = /failure/{name} " in text for name in named)


@given(st.integers(1, 10**9), st.integers(0, 10**10))
@example(999, 1000)
@example(8_000_000, 8_000_000)
@example(8_000_000, 8_000_001)
def test_whole_numbers_are_compared_as_text(least, number):
    assert bool(re.fullmatch(_greater_than(least), f"00{number}")) == (number > least)
