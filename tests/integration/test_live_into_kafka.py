"""A collector that is killed writes some posts twice; the pipeline counts each of them once."""

import asyncio
import os
import signal
import sys
from collections import Counter
from pathlib import Path

from aiokafka import AIOKafkaConsumer, TopicPartition
from servers.jetstream import JetstreamServer, speaks
from servers.listening import RULES, counted

from tocsin.cli.embedded import embedded_kafka


async def follow(server: JetstreamServer, state: Path, bootstrap: str) -> asyncio.subprocess.Process:
    arguments = ("follow", "jetstream", "--instance", server.url, "--state", str(state))
    environment = {"TOCSIN_AUTHOR_KEY": "a key that is only for tests", "TOCSIN_KAFKA": bootstrap}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tocsin", *arguments),
        env={**os.environ, **environment, "TOCSIN_PARTITIONS": "1"},
        stderr=asyncio.subprocess.PIPE,
    )


async def records(bootstrap: str) -> list[bytes]:
    """All lines of the topic, in their order."""
    partition = TopicPartition("posts", 0)
    reader = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await reader.start()
    try:
        reader.assign([partition])
        await reader.seek_to_beginning(partition)
        end = (await reader.end_offsets([partition]))[partition]
        lines: list[bytes] = []
        while await reader.position(partition) < end:
            for found in (await reader.getmany(timeout_ms=500)).values():
                lines += [line for record in found for line in (record.value or b"").split(b"\n")]
        return lines
    finally:
        await reader.stop()


def test_posts_that_a_killed_collector_wrote_twice_are_counted_once(tmp_path: Path) -> None:
    async def scene(bootstrap: str) -> tuple[JetstreamServer, list[bytes]]:
        async with JetstreamServer([speaks]) as server, asyncio.timeout(90):
            killed = await follow(server, tmp_path / "state", bootstrap)
            while len(server.events) < 400:  # noqa: ASYNC110 - until the other process has asked for so many
                await asyncio.sleep(0.05)
            killed.kill()
            await killed.wait()
            ended = await follow(server, tmp_path / "state", bootstrap)
            while len(server.events) < 2_800:  # noqa: ASYNC110 - likewise
                await asyncio.sleep(0.05)
            ended.send_signal(signal.SIGTERM)
            _, words = await ended.communicate()
            assert ended.returncode == 0, words
            assert b"gap recovered" in words
        return server, await records(bootstrap)

    with embedded_kafka() as broker:
        server, lines = asyncio.run(scene(broker.bootstrap))
    told = counted(lines)
    truth = Counter(event["time_us"] // 1000 // RULES.bucket_ms for event in server.events)
    posts = sum(b'"text"' in line for line in lines)
    assert posts > len({line for line in lines if b'"text"' in line}), "none came twice: the test shows nothing"
    assert len(told.posts) >= 3
    assert told.posts == {bucket: truth[bucket] for bucket in told.posts}
    assert told.aside > 0
    assert not told.unseen
