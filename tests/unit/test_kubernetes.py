"""The example for Kubernetes: the same image as compose's, as a consumer group; safe by default."""

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tocsin.settings import ENV_PREFIX, Settings, load_settings

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy/kubernetes"
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
KUSTOMIZATION: dict[str, Any] = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
RESOURCES: list[dict[str, Any]] = [
    resource for name in KUSTOMIZATION["resources"] for resource in yaml.safe_load_all((FOLDER / name).read_text())
]
DEPLOYMENTS = {found["metadata"]["name"]: found["spec"] for found in RESOURCES if found["kind"] == "Deployment"}
PODS: dict[str, dict[str, Any]] = {name: spec["template"]["spec"] for name, spec in DEPLOYMENTS.items()}
CONTAINERS: dict[str, dict[str, Any]] = {name: pod["containers"][0] for name, pod in PODS.items()}
RELEASES = ("1.30", "1.34")


def of_kind(kind: str) -> list[dict[str, Any]]:
    return [resource for resource in RESOURCES if resource["kind"] == kind]


def test_every_file_is_applied() -> None:
    assert {path.name for path in FOLDER.glob("*.yaml")} == {*KUSTOMIZATION["resources"], "kustomization.yaml"}


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("resource", RESOURCES, ids=lambda found: f"{found['kind']}-{found['metadata']['name']}")
def test_kubernetes_understands_every_resource(resource: dict[str, Any], release: str) -> None:
    kubernetes_validate.validate(resource, release, strict=True)


def test_a_field_that_does_not_exist_is_found() -> None:
    wrong = {**RESOURCES[0], "metadata": {"name": "tocsin", "lables": {}}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, RELEASES[-1], strict=True)


@pytest.mark.parametrize("name", CONTAINERS)
def test_the_image_is_the_one_that_compose_builds_and_does_the_same(name: str) -> None:
    service = COMPOSE["services"][name]
    assert CONTAINERS[name]["image"] == service["image"]
    assert CONTAINERS[name]["args"] == service["command"]
    assert PODS[name]["securityContext"]["runAsUser"] == 10001
    assert "\nUSER 10001" in (ROOT / "Dockerfile").read_text()


def test_every_setting_exists_and_is_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    (chosen,) = of_kind("ConfigMap")
    known = {f"{ENV_PREFIX}{field.upper()}" for field in Settings.model_fields}
    assert set(chosen["data"]) <= known
    for name, value in chosen["data"].items():
        monkeypatch.setenv(name, value)
    assert DEPLOYMENTS["worker"]["replicas"] <= load_settings().partitions


def test_secrets_come_from_a_secret_that_is_not_in_the_repository() -> None:
    assert not of_kind("Secret")
    for container in CONTAINERS.values():
        assert container["envFrom"] == [{"configMapRef": {"name": "tocsin"}}, {"secretRef": {"name": "tocsin"}}]


@pytest.mark.parametrize("name", CONTAINERS)
def test_no_container_is_root_gains_anything_or_writes_to_a_disk(name: str) -> None:
    pod, container = PODS[name], CONTAINERS[name]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    (volume,) = pod["volumes"]
    assert volume["emptyDir"]["medium"] == "Memory"
    assert container["workingDir"] == container["volumeMounts"][0]["mountPath"]


@pytest.mark.parametrize(
    ("name", "source", "setting"),
    [("worker", "processors/health.py", "metrics_port"), ("live", "dashboards/live/server.py", "live_port")],
)
def test_probes_ask_for_paths_that_exist_at_the_port_that_listens(name: str, source: str, setting: str) -> None:
    container = CONTAINERS[name]
    (port,) = container["ports"]
    assert port["containerPort"] == Settings.model_fields[setting].default
    probes = [probe["httpGet"] for key, probe in container.items() if key.endswith("Probe")]
    assert len(probes) >= 2
    for probe in probes:
        assert probe["port"] == port["name"]
        assert f'"{probe["path"]}"' in (ROOT / source).read_text()


def test_only_prometheus_may_come_in_and_only_servers_may_be_called() -> None:
    everybody, metrics = (policy["spec"] for policy in of_kind("NetworkPolicy"))
    assert "ingress" not in everybody
    assert set(everybody["policyTypes"]) == {"Ingress", "Egress"}
    assert {port["port"] for rule in everybody["egress"] for port in rule["ports"]} == {53, 9092, 6379}
    assert [port["port"] for rule in metrics["ingress"] for port in rule["ports"]] == [9464]
    for deployment in DEPLOYMENTS.values():
        labels = deployment["template"]["metadata"]["labels"]
        assert everybody["podSelector"]["matchLabels"].items() <= labels.items()
        assert deployment["selector"]["matchLabels"] == labels
