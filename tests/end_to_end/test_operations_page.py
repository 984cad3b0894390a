"""Every command on docs/operations.md is run: here against a real server, or by the test that is named here."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sysconfig
from pathlib import Path

import pytest

from tests.helpers.running_server import ROOT, Server
from tests.helpers.waiting import wait_until

PAGE = ROOT / "docs" / "operations.md"
WORKERS_READY_S = 60

# Run here, before the session's server: command -> what it must print.
HERE = {
    "./scripts/serve --ready": "Focal is ready at ",
    "./scripts/serve --check": "Focal serves at ",
    "./scripts/ops status": "100% of the photos",
    "./scripts/ops status --json": '"cpu_seconds": ',
    "./scripts/ops status --json > before.json": "",
    "./scripts/ops status --json > after.json": "",
    "curl -s http://127.0.0.1:8082/metrics": "focal_requests_total{",
    "curl -s http://127.0.0.1:8082/metrics/server": "focal_front_door_requests_total{",
    "FOCAL_MODEL_STORE=next ./scripts/build-archive": "next/focal.mar",
    "kubectl kustomize deploy/kubernetes/base": "kind: Deployment",
    "kubectl kustomize deploy/kubernetes/complete": "kind: HTTPRoute",
    "kubectl kustomize deploy/kubernetes/queue-scaled": "kind: ScaledObject",
    "kubectl kustomize deploy/kubernetes/on-gpu": "nvidia.com/gpu: 1",
    "kubectl kustomize deploy/kubernetes/encrypted": "kind: Certificate",
    "kubectl kustomize deploy/kubernetes/traced": "name: FOCAL_OTLP_ENDPOINT",
    "kubectl kustomize deploy/kubernetes/keyed": "name: FOCAL_CLIENT_KEYS",
    "kubectl kustomize deploy/kubernetes/bulk": "kind: RayJob",
    "kubectl kustomize deploy/kubernetes/example": "@sha256:",
}
OPS, FLEET = "end_to_end/test_ops.py::test_", "end_to_end/test_fleet.py::test_"
KEYS = "server/test_ops_keys.py::test_"
ROLLING_RESTART = f"{FLEET}a_rolling_restart_behind_the_balancer_loses_no_photo"
# Run by other tests, in a shape of their own: what changes or ends a server, or would take a minute twice.
ELSEWHERE = {
    "FOCAL_RUNTIME=/run/focal ./scripts/serve": "end_to_end/test_serve.py::test_a_real_prediction_comes_back",
    "FOCAL_OTLP_ENDPOINT=http://127.0.0.1:4318 ./scripts/serve":
        "end_to_end/test_tracing.py::test_a_collector_understands_a_photos_spans",
    "./scripts/soak --url http://127.0.0.1:8000 --seconds 60":
        "end_to_end/test_load.py::test_mixed_and_hostile_photos_for_half_a_minute_keep_every_promise",
    "prometheus --config.file=deploy/prometheus/prometheus.yml":
        "end_to_end/test_prometheus.py::test_an_alert_fires_under_load_and_clears_and_every_panel_has_something_to_show",
    "./scripts/ops scale 3": f"{OPS}a_worker_less_loses_no_photo",
    "./scripts/ops rotate-keys": f"{OPS}keys_are_rotated_without_losing_a_photo",
    "./scripts/ops drain --notice 20": f"{OPS}draining_ends_the_server_after_its_last_photo",
    "./scripts/ops rollout next/focal.mar": f"{OPS}a_canary_is_rolled_back_without_losing_a_photo",
    "./scripts/ops canary 10": f"{OPS}a_canary_is_rolled_back_without_losing_a_photo",
    "./scripts/ops rollback": f"{OPS}a_canary_is_rolled_back_without_losing_a_photo",
    "./scripts/ops promote": f"{OPS}a_version_is_promoted_without_losing_a_photo",
    "FOCAL_WORKERS=1 FOCAL_TRUSTED_PROXIES=127.0.0.1 ./scripts/serve": ROLLING_RESTART,
    "FOCAL_PORT=8010 FOCAL_INFERENCE_PORT=8090 FOCAL_MANAGEMENT_PORT=8091 FOCAL_METRICS_PORT=8092 "
    "FOCAL_WORKERS=1 FOCAL_TRUSTED_PROXIES=127.0.0.1 ./scripts/serve": ROLLING_RESTART,
    'mkdir -p /run/focal-balancer/temp && nginx -p /run/focal-balancer/ -c "$PWD/deploy/balancer/nginx.conf" -e stderr':
        ROLLING_RESTART,
    "FOCAL_PORT=8010 ./scripts/ops drain": ROLLING_RESTART,
    **{
        f"FOCAL_CLIENT_KEYS=/etc/focal/client-keys.json ./scripts/{command}": f"{KEYS}{test}"
        for command, test in {
            "ops keys add laptop --rate 5 --concurrency 2": "a_key_is_shown_once_and_its_hash_kept",
            "ops keys list": "a_key_is_shown_once_and_its_hash_kept",
            "ops keys revoke laptop": "a_revoked_key_is_gone_and_the_others_stay",
            "serve": "a_server_does_not_start_without_the_file_that_is_named",
        }.items()
    },
    "./scripts/bulk photos blurred": "batch/test_bulk.py::test_every_photo_has_a_result_of_its_name_and_a_row",
}  # fmt: skip


def commands() -> list[str]:
    """The page's commands, in order: each line of a block for bash, its continuations joined."""
    blocks = re.findall(r"^```bash\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in re.sub(r"\\\n\s*", "", block).splitlines() if line]


def test_every_command_of_the_page_is_run_by_a_test() -> None:
    assert set(commands()) == HERE.keys() | ELSEWHERE.keys()
    assert HERE.keys().isdisjoint(ELSEWHERE)


@pytest.mark.parametrize("test", sorted(set(ELSEWHERE.values())))
def test_the_tests_that_run_the_others_are_there(test: str) -> None:
    file, _, name = test.partition("::")
    written = ast.parse((ROOT / "tests" / file).read_text())

    assert name in {one.name for one in ast.walk(written) if isinstance(one, ast.FunctionDef)}


@pytest.mark.parametrize(("command", "test"), [pair for pair in ELSEWHERE.items() if "scripts/ops" in pair[0]])
def test_the_tests_of_orders_give_those_orders(command: str, test: str) -> None:
    order = command.partition("scripts/ops ")[2].split()[0]

    assert f'"{order}"' in (ROOT / "tests" / test.partition("::")[0]).read_text()


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the repository's files, where commands may write."""
    folder = tmp_path_factory.mktemp("checkout")
    for entry in ROOT.iterdir():
        (folder / entry.name).symlink_to(entry)
    return folder


@pytest.fixture(scope="module")
def well(server: Server) -> Server:
    """The session's server with all its workers: it serves as soon as the first is ready."""
    wait_until(lambda: run(server, ROOT, "./scripts/ops status").returncode == 0, WORKERS_READY_S)
    return server


def run(server: Server, folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    """Run a line of the page for this server."""
    path = f"{sysconfig.get_path('scripts')}:{os.environ['PATH']}"
    backbone = {"FOCAL_BACKBONE": "efficientnet_lite0"}  # whose weights are at hand
    return subprocess.run(
        ["bash", "-euc", command.replace("http://127.0.0.1:8082", server.metrics_url)],
        cwd=folder,
        env=os.environ | {"PATH": path} | server.variables | backbone,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize("command", HERE)
def test_the_command_does_what_the_page_says(well: Server, checkout: Path, command: str) -> None:
    done = run(well, checkout, command)

    assert done.returncode == 0, done.stderr
    assert HERE[command] in done.stdout
