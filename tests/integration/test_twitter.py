"""Real posts in Twitter's own format go through Apache Kafka into Redis, under pseudonyms."""

import json
from pathlib import Path

import pytest
from redis import Redis
from servers.kafka import KafkaServer
from servers.pipeline import digest, messages, tocsin, until
from servers.workers import Workers

from tocsin.cli.topics import create_topics
from tocsin.settings import Settings, load_settings

HANDLES = [f"77100{number}" for number in range(7)]
TWEETS = [
    {
        "id": str(9_000 + second),
        "author_id": HANDLES[second % 7],
        "created_at": f"2009-06-13T14:{second // 60:02}:{second % 60:02}.000Z",
        "lang": "fa" if second % 3 else "en",
        "text": "تظاهرات در میدان آزادی" if second % 3 else "protest at Azadi Square http://twitpic.com/x",
        **({"referenced_tweets": [{"type": "retweeted", "id": "1"}]} if second % 4 == 0 else {}),
    }
    for second in range(240)
]


@pytest.fixture
def settings(kafka: KafkaServer, redis_url: str, namespace: str) -> Settings:
    key = "a key of at least thirty-two characters, made for this test"
    made = load_settings(namespace=namespace, kafka=kafka.bootstrap, redis=redis_url, partitions=2, author_key=key)
    create_topics(made)  # as tocsin worker does
    return made


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "tweets.jsonl"
    lines = [json.dumps(tweet) for tweet in reversed(TWEETS)]  # as a search returns them, the newest first
    path.write_text("\n".join([*lines, "{broken", json.dumps({"errors": [{"title": "Not Found"}]})]))
    return path


def everything_in(redis: Redis, prefix: str) -> str:
    """All keys, fields and values, in one text."""
    parts: list[bytes] = []
    for key in redis.scan_iter(f"{prefix}*"):
        parts.append(key)
        parts += (
            [redis.get(key)] if redis.type(key) == b"string" else [p for f in redis.hgetall(key).items() for p in f]
        )
    return b"\n".join(parts).decode(errors="replace")


def test_tweets_are_replayed_counted_and_shown(settings: Settings, archive: Path, redis: Redis, tmp_path: Path) -> None:
    replayed = tocsin("replay", str(archive), settings=settings)
    assert replayed.returncode == 0, replayed.stderr
    assert "240" in replayed.stderr or "lines written" in replayed.stderr
    expected = tocsin("incidents", str(archive), "--digest", settings=settings).stdout.strip()
    workers = Workers(1, tmp_path, settings.environment())
    try:
        until(lambda: digest(redis, settings) == expected, workers.logs)
    finally:
        workers.stop()

    def counted(series: str) -> int:
        shown = tocsin("counts", series, "--by", "bucket", "--last", "60", "--json", settings=settings)
        assert shown.returncode == 0, shown.stderr
        points = json.loads(shown.stdout)
        return sum(point["posts"] or 0 for point in (points["points"] if isinstance(points, dict) else points))

    assert counted("posts") == 240
    assert counted("lang=fa") == 160
    assert counted("keyword=protest") == 240
    assert counted("media=photo") == 80

    kept = everything_in(redis, settings.redis_prefix) + workers.logs()
    for told in ("Azadi", "آزادی", "twitpic", *HANDLES):
        assert told not in kept, "what people write and who they are stays in Kafka"

    stored = b"\n".join(value for p in (0, 1) for _, value in messages(settings, settings.topics.posts.name, p))
    written = {json.loads(line).get("author") for line in stored.split(b"\n")} - {None}
    assert len(written) == 7
    assert not written & set(HANDLES)


def test_without_a_key_no_handle_is_read(settings: Settings, archive: Path) -> None:
    refused = tocsin("replay", str(archive), settings=settings.model_copy(update={"author_key": None}))
    assert refused.returncode == 2
    assert "TOCSIN_AUTHOR_KEY" in refused.stderr
