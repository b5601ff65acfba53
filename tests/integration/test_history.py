"""What happened once, in a real Prometheus at its own dates: every bucket, every incident, every state."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from servers.missing import MissingError, go_without
from servers.pipeline import tocsin
from servers.prometheus import PrometheusServer, program
from streams.crisis import SETTINGS, crisis
from streams.shown import Present, Told, differences, told

from producers.archive.writing import ArchiveWriter
from producers.items import read_line
from tocsin.cli.offline import count, open_offline
from tocsin.present import GAUGES
from tocsin.settings import Settings, load_settings

CONFIG = Path(__file__).parents[2] / "dashboards" / "prometheus" / "history.yml"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("history")


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings(**SETTINGS)


@pytest.fixture(scope="module")
def archive(home: Path) -> Path:
    path = home / "crisis.ndjson.zst"
    with ArchiveWriter(path, "for tests") as writer:
        for second in crisis():
            for line in second.lines:
                writer.write(read_line(line))
    return path


@pytest.fixture(scope="module")
def expected(archive: Path, settings: Settings) -> Told:
    """What the offline fold has of each bucket."""
    stream, _ = open_offline(str(archive), 1, None)
    return told(count(stream, settings), settings.rules)


@pytest.fixture(scope="module")
def prometheus(home: Path, archive: Path, settings: Settings) -> Iterator[PrometheusServer]:
    """A Prometheus that knows the archive by the three commands of docs/history.md."""
    try:
        promtool = program("promtool")
        server = PrometheusServer(home, CONFIG, ["--storage.tsdb.retention.time=100y"])
    except MissingError as error:
        go_without(error)
    made = tocsin("backfill", archive.name, "-o", "history.om", settings=settings, cwd=home)
    assert made.returncode == 0, made.stderr
    blocks = [promtool, "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=240h", "history.om", "data"]
    loaded = subprocess.run(blocks, cwd=home, capture_output=True, text=True, check=False)
    assert loaded.returncode == 0, loaded.stderr
    server.start()
    yield server
    server.stop()


class Answers:
    """What Prometheus answered for many instants."""

    def __init__(self, result: list[dict[str, Any]]) -> None:
        self._at: dict[int, Present] = {}
        for series in result:
            labels = series["metric"]
            key = labels["__name__"], tuple(labels.get(label, "") for label in GAUGES[labels["__name__"]][1])
            for at, value in series["values"]:
                self._at.setdefault(round(at * 1000), {})[key] = float(value)

    def at(self, now: int) -> Present:
        return self._at.get(now, {})


def over_all(prometheus: PrometheusServer, expected: Told, query: str) -> list[dict[str, Any]]:
    """Ask for the end of each bucket."""
    times = list(expected.shown)
    found = prometheus.ask("query_range", query=query, start=times[0] / 1000, end=times[-1] / 1000, step=5)
    result: list[dict[str, Any]] = found["result"]
    return result


def spans(result: list[dict[str, Any]]) -> list[tuple[int, int]]:
    """First and last time of each series, epoch ms."""
    return [(round(s["values"][0][0] * 1000), round(s["values"][-1][0] * 1000)) for s in result]


def test_query_range_says_at_every_bucket_what_the_fold_has(prometheus: PrometheusServer, expected: Told) -> None:
    answers = Answers(over_all(prometheus, expected, '{__name__=~"tocsin_.+"}'))
    assert len(expected.shown) > 800
    assert list(differences(answers, expected.shown)) == []


def test_an_incident_stands_from_the_bucket_that_told_it_to_the_one_that_closed_it(
    prometheus: PrometheusServer, expected: Told
) -> None:
    for kind, series in (("outage", "channel=sms"), ("outage", "channel=twitter"), ("blind", "source=crawler")):
        lasted = [
            at
            for at, present in expected.shown.items()
            if any(n == "tocsin_incident_open" and labels[:2] == (kind, series) for n, labels in present)
        ]
        query = f'max by (kind) (tocsin_incident_open{{kind="{kind}", series="{series}"}}) == 1'
        assert spans(over_all(prometheus, expected, query)) == [(lasted[0], lasted[-1])], series


def test_a_planned_outage_is_told_from_one_that_nobody_announced(prometheus: PrometheusServer, expected: Told) -> None:
    active = over_all(prometheus, expected, "tocsin_maintenance_active == 1")
    assert [series["metric"]["channel"] for series in active] == ["twitter"]
    states = over_all(prometheus, expected, 'tocsin_channel_state{state=~"out|planned|blind"} == 1')
    assert {(s["metric"]["channel"], s["metric"]["state"]) for s in states} >= {
        ("sms", "out"),
        ("twitter", "planned"),
        ("web", "blind"),
    }


def test_posts_of_a_time_can_be_added_up(prometheus: PrometheusServer, expected: Told) -> None:
    times = list(expected.shown)
    whole = f"sum_over_time(tocsin_series_posts{{series='posts'}}[{(times[-1] - times[0]) // 1000 + 1}s])"
    (total,) = prometheus.ask("query", query=whole, time=times[-1] / 1000)["result"]
    key = "tocsin_series_posts", ("posts",)
    assert float(total["value"][1]) == sum(present.get(key, 0) for present in expected.shown.values())
