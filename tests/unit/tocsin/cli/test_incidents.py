import json
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest
from streams.stored import lines
from typer.testing import Result

from dashboards.reader import Reader
from tocsin.cli import incidents as module
from tocsin.cli.incidents import follow_log, incidents
from tocsin.cli.offline import open_offline
from tocsin.errors import ArchiveError, UnavailableError
from tocsin.incidents import Incident, to_record
from tocsin.offline import Offline
from tocsin.settings import Settings

Run = Callable[..., Result]
LEXICON = "keywords: {election: {en: [election]}}\n"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """The stored stream as a file."""
    path = tmp_path / "june.ndjson"
    path.write_bytes(b"\n".join(lines()))
    return path


@pytest.fixture
def lexicon(tmp_path: Path) -> str:
    path = tmp_path / "lexicon.yaml"
    path.write_text(LEXICON)
    return str(path)


def test_a_row_tells_kind_series_times_delay_posts_and_plan(
    run: Run, stored: Offline, stored_settings: Settings
) -> None:
    assert stored.judge.revisions
    rows = [" ".join(line.split()) for line in run(incidents, settings=stored_settings).stdout.splitlines()]
    outage = "▼ outage channel=sms 2009-06-11T06:00Z 2009-06-11T06:30Z 1 min 30 s 690 90 600 unannounced critical 2"
    assert outage in rows
    assert "◌ blind source=crawler 2009-06-11T07:30Z lasts 3 min warning 1" in rows
    assert "▲ burst region=tehran 2009-06-11T07:50Z lasts 30 s 525 2,000 info posts 1" in rows


def test_json_is_an_array_of_whole_records(run: Run, stored: Offline, stored_settings: Settings) -> None:
    records = json.loads(run(incidents, "--json", settings=stored_settings).stdout)
    lasting = {record["id"]: record for record in records if record["closed_at"] is None}
    assert lasting == {i.id: json.loads(json.dumps(to_record(i))) for i in stored.judge.open.values()}


def test_the_digest_stands_alone_on_stdout(run: Run, stored: Offline, stored_settings: Settings) -> None:
    assert run(incidents, "--digest", settings=stored_settings).stdout == f"{stored.judge.digest}\n"


def test_an_archive_is_judged_without_any_server_to_the_same_incidents(
    run: Run, stored: Offline, stored_settings: Settings, archive: Path, lexicon: str
) -> None:
    assert stored.judge.revisions
    nowhere = stored_settings.model_copy(update={"redis": "redis://127.0.0.1:1/0"})
    from_archive = run(incidents, str(archive), "--json", settings=nowhere, TOCSIN_LEXICON=lexicon)
    from_redis = run(incidents, "--json", settings=stored_settings)
    assert json.loads(from_archive.stdout) == json.loads(from_redis.stdout)
    assert from_archive.stderr == ""


def test_an_archive_gives_the_digest_that_the_pipeline_gave(
    run: Run, stored: Offline, stored_settings: Settings, archive: Path, lexicon: str
) -> None:
    result = run(incidents, str(archive), "--digest", settings=stored_settings, TOCSIN_LEXICON=lexicon)
    assert result.stdout == f"{stored.judge.digest}\n"


@pytest.mark.usefixtures("clean_environment")
def test_a_scenario_is_judged_by_what_it_recommends_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_BUCKET_SECONDS", "20")
    stream, settings = open_offline("quiet-week", 1, None)
    assert settings.bucket_seconds == 20
    assert settings.blind_after_seconds == stream.settings["blind_after_seconds"]


def test_what_is_neither_archive_nor_scenario_is_said_to_be_neither(run: Run) -> None:
    result = run(incidents, "nowhere.ndjson")
    assert isinstance(result.exception, ArchiveError)
    assert "tehran-2009" in str(result.exception)


@pytest.mark.parametrize("args", [("--digest", "--json"), ("--digest", "--follow"), ("tehran-2009", "--follow")])
def test_options_that_contradict_each_other_are_refused(run: Run, args: tuple[str, ...]) -> None:
    result = run(incidents, *args)
    assert result.exit_code == 2


def test_an_empty_redis_gets_a_kind_word_and_no_error(run: Run, stored_settings: Settings, namespace: str) -> None:
    empty = stored_settings.model_copy(update={"namespace": namespace})
    for args, stdout in (((), ""), (("--json",), "[]\n"), (("--digest",), "")):
        result = run(incidents, *args, settings=empty)
        assert (result.exit_code, result.stdout) == (0, stdout)
        assert "tocsin worker" in result.stderr


class GrowingReader(Reader):
    """A reader without a Redis: its log grows by one with each wait, and may fall silent meanwhile."""

    def __init__(self, log: list[Incident], known: int) -> None:
        self.log, self.known, self.failures = log, known, 0

    def status(self):
        return type("Stored", (), {"revisions": self.known})()

    def incidents(self) -> list[Incident]:
        return list({incident.id: incident for incident in self.log[: self.known]}.values())

    def revisions(self, number: int = 0) -> list[Incident]:
        if self.failures:
            self.failures -= 1
            raise UnavailableError("no Redis at nowhere")
        return self.log[number : self.known]

    def grow(self, _seconds: float) -> None:
        self.known += 1


def revision(series: str, number: int, closed_at: int | None = None) -> Incident:
    return Incident(f"burst:{series}:1", number, "burst", series, 1, 2, closed_at=closed_at)


OVER, LASTS = revision("over", 1, closed_at=9), revision("lasts", 1)
LATER, END = revision("later", 1), revision("lasts", 2, closed_at=9)


def followed(reader: GrowingReader, said: list[str]) -> Iterator[Incident]:
    return follow_log(reader, reader.grow, said.append)


def test_following_begins_with_what_lasts_and_goes_on_with_what_comes() -> None:
    reader = GrowingReader([OVER, LASTS, LATER, END], known=2)
    assert list(islice(followed(reader, []), 3)) == [LASTS, LATER, END]


def test_following_outlasts_a_redis_that_goes_away_and_says_so_once() -> None:
    reader, said = GrowingReader([OVER, LASTS, LATER], known=2), []
    following = followed(reader, said)
    assert next(following) == LASTS
    reader.failures = 3
    assert next(following) == LATER
    assert said == ["no Redis at nowhere. Waiting for it"]


def test_ctrl_c_ends_following_without_an_error(
    run: Run, stored: Offline, stored_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module.time, "sleep", interrupt)
    result = run(incidents, "--follow", "--json", settings=stored_settings)
    assert result.exit_code == 0
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert {record["id"] for record in records} == {incident.id for incident in stored.judge.open.values()}
