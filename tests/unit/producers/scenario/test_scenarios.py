import hashlib
import json
from collections import Counter
from dataclasses import asdict, replace
from itertools import islice

import pytest

from producers.scenario import SCENARIOS
from producers.scenario.parts import HOUR_MS, MINUTE_MS, Flaws, utc_ms
from producers.scenario.tehran_2009 import Tehran2009, tehran_2009
from tocsin.clocks import Rules
from tocsin.posts import Heartbeat, Notice, Post
from tocsin.tally import PartitionTally


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
        lines = islice(tehran_2009().lines(seed), 20_000)
        return hashlib.sha256(b"\n".join(item.raw for item in lines)).hexdigest()

    assert digest(1) == digest(1)
    assert digest(1) != digest(2)
    assert digest(1) == "59dfcf3a097655c9d3f22027d7c92a527d4af3c4a768a08d1d6a565526c12b41"


def test_every_source_opens_before_all_posts_and_closes_after_the_last_bucket(scenario):
    short = replace(scenario, end=scenario.begin + HOUR_MS, notices=())
    lines = [item.line for item in short.lines()]
    sources = [channel.source for channel in short.channels]
    closing = short.end + short.rules.bucket_ms + short.rules.lateness_ms

    assert [line.heartbeat for line in lines[: len(sources)]] == sources
    assert {line.at for line in lines[: len(sources)]} == {short.begin - 1}
    assert [line.heartbeat for line in lines[-len(sources) :]] == sources
    assert all(line.at > closing for line in lines[-len(sources) :])


def test_each_source_says_that_it_is_alive_every_minute(morning):
    clocks = {channel.source: [] for channel in morning.channels}
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
    cut = Tehran2009().sms_cut
    evening = stretch(tehran_2009(), cut - HOUR_MS, 3)
    lines = [item.line for item in evening.lines()]

    sms = [line.at for line in lines if isinstance(line, Post) and line.channel == "sms" and line.at < evening.end]
    alive = [line.at for line in lines if isinstance(line, Heartbeat) and line.heartbeat == "sms-gateway"]
    assert len(sms) > 300
    assert max(sms) < cut
    assert sum(at > cut for at in alive) > 100


def test_the_maintenance_is_declared_moved_and_half_as_long_as_announced():
    june = tehran_2009()
    days = stretch(june, utc_ms(2009, 6, 15, 12), 36)
    notices = [item.line for item in days.lines() if isinstance(item.line, Notice)]
    [outage] = [truth for truth in june.truth() if truth.name == "maintenance"]

    assert [notice.state for notice in notices] == ["declared", "moved"]
    assert (notices[1].begin, notices[1].end) == (utc_ms(2009, 6, 16, 21), utc_ms(2009, 6, 16, 22))
    assert (outage.begin, outage.end) == (utc_ms(2009, 6, 16, 21), utc_ms(2009, 6, 16, 21, 30))
    assert outage.planned == "on_time"


@pytest.mark.parametrize(("minutes", "planned"), [(30, "on_time"), (90, "overrun")])
def test_whom_to_believe_is_a_parameter(minutes, planned):
    facts = Tehran2009(interruption_minutes=minutes, collapse=utc_ms(2009, 6, 13, 17, 48))
    truth = {event.name: event for event in tehran_2009(facts).truth()}

    assert truth["maintenance"].planned == planned
    assert truth["network collapse"].begin == utc_ms(2009, 6, 13, 17, 48)


def test_photo_links_surge_during_the_rally():
    def share(begin):
        texts = [post.text for post in posts(stretch(tehran_2009(), begin, 2))]
        return sum("http://" in text for text in texts) / len(texts)

    assert share(utc_ms(2009, 6, 15, 13)) > 5 * share(utc_ms(2009, 6, 9, 13))


def test_nothing_happens_in_the_quiet_week():
    quiet = SCENARIOS["quiet-week"]()

    assert quiet.truth() == []
    assert "4 days" in quiet.description


def test_the_truth_lies_within_the_scenario_and_can_be_written_down(scenario):
    truth = scenario.truth()

    assert all(scenario.begin <= event.begin < event.end <= scenario.end for event in truth)
    assert truth == sorted(truth, key=lambda event: (event.begin, event.name))
    json.dumps([asdict(event) for event in truth])


def test_the_recommended_settings_are_the_rules(scenario):
    assert scenario.rules == Rules(bucket_ms=60_000, lateness_ms=60_000, blind_ms=300_000, ahead_ms=300_000)
