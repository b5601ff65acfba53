"""The whole pipeline with TLS, a password and no more than its rights for every role."""

import json

from security.playing import Played
from servers.pipeline import tocsin
from streams.planted import planted


def test_each_role_does_its_work_with_its_own_rights(played: Played) -> None:
    """The fixture has waited until every post was counted once, and the incident was in Kafka."""
    told = tocsin("status", "--json", settings=played.reader)
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["totals"]["posts"] == len(planted())


def test_doctor_finds_nothing_amiss_in_a_locked_deployment_but_that_its_worker_was_stopped(played: Played) -> None:
    done = tocsin("doctor", "--json", settings=played.reader)
    found = {(finding["level"], finding["check"]): finding["found"] for finding in json.loads(done.stdout)}
    assert [check for level, check in found if level == "fail"] == ["group secure.tocsin"]
    assert "may not read what people wrote" in found["warn", "stream"]


def test_a_recorder_reads_what_was_written(played: Played, tmp_path_factory) -> None:
    archive = tmp_path_factory.mktemp("recorded") / "again.ndjson"
    done = tocsin(
        *("record", "--output", str(archive), "--from", "earliest", "--until-idle", "3"), settings=played.recorder
    )
    assert done.returncode == 0, done.stderr
    assert archive.stat().st_size > 100_000


def test_no_secret_is_in_the_arguments_of_a_process(played: Played) -> None:
    password = played.worker.kafka_password
    assert password is not None
    hidden = (password.get_secret_value(), played.worker.redis.split(":")[2].split("@")[0])
    assert all(len(secret) == 32 for secret in hidden)
    assert played.arguments
    for secret in hidden:
        assert not [line for line in played.arguments if secret.encode() in line]
