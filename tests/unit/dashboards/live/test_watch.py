from dashboards.live.watch import LEAST_PATIENCE_S, Freshness, Watch

NOW = 1_245_000_000_000


def watched(*looks: tuple[float, int | None]) -> Watch:
    """A watch that began at 0 and saw these: seconds, and up to where all was closed."""
    watch = Watch(0.0)
    for at, closed in looks:
        watch = watch.on_look(at, closed)
    return watch


def fresh(watch: Watch, at: float, now: int = NOW, bucket_s: float = 5.0) -> Freshness:
    return watch.fresh(at, now, bucket_s)


def test_before_the_first_bucket_nothing_is_stale_however_long_it_takes() -> None:
    assert fresh(watched((0, None), (500, None)), 500).pulse == "nothing"


def test_the_speed_is_event_time_by_wall_time() -> None:
    watch = watched((0, NOW), (1, NOW + 60_000), (2, NOW + 120_000), (3, NOW + 180_000))
    told = fresh(watch, 3.5)
    assert (told.pulse, told.pace, told.silent_s) == ("moving", 60.0, 0.5)


def test_one_change_alone_tells_no_speed_for_it_may_have_been_due_long_before() -> None:
    assert fresh(watched((0, NOW), (1, NOW + 60_000)), 1).pace is None


def test_a_live_stream_is_stale_after_three_of_its_usual_pauses() -> None:
    watch = watched(*((second, NOW + second * 1000) for second in range(0, 60, 5)))
    assert fresh(watch, 55 + 15, NOW + 70_000).pulse == "moving"
    assert fresh(watch, 55 + 15.1, NOW + 70_000).pulse == "stale"


def test_no_stream_is_stale_within_ten_seconds() -> None:
    watch = watched((0, NOW), (1, NOW + 60_000), (2, NOW + 120_000))
    assert fresh(watch, 2 + LEAST_PATIENCE_S).pulse == "moving"
    assert fresh(watch, 2.1 + LEAST_PATIENCE_S).pulse == "stale"


def test_where_heartbeats_come_once_a_minute_a_minute_without_buckets_is_no_news() -> None:
    watch = watched(*((60 * n, NOW + 60_000 * n) for n in range(5)))
    assert fresh(watch, 240 + 100, NOW + 340_000).pulse == "moving"


def test_one_long_pause_makes_nobody_patient() -> None:
    watch = watched(*((n, NOW + 1000 * n) for n in range(8)), (300, NOW + 300_000), (301, NOW + 301_000))
    assert fresh(watch, 301 + 11, NOW + 312_000).pulse == "stale"


def test_what_is_old_when_the_page_begins_to_look_is_stale_soon_and_what_is_new_after_three_buckets() -> None:
    old, new = fresh(watched((0, NOW)), 11, NOW + 86_400_000, 60.0), fresh(watched((0, NOW)), 11, NOW + 5_000, 60.0)
    assert (old.pulse, new.pulse) == ("stale", "waiting")
    assert fresh(watched((0, NOW)), 181, NOW + 5_000, 60.0).pulse == "stale"


def test_it_moves_again_as_soon_as_a_bucket_closes() -> None:
    watch = watched((0, NOW), (1, NOW + 5_000), (2, NOW + 10_000))
    assert fresh(watch, 100).pulse == "stale"
    assert fresh(watch.on_look(100, NOW + 15_000), 100).pulse == "moving"


def test_a_redis_that_does_not_answer_is_told_with_its_words_and_since_when() -> None:
    watch = watched((0, NOW), (1, NOW + 5_000)).on_trouble(2, "no Redis").on_trouble(5, "still no Redis")
    told = fresh(watch, 6)
    assert (told.pulse, told.trouble, told.silent_s) == ("disconnected", "still no Redis", 4)
    assert fresh(watch.on_look(7, NOW + 5_000), 7).pulse == "moving"


def test_another_stream_in_the_same_place_is_looked_at_anew() -> None:
    watch = watched((0, NOW), (1, NOW + 5_000), (2, NOW - 1_000_000))
    assert fresh(watch, 3).pulse == "waiting"
    assert fresh(watch, 3).pace is None


def test_a_redis_that_was_emptied_has_nothing_to_show() -> None:
    assert fresh(watched((0, NOW), (1, NOW + 5_000), (2, None)), 3).pulse == "nothing"


def test_only_what_is_near_the_wall_clock_is_live() -> None:
    watch = watched((0, NOW), (5, NOW + 5_000), (10, NOW + 10_000))
    assert fresh(watch, 10, NOW + 12_000).live
    assert not fresh(watch, 10, NOW + 3_600_000).live
