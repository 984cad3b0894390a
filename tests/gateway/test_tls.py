"""TLS by two settings."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import urllib.request

import pytest

from tests.helpers.http_client import Client


@pytest.fixture
def certificate(run_folder):
    """A certificate for 127.0.0.1 and its key."""
    if not shutil.which("openssl"):
        pytest.skip("needs the openssl program to make a certificate")
    paths = run_folder / "certificate.pem", run_folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", paths[1], "-out", paths[0]],
        check=True, capture_output=True,
    )  # fmt: skip
    return paths


@pytest.fixture
def tls_port(open_gateway, certificate):
    return open_gateway(tls_certificate=certificate[0], tls_key=certificate[1]).settings.port


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


def test_plain_http_on_the_tls_port_is_told_to_use_https(tls_port):
    answer = Client(tls_port).ask("GET", "/healthz")
    assert (answer.status, answer.json["type"]) == (400, "BadRequest")
    assert "https" in answer.json["message"]
