"""Who kills a collector loses nothing: the next run begins where the state says, and what it repeats is the same."""

import asyncio
import os
import signal
import sys
from collections import Counter
from pathlib import Path

from servers.jetstream import JetstreamServer, speaks

from producers.items import read_line
from tocsin.posts import Post


def posts_in(path: Path) -> list[Post]:
    lines = [read_line(raw).line for raw in path.read_bytes().splitlines()]
    return [line for line in lines if isinstance(line, Post)]


async def collect(server: JetstreamServer, state: Path, output: Path) -> asyncio.subprocess.Process:
    arguments = ("follow", "jetstream", "--instance", server.url, "--state", str(state), "-o", str(output))
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tocsin", *arguments),
        env={**os.environ, "TOCSIN_AUTHOR_KEY": "a key that is only for tests"},
        stderr=asyncio.subprocess.PIPE,
    )


async def readable(path: Path, posts: int) -> None:
    def found() -> int:
        return len(posts_in(path)) if path.exists() else 0

    while await asyncio.to_thread(found) < posts:  # noqa: ASYNC110 - another process writes it, and tells nobody
        await asyncio.sleep(0.05)


def test_a_collector_that_is_killed_and_started_again_loses_nothing(tmp_path: Path) -> None:
    state, runs = tmp_path / "state", [tmp_path / f"{n}.ndjson" for n in range(3)]

    async def scene() -> JetstreamServer:
        async with JetstreamServer([speaks]) as server, asyncio.timeout(60):
            for output in runs[:-1]:
                killed = await collect(server, state, output)
                await readable(output.with_name(f"{output.name}.part"), 100)
                killed.kill()
                await killed.wait()
            ended = await collect(server, state, runs[-1])
            await readable(runs[-1].with_name(f"{runs[-1].name}.part"), 100)
            ended.send_signal(signal.SIGTERM)
            _, words = await ended.communicate()
            assert ended.returncode == 0, words
            assert b"gap recovered" in words
            assert b"plc" not in words, "no author shows"
        return server

    server = asyncio.run(scene())
    written = [posts_in(path.with_name(f"{path.name}.part")) for path in runs[:-1]] + [posts_in(runs[-1])]
    assert all(set(Counter((p.author, p.id) for p in posts).values()) == {1} for posts in written)
    known = {post.id: post for posts in written for post in posts}
    first, last = min(known), max(known)
    assert sorted(known) == [i for e in server.events if first <= (i := e["commit"]["rkey"]) <= last]
    assert all(known[post.id] == post for posts in written for post in posts), "what comes twice is the same post"
