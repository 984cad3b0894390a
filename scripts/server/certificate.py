"""The certificate and the key with which the gateway speaks TLS, if it does.

Uses the standard library only: `serve` looks at them before anything is installed, as they may be wrong.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from pathlib import Path

from setup.console import CommandError


def certificate_files(environment: Mapping[str, str] = os.environ) -> tuple[Path | None, Path | None]:
    """The files of the certificate and of its key that the environment variables name; None without TLS."""
    certificate, key = (environment.get(name) for name in ("FOCAL_TLS_CERTIFICATE", "FOCAL_TLS_KEY"))
    # Absolute, since nginx takes a relative path as one in its own folder.
    return Path(certificate).absolute() if certificate else None, Path(key).absolute() if key else None


def require_both(certificate: Path | None, key: Path | None) -> None:
    """Raise CommandError if there is one without the other."""
    if (certificate is None) != (key is None):
        raise CommandError("TLS needs both a certificate and a key: set FOCAL_TLS_CERTIFICATE and FOCAL_TLS_KEY.")


def refuse_unusable(certificate: Path | None, key: Path | None) -> None:
    """Raise CommandError, which names the file, unless TLS can be spoken with these or both are None."""
    require_both(certificate, key)
    if certificate is None or key is None:
        return
    for file in (certificate, key):
        try:
            file.open("rb").close()
        except OSError as error:
            raise CommandError(f"The file {file}, for TLS, cannot be read: {error.strerror}.") from error
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")  # and asks for none
    except OSError as error:
        raise CommandError(
            f"The certificate {certificate} and the key {key} do not serve for TLS: "
            "they must be PEM files that belong together, the key without a password."
        ) from error
