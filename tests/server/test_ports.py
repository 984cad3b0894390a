"""The addresses of a server."""

from __future__ import annotations

import errno
import os
import socket

import pytest
from server import ports
from server.ports import Addresses, addresses_from, free_port_range, free_ports, refuse_taken_ports
from setup.console import CommandError


def test_the_usual_addresses_are_the_documented_ones() -> None:
    usual = addresses_from({})

    assert usual.url == "http://127.0.0.1:8000"
    assert usual.inference_url == "http://127.0.0.1:8080"
    assert usual.management_url == "http://127.0.0.1:8081"
    assert usual.metrics_url == "http://127.0.0.1:8082"


def test_every_port_can_be_chosen() -> None:
    chosen = addresses_from(
        {
            "FOCAL_HOST": "0.0.0.0",
            "FOCAL_PORT": "1",
            "FOCAL_INFERENCE_PORT": "2",
            "FOCAL_MANAGEMENT_PORT": "3",
            "FOCAL_METRICS_PORT": "4",
        }
    )

    assert chosen == Addresses("0.0.0.0", 1, 2, 3, 4)


@pytest.mark.parametrize(
    ("host", "url"),
    [("0.0.0.0", "http://127.0.0.1:8000"), ("::1", "http://[::1]:8000"), ("192.0.2.7", "http://192.0.2.7:8000")],
)
def test_the_url_is_one_that_this_machine_can_open(host: str, url: str) -> None:
    assert Addresses(host=host).url == url


def test_with_a_certificate_the_gateway_speaks_https() -> None:
    encrypted = addresses_from({"FOCAL_TLS_CERTIFICATE": "certificate.pem"})

    assert encrypted.url == "https://127.0.0.1:8000"
    assert encrypted.inference_url == "http://127.0.0.1:8080"


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "８０００", "80.0"])
def test_a_wrong_port_is_named(port: str) -> None:
    with pytest.raises(CommandError, match=f"FOCAL_METRICS_PORT must be a port number from 1 to 65535; it is {port!r}"):
        addresses_from({"FOCAL_METRICS_PORT": port})


def test_two_doors_cannot_share_a_port() -> None:
    with pytest.raises(CommandError, match="must all differ"):
        addresses_from({"FOCAL_PORT": "8080"})


def test_a_taken_port_is_named_with_its_variable() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        one, two = free_ports(2)

        with pytest.raises(
            CommandError,
            match=f"Port {port} on 127.0.0.1, for TorchServe's management API, cannot .*"
            f"end process {os.getpid()} .*pytest.*, or choose another with FOCAL_MANAGEMENT_PORT",
        ):
            refuse_taken_ports(Addresses(port=one, inference_port=two, management_port=port))


@pytest.mark.parametrize(
    ("addresses", "variable"),
    [({"host": "192.0.2.1"}, "FOCAL_HOST"), ({"metrics_host": "192.0.2.1"}, "FOCAL_METRICS_HOST")],
)
def test_a_host_that_is_none_of_this_machines_is_blamed_and_not_its_port(
    addresses: dict[str, str], variable: str
) -> None:
    one, two, three, four = free_ports(4)

    with pytest.raises(CommandError, match=f"^{variable} is 192.0.2.1, which is not an address of this machine"):
        refuse_taken_ports(
            Addresses(**addresses, port=one, inference_port=two, management_port=three, metrics_port=four)
        )


def test_a_name_that_is_no_host_is_blamed(monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    monkeypatch.setattr(ports, "listening_error", lambda host, port: unknown if host == "nowhere" else None)

    with pytest.raises(CommandError, match=r"^FOCAL_HOST is nowhere, which is not .* \(Name or service not known\)"):
        refuse_taken_ports(Addresses(host="nowhere"))


def test_a_port_for_root_alone_says_which_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    denied = PermissionError(errno.EACCES, "Permission denied")
    monkeypatch.setattr(ports, "listening_error", lambda host, port: denied if port == 80 else None)

    with pytest.raises(CommandError, match=r"^Port 80, for the gateway, is for root alone .* FOCAL_PORT\.$"):
        refuse_taken_ports(Addresses(port=80))


def test_where_no_ports_are_free_it_says_where_it_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "listening_error", lambda host, port: OSError())

    with pytest.raises(CommandError, match=r"^There are no 8 free ports in a row between 20000 and 32000\.$"):
        free_port_range(8)


def test_successive_ports_are_all_free() -> None:
    first = free_port_range(8)

    for port in range(first, first + 8):
        socket.create_server(("127.0.0.1", port)).close()


def test_metrics_can_be_open_to_a_network_while_torchserve_stays_on_loopback() -> None:
    open_metrics = addresses_from({"FOCAL_METRICS_HOST": "0.0.0.0", "FOCAL_METRICS_PORT": "9"})

    own = open_metrics.of_torchserve()
    assert (open_metrics.metrics_host, open_metrics.metrics_url) == ("0.0.0.0", "http://127.0.0.1:9")
    assert own.metrics_host == "127.0.0.1"
    assert own.metrics_port != 9
    assert own.inference_port == open_metrics.inference_port


def test_a_second_torchserve_has_three_ports_of_its_own_out_of_the_reach_of_connections() -> None:
    one = Addresses()
    other = one.of_standby()

    own = {other.inference_port, other.management_port, other.metrics_port}
    assert len(own - {one.inference_port, one.management_port, one.metrics_port}) == 3
    assert max(own) < 32768  # where Linux begins to choose
    assert other.port == one.port


def test_a_port_that_somebody_listens_on_is_not_free(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.create_server(("127.0.0.1", 0)) as soon_free:
        numbers = (taken.getsockname()[1], soon_free.getsockname()[1])
        soon_free.close()
        monkeypatch.setattr(ports, "PRIVATE_PORTS", range(min(numbers), max(numbers) + 1, max(numbers) - min(numbers)))

        assert ports.free_ports(1) == [numbers[1]]
