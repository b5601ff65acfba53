"""A Jetstream server that misbehaves in every way costs no post and doubles none; what is lost is told."""

import asyncio
from collections import Counter
from random import Random

import pytest
import zstandard
from servers.jetstream import START_US, Connection, JetstreamServer, post_event
from servers.listening import RULES, Clock, Listed, Run, counted

from producers.items import item_of
from producers.live.filters import Filter
from producers.live.jetstream import Calls, Jetstream
from producers.live.jetstream_events import JetstreamEvents
from producers.pseudonyms import Pseudonyms
from tocsin.posts import Heartbeat, Post

PSEUDONYMS = Pseudonyms("a key that is only for tests")
CALLS = Calls(connect=5.0, ping=0.05, dead=5.0, overlap=5.0)
START = START_US // 1000
HOUR_US = 3_600_000_000


def listener(*servers: JetstreamServer, clock: Clock, calls: Calls = CALLS) -> Jetstream:
    urls = [server.url for server in servers]
    return Jetstream(urls, JetstreamEvents(PSEUDONYMS), clock.now, dictionary=servers[0].dictionary, calls=calls)


def identities(posts: list[Post]) -> Counter[tuple[str, str, int]]:
    return Counter((post.author, post.id, post.at) for post in posts)


def truth(server: JetstreamServer) -> Counter[tuple[str, str, int]]:
    return Counter((PSEUDONYMS.of(e["did"]), e["commit"]["rkey"], e["time_us"] // 1000) for e in server.events)


class Adversary:
    """Tells so many posts, and drops the connection so often: in all ways, with rewinds, repeats and disorder."""

    def __init__(self, posts: int, drops: int, clock: Clock) -> None:
        self.chance, self.clock, at = Random(7), clock, START_US
        self.pending = []
        for number in range(posts):
            at += self.chance.choice([200_000, 300_000, 4_000_000, 8_000_000])
            self.pending.append(post_event(number, at))
        self.share = posts // (drops + 1)
        self.drops = drops

    async def script(self, connection: Connection) -> None:
        server, chance = connection.server, self.chance
        if connection.cursor is not None:
            connection.cursor -= chance.choice([0, 0, 3_000_000, 60_000_000, HOUR_US])
            await connection.replay()
        last = len(server.cursors) > self.drops
        for _ in range(len(self.pending) if last else self.share):
            await self._tell(connection)
        if not last:
            await chance.choice([self._abort, self._tear, self._bid_farewell, self._throw_out])(connection)
        await asyncio.sleep(60)

    async def _tell(self, connection: Connection) -> None:
        if not self.pending:
            return
        event = self.pending.pop(0)
        if self.pending and self.pending[0]["time_us"] - event["time_us"] < 500_000:
            event, self.pending[0] = self.pending[0], event  # out of order, within what is allowed
        connection.server.events.append(event)
        connection.server.events.sort(key=lambda e: e["time_us"])
        self.clock.at = max(self.clock.at, event["time_us"] // 1000 + 100)
        for _ in range(self.chance.choice([1, 1, 1, 2])):
            await connection.tell(event)

    async def _abort(self, connection: Connection) -> None:
        connection.cut()

    async def _tear(self, connection: Connection) -> None:
        connection.cut_within_a_frame()

    async def _bid_farewell(self, connection: Connection) -> None:
        await connection.close(1001, "server shutting down")

    async def _throw_out(self, connection: Connection) -> None:
        await connection.close(1008, "ConsumerTooSlow")


def test_fifty_drops_with_rewinds_and_repeats_lose_no_post_double_none_and_are_all_in_the_report() -> None:
    clock = Clock(START)
    adversary = Adversary(3_000, 50, clock)

    async def scene() -> tuple[Run, JetstreamServer]:
        async with JetstreamServer([adversary.script]) as server:
            run = Run(listener(server, clock=clock), clock)
            await run.until(lambda r: not adversary.pending and len(r.sink.posts) >= 3_000)
            return run, server

    run, server = asyncio.run(scene())
    assert identities(run.sink.posts) == truth(server)
    assert len(server.events) == 3_000
    assert len(run.gaps) == 50
    assert all(gap.outcome == "recovered" and gap.posts == 0 for gap in run.gaps)
    assert {cause.split(": ")[1].split(":")[0] for cause in run.causes} >= {
        "the server is going away, as at a restart",
        "the server threw the collector out, as one that reads too slowly",
    }
    told = counted([*run.sink.raw, item_of(Heartbeat("jetstream", clock.at + 60_000, ("bluesky",))).raw])
    expected = Counter(e["time_us"] // 1000 // RULES.bucket_ms for e in server.events)
    assert {bucket: n for bucket, n in told.posts.items() if n} == dict(expected)
    assert told.aside == 0
    assert not told.unseen


def serve_and_drop(
    clock: Clock, first: range, then: range, *, step_us: int = 1_000_000, replay: bool = True, skip_us: int = 0
):
    """Two connections: some posts, a drop; then the rest, with or without what is kept."""

    async def tell(connection: Connection, numbers: range, offset: int) -> None:
        for number in numbers:
            event = post_event(number, START_US + offset + number * step_us)
            connection.server.events.append(event)
            clock.at = event["time_us"] // 1000 + 100
            await connection.tell(event)

    async def one(connection: Connection) -> None:
        await tell(connection, first, 0)
        await asyncio.sleep(0.1)
        connection.cut()

    async def two(connection: Connection) -> None:
        if replay:
            await connection.replay()
        await tell(connection, then, skip_us)
        await asyncio.sleep(60)

    return [one, two]


@pytest.mark.parametrize(("skip_seconds", "dark_seconds"), [(600, 600), (10, 30)])
def test_what_the_server_has_forgotten_is_lost_told_and_makes_the_source_blind_where_it_was(
    skip_seconds: int, dark_seconds: int
) -> None:
    clock = Clock(START)
    scripts = serve_and_drop(clock, range(100), range(100, 200), replay=False, skip_us=skip_seconds * 1_000_000)

    async def scene() -> Run:
        async with JetstreamServer(scripts) as server:
            run = Run(listener(server, clock=clock), clock)
            await run.until(lambda r: len(r.sink.posts) == 200)
            return run

    run = asyncio.run(scene())
    (gap,) = run.gaps
    assert gap.outcome == "lost"
    assert (gap.begin, gap.end) == (START + 99_000, START + (100 + skip_seconds) * 1000)
    assert gap.posts == pytest.approx(skip_seconds + 1, rel=0.1)
    told = counted(run.sink.raw)
    begin, end = gap.begin // RULES.bucket_ms, (gap.begin + dark_seconds * 1000) // RULES.bucket_ms
    assert told.unseen >= set(range(begin + 1, end))
    assert min(told.unseen) >= begin - 1
    assert max(told.unseen) <= end + 2
    assert told.aside == 0


def test_another_instance_with_another_clock_takes_over_without_a_loss() -> None:
    clock = Clock(START)

    async def scene() -> tuple[Run, JetstreamServer]:
        one, _ = serve_and_drop(clock, range(50), range(0))
        async with JetstreamServer([one]) as first, JetstreamServer([]) as second:

            async def takes_over(connection: Connection) -> None:
                second.events = [post_event(n, START_US + n * 1_000_000) for n in range(80)]
                clock.at = START + 80_000
                await connection.replay(shift_us=2_500_000)
                await asyncio.sleep(60)

            second.scripts.append(takes_over)
            run = Run(listener(first, second, clock=clock), clock)
            await run.until(lambda r: len(r.sink.posts) >= 80)
            return run, second

    run, second = asyncio.run(scene())
    assert {(p.author, p.id) for p in run.sink.posts} == {(a, i) for a, i, _ in truth(second)}
    assert len(run.sink.posts) == 80
    assert [gap.outcome for gap in run.gaps] == ["recovered"]


def test_a_server_whose_clock_steps_back_writes_each_post_once_and_is_a_lost_gap() -> None:
    clock = Clock(START)
    scripts = serve_and_drop(clock, range(100), range(100, 200), replay=False, skip_us=-60_000_000)

    async def scene() -> Run:
        async with JetstreamServer(scripts) as server:
            run = Run(listener(server, clock=clock), clock)
            await run.until(lambda r: len(r.sink.posts) >= 200)
            return run

    run = asyncio.run(scene())
    assert max(identities(run.sink.posts).values()) == 1
    assert [gap.outcome for gap in run.gaps] == ["lost"]


def test_silence_is_vouched_for_as_long_as_pings_are_answered() -> None:
    clock = Clock(START)

    async def silent(connection: Connection) -> None:
        await connection.tell(post_event(1, START_US))
        await asyncio.sleep(0.2)
        clock.at += 60_000
        await asyncio.sleep(60)

    async def scene() -> Listed:
        async with JetstreamServer([silent]) as server:
            run = Run(listener(server, clock=clock), clock)
            await run.until(lambda r: any(beat.at > START + 50_000 for beat in r.sink.beats))
            return run.sink

    sink = asyncio.run(scene())
    assert max(beat.at for beat in sink.beats) <= clock.at - 1_000


def test_pings_that_nobody_answers_end_the_connection_and_nothing_is_vouched_for() -> None:
    clock = Clock(START)

    async def deaf(connection: Connection) -> None:
        await connection.tell(post_event(1, START_US))
        clock.at += 60_000
        await asyncio.sleep(60)

    async def scene() -> Run:
        async with JetstreamServer([deaf], autoping=False) as server:
            run = Run(listener(server, clock=clock, calls=Calls(ping=0.05, dead=0.3)), clock)
            await run.until(lambda r: len(r.causes) >= 1)
            return run

    run = asyncio.run(scene())
    assert "no answer" in run.causes[0]
    assert max(beat.at for beat in run.sink.beats) <= START


def test_what_cannot_be_read_costs_itself_alone() -> None:
    clock = Clock(START + 5_000)
    broken = ["{", "[]", '"text"', '{"did":"d","time_us":"late","kind":"commit"}', "\x00", "{}", "[" * 5_000]

    async def dirty(connection: Connection) -> None:
        for number, text in enumerate(broken):
            await connection.tell(text)
            await connection.tell(post_event(number, START_US + number))
        await connection.socket.send_bytes(b"not asked for")
        await connection.tell(post_event(99, START_US + 99))
        await asyncio.sleep(60)

    async def scene() -> Run:
        async with JetstreamServer([dirty]) as server:
            run = Run(listener(server, clock=clock), clock)
            await run.until(lambda r: len(r.sink.posts) == len(broken) + 1)
            return run

    run = asyncio.run(scene())
    counts = run.follower.counts
    assert counts["not_json"] + counts["bad_field"] == len(broken)
    assert counts["bad_frame"] == 1
    assert not run.causes


def test_compressed_frames_are_read_with_the_dictionary_and_bombs_are_not() -> None:
    clock = Clock(START + 5_000)
    samples = [str(post_event(n, START_US + n, text=f"sample {n} of many")).encode() for n in range(2_000)]
    dictionary = zstandard.train_dictionary(4_096, samples).as_bytes()

    async def packed(connection: Connection) -> None:
        await connection.socket.send_bytes(connection.server.packer.compress(b"\0" * 50_000_000))
        await connection.socket.send_bytes(b"\x28\xb5\x2f\xfdgarbage")
        for number in range(10):
            await connection.tell(post_event(number, START_US + number, text="مرگ"))
        await asyncio.sleep(60)

    async def scene() -> Run:
        async with JetstreamServer([packed], dictionary=dictionary) as server:
            run = Run(listener(server, clock=clock), clock)
            await run.until(lambda r: len(r.sink.posts) == 10)
            return run

    run = asyncio.run(scene())
    assert {post.text for post in run.sink.posts} == {"مرگ"}
    assert run.follower.counts["too_large"] == run.follower.counts["bad_frame"] == 1


def test_filters_leave_posts_out_and_heartbeats_go_on() -> None:
    clock = Clock(START)

    async def babel(connection: Connection) -> None:
        for number in range(40):
            clock.at = START + number * 1000
            await connection.tell(post_event(number, clock.at * 1000, langs=["fa" if number % 10 == 0 else "en"]))
        await asyncio.sleep(60)

    async def scene() -> Run:
        async with JetstreamServer([babel]) as server:
            run = Run(listener(server, clock=clock), clock, wanted=Filter(langs=frozenset({"fa"})))
            await run.until(lambda r: r.follower.counts["post"] == 40)
            return run

    run = asyncio.run(scene())
    assert {post.lang for post in run.sink.posts} == {"fa"}
    assert run.follower.counts["filtered"] == 36
    assert max(beat.at for beat in run.sink.beats) >= START + 38_000


def test_a_server_that_is_down_at_first_is_waited_for() -> None:
    clock = Clock(START)

    async def scene() -> Run:
        server = JetstreamServer(serve_and_drop(clock, range(5), range(5, 10)))
        async with server:
            pass  # takes a port, and gives it back
        run = Run(listener(server, clock=clock), clock)
        running = asyncio.create_task(run.until(lambda r: len(r.sink.posts) == 10))
        await asyncio.sleep(0.3)
        assert len(run.causes) >= 3
        async with server:
            await running
        return run

    run = asyncio.run(scene())
    assert identities(run.sink.posts).total() == 10


def test_the_next_run_goes_on_from_the_state_of_the_last(tmp_path) -> None:
    clock = Clock(START)
    state = tmp_path / "jetstream.state"

    async def scene() -> tuple[Run, Run]:
        one, two = serve_and_drop(clock, range(50), range(50, 100))

        async def stays(connection: Connection) -> None:
            await one(connection) if connection.cursor is None else await two(connection)

        async with JetstreamServer([stays]) as server:
            first = Run(listener(server, clock=clock), clock, state=state)
            await first.until(lambda r: len(r.sink.posts) == 50)
            second = Run(listener(server, clock=clock), clock, state=state)
            await second.until(lambda r: len(r.sink.posts) >= 50)
            return first, second

    first, second = asyncio.run(scene())
    written = identities(first.sink.posts) + identities(second.sink.posts)
    assert set(written.values()) == {1}
    assert len(written) == 100
    assert [gap.cause for gap in second.gaps] == ["the collector was not running"]
    assert second.gaps[0].outcome == "recovered"
    assert state.stat().st_mode & 0o777 == 0o600
