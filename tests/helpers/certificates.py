"""Certificates for TLS, made by the openssl program."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


def make_certificate(certificate: Path, key: Path, *, password: str = "") -> None:
    """Write a new certificate of 127.0.0.1 and its key; skip the test where there is no openssl."""
    if not shutil.which("openssl"):
        pytest.skip("needs the openssl program to make a certificate")
    protected = ["-passout", f"pass:{password}"] if password else ["-nodes"]
    elliptic = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    named = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = [
        "openssl",
        "req",
        "-x509",
        *elliptic,
        *protected,
        "-days",
        "1",
        *named,
        "-keyout",
        key,
        "-out",
        certificate,
    ]
    subprocess.run(command, check=True, capture_output=True)
