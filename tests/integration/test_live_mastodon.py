"""A Mastodon stream cannot be resumed: what was missed is fetched from the timeline, or told to be lost."""

import asyncio
from dataclasses import replace

from servers.listening import PLAN, Clock, Run, counted
from servers.mastodon import START, TOKEN, MastodonServer, Script, Stream, for_ever, status

from producers.items import item_of
from producers.live.follower import Plan
from producers.live.mastodon import MastodonStream
from producers.live.mastodon_events import MastodonEvents
from producers.live.mastodon_place import Calls, Place
from producers.pseudonyms import Pseudonyms
from tocsin.posts import Heartbeat

PSEUDONYMS = Pseudonyms("a key that is only for tests")
MASTODON: Plan = replace(PLAN, source="mastodon", channel="mastodon", allowance_ms=2_000)


def listener(server: MastodonServer, clock: Clock, slept: list[float] | None = None, **calls: float) -> MastodonStream:
    async def sleep(seconds: float) -> None:
        if slept is not None:
            slept.append(seconds)

    place = Place(server.url, "public", token=TOKEN)
    return MastodonStream(
        place, MastodonEvents(PSEUDONYMS), clock.now, calls=replace(Calls(idle=0.005), **calls), sleep=sleep
    )


def missing(clock: Clock, missed: int) -> list[Script]:
    """Ten statuses, a cut, so many that nobody hears, and ten more; one a second."""

    async def one(stream: Stream) -> None:
        for number in range(10):
            clock.at += 1_000
            await stream.update(status(number, clock.at - 100))
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        stream.cut()
        for number in range(10, 10 + missed):
            clock.at += 1_000
            stream.server.statuses.append(status(number, clock.at - 100))

    async def two(stream: Stream) -> None:
        await asyncio.sleep(0.1)
        for number in range(10 + missed, 20 + missed):
            clock.at += 1_000
            await stream.update(status(number, clock.at - 100))
        while True:
            clock.at += 1_000
            await stream.thump()
            await asyncio.sleep(0.01)

    return [one, two]


def follow(clock: Clock, server: MastodonServer, posts: int, **calls: float) -> Run:
    slept: list[float] = []

    async def scene() -> Run:
        async with server:
            run = Run(listener(server, clock, slept, **calls), clock, plan=MASTODON)
            await run.until(
                lambda r: len(r.sink.posts) >= posts and bool(r.gaps) and r.follower.vouched > clock.at - 5_000
            )
            return run

    run = asyncio.run(scene())
    run.slept = slept
    return run


def test_what_was_missed_is_fetched_page_by_page_and_nothing_comes_twice() -> None:
    clock = Clock(START)
    server = MastodonServer(missing(clock, 200), clock.now)
    run = follow(clock, server, 220)
    assert sorted(post.id for post in run.sink.posts) == sorted(PSEUDONYMS.of(s["uri"]) for s in server.statuses)
    assert [gap.outcome for gap in run.gaps] == ["recovered"]
    assert len(server.asked) >= 6
    assert {post.text for post in run.sink.posts} == {f"status {n}" for n in range(220)}
    told = counted([*run.sink.raw, item_of(Heartbeat("mastodon", clock.at + 20_000, ("mastodon",))).raw], "mastodon")
    assert sum(told.posts.values()) == 220
    assert told.aside == 0
    assert not told.unseen


def test_a_limit_of_requests_is_waited_out_as_long_as_the_server_says() -> None:
    clock = Clock(START)
    server = MastodonServer(missing(clock, 100), clock.now, limited=2)
    run = follow(clock, server, 120)
    assert [gap.outcome for gap in run.gaps] == ["recovered"]
    assert run.slept == [120.0, 120.0]


def test_a_limit_that_lasts_too_long_is_a_lost_gap_and_the_source_is_blind_where_it_was() -> None:
    clock = Clock(START)
    server = MastodonServer(missing(clock, 100), clock.now, limited=99)
    run = follow(clock, server, 20, patience=60)
    (gap,) = run.gaps
    assert gap.outcome == "lost"
    assert 90_000 <= gap.end - gap.begin <= 125_000
    assert gap.posts > 0
    told = counted(run.sink.raw, "mastodon")
    assert told.unseen
    assert len(told.unseen) * 5_000 >= 90_000


def test_a_timeline_that_is_closed_is_a_lost_gap() -> None:
    clock = Clock(START)
    server = MastodonServer(missing(clock, 50), clock.now, closed_timeline=True)
    assert [gap.outcome for gap in follow(clock, server, 20).gaps] == ["lost"]


def test_a_server_that_wants_a_token_says_so() -> None:
    clock = Clock(START)

    async def scene() -> Run:
        async with MastodonServer([], clock.now) as server:
            source = MastodonStream(Place(server.url, "public"), MastodonEvents(PSEUDONYMS), clock.now)
            run = Run(source, clock, plan=MASTODON)
            await run.until(lambda r: bool(r.causes))
            return run

    assert "TOCSIN_MASTODON_TOKEN" in asyncio.run(scene()).causes[0]


def test_silence_is_vouched_for_as_long_as_the_server_says_that_it_is_alive() -> None:
    clock = Clock(START)

    async def silent(stream: Stream) -> None:
        for _ in range(40):
            clock.at += 1_000
            await stream.thump()
            await asyncio.sleep(0.01)
        await for_ever()

    async def scene() -> Run:
        async with MastodonServer([silent], clock.now) as server:
            run = Run(listener(server, clock), clock, plan=MASTODON)
            await run.until(lambda r: r.follower.vouched >= START + 35_000)
            return run

    run = asyncio.run(scene())
    assert not run.sink.posts
    assert max(beat.at for beat in run.sink.beats) <= clock.at - 2_000


def test_edits_deletions_and_what_cannot_be_read_cost_themselves_alone() -> None:
    clock = Clock(START)

    async def mixed(stream: Stream) -> None:
        await stream.tell("update", status(1, clock.at))
        await stream.tell("status.update", status(1, clock.at))
        await stream.tell("delete", "1234")
        await stream.tell("update", "{broken")
        await stream.tell("update", {"content": 7})
        await stream.tell("notification", "{}")
        await stream.tell("update", "[" * 5_000)
        await stream.tell("update", status(2, clock.at, content="<p>a &lt;b&gt;</p><p>c</p>", language="fa"))
        await for_ever()

    async def scene() -> Run:
        async with MastodonServer([mixed], clock.now) as server:
            run = Run(listener(server, clock), clock, plan=MASTODON)
            await run.until(lambda r: len(r.sink.posts) == 2)
            return run

    run = asyncio.run(scene())
    assert run.sink.posts[1].text == "a <b>\nc"
    assert run.sink.posts[1].lang == "fa"
    counts = run.follower.counts
    assert (counts["edit"], counts["deletion"], counts["other"]) == (1, 1, 1)
    assert (counts["not_json"], counts["bad_field"]) == (2, 1)
