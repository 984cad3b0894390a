"""Known vulnerabilities of the pinned packages, asked of a service with the API of OSV (google.github.io/osv.dev)."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from .console import CommandError
from .environment import REPOSITORY

OSV = "https://api.osv.dev"
TIMEOUT_S = 20.0

_PIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^]]*\])?==([^\s;]+)")


@dataclass(frozen=True)
class Pin:
    """A package at exactly one version, and the requirements file that says so."""

    name: str
    version: str
    file: str


def all_pins(folder: Path = REPOSITORY) -> list[Pin]:
    """Every package of every requirements file, in order. Raises CommandError naming one that is not pinned."""
    pins = []
    for file in sorted(folder.glob("requirements*.txt")):
        for line in file.read_text().splitlines():
            requirement = line.partition("#")[0].strip()
            if requirement and not requirement.startswith("-"):
                found = _PIN.match(requirement)
                if not found:
                    raise CommandError(f"{file.name} does not pin {requirement!r} to one version with ==.")
                pins.append(Pin(found[1], found[2], file.name))
    return pins


def known_vulnerabilities(pins: Sequence[Pin], service: str) -> dict[Pin, list[str]]:
    """The advisories on each pin that has any. Raises ConnectionError, saying why, if the service does not tell."""
    queries = [{"package": {"name": pin.name, "ecosystem": "PyPI"}, "version": pin.version} for pin in pins]
    request = urllib.request.Request(  # noqa: S310 (the user names the service)
        f"{service}/v1/querybatch",
        data=json.dumps({"queries": queries}).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            results = json.load(answer)["results"]
        found = [[vulnerability["id"] for vulnerability in result.get("vulns", ())] for result in results]
        return {pin: identifiers for pin, identifiers in zip(pins, found, strict=True) if identifiers}
    except (OSError, HTTPException) as error:
        raise ConnectionError(f"{service} cannot be reached ({error})") from error
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ConnectionError(f"{service} answered, but not as an advisory service does") from error
