"""What keeps what quiet, and in which words people are told: a real Alertmanager is told of alerts by hand."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from servers.alertmanager import AlertmanagerServer
from servers.missing import MissingError, go_without
from servers.pipeline import until
from servers.watching import DASHBOARDS
from servers.webhook import Webhook

OUTAGE = {"alertname": "TocsinOutage", "series": "channel=sms", "channel": "sms", "severity": "warning"}
BURST = {"alertname": "TocsinBurst", "series": "report=sms", "channel": "sms", "severity": "warning"}
MAINTENANCE = {"alertname": "TocsinMaintenance", "channel": "sms", "severity": "info"}
UNSEEN = {"alertname": "TocsinUnseen", "channel": "sms", "severity": "info"}
REPORTED = {"alertname": "TocsinOutage", "series": "report=sms", "severity": "warning"}


def of(name: str, severity: str = "critical") -> dict[str, str]:
    return {"alertname": name, "severity": severity}


# What rings, beside what, and whether it is heard.
CASES = {
    "an outage that is on time, in maintenance": ({**OUTAGE, "severity": "info"}, MAINTENANCE, False),
    "an outage that is not, in maintenance": (OUTAGE, MAINTENANCE, True),
    "a critical outage, in maintenance": ({**OUTAGE, "severity": "critical"}, MAINTENANCE, True),
    "talk about a channel, in its maintenance": (BURST, MAINTENANCE, False),
    "a burst of everything, in maintenance": (
        {"alertname": "TocsinBurst", "series": "posts", "severity": "warning"}, MAINTENANCE, True),
    "an outage, in maintenance of another channel": (OUTAGE, {**MAINTENANCE, "channel": "web"}, True),
    "an outage of a channel that nobody sees": (OUTAGE, UNSEEN, False),
    "an outage that people report of a channel that nobody sees": (REPORTED, UNSEEN, True),
    "a blind source and its channel": (
        {"alertname": "TocsinBlind", "series": "source=gateway", "severity": "warning"}, UNSEEN, True),
    "an outage that has become critical": (OUTAGE, {**OUTAGE, "severity": "critical"}, False),
    "the critical one": ({**OUTAGE, "severity": "critical"}, OUTAGE, True),
    "an outage, while no worker answers": (OUTAGE, of("TocsinDown"), False),
    "that no worker answers, beside an outage": (of("TocsinDown"), OUTAGE, True),
    "an outage, while nobody detects": (OUTAGE, of("TocsinNoDetection"), False),
    "that Redis is away, while nobody detects": (of("TocsinRedisErrors"), of("TocsinNoDetection"), True),
    "that nobody detects, while Redis is away": (of("TocsinNoDetection"), of("TocsinRedisErrors"), False),
    "that event time stands still, while Kafka is away": (of("TocsinStalled"), of("TocsinKafkaErrors"), False),
    "that verdicts are late, while event time stands still": (of("TocsinLag", "warning"), of("TocsinStalled"), False),
    "that event time stands still, beside an outage": (of("TocsinStalled"), OUTAGE, True),
    "dead letters, beside an outage": (of("TocsinDeadLetters", "warning"), OUTAGE, True),
}  # fmt: skip


@pytest.fixture
def alertmanager(tmp_path: Path) -> Iterator[AlertmanagerServer]:
    yield from running(tmp_path, DASHBOARDS / "alertmanager/alertmanager.yml")


def running(home: Path, config: Path) -> Iterator[AlertmanagerServer]:
    try:
        server = AlertmanagerServer(home, config)
    except MissingError as error:
        go_without(error)
    server.start()
    yield server
    server.stop()


@pytest.mark.parametrize("case", CASES)
def test_what_rings_is_heard_unless_something_else_explains_it(alertmanager: AlertmanagerServer, case: str) -> None:
    alert, beside, heard = CASES[case]
    wanted = "active" if heard else "suppressed"

    def state(labels: dict[str, str]) -> str:
        return next((one["status"]["state"] for one in alertmanager.alerts() if one["labels"] == labels), "unprocessed")

    alertmanager.tell({"labels": beside})
    until(lambda: state(beside) != "unprocessed", alertmanager.log_tail)
    alertmanager.tell({"labels": alert})
    until(lambda: state(alert) != "unprocessed", alertmanager.log_tail)
    assert state(alert) == wanted


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    webhook = Webhook()
    webhook.start()
    yield webhook
    webhook.stop()


@pytest.fixture
def slack(tmp_path: Path, webhook: Webhook) -> Iterator[AlertmanagerServer]:
    """With the receiver for Slack, whose address is read from its file."""
    files = DASHBOARDS / "alertmanager"
    config = yaml.safe_load((files / "alertmanager.yml").read_text(encoding="utf-8"))
    (people,) = yaml.safe_load((files / "receivers/slack.yml").read_text(encoding="utf-8"))["receivers"]
    config["receivers"] = [people, *(one for one in config["receivers"] if one["name"] != "people")]
    config["templates"] = [str(files / "templates/*.tmpl")]
    (tmp_path / "alertmanager.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/slack_url").write_text(f"{webhook.url}services/hook")
    yield from running(tmp_path, tmp_path / "alertmanager.yml")


def test_a_message_says_how_bad_what_since_when_and_what_to_do_and_later_that_it_is_over(
    slack: AlertmanagerServer, webhook: Webhook
) -> None:
    alert = {
        "labels": OUTAGE,
        "annotations": {
            "summary": "Outage of channel=sms",
            "description": "channel=sms is out.",
            "runbook_url": "docs/runbooks/TocsinOutage.md",
        },
        "startsAt": "2026-06-15T10:00:00Z",
    }
    slack.tell(alert)
    until(lambda: len(webhook.received) == 1, slack.log_tail)
    assert webhook.received[0].path == "/services/hook"
    (told,) = webhook.received[0].body["attachments"]
    assert told["title"] == "WARNING: Outage of channel=sms"
    assert told["color"] == "warning"
    assert told["text"].splitlines() == [
        "channel=sms is out.",
        "Since 2026-06-15 10:00:00 UTC, by the clock.",
        "What to do: docs/runbooks/TocsinOutage.md",
    ]

    over = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 1))
    slack.tell({**alert, "endsAt": over})
    until(lambda: len(webhook.received) == 2, slack.log_tail)
    (told,) = webhook.received[1].body["attachments"]
    assert told["title"] == "OVER: Outage of channel=sms"
    assert told["color"] == "good"
    assert told["text"].splitlines()[1].startswith("Over since 20")
