"""The manifests as `kubectl kustomize` builds them: valid to the letter, confined, and in step with what they run."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sysconfig
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import focal
import jsonschema
import kubernetes_validate
import pytest
import yaml
from focal.settings import Settings, load_settings
from lab.dashboard import dashboard
from lab.prometheus_rule import as_yaml, prometheus_rule
from server import torchserve
from server.client_keys import keys_file
from server.memory import most_bytes
from server.ports import Addresses
from server.supervisor import DRAIN_MARGIN_S

ROOT = Path(__file__).parents[2]
OVERLAYS = ("base", "complete", "queue-scaled", "on-gpu", "encrypted", "traced", "keyed", "bulk", "example")
GATEWAY_STOP_S = 5


def exactly(**properties: Any) -> dict[str, Any]:
    """A JSON schema of an object that has these properties, all of them, and no other."""
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(properties),
        "additionalProperties": False,
    }


TEXT, COUNT, DURATION = {"type": "string"}, {"type": "integer"}, {"type": "string", "pattern": r"^\d+(s|m|h)$"}
TEXTS = {"additionalProperties": TEXT}
METADATA = exactly(name=TEXT, namespace={"const": "focal"})
POD = {"type": "object"}  # a template, whose pod `test_bulk_on_kubernetes` validates
# What is used of the custom kinds, and nothing else, as their makers document them: Gateway API 1.2, KEDA 2.16,
# Prometheus Operator 0.80, cert-manager 1.16, KubeRay 1.6.
CUSTOM_KINDS = {
    "gateway.networking.k8s.io/v1/HTTPRoute": exactly(
        parentRefs={"items": exactly(name=TEXT, namespace=TEXT)},
        hostnames={"items": TEXT},
        rules={
            "items": exactly(
                matches={"items": exactly(path=exactly(type={"enum": ["Exact", "PathPrefix"]}, value=TEXT))},
                timeouts=exactly(request=DURATION),
                backendRefs={"items": exactly(name=TEXT, port=COUNT)},
            )
        },
    ),
    "monitoring.coreos.com/v1/ServiceMonitor": exactly(
        selector=exactly(matchLabels={"additionalProperties": TEXT}),
        endpoints={"items": exactly(port=TEXT, path=TEXT, interval=DURATION)},
    ),
    "monitoring.coreos.com/v1/PrometheusRule": exactly(
        groups={
            "items": exactly(
                name=TEXT,
                rules={
                    "items": {
                        "oneOf": [
                            exactly(record=TEXT, expr=TEXT),
                            exactly(alert=TEXT, expr=TEXT, labels=TEXTS, annotations=TEXTS),
                            exactly(alert=TEXT, expr=TEXT, labels=TEXTS, annotations=TEXTS, **{"for": DURATION}),
                        ]
                    }
                },
            )
        }
    ),
    "monitoring.coreos.com/v1alpha1/AlertmanagerConfig": exactly(
        route=exactly(
            receiver=TEXT,
            groupBy={"items": TEXT},
            groupWait=DURATION,
            groupInterval=DURATION,
            repeatInterval=DURATION,
            routes={
                "items": exactly(
                    receiver=TEXT,
                    repeatInterval=DURATION,
                    matchers={"items": exactly(name=TEXT, value=TEXT, matchType={"enum": ["=", "!=", "=~", "!~"]})},
                )
            },
        ),
        receivers={
            "items": exactly(
                name=TEXT,
                webhookConfigs={
                    "items": exactly(urlSecret=exactly(name=TEXT, key=TEXT), sendResolved={"type": "boolean"})
                },
            )
        },
    ),
    "cert-manager.io/v1/Certificate": exactly(
        secretName=TEXT,
        dnsNames={"items": TEXT},
        renewBefore=DURATION,
        issuerRef=exactly(name=TEXT, kind={"enum": ["Issuer", "ClusterIssuer"]}),
    ),
    "ray.io/v1/RayJob": exactly(
        entrypoint=TEXT,
        shutdownAfterJobFinishes={"const": True},
        backoffLimit=COUNT,
        submitterPodTemplate=POD,
        rayClusterSpec=exactly(
            rayVersion=TEXT,
            enableInTreeAutoscaling={"type": "boolean"},
            authOptions=exactly(mode={"enum": ["disabled", "token"]}),
            autoscalerOptions=exactly(idleTimeoutSeconds=COUNT, securityContext={"type": "object"}),
            headGroupSpec=exactly(rayStartParams=TEXTS, template=POD),
            workerGroupSpecs={
                "items": exactly(
                    groupName=TEXT,
                    replicas=COUNT,
                    minReplicas=COUNT,
                    maxReplicas=COUNT,
                    rayStartParams=TEXTS,
                    template=POD,
                )
            },
        ),
    ),
    "keda.sh/v1alpha1/ScaledObject": exactly(
        scaleTargetRef=exactly(name=TEXT),
        minReplicaCount=COUNT,
        maxReplicaCount=COUNT,
        cooldownPeriod=COUNT,
        triggers={
            "items": exactly(
                type={"enum": ["cpu", "prometheus"]},
                metricType={"enum": ["Utilization", "Value", "AverageValue"]},
                metadata={"additionalProperties": TEXT},
            )
        },
    ),
}


# The same kinds as npm's packages have them, made of their makers' CRDs: they know all fields and refuse none.
# None has KubeRay's.
MODELS = {
    "gateway.networking.k8s.io": "gateway-api@2.0.0",
    "keda.sh": "keda@2.0.0",
    "monitoring.coreos.com": "prometheus-operator@6.0.0",
    "cert-manager.io": "cert-manager@6.0.0",
}
VALIDATE = """
    import { readFileSync } from "node:fs";
    const refusals = [];
    for (const [folder, object] of JSON.parse(readFileSync(0, "utf8"))) {
        const made = await import(`@kubernetes-models/${folder}/${object.apiVersion}/${object.kind}`);
        try { new made[object.kind](object).validate(); refusals.push(""); }
        catch (error) { refusals.push(error.message); }
    }
    console.log(JSON.stringify(refusals));
"""


@cache
def built(overlay: str) -> list[dict[str, Any]]:
    """The objects of an overlay."""
    kubectl = shutil.which("kubectl", path=sysconfig.get_path("scripts")) or "kubectl"
    command = [kubectl, "kustomize", ROOT / "deploy" / "kubernetes" / overlay]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def the(kind: str, overlay: str = "base") -> dict[str, Any]:
    """The one object of a kind."""
    (found,) = [one for one in built(overlay) if one["kind"] == kind]
    return found


def pod() -> dict[str, Any]:
    return the("Deployment")["spec"]["template"]["spec"]


def container() -> dict[str, Any]:
    (only,) = pod()["containers"]
    return only


def gibibytes(quantity: str) -> int:
    """The bytes of a quantity such as 2Gi."""
    return int(quantity.removesuffix("Gi")) * 2**30


def image_instruction(word: str) -> str:
    """What the last instruction of that word in the Dockerfile says."""
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    return [line.split(maxsplit=1)[1] for line in lines if line.startswith(f"{word} ")][-1]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_object_is_what_its_schema_says_and_nothing_more(overlay: str) -> None:
    for one in built(overlay):
        custom = CUSTOM_KINDS.get(f"{one['apiVersion']}/{one['kind']}")
        if custom is None:
            kubernetes_validate.validate(one, "1.37.0", strict=True)
        else:
            jsonschema.validate(one["metadata"], METADATA)
            jsonschema.validate(one["spec"], custom)


@pytest.mark.parametrize(
    "unknown", [{"apiVersion": "v1", "kind": "Srevice"}, {"apiVersion": "v1", "kind": "Service", "spec": {"prots": []}}]
)
def test_a_kind_or_a_field_that_nobody_knows_is_an_error(unknown: dict[str, Any]) -> None:
    with pytest.raises((kubernetes_validate.SchemaNotFoundError, kubernetes_validate.ValidationError)):
        kubernetes_validate.validate(unknown | {"metadata": {"name": "x"}}, "1.37.0", strict=True)


@pytest.mark.slow
@pytest.mark.long
def test_the_custom_kinds_are_what_their_makers_say_too(tmp_path: Path) -> None:
    found = [one for overlay in OVERLAYS for one in built(overlay)]
    custom = [one for one in found if one["apiVersion"].partition("/")[0] in MODELS]
    wrong = custom[0] | {"spec": {"parentRefs": 7}}
    folders = {group: package.partition("@")[0] for group, package in MODELS.items()}
    given = [(folders[one["apiVersion"].partition("/")[0]], one) for one in (*custom, wrong)]
    packages = [f"@kubernetes-models/{package}" for package in MODELS.values()]

    subprocess.run(["npm", "install", "--ignore-scripts", "--prefix", tmp_path, *packages], check=True)
    node = ["node", "--input-type=module", "--eval", VALIDATE]
    done = subprocess.run(node, cwd=tmp_path, input=json.dumps(given), capture_output=True, text=True, check=True)

    *refusals, of_the_wrong_one = json.loads(done.stdout)
    assert set(refusals) == {""}
    assert of_the_wrong_one
    assert {f"{one['apiVersion']}/{one['kind']}" for one in custom} == CUSTOM_KINDS.keys() - {"ray.io/v1/RayJob"}


def test_the_operators_rules_are_those_of_prometheus() -> None:
    rules = (ROOT / "deploy" / "kubernetes" / "prometheus" / "rules.yaml").read_text()

    assert rules == as_yaml(prometheus_rule(ROOT / "deploy" / "prometheus")), "run scripts/make-dashboard"


def test_every_severity_has_somebody_who_hears_of_it() -> None:
    route = the("AlertmanagerConfig", "complete")["spec"]["route"]
    severities = {
        rule["labels"]["severity"]
        for group in the("PrometheusRule", "complete")["spec"]["groups"]
        for rule in group["rules"]
        if "alert" in rule
    }

    routed = {one["matchers"][0]["value"]: one["receiver"] for one in route["routes"]}
    assert {severity: routed.get(severity, route["receiver"]) for severity in severities} == {
        "page": "pages", "ticket": "tickets"
    }  # fmt: skip


def test_every_alert_links_to_the_page_that_an_overlay_names_once() -> None:
    overlay = (ROOT / "deploy" / "kubernetes" / "example" / "kustomization.yaml").read_text()
    pages = {
        rule["alert"]: rule["annotations"]["runbook_url"]
        for group in the("PrometheusRule", "example")["spec"]["groups"]
        for rule in group["rules"]
        if "alert" in rule
    }

    (page,) = {link.partition("#")[0] for link in pages.values()}
    assert pages == {alert: f"{page}#{alert.lower()}" for alert in pages}
    assert urlsplit(page).scheme == "https"
    assert overlay.count(page) == 1


def test_an_overlay_names_image_and_host_once() -> None:
    (only,) = the("Deployment", "example")["spec"]["template"]["spec"]["containers"]

    assert re.fullmatch(rf"registry\.example/focal:{focal.__version__}@sha256:[0-9a-f]{{64}}", only["image"])
    assert the("HTTPRoute", "example")["spec"]["hostnames"] == ["focal.example"]


def test_grafana_finds_the_dashboard() -> None:
    config_map = the("ConfigMap", "complete")

    assert config_map["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert json.loads(config_map["data"]["focal.json"]) == dashboard()


def test_a_pod_with_a_gpu_has_one_worker_and_the_image_for_it() -> None:
    pod_container = the("Deployment", "on-gpu")["spec"]["template"]["spec"]["containers"][0]
    variables = {one["name"]: one.get("value") for one in pod_container["env"]}

    assert pod_container["resources"]["limits"]["nvidia.com/gpu"] == 1
    assert (variables["FOCAL_WORKERS"], variables["FOCAL_DEVICE"]) == ("1", "cuda")
    assert pod_container["image"] == "focal:cuda"


def test_a_certificate_reaches_the_gateway_and_its_probes() -> None:
    template = the("Deployment", "encrypted")["spec"]["template"]["spec"]
    pod_container, volumes = template["containers"][0], {one["name"]: one for one in template["volumes"]}
    variables = {one["name"]: one.get("value") for one in pod_container["env"]}
    mounts = {one["name"]: one["mountPath"] for one in pod_container["volumeMounts"]}

    assert volumes["certificate"]["secret"]["secretName"] == the("Certificate", "encrypted")["spec"]["secretName"]
    assert variables["FOCAL_TLS_CERTIFICATE"] == f"{mounts['certificate']}/tls.crt"
    assert variables["FOCAL_TLS_KEY"] == f"{mounts['certificate']}/tls.key"
    for name in ("startup", "readiness", "liveness"):
        probe = pod_container[f"{name}Probe"]["httpGet"]
        assert (probe["scheme"], probe["port"]) == ("HTTPS", "http")


def test_a_pod_reaches_its_collector_and_names_and_nothing_else() -> None:
    variables = the("Deployment", "traced")["spec"]["template"]["spec"]["containers"][0]["env"]
    (address,) = [one["value"] for one in variables if one["name"] == "FOCAL_OTLP_ENDPOINT"]

    to_collector, to_names = the("NetworkPolicy", "traced")["spec"]["egress"]

    assert load_settings({}, {"FOCAL_OTLP_ENDPOINT": address}).otlp_endpoint == address
    assert [port["port"] for port in to_collector["ports"]] == [urlsplit(address).port]
    assert {port["port"] for port in to_names["ports"]} == {53}
    assert the("NetworkPolicy")["spec"]["egress"] == []


def test_clients_keys_come_from_a_secret_that_must_be_there() -> None:
    template = the("Deployment", "keyed")["spec"]["template"]["spec"]
    pod_container, volumes = template["containers"][0], {one["name"]: one for one in template["volumes"]}
    variables = {one["name"]: one.get("value") for one in pod_container["env"]}
    mounts = {one["name"]: one["mountPath"] for one in pod_container["volumeMounts"]}

    assert "optional" not in volumes["client-keys"]["secret"]
    assert keys_file(variables) == Path(mounts["client-keys"]) / "client-keys.json"


def test_the_image_has_the_version_for_its_tag() -> None:
    assert container()["image"] == f"focal:{focal.__version__}"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_object_is_in_one_namespace(overlay: str) -> None:
    places = {one["metadata"].get("namespace") for one in built(overlay) if one["kind"] != "Namespace"}

    assert places == {the("Namespace", overlay)["metadata"]["name"]}


def test_the_pod_keeps_to_the_restricted_standard_that_its_namespace_enforces() -> None:
    assert the("Namespace")["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    security = pod()["securityContext"]
    assert (security["runAsNonRoot"], security["seccompProfile"]) == (True, {"type": "RuntimeDefault"})
    assert image_instruction("USER") == f"{security['runAsUser']}:{security['runAsGroup']}"
    assert container()["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod()["automountServiceAccountToken"] is False


def test_no_service_can_change_its_variables() -> None:
    assert pod()["enableServiceLinks"] is False


def test_ports_and_probes_are_the_gateways() -> None:
    addresses, template = Addresses(), (ROOT / "gateway" / "nginx.conf.template").read_text()
    ports = {port["name"]: port["containerPort"] for port in container()["ports"]}
    probes = {name: container()[f"{name}Probe"]["httpGet"] for name in ("startup", "readiness", "liveness")}

    assert ports == {"http": addresses.port, "metrics": addresses.metrics_port}
    assert image_instruction("EXPOSE") == str(ports["http"])
    assert {name: probe["path"] for name, probe in probes.items()} == {
        "startup": "/readyz",
        "readiness": "/readyz",
        "liveness": "/healthz",
    }
    for probe in probes.values():
        assert f"location = {probe['path']} {{" in template
        assert probe["port"] == "http"


def test_a_probe_waits_longer_than_the_gateway_does() -> None:
    for name in ("startupProbe", "readinessProbe"):
        assert container()[name]["timeoutSeconds"] > Settings().max_probe_s


def test_a_pod_that_ends_has_time_for_its_longest_photo() -> None:
    notice_s = int(container()["lifecycle"]["preStop"]["exec"]["command"][1])

    longest_s = notice_s + Settings().max_wait_s + DRAIN_MARGIN_S + GATEWAY_STOP_S + torchserve.STOP_TIMEOUT_S
    assert pod()["terminationGracePeriodSeconds"] >= longest_s


def test_an_update_takes_no_pod_away_before_its_successor_is_ready() -> None:
    assert the("Deployment")["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    assert "replicas" not in the("Deployment")["spec"]


def test_its_memory_is_enough_for_all_that_its_limits_let_in() -> None:
    limits, resources = Settings(), container()["resources"]
    workers = int(resources["limits"]["cpu"])

    assert most_bytes(limits, workers) <= gibibytes(resources["limits"]["memory"])


def test_the_processors_that_it_counts_on_are_its_own() -> None:
    resources = container()["resources"]

    assert resources["requests"]["cpu"] == resources["limits"]["cpu"]
    assert gibibytes(resources["requests"]["memory"]) <= gibibytes(resources["limits"]["memory"])


def test_only_tmp_can_be_written() -> None:
    (mount,), (volume,) = container()["volumeMounts"], pod()["volumes"]

    assert Path(mount["mountPath"]) == Path("/tmp")  # noqa: S108 (the container's own)
    assert (mount["name"], volume["emptyDir"].keys()) == (volume["name"], {"sizeLimit"})


def test_whoever_points_at_the_pods_finds_them() -> None:
    labels = the("Deployment")["spec"]["template"]["metadata"]["labels"].items()
    service, monitor = the("Service"), the("ServiceMonitor", "complete")

    selectors = [
        the("Deployment")["spec"]["selector"]["matchLabels"],
        service["spec"]["selector"],
        the("PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        the("NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
        *(spread["labelSelector"]["matchLabels"] for spread in pod()["topologySpreadConstraints"]),
    ]
    for selector in selectors:
        assert selector
        assert selector.items() <= labels
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    named = {port["name"] for port in container()["ports"]}
    assert {port["targetPort"] for port in service["spec"]["ports"]} == named


def test_the_network_policy_lets_in_photos_and_scrapers_and_lets_nothing_out() -> None:
    policy = the("NetworkPolicy")["spec"]

    doors = {
        rule["from"][0]["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]: rule["ports"]
        for rule in policy["ingress"]
    }
    assert doors == {"gateway": [{"port": "http"}], "monitoring": [{"port": "metrics"}]}
    assert (set(policy["policyTypes"]), policy.get("egress", [])) == ({"Ingress", "Egress"}, [])


def test_the_route_leads_to_the_service_and_outlasts_the_gateway() -> None:
    route = the("HTTPRoute", "complete")["spec"]
    (rule,) = route["rules"]
    (backend,) = rule["backendRefs"]

    service = the("Service")
    assert backend["name"] == service["metadata"]["name"]
    assert backend["port"] in {port["port"] for port in service["spec"]["ports"]}
    assert int(rule["timeouts"]["request"].removesuffix("s")) > Settings().max_wait_s


def test_the_service_monitor_scrapes_what_the_prometheus_of_one_machine_does() -> None:
    jobs = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text())["scrape_configs"]
    endpoints = the("ServiceMonitor", "complete")["spec"]["endpoints"]

    assert {one["path"] for one in endpoints} == {job.get("metrics_path", "/metrics") for job in jobs}
    assert {one["port"] for one in endpoints} == {"metrics"}


@pytest.mark.parametrize(
    ("overlay", "kind"), [("complete", "HorizontalPodAutoscaler"), ("queue-scaled", "ScaledObject")]
)
def test_each_overlay_has_one_autoscaler_and_never_fewer_than_two_pods(overlay: str, kind: str) -> None:
    scalers = [one for one in built(overlay) if one["kind"] in ("HorizontalPodAutoscaler", "ScaledObject")]

    assert [one["kind"] for one in scalers] == [kind]
    assert scalers[0]["spec"]["scaleTargetRef"]["name"] == the("Deployment")["metadata"]["name"]
    assert scalers[0]["spec"].get("minReplicas", scalers[0]["spec"].get("minReplicaCount")) == 2


def test_the_queue_is_asked_for_by_a_rule_that_prometheus_records() -> None:
    groups = yaml.safe_load((ROOT / "deploy" / "prometheus" / "focal.rules.yml").read_text())["groups"]
    queries = [one["metadata"].get("query") for one in the("ScaledObject", "queue-scaled")["spec"]["triggers"]]

    assert queries[0] is None
    assert queries[1] in {rule["record"] for group in groups for rule in group["rules"]}
