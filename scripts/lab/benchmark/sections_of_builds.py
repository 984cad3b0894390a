"""This checkout's server against another's, such as an earlier version of Focal, in interleaved rounds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from statistics import median

from server.temporary_server import server_of
from setup.environment import REPOSITORY
from setup.machine import affinity, pinned_to

from .figures import Label, Record
from .in_process import ONE_CORE, InProcess, PhotoRequest
from .plan import LARGEST_OFTEN, Plan
from .rounds import Case, interleave
from .server import Client, rate

MANY_CLIENTS = (4, 8)
MANY_CLIENTS_MEGAPIXELS = 2
PHOTOS = 5  # of one client in a round; their median counts


def builds(plan: Plan, in_process: InProcess, folder: Path) -> list[Record]:
    """What a client waits for its photo on all cores and on one, and how many photos a second several clients get.

    With `people` off in both builds, as older ones do not look for people.
    """
    records = []
    for backbone in plan.backbones:
        for cores, processors in (("all", affinity()), ("one", ONE_CORE)):
            with pinned_to(processors), ExitStack() as servers:
                urls = {
                    build: servers.enter_context(_server(checkout or REPOSITORY, backbone))
                    for build, checkout in (("this", None), ("other", plan.against))
                }
                for megapixels, rounds in plan.rounds.items():
                    if cores == "one" and megapixels > LARGEST_OFTEN:
                        continue
                    cases = [
                        Case({"backbone": backbone, "build": build, "cores": cores, **case.labels}, case.run, case.unit)
                        for build, url in urls.items()
                        for case in _cases(url, megapixels, with_many_clients=cores == "all")
                    ]
                    records += interleave("builds", cases, rounds, warm_up=False)
    return records


@contextmanager
def _server(checkout: Path, backbone: str) -> Iterator[str]:
    """The address of a checkout's server, all of whose workers have answered."""
    with server_of(checkout, "--backbone", backbone, FOCAL_PEOPLE="off") as (url, _):
        rate(url, PhotoRequest.of(0.5, "JPEG", "json"), max(MANY_CLIENTS), affinity())()
        yield url


def _cases(url: str, megapixels: float, *, with_many_clients: bool) -> Iterator[Case]:
    for sent in ("json", "raw"):
        labels: dict[str, Label] = {"megapixels": megapixels, "sent": sent}
        request = PhotoRequest.of(megapixels, "JPEG", sent)
        yield Case({**labels, "clients": 1}, partial(_waited_s, Client(url), request))
        if with_many_clients and sent == "json" and megapixels == MANY_CLIENTS_MEGAPIXELS:
            for number in MANY_CLIENTS:
                yield Case({**labels, "clients": number}, rate(url, request, number, affinity()), "photos/s")


def _waited_s(client: Client, request: PhotoRequest) -> float:
    """The median of a few photos in a row."""
    waits_s = []
    for _ in range(PHOTOS):
        asked_s = time.perf_counter()
        client.ask(request)
        waits_s.append(time.perf_counter() - asked_s)
    return median(waits_s)
