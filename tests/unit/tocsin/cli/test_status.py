import json
from collections.abc import Callable

import pytest
from streams.stored import MINUTES, minute_at
from typer.testing import Result

from dashboards.model import Source, Status
from tocsin.cli.children import free_port
from tocsin.cli.show import stdout
from tocsin.cli.status import show_status, status
from tocsin.errors import UnavailableError
from tocsin.offline import Offline
from tocsin.settings import Settings

Run = Callable[..., Result]


def test_it_tells_how_far_the_stream_has_come_and_what_was_counted(
    run: Run, stored: Offline, stored_settings: Settings
) -> None:
    result = run(status, settings=stored_settings)
    assert result.exit_code == 0
    assert "closed through  2009-06-11T08:00:30Z" in result.stdout
    assert f"posts           {stored.judge.totals['posts']:,}" in result.stdout
    assert f"digest          {stored.judge.digest}" in result.stdout
    assert f"{stored.judge.revisions - 1} are not yet in Kafka" in result.stdout


def test_a_source_is_alive_or_blind_and_its_age_is_against_the_furthest_clock(
    run: Run, stored: Offline, stored_settings: Settings
) -> None:
    assert stored.judge.open
    lines = run(status, settings=stored_settings).stdout.splitlines()
    crawler = next(line for line in lines if line.startswith("crawler"))
    gateway = next(line for line in lines if line.startswith("gateway"))
    assert "◌ blind" in crawler
    assert "30 min 32 s" in crawler
    assert "● alive" in gateway


def test_incidents_that_last_are_listed_and_those_that_are_over_are_not(
    run: Run, stored: Offline, stored_settings: Settings
) -> None:
    told = json.loads(run(status, "--json", settings=stored_settings).stdout)
    assert {incident["id"] for incident in told["incidents"]} == {i.id for i in stored.judge.open.values()}
    assert told["closed_through"] == minute_at(MINUTES) + stored_settings.bucket_ms
    assert told["sources"]["crawler"]["blind"] is True
    assert told["channels"] == stored.judge.channels
    assert "blind" in told["channels"].values()


def test_what_was_left_out_is_summed_up_by_reason_and_channel(capsys: pytest.CaptureFixture[str]) -> None:
    found = Status(
        version="1",
        bucket_ms=5000,
        partitions=1,
        lexicon="",
        closed=9,
        digest="d",
        revisions=0,
        published=0,
        totals={"buckets": 10, "sampled": 4, "untold": 7, "late:sms": 3, "late:web": 1_000, "rejected:ahead": 2},
        sources={"bare": Source(at=1, implied=True, channels=(), blind=False)},
    )
    show_status(found, {"sms": "alive", "twitter": "planned", "web": "out"}, [], stdout())
    said = capsys.readouterr().out
    assert "1,003 (sms 3, web 1,000)" in said
    assert "2 (ahead 2)" in said
    assert "sampled         4 buckets" in said
    assert "untold          7 words" in said
    assert "sends no heartbeats" in said
    assert "No incident lasts." in said
    assert "1 of 3 channels alive: sms; twitter is planned, web is out" in said


def test_an_empty_redis_gets_a_kind_word_and_no_error(run: Run, stored_settings: Settings, namespace: str) -> None:
    empty = stored_settings.model_copy(update={"namespace": namespace})
    for args, out in (((), ""), (("--json",), "null\n")):
        result = run(status, *args, settings=empty)
        assert (result.exit_code, result.stdout) == (0, out)
        assert "tocsin replay" in result.stderr


def test_without_a_redis_the_error_says_what_to_start(run: Run) -> None:
    result = run(status, TOCSIN_REDIS=f"redis://127.0.0.1:{free_port()}/0")
    assert isinstance(result.exception, UnavailableError)
    assert "redis-server" in str(result.exception)
