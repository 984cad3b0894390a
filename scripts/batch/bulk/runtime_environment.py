"""What a bulk job sends to the nodes of a Ray cluster: its code and weights, as Ray's runtime environment.

Ray packs the folder into an archive named by its content, and each node unpacks it once. It is the working folder of
the job's processes there and on their path, so that nothing has to be installed on the nodes but the pinned packages.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from focal.machine.process import variables_for
from focal.network.people.weights import PEOPLE_WEIGHTS
from setup.environment import REPOSITORY

from .task import Task

CODE = ("handler/focal", "scripts/batch", "scripts/setup")  # the packages that a process which blurs photos imports
WEIGHTS, PEOPLE = Path("weights"), Path("people")  # in the folder
NOT_PACKED = ["__pycache__/"]


@contextmanager
def packed(task: Task) -> Iterator[dict[str, Any]]:
    """The runtime environment of a job, for `ray.init`; its folder exists within the block."""
    with TemporaryDirectory(prefix="focal-") as made:
        folder = Path(made)
        for package in CODE:
            (folder / Path(package).name).symlink_to(REPOSITORY / package)
        files = {WEIGHTS / task.weights.name: task.weights}
        if task.people:
            files |= {PEOPLE / one.file_name: task.people / one.file_name for one in PEOPLE_WEIGHTS}
        for name, file in files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).symlink_to(file.resolve())
        variables = variables_for(task.settings.torch_threads, given={})
        yield {"working_dir": str(folder), "excludes": NOT_PACKED, "env_vars": variables}


def on_a_node(task: Task) -> Task:
    """The task, with the weights where a process of the job finds them on its node."""
    return replace(task, weights=WEIGHTS / task.weights.name, people=task.people and PEOPLE)
