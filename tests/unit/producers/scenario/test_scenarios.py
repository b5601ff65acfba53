import hashlib
from bisect import bisect_left
from collections import Counter
from dataclasses import replace
from itertools import islice

import pytest
from msgspec import structs

from producers.scenario import SCENARIOS
from producers.scenario.parts import DAY_MS, HOUR_MS, MINUTE_MS, Flaws, utc_ms
from tocsin.clocks import Rules
from tocsin.posts import Heartbeat, Notice, Post
from tocsin.tally import PartitionTally
from tocsin.truth import TruthFile, read_truth, write_truth


class NoGroups:
    series = ()

    def match(self, texts):
        return [0] * len(texts)


def stretch(scenario, begin, hours):
    return replace(
        scenario,
        begin=begin,
        end=begin + hours * HOUR_MS,
        notices=tuple(n for n in scenario.notices if begin <= n.at < begin + hours * HOUR_MS),
    )


def posts(scenario):
    return [item.line for item in scenario.lines() if isinstance(item.line, Post)]


@pytest.fixture(params=SCENARIOS)
def scenario(request):
    return SCENARIOS[request.param]()


@pytest.fixture(scope="module")
def morning():
    """Six ordinary hours."""
    quiet = SCENARIOS["quiet-week"]()
    return stretch(quiet, quiet.begin + 6 * HOUR_MS, 6)


def test_the_same_seed_gives_the_same_bytes_here_and_everywhere():
    def digest(seed):
        lines = islice(SCENARIOS["tehran-2009"]().lines(seed), 20_000)
        return hashlib.sha256(b"\n".join(item.raw for item in lines)).hexdigest()

    assert digest(1) == digest(1)
    assert digest(1) != digest(2)
    assert digest(1) == "59dfcf3a097655c9d3f22027d7c92a527d4af3c4a768a08d1d6a565526c12b41"


def test_every_source_opens_before_all_posts_and_closes_the_last_bucket_and_no_empty_one(scenario):
    short = replace(scenario, end=scenario.begin + HOUR_MS, notices=())
    lines = [item.line for item in short.lines()]
    sources = list(short.sources)

    assert [line.heartbeat for line in lines[: len(sources)]] == sources
    assert {line.at for line in lines[: len(sources)]} == {short.begin - 1}
    assert [line.heartbeat for line in lines[-len(sources) :]] == sources
    last = short.rules.bucket(short.end - 1)
    assert {short.rules.closed_by(line.at) for line in lines[-len(sources) :]} == {last}


def test_each_source_says_that_it_is_alive_every_minute(morning):
    clocks = {source: [] for source in morning.sources}
    for item in morning.lines():
        if isinstance(item.line, Heartbeat):
            clocks[item.line.heartbeat].append(item.line.at)

    for times in clocks.values():
        assert times[1:-1] == list(range(morning.begin + MINUTE_MS, morning.end, MINUTE_MS))


def test_the_pipeline_rejects_the_flaws_and_nothing_else(morning):
    flawed = replace(morning, flaws=Flaws(late=0.02, duplicates=0.02, broken=0.02))
    lines = list(flawed.lines())
    totals = {"late": Counter(), "duplicates": Counter(), "rejected": Counter()}
    counted = 0
    tally = PartitionTally(0, flawed.rules, NoGroups())
    for item in lines:
        for partial in tally.fold(item.raw).partials:
            for name, total in totals.items():
                total.update(getattr(partial, name))
            counted += sum(series["posts"][0] for series in partial.buckets.values())

    written = sum(isinstance(item.line, Post) for item in lines)
    assert set(totals["rejected"]) == {
        *("not_json", "bad_field", "too_large", "bad_encoding", "ahead", "unknown_kind"),
    }
    assert sum(totals["late"].values()) == pytest.approx(0.02 * written, rel=0.3)
    assert sum(totals["duplicates"].values()) == pytest.approx(0.02 * written, rel=0.3)
    refused = sum(sum(total.values()) for total in totals.values())
    assert counted + refused == sum(not item.is_control for item in lines)


def test_ordinary_posts_come_out_of_order_yet_never_late(morning):
    clean = replace(morning, flaws=Flaws(late=0, duplicates=0, broken=0))
    newest, behind = 0, 0
    for post in posts(clean):
        behind = max(behind, newest - post.at)
        newest = max(newest, post.at)

    assert 0 < behind <= clean.flaws.disorder_ms
    assert clean.flaws.disorder_ms < clean.rules.lateness_ms


def test_the_night_is_quieter_but_never_so_quiet_that_silence_would_not_show():
    quiet = SCENARIOS["quiet-week"]()
    counts = Counter((post.channel, post.at // HOUR_MS) for post in posts(quiet))
    for channel in quiet.channels:
        hours = [counts[channel.name, hour] / 60 for hour in range(quiet.begin // HOUR_MS, quiet.end // HOUR_MS)]
        assert min(hours) > 3
        assert max(hours) > 1.6 * min(hours)


def test_sms_falls_silent_while_its_gateway_stays_alive():
    cut = SCENARIOS["tehran-2009"]().facts["sms_cut"].value
    evening = stretch(SCENARIOS["tehran-2009"](), cut - HOUR_MS, 3)
    lines = [item.line for item in evening.lines()]

    sms = [line.at for line in lines if isinstance(line, Post) and line.channel == "sms" and line.at < evening.end]
    alive = [line.at for line in lines if isinstance(line, Heartbeat) and line.heartbeat == "sms-gateway"]
    assert len(sms) > 300
    assert max(sms) < cut
    assert sum(at > cut for at in alive) > 100


def test_the_maintenance_is_declared_moved_and_half_as_long_as_announced():
    june = SCENARIOS["tehran-2009"]()
    days = stretch(june, utc_ms(2009, 6, 15, 12), 36)
    notices = [item.line for item in days.lines() if isinstance(item.line, Notice)]
    [outage] = [truth for truth in june.truth() if truth.name == "maintenance"]

    assert [notice.state for notice in notices] == ["declared", "moved"]
    assert (notices[1].begin, notices[1].end) == (utc_ms(2009, 6, 16, 21), utc_ms(2009, 6, 16, 22))
    assert (outage.begin, outage.end) == (utc_ms(2009, 6, 16, 21), utc_ms(2009, 6, 16, 21, 30))
    assert outage.planned == "on_time"


@pytest.mark.parametrize(("minutes", "planned"), [(30, "on_time"), (90, "overrun")])
def test_whom_to_believe_is_a_parameter(minutes, planned):
    june = SCENARIOS["tehran-2009"]({"interruption_lasts": f"{minutes}m", "collapse": "2009-06-13T17:48"})
    truth = {event.name: event for event in june.truth()}

    assert truth["maintenance"].planned == planned
    assert truth["network collapse"].begin == utc_ms(2009, 6, 13, 17, 48)


def test_a_dead_collector_writes_nothing_and_its_first_word_is_that_it_is_back():
    [gateway, west] = SCENARIOS["collector-death"]().deaths
    around = stretch(SCENARIOS["collector-death"](), gateway.begin - HOUR_MS, 8)
    lines = [item.line for item in around.lines() if item.line is not None]
    of_gateway = [
        line for line in lines if "sms-gateway" in {getattr(line, "source", ""), getattr(line, "heartbeat", "")}
    ]
    times = [line.at for line in of_gateway]

    assert sum(at < gateway.begin for at in times) > 600
    assert not any(gateway.begin <= at < gateway.end for at in times)
    assert of_gateway[bisect_left(times, gateway.end)] == Heartbeat("sms-gateway", gateway.end, ("sms",))
    assert sum(gateway.end < at < around.end for at in times) > 500
    assert west.begin > around.end


def test_two_collectors_of_a_channel_share_its_posts_and_one_goes_on_when_the_other_is_dead():
    west = SCENARIOS["collector-death"]().deaths[1]
    around = stretch(SCENARIOS["collector-death"](), west.begin - 2 * HOUR_MS, 4)
    counts = Counter((post.source, post.at < west.begin) for post in posts(around) if post.channel == "twitter")

    assert counts["twitter-west", True] / counts["twitter-east", True] == pytest.approx(0.45 / 0.55, rel=0.15)
    assert counts["twitter-east", False] == pytest.approx(counts["twitter-east", True], rel=0.15)
    assert counts["twitter-west", False] == 0


def test_what_a_dead_collector_missed_may_come_once_it_is_back():
    scenario = SCENARIOS["collector-death"]({"returns": "60m"})
    gateway = scenario.deaths[0]
    clock, missed = 0, []
    for item in stretch(scenario, gateway.begin - HOUR_MS, 9).lines():
        if isinstance(item.line, Heartbeat) and item.line.heartbeat == "sms-gateway":
            clock = item.line.at
        elif isinstance(item.line, Post) and gateway.begin <= item.line.at < gateway.end:
            missed += [clock] if item.line.channel == "sms" else []
    events = [(event.kind, event.must, event.begin, event.end) for event in scenario.truth()[:2]]

    assert len(missed) == pytest.approx(6 * 60 * 12, rel=0.15)
    assert gateway.end <= min(missed) <= max(missed) <= gateway.end + HOUR_MS
    assert events == [
        ("blind", ("source=sms-gateway",), gateway.begin, gateway.end),
        ("backlog", ("backlog=sms",), gateway.end, gateway.end + HOUR_MS),
    ]


def test_a_backlog_is_late_and_holds_many_copies():
    flood = SCENARIOS["backlog"]().backlogs[0]
    tally, late, counted = PartitionTally(0, SCENARIOS["backlog"]().rules, NoGroups()), Counter(), 0
    for item in stretch(SCENARIOS["backlog"](), flood.begin - HOUR_MS, 4).lines():
        for partial in tally.fold(item.raw).partials:
            late.update(partial.late)
            counted += sum(series.get("channel=sms", (0,))[0] for series in partial.buckets.values())
    old = [
        post
        for post in posts(stretch(SCENARIOS["backlog"](), flood.begin, 2))
        if flood.oldest <= post.at < flood.newest
    ]

    minutes = (flood.end - flood.begin) / MINUTE_MS
    assert late["sms"] == pytest.approx(minutes * flood.per_minute * (1 + flood.copies), rel=0.05)
    assert len(old) / len({post.id for post in old}) == pytest.approx(1 + flood.copies, rel=0.05)
    assert counted < 4 * 60 * 14  # what is ordinary in these hours, and no more


def test_a_flapping_channel_is_silent_for_every_other_three_minutes():
    [drop] = SCENARIOS["flapping"]().drops
    around = stretch(SCENARIOS["flapping"](), drop.begin, 1)
    counts = Counter(
        (post.at - drop.begin) // MINUTE_MS // 3 % 2 for post in posts(around) if post.channel == "twitter"
    )

    assert counts[0] == 0
    assert counts[1] > 250


def test_a_channel_that_is_cut_is_loud_enough_to_be_missed_at_once():
    events = [event for make in SCENARIOS.values() for event in make().truth() if event.total]

    assert len(events) == 9
    assert all(event.rate >= 5 for event in events)
    assert not any(event.total for event in SCENARIOS["flapping"]().truth())


def test_the_second_of_two_outages_leaves_one_channel_and_the_first_does_so_only_later():
    truth = {event.name: event for event in SCENARIOS["twin-outage"]().truth()}

    assert truth["SMS falls"].critical is None
    assert truth["the web falls too"].critical is True
    assert (truth["maintenance of the last channel"].kind, truth["maintenance of the last channel"].critical) == (
        "exposed",
        True,
    )
    assert {event.critical for event in SCENARIOS["flapping"]().truth()} == {False}


def test_reports_are_evidence_of_an_outage_that_is_seen_and_an_outage_where_nobody_looks():
    june = {event.name: event for event in SCENARIOS["tehran-2009"]().truth()}

    assert june["SMS cut nationwide"].evidence == ("reports", "volume")
    assert june["network collapse"].evidence == ("volume",)
    assert "report=sms" in june["reports of the SMS cut"].may
    outages = {
        event.must: event.evidence for event in june.values() if event.kind == "outage" and "report" in event.must[0]
    }
    assert outages == {("report=internet",): ("reports",), ("report=telephone",): ("reports",)}


def test_reports_that_come_before_an_outage_must_ring_and_those_of_a_known_one_need_not():
    twins = {event.name: event for event in SCENARIOS["twin-outage"]().truth()}

    assert twins["reports on the web"].must == ("report=web",)
    assert (twins["reports on SMS"].must, "report=sms" in twins["reports on SMS"].may) == ((), True)


def test_a_window_excuses_no_outage_that_began_before_it_was_declared_nor_once_it_is_cancelled():
    scenario = SCENARIOS["overrun"]()
    first = scenario.notices[0]
    late = replace(scenario, notices=(structs.replace(first, at=first.begin + 1),))
    cancelled = replace(scenario, notices=(first, structs.replace(first, at=first.at + 1, state="cancelled")))

    assert [event.planned for event in late.truth() if event.kind == "outage"] == ["unannounced"] * 3
    assert [event.planned for event in cancelled.truth() if event.kind == "outage"] == ["unannounced"] * 3


def test_windows_are_kept_begun_early_and_overrun():
    truth = [event for event in SCENARIOS["overrun"]().truth() if event.kind == "outage"]
    windows = [(notice.begin, notice.end) for notice in SCENARIOS["overrun"]().notices]

    assert [event.planned for event in truth] == ["on_time", "early", "overrun"]
    off = [
        ((event.begin - begin) // MINUTE_MS, (event.end - end) // MINUTE_MS)
        for event, (begin, end) in zip(truth, windows, strict=True)
    ]
    assert off == [(0, 0), (-25, -15), (0, 50)]


def test_a_fading_channel_sinks_bit_by_bit():
    [drop] = SCENARIOS["slow-fade"]().drops
    quarters = [drop.left_at(drop.begin + part * HOUR_MS // 2) for part in range(6)]

    assert quarters == [1.0, 0.875, 0.75, 0.625, 0.5, 0.5]
    assert drop.left_at(drop.begin - 1) == drop.left_at(drop.end) == 1.0


def test_a_flood_is_one_text_by_so_many_accounts():
    scenario = SCENARIOS["copy-flood"]()
    many, few = scenario.floods
    for flood in (many, few):
        copies = [post for post in posts(stretch(scenario, flood.begin, 1)) if post.text == flood.text]
        assert len(copies) == pytest.approx(60 * flood.per_minute, rel=0.1)
        assert len({post.author for post in copies}) == pytest.approx(flood.accounts, rel=0.15)
        assert not any(post.repost for post in copies)


def test_a_slow_clock_dates_heartbeats_and_posts_too_early_while_it_is_slow():
    scenario = SCENARIOS["clock-chaos"]()
    [slow] = scenario.clocks
    scenario = replace(scenario, flaws=Flaws(late=0, duplicates=0, broken=0))
    beats, written = [], []
    for item in stretch(scenario, slow.begin, 1).lines():
        if isinstance(item.line, Heartbeat) and item.line.heartbeat == slow.source:
            beats.append(item.line.at)
        elif isinstance(item.line, Post) and item.line.source == slow.source:
            written.append(item.line.at)

    assert beats[1:-1] == [slow.begin - slow.slow_ms + minute * MINUTE_MS for minute in range(1, 60)]
    assert slow.begin - slow.slow_ms <= min(written) <= max(written) < slow.begin - slow.slow_ms + HOUR_MS


def test_wild_clocks_are_years_off_behind_and_ahead(morning):
    wild = replace(morning, flaws=Flaws(late=0, duplicates=0, broken=0, wild=0.1))
    off = [post.at - morning.begin for post in posts(wild) if not morning.begin <= post.at < morning.end]

    assert len(off) == pytest.approx(0.1 * len(posts(wild)), rel=0.2)
    assert min(map(abs, off)) > 360 * DAY_MS
    assert sum(at > 0 for at in off) == pytest.approx(len(off) / 2, rel=0.3)


def test_a_tenth_of_what_is_poisoned_is_refused_for_each_reason():
    scenario = SCENARIOS["poison"]()
    hours = stretch(scenario, scenario.begin, 6)
    rejected, lines = Counter(), 0
    tally = PartitionTally(0, scenario.rules, NoGroups())
    for item in hours.lines():
        rejected.update(reject.reason for reject in tally.fold(item.raw).rejects)
        lines += not item.is_control

    assert sum(rejected.values()) == pytest.approx(lines / 10, rel=0.1)
    assert set(rejected) == {"not_json", "bad_field", "too_large", "bad_encoding", "unknown_kind"}


def test_photo_links_surge_during_the_rally():
    def share(begin):
        texts = [post.text for post in posts(stretch(SCENARIOS["tehran-2009"](), begin, 2))]
        return sum("http://" in text for text in texts) / len(texts)

    assert share(utc_ms(2009, 6, 15, 13)) > 5 * share(utc_ms(2009, 6, 9, 13))


def test_nothing_happens_in_the_quiet_week():
    quiet = SCENARIOS["quiet-week"]()

    assert quiet.truth() == []
    assert quiet.end - quiet.begin == 8 * DAY_MS


def test_the_truth_lies_within_the_scenario_and_can_be_written_down(scenario):
    truth = scenario.truth()

    assert all(scenario.begin <= event.begin < event.end <= scenario.end for event in truth)
    assert truth == sorted(truth, key=lambda event: (event.begin, event.name))
    written = TruthFile(tuple(truth))
    assert read_truth(write_truth(written), scenario.name) == written


def test_the_recommended_settings_are_the_rules(scenario):
    assert scenario.rules == Rules(bucket_ms=60_000, lateness_ms=60_000, blind_ms=300_000, ahead_ms=300_000)
