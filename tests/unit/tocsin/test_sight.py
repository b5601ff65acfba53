from tocsin.clocks import Clock
from tocsin.sight import Shares, Sight

NAMES = (
    "posts",
    "channel=sms",
    "channel=sms|source=gateway",
    "channel=twitter",
    "channel=twitter|source=a",
    "channel=twitter|source=b",
    "channel=twitter|region=tehran",
    "keyword=vote",
    "backlog=sms",
)
CLOCKS = {
    "a": Clock(9, channels=("twitter",)),
    "b": Clock(9, channels=("twitter",)),
    "gateway": Clock(9, channels=("sms",)),
}


def named(sight: Sight) -> tuple[set[str], set[str], dict[str, list[str]]]:
    """What was not seen, what was not seen whole, and the parts."""
    unseen = {name for name, seen in zip(NAMES, sight.seen, strict=True) if not seen}
    partly = {name for name, whole in zip(NAMES, sight.whole, strict=True) if not whole}
    return unseen, partly, {NAMES[row]: [NAMES[part] for part in parts] for row, parts in sight.parts.items()}


def see(*blind: str, clocks: dict[str, Clock] = CLOCKS) -> tuple[set[str], set[str], dict[str, list[str]]]:
    return named(Shares(NAMES).see(clocks, blind))


def test_while_all_sources_live_everything_is_seen_whole() -> None:
    assert see() == (set(), set(), {})


def test_the_only_source_of_a_channel_takes_the_channel_with_it() -> None:
    unseen, partly, parts = see("gateway")
    assert unseen == {"channel=sms", "channel=sms|source=gateway"}
    assert partly == unseen | {"posts", "keyword=vote"}, "what is counted over several channels lacks something"
    assert parts == {}


def test_of_a_channel_with_two_sources_one_that_dies_leaves_the_others_part() -> None:
    unseen, partly, parts = see("a")
    assert unseen == {"channel=twitter|source=a"}
    assert parts == {"channel=twitter": ["channel=twitter|source=b"]}
    assert "channel=twitter" in partly
    assert "channel=twitter|region=tehran" in partly
    assert "channel=twitter|source=b" not in partly, "who lives is seen whole"
    assert "channel=sms" not in partly


def test_when_all_sources_of_a_channel_are_dead_nothing_of_it_is_seen() -> None:
    unseen, _, parts = see("a", "b")
    assert {"channel=twitter", "channel=twitter|region=tehran"} <= unseen
    assert parts == {}


def test_a_source_that_never_brought_anything_cannot_stand_in_for_another() -> None:
    clocks = CLOCKS | {"idle": Clock(9, channels=("sms",))}
    unseen, _, parts = see("gateway", clocks=clocks)
    assert "channel=sms" in unseen
    assert parts == {}


def test_a_source_that_does_not_say_what_it_collects_is_known_by_what_it_brought() -> None:
    clocks = {source: Clock(9) for source in CLOCKS}
    assert "channel=sms" in see("gateway", clocks=clocks)[0]
    assert Shares(NAMES).channels_of("gateway", clocks) == ["sms"]
    assert Shares(NAMES).channels_of("a", {"a": Clock(9, channels=("forum", "not a channel"))}) == ["forum", "twitter"]


def test_a_backlog_is_of_other_times_and_always_seen() -> None:
    unseen, partly, _ = see("a", "b", "gateway")
    assert "backlog=sms" not in unseen | partly
