"""What ``docker compose up`` would start, as far as that shows without Docker: safe by default."""

import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from tocsin.settings import ENV_PREFIX, Settings

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service["image"].startswith("tocsin")]


NEW_TO_THE_DISK = {"grafana", "prometheus", "history", "alertmanager"}  # they write to their volume, and nowhere else
GRAFANA: dict[str, str] = SERVICES["grafana"]["environment"]


def test_the_file_is_as_the_compose_specification_says(tmp_path: Path) -> None:
    assert checked(ROOT / "docker-compose.yml").returncode == 0, checked(ROOT / "docker-compose.yml").stdout
    wrong = tmp_path / "docker-compose.yml"
    wrong.write_text((ROOT / "docker-compose.yml").read_text().replace("healthcheck:", "healthchek:"))
    assert "healthchek" in checked(wrong).stdout


def checked(path: Path) -> "subprocess.CompletedProcess[str]":
    """Hold a file against the schema of the specification, which the checker brings along: nothing is fetched."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_the_pipeline_and_what_shows_it_are_there() -> None:
    assert set(SERVICES) >= {"kafka", "redis", "worker", "producer", "live", "prometheus", "alertmanager", "grafana"}


@pytest.mark.parametrize("name", SERVICES)
def test_every_image_is_pinned(name: str) -> None:
    assert re.fullmatch(r"[a-z/]+:v?\d+\.\d+\.\d+(-[a-z]+)?", SERVICES[name]["image"])


@pytest.mark.parametrize("name", SERVICES)
def test_whatever_is_published_is_published_on_loopback(name: str) -> None:
    assert all(str(port).startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


def test_only_what_people_open_is_published() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"grafana": ["127.0.0.1:3000:3000"], "live": ["127.0.0.1:8050:8050"]}


@pytest.mark.parametrize("name", SERVICES)
def test_every_mounted_file_is_in_the_repository_and_read_only(name: str) -> None:
    for mount in SERVICES[name].get("volumes", []):
        source, *_, mode = mount.split(":")
        if source.startswith("."):
            assert (ROOT / source).exists(), source
            assert mode == "ro", mount
        else:
            assert source in COMPOSE["volumes"], mount


@pytest.mark.parametrize("name", SERVICES)
def test_every_configuration_that_a_command_names_is_mounted(name: str) -> None:
    mounts = {target: source for source, target, *_ in (m.split(":") for m in SERVICES[name].get("volumes", []))}
    for word in SERVICES[name].get("command", []):
        if word.startswith("--config.file="):
            path = Path(word.removeprefix("--config.file="))
            assert (ROOT / mounts[str(path.parent)] / path.name).is_file()


@pytest.mark.parametrize("name", SERVICES)
def test_no_container_gains_anything(name: str) -> None:
    assert SERVICES[name]["cap_drop"] == ["ALL"]
    assert SERVICES[name]["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", SERVICES)
def test_no_log_fills_the_disk(name: str) -> None:
    assert SERVICES[name]["logging"] == {"driver": "json-file", "options": {"max-size": "10m", "max-file": "5"}}


def test_as_many_workers_can_be_started_as_wanted() -> None:
    assert not {"ports", "container_name", "hostname", "network_mode"} & set(SERVICES["worker"])
    assert not [mount for name in OURS for mount in SERVICES[name].get("volumes", [])]


@pytest.mark.parametrize("name", ["kafka", "redis"])
def test_what_keeps_state_has_time_to_write_it_down(name: str) -> None:
    assert SERVICES[name]["stop_grace_period"] == "60s"


@pytest.mark.parametrize("name", OURS)
def test_our_containers_can_write_nowhere_but_in_memory(name: str) -> None:
    assert SERVICES[name]["read_only"]
    assert SERVICES[name]["working_dir"] in SERVICES[name]["tmpfs"]


@pytest.mark.parametrize("name", sorted(set(SERVICES) - set(OURS)))
def test_no_server_is_root(name: str) -> None:
    assert SERVICES[name]["user"].split(":")[0] not in {"", "0", "root"}


@pytest.mark.parametrize("name", sorted(NEW_TO_THE_DISK))
def test_those_who_watch_can_write_to_their_volume_alone(name: str) -> None:
    assert SERVICES[name]["read_only"]
    assert "/tmp" in SERVICES[name]["tmpfs"]  # noqa: S108 - a path in a container


@pytest.mark.parametrize("name", ["live", *sorted(NEW_TO_THE_DISK)])
def test_whoever_is_asked_tells_whether_it_is_healthy(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"


def test_those_who_are_asked_are_healthy_before_who_asks() -> None:
    assert SERVICES["grafana"]["depends_on"] == {"prometheus": {"condition": "service_healthy"}}
    assert SERVICES["prometheus"]["depends_on"] == {"alertmanager": {"condition": "service_healthy"}}


def test_prometheus_finds_every_worker_however_many_there_are() -> None:
    config = yaml.safe_load((ROOT / "dashboards/prometheus/compose.yml").read_text())
    (job,) = config["scrape_configs"]
    (discovery,) = job["dns_sd_configs"]
    assert discovery["names"] == ["worker"]
    assert (discovery["type"], discovery["port"]) == ("A", Settings.model_fields["metrics_port"].default)
    assert config["alerting"]["alertmanagers"][0]["static_configs"] == [{"targets": ["alertmanager:9093"]}]


def test_a_past_is_started_only_on_request_and_never_deleted() -> None:
    assert SERVICES["history"]["profiles"] == ["history"]
    assert "--storage.tsdb.retention.time=100y" in SERVICES["history"]["command"]


def test_grafana_is_the_release_for_which_the_dashboards_are_made() -> None:
    release = SERVICES["grafana"]["image"].partition(":")[2]
    assert release.rpartition(".")[0] == version("grafana-foundation-sdk").partition("!")[2].rpartition(".")[0]


def test_grafana_lets_nobody_in_without_a_password_and_asks_nobody_outside() -> None:
    assert GRAFANA["GF_AUTH_ANONYMOUS_ENABLED"] == "false"
    assert GRAFANA["GF_USERS_ALLOW_SIGN_UP"] == "false"
    assert {GRAFANA[f"GF_ANALYTICS_{name}"] for name in ("REPORTING_ENABLED", "CHECK_FOR_UPDATES")} == {"false"}
    assert GRAFANA["GF_PLUGINS_PREINSTALL_DISABLED"] == "true"


def test_grafana_is_told_all_that_its_provisioning_asks_for() -> None:
    files = sorted((ROOT / "dashboards/grafana/provisioning").rglob("*.yml"))
    assert len(files) == 2
    wanted = {name for file in files for name in re.findall(r": \$(\w+)$", file.read_text(), re.MULTILINE)}
    assert wanted == {name for name in GRAFANA if name.startswith("TOCSIN_")}
    for name in wanted - {"TOCSIN_DASHBOARDS"}:
        assert urlsplit(GRAFANA[name]).hostname in SERVICES
    mounts = {target: source for source, target, *_ in (m.split(":") for m in SERVICES["grafana"]["volumes"])}
    home = Path(GRAFANA["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert str(home.parent) == GRAFANA["TOCSIN_DASHBOARDS"]
    assert (ROOT / mounts[GRAFANA["TOCSIN_DASHBOARDS"]] / home.name).is_file()


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


def test_redis_can_write_to_its_volume_alone() -> None:
    assert SERVICES["redis"]["read_only"]
    assert SERVICES["redis"]["volumes"] == ["redis:/data"]


def test_the_image_runs_as_nobody_special() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert dockerfile.rindex("\nUSER 10001") > dockerfile.rindex("\nFROM ")
    assert all(re.search(r":\d+\.\d+\.\d+", line) for line in dockerfile.splitlines() if line.startswith("FROM "))
