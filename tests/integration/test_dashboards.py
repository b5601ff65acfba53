"""A real pipeline plays a scenario in which everything happens, and every query of every dashboard must show it."""

import copy
import itertools
import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from redis import Redis
from servers.grafana_queries import Span, unanswered
from servers.kafka import KafkaServer
from servers.missing import MissingError, go_without
from servers.pipeline import closed, tocsin, until
from servers.prometheus import PrometheusServer, answers, program
from servers.workers import Workers

from dashboards.grafana.source.verdicts import SEVERITIES, STATES, channel_states, severities
from tocsin.cli.children import LOOPBACK, free_port
from tocsin.cli.topics import create_topics
from tocsin.settings import Settings, load_settings

ROOT = Path(__file__).parents[2]
SCENARIO = ROOT / "tests/streams/eventful.yaml"
BEGIN, END = "2009-05-17T00:00Z", "2009-05-19T02:30Z"
# Where event time stands still until everything has been scraped, however slow the machine: the calm before, the
# rally, the dead collector, the outages with one channel exposed, the backlog, the maintenance.
STOPS = [f"2009-05-18T{time}Z" for time in ("11:30", "13:30", "14:50", "17:50", "19:50", "22:40")]
STOPS += ["2009-05-19T00:50Z", END]
SPEED = 2_400
SCRAPE_SECONDS = 1  # as configured
BOARDS = {path.stem: path for path in sorted((ROOT / "dashboards/grafana/dashboards").glob("*.json"))}


def board(name: str) -> dict[str, Any]:
    return json.loads(BOARDS[name].read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def settings(kafka: KafkaServer, redis_url: str) -> Settings:
    settings = load_settings(
        namespace="t-dashboards",
        kafka=kafka.bootstrap,
        redis=redis_url,
        partitions=2,
        bucket_seconds=60,
        allowed_lateness_seconds=60,
        blind_after_seconds=300,
        ahead_seconds=300,
    )
    create_topics(settings)
    return settings


def configuration(home: Path, worker: str) -> Path:
    """The project's own, with this worker and nobody to alert."""
    shutil.copytree(ROOT / "dashboards/prometheus", home / "prometheus")
    targets = home / "prometheus/targets"
    (targets / "workers.yml").write_text(yaml.safe_dump([{"targets": [worker]}]))
    (targets / "alertmanagers.yml").write_text("[]")
    return home / "prometheus/prometheus.yml"


@pytest.fixture(scope="module")
def prometheus(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    """Watches a worker from its first moment on."""
    home, port = tmp_path_factory.mktemp("dashboards"), free_port()
    try:
        server = PrometheusServer(home, configuration(home, f"{LOOPBACK}:{port}"))
    except MissingError as error:
        go_without(error)
    workers = Workers(1, home, settings.environment(), port)
    try:
        until(lambda: answers(f"http://{LOOPBACK}:{port}/health/ready"), workers.logs)
        server.start()
        yield server
    finally:
        server.stop()
        workers.stop()


@pytest.fixture(scope="module")
def span(prometheus: PrometheusServer, settings: Settings, redis_url: str) -> Span:
    """All that has happened, once it has been scraped."""
    begin = time.time()
    with Redis.from_url(redis_url) as redis:
        for since, until_ in itertools.pairwise([BEGIN, *STOPS]):
            # The calm only teaches what is usual, and may be fast.
            pace = [] if since == BEGIN else ["--speed", str(SPEED)]
            played = tocsin("replay", str(SCENARIO), "--from", since, "--to", until_, *pace, settings=settings)
            assert played.returncode == 0, played.stderr
            wait_for(until_, redis, settings, prometheus.log_tail)
            time.sleep(3 * SCRAPE_SECONDS)
    return Span(begin, time.time(), SCRAPE_SECONDS)


def wait_for(end: str, redis: Redis, settings: Settings, words: Callable[[], str]) -> None:
    """Wait until the buckets before a time have closed, but for the last few."""
    until(
        lambda: closed(redis, settings) >= minute(end) - 5,
        lambda: f"{words()}\n{closed(redis, settings)} is closed of what lies before {end}, {minute(end)}",
        seconds=300,
    )


def minute(time_: str) -> int:
    """The bucket that begins at a time."""
    return int(datetime.fromisoformat(time_).timestamp()) // 60


@pytest.mark.parametrize("name", BOARDS)
def test_every_query_of_every_panel_annotation_and_variable_brings_data(
    name: str, prometheus: PrometheusServer, span: Span
) -> None:
    assert unanswered(board(name), prometheus, span) == []


def test_states_and_severities_are_shown_as_what_they_were(prometheus: PrometheusServer, span: Span) -> None:
    def shown(expr: str) -> dict[str, set[int]]:
        found = prometheus.ask("query_range", query=expr, start=span.begin, end=span.end, step=span.step)["result"]
        return {
            next(iter(course["metric"].values())): {int(value) for _, value in course["values"]} for course in found
        }

    numbers = {word.partition(":")[0]: number for number, (word, _) in [*STATES.items(), *SEVERITIES.items()]}
    channels = shown(channel_states())
    assert channels["sms"] >= {numbers["alive"], numbers["blind"], numbers["out"]}
    assert channels["twitter"] >= {numbers["alive"], numbers["planned"]}
    assert numbers["blind"] not in channels["web"]
    incidents = shown(severities("series", ',kind=~"outage|burst"'))
    assert incidents["channel=sms"] == {numbers["warning"], numbers["critical"]}
    assert incidents["channel=twitter"] == {numbers["warning"], numbers["info"]}  # a burst, and maintenance
    assert incidents["no incident"] == {numbers["calm"]}


def test_a_typo_in_one_metric_name_is_noticed_even_behind_an_or(prometheus: PrometheusServer, span: Span) -> None:
    right = board("tocsin-outages")
    for metric in ("tocsin_incident_lost_posts", "tocsin_bucket_seconds", "tocsin_source_blind", "ALERTS"):
        wrong = json.loads(json.dumps(right).replace(metric, f"{metric}s"))
        assert any(f"{metric}s" in words for words in unanswered(wrong, prometheus, span)), metric


def test_a_label_that_nothing_has_is_noticed(prometheus: PrometheusServer, span: Span) -> None:
    wrong = json.loads(json.dumps(board("tocsin-outages")).replace('state=\\"out\\"', 'state=\\"off\\"'))
    assert any('state="off"' in words for words in unanswered(wrong, prometheus, span))


def test_a_variable_without_values_is_noticed(prometheus: PrometheusServer, span: Span) -> None:
    wrong = copy.deepcopy(board("tocsin-channel"))
    (variable,) = (v for v in wrong["templating"]["list"] if v["name"] == "channel")
    variable["query"]["query"] = "label_values(tocsin_channel_state, chanel)"
    assert "variable channel has no values" in unanswered(wrong, prometheus, span)


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    """The same days, as a history at their own dates."""
    home = tmp_path_factory.mktemp("history")
    loaded = tocsin("backfill", str(SCENARIO), "-o", str(home / "history.om"), timeout=600)
    assert loaded.returncode == 0, loaded.stderr
    try:
        blocks = [program("promtool"), "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=240h"]
        server = PrometheusServer(
            home, ROOT / "dashboards/prometheus/history.yml", ["--storage.tsdb.retention.time=100y"]
        )
    except MissingError as error:
        go_without(error)
    subprocess.run([*blocks, "history.om", "data"], cwd=home, check=True, capture_output=True)
    server.start()
    yield server
    server.stop()


def live_only(shown: dict[str, Any]) -> set[str]:
    """Titles of the panels below headings that say so."""
    titles, live = set(), False
    for panel in shown["panels"]:
        if panel["type"] == "row":
            live = "(live only)" in panel["title"]
        elif live:
            titles.add(panel["title"])
    return titles


@pytest.mark.parametrize("name", sorted(set(BOARDS) - {"tocsin-pipeline"}))
def test_over_a_history_every_query_brings_data_but_those_that_are_called_live_only(
    name: str, past: PrometheusServer
) -> None:
    shown = board(name)
    silent = unanswered(shown, past, Span(60 * (minute(END) - 52 * 60), 60 * minute(END), 5))
    assert {words.partition(" (")[0] for words in silent} <= live_only(shown)
