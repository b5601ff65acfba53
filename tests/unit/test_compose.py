"""What ``docker compose up`` would start, as far as that shows without Docker: safe by default."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tocsin.settings import ENV_PREFIX, Settings

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service["image"].startswith("tocsin")]


def test_kafka_redis_worker_and_producer_are_there() -> None:
    assert set(SERVICES) >= {"kafka", "redis", "worker", "producer"}


@pytest.mark.parametrize("name", SERVICES)
def test_every_image_is_pinned(name: str) -> None:
    assert re.fullmatch(r"[a-z/]+:\d+\.\d+\.\d+(-[a-z]+)?|[a-z/]+:\d+\.\d+\.\d+", SERVICES[name]["image"])


@pytest.mark.parametrize("name", SERVICES)
def test_whatever_is_published_is_published_on_loopback(name: str) -> None:
    assert all(str(port).startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


@pytest.mark.parametrize("name", SERVICES)
def test_no_container_gains_anything(name: str) -> None:
    assert SERVICES[name]["cap_drop"] == ["ALL"]
    assert SERVICES[name]["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", OURS)
def test_our_containers_can_write_nowhere_but_in_memory(name: str) -> None:
    assert SERVICES[name]["read_only"]
    assert SERVICES[name]["working_dir"] in SERVICES[name]["tmpfs"]


@pytest.mark.parametrize("name", sorted(set(SERVICES) - set(OURS)))
def test_no_server_is_root(name: str) -> None:
    assert SERVICES[name]["user"].split(":")[0] not in {"", "0", "root"}


@pytest.mark.parametrize("name", OURS)
def test_every_setting_exists_and_is_valid(name: str) -> None:
    known = {f"{ENV_PREFIX}{field.upper()}" for field in Settings.model_fields}
    assert set(SERVICES[name]["environment"]) <= known


@pytest.mark.parametrize("name", OURS)
def test_servers_are_healthy_before_ours_start(name: str) -> None:
    assert SERVICES[name]["depends_on"] == {
        "kafka": {"condition": "service_healthy"},
        "redis": {"condition": "service_healthy"},
    }
    assert all("healthcheck" in SERVICES[server] for server in SERVICES[name]["depends_on"])


def test_passwords_must_be_set_and_have_no_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    secrets = re.findall(r"\$\{(\w*PASSWORD)([^}]*)\}", text)
    assert secrets
    assert all(rest.startswith(":?") for _, rest in secrets)
    example = (ROOT / ".env.example").read_text()
    assert {line for line in example.splitlines() if "PASSWORD" in line} == {f"{name}=" for name, _ in secrets}


def test_redis_asks_for_the_password_and_hears_that_it_shall_stop() -> None:
    *_, script = SERVICES["redis"]["command"]
    assert script.startswith("exec redis-server - <<")
    assert "requirepass $$REDISCLI_AUTH\nappendonly yes\n" in script


def test_the_image_runs_as_nobody_special() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert dockerfile.rindex("\nUSER 10001") > dockerfile.rindex("\nFROM ")
    assert all(re.search(r":\d+\.\d+\.\d+", line) for line in dockerfile.splitlines() if line.startswith("FROM "))
