"""The RayJob of deploy/kubernetes/bulk: its pods valid to the letter, confined, in step with the image and the job."""

from __future__ import annotations

import json
import shlex
from typing import Any

import focal
import kubernetes_validate
import pytest
from batch.bulk.job import process_bytes
from focal.settings import Settings
from setup.environment import pinned

from tests.conftest import ROOT
from tests.deploy.test_kubernetes import gibibytes, image_instruction, the

PARTS = ("submitter", "head", "nodes")


def template(part: str) -> dict[str, Any]:
    """The template of a part's pods."""
    job = the("RayJob", "bulk")["spec"]
    cluster = job["rayClusterSpec"]
    (nodes,) = cluster["workerGroupSpecs"]
    return {
        "submitter": job["submitterPodTemplate"],
        "head": cluster["headGroupSpec"]["template"],
        "nodes": nodes["template"],
    }[part]


def container(part: str) -> dict[str, Any]:
    (only,) = template(part)["spec"]["containers"]
    return only


@pytest.mark.parametrize("part", PARTS)
def test_a_pod_is_what_the_schema_says_and_keeps_to_the_restricted_standard(part: str) -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": part}, "spec": template(part)["spec"]}
    security = pod["spec"]["securityContext"]

    kubernetes_validate.validate(pod, "1.37.0", strict=True)
    assert (security["runAsNonRoot"], security["seccompProfile"]) == (True, {"type": "RuntimeDefault"})
    assert image_instruction("USER") == f"{security['runAsUser']}:{security['runAsGroup']}"
    assert container(part)["securityContext"] == {
        "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}
    }  # fmt: skip


@pytest.mark.parametrize("part", PARTS)
def test_a_pod_runs_the_image_that_is_built_for_bulk_jobs(part: str) -> None:
    bake = json.loads((ROOT / "docker-bake.json").read_text())["target"]["bulk"]

    assert bake["args"]["BULK"]
    assert bake["tags"] == ["${IMAGE}:${VERSION}-bulk"]
    assert container(part)["image"] == f"focal:{focal.__version__}-bulk"
    assert the("RayJob", "bulk")["spec"]["rayClusterSpec"]["rayVersion"] == pinned("ray")


@pytest.mark.parametrize("part", PARTS)
def test_the_network_policy_is_about_every_pod(part: str) -> None:
    policy = the("NetworkPolicy", "bulk")["spec"]
    labels = template(part)["metadata"]["labels"].items()

    assert policy["podSelector"]["matchLabels"].items() <= labels
    (ours,) = policy["ingress"][0]["from"]
    assert ours["podSelector"] == policy["podSelector"]
    assert policy["ingress"][1]["ports"] == [{"port": 8265}]


def test_a_node_has_memory_for_a_process_on_each_of_its_cores() -> None:
    limits = container("nodes")["resources"]["limits"]

    assert int(limits["cpu"]) * process_bytes(Settings()) <= gibibytes(limits["memory"])
    assert container("nodes")["resources"]["requests"] == limits


def test_the_command_is_scripts_bulk_on_this_very_cluster_with_a_report_that_outlives_its_pod() -> None:
    shell, option, line = shlex.split(the("RayJob", "bulk")["spec"]["entrypoint"])
    words = shlex.split(line)
    command = words[words.index("exec") + 1 :]
    mounts = {one["name"]: one["mountPath"] for one in container("head")["volumeMounts"]}
    (volume,) = template("head")["spec"]["volumes"]
    variables = {one["name"] for one in container("head")["env"]}

    assert (shell, option) == ("sh", "-c")
    assert command[0] == f"{image_instruction('WORKDIR')}/scripts/bulk"
    assert {command[1], command[2]} == {"$PHOTOS", "$RESULTS"}
    assert {"PHOTOS", "RESULTS", "XDG_CACHE_HOME"} <= variables
    assert command[3] == "--report"
    assert command[4].startswith(mounts[volume["name"]])
    assert volume["persistentVolumeClaim"]["claimName"] == the("PersistentVolumeClaim", "bulk")["metadata"]["name"]
    assert "--cluster" not in command  # KubeRay sets RAY_ADDRESS


def test_the_head_blurs_nothing_and_probes_ask_what_needs_no_program_of_the_image() -> None:
    assert the("RayJob", "bulk")["spec"]["rayClusterSpec"]["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"
    for part in ("head", "nodes"):
        for name in ("readinessProbe", "livenessProbe"):
            assert container(part)[name]["httpGet"] == {"path": "/api/local_raylet_healthz", "port": 52365}
