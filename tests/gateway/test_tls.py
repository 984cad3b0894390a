"""TLS by two settings."""

from __future__ import annotations

import os
import ssl
import subprocess
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.helpers.certificates import make_certificate
from tests.helpers.http_client import Client
from tests.helpers.missing import installed
from tests.helpers.scripted_upstream import Reply
from tests.helpers.waiting import wait_until


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 and its key."""
    folder = tmp_path_factory.mktemp("certificate")
    paths = folder / "certificate.pem", folder / "key.pem"
    make_certificate(*paths)
    return paths


@pytest.fixture(scope="module")
def tls_port(keep_gateway, certificate):
    return keep_gateway(tls_certificate=certificate[0], tls_key=certificate[1]).settings.port


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_1_2_and_1_3_are_spoken(tls_port, certificate, version):
    context = ssl.create_default_context(cafile=str(certificate[0]))
    context.minimum_version = context.maximum_version = version
    with urllib.request.urlopen(f"https://127.0.0.1:{tls_port}/healthz", context=context) as answer:
        assert answer.read() == b'{"status":"alive"}'


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_tls_1_1_is_not(tls_port, certificate):
    context = ssl.create_default_context(cafile=str(certificate[0]))
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with Client(tls_port).connect() as connection, pytest.raises(ssl.SSLError):
        context.wrap_socket(connection, server_hostname="127.0.0.1")


@pytest.fixture(scope="module")
def has_curl():
    installed("curl", "curl")


@pytest.mark.usefixtures("has_curl")
@pytest.mark.parametrize(("protocol", "spoken"), [("--http2", "2"), ("--http1.1", "1.1")])
def test_http_2_is_spoken_by_those_who_can(tls_port, protocol, spoken):
    assert curl(tls_port, protocol, "--write-out", "%{http_version}", "/healthz") == f'{{"status":"alive"}}{spoken}'


@pytest.mark.usefixtures("has_curl")
def test_a_photo_comes_through_http_2(tls_port, upstream):
    upstream.answer(Reply(200, b'{"class":"tabby"}'))
    assert curl(tls_port, "--http2", "--data-binary", "photo", "/") == '{"class":"tabby"}'
    assert upstream.received[0].body == b"photo"


@pytest.mark.usefixtures("has_curl")
def test_a_body_without_a_length_counts_as_large_in_http_2(open_gateway, certificate, upstream):
    gateway = open_gateway(
        tls_certificate=certificate[0], tls_key=certificate[1], max_large_bodies_per_worker=1, max_photos_per_client=16
    )
    unknown = ("--http2", "--request", "POST", "--upload-file", "-")  # as it comes from standard input
    with ThreadPoolExecutor() as pool, upstream.held() as go:
        first = pool.submit(curl, gateway.settings.port, *unknown, "/")
        wait_until(lambda: upstream.received)
        assert "Overloaded" in curl(gateway.settings.port, *unknown, "/")
        assert "large" not in curl(gateway.settings.port, "--http2", "/healthz")
        go.set()
        assert "Overloaded" not in first.result()


def curl(port, *arguments):
    """What curl gets from the gateway, whose certificate it does not check, at the path that comes last."""
    *options, path = arguments
    command = ["curl", "--silent", "--insecure", "--max-time", "30", *options, f"https://127.0.0.1:{port}{path}"]
    return subprocess.run(command, check=True, capture_output=True, text=True, input="photo", timeout=60).stdout


@pytest.mark.parametrize(("hsts_s", "sent"), [(0, None), (31_536_000, "max-age=31536000")])
def test_browsers_are_told_to_use_https_alone_by_a_setting(open_gateway, certificate, hsts_s, sent):
    gateway = open_gateway(tls_certificate=certificate[0], tls_key=certificate[1], hsts_s=hsts_s)
    context = ssl.create_default_context(cafile=str(certificate[0]))
    with urllib.request.urlopen(f"https://127.0.0.1:{gateway.settings.port}/healthz", context=context) as answer:
        assert answer.headers["Strict-Transport-Security"] == sent


def test_without_tls_they_are_not(open_gateway):
    assert "Strict-Transport-Security" not in Client(open_gateway(hsts_s=60).settings.port).ask("GET", "/").headers


def test_a_renewed_certificate_is_taken_by_a_reload(open_gateway, run_folder):
    certificate = run_folder / "certificate.pem", run_folder / "key.pem"
    make_certificate(*certificate)
    gateway = open_gateway(tls_certificate=certificate[0], tls_key=certificate[1])
    port = gateway.settings.port
    before = ssl.get_server_certificate(("127.0.0.1", port))
    make_certificate(*certificate)
    for file in certificate:  # nginx reads a file again that is newer by a second
        os.utime(file, (time.time() + 10, time.time() + 10))
    gateway.reload()

    assert certificate[0].read_text() != before
    wait_until(lambda: ssl.get_server_certificate(("127.0.0.1", port)) == certificate[0].read_text())


def test_plain_http_on_the_tls_port_is_told_to_use_https(tls_port):
    answer = Client(tls_port).ask("GET", "/healthz")
    assert (answer.status, answer.json["type"]) == (400, "BadRequest")
    assert "https" in answer.json["message"]
