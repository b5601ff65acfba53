"""Whatever comes, history says after each bucket what a worker would have shown."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from streams.noisy import Noisy
from streams.shown import differences, read, told

from tocsin.clocks import Rules
from tocsin.offline import Counting

STREAMS = st.builds(
    Noisy,
    seed=st.integers(0, 10**6),
    seconds=st.integers(300, 900),
    rate=st.floats(1.0, 6.0),
    crawler_dead=st.sampled_from([(0, 0), (40, 110), (20, 10**6)]),
)
WIDTHS = st.sampled_from([1_000, 5_000, 7_000, 60_000])


class Words:
    """The least of a lexicon."""

    series = ("keyword=election", "keyword=internet")

    def match(self, texts: Sequence[str]) -> list[int]:
        return [("election" in text) | ("internet" in text) << 1 for text in texts]


@settings(max_examples=settings.default.max_examples // 8)
@given(stream=STREAMS, width=WIDTHS, every=st.integers(1, 50))
def test_history_says_what_a_worker_would_have_shown(stream: Noisy, width: int, every: int) -> None:
    rules = Rules(bucket_ms=width, lateness_ms=2_000, blind_ms=30_000, ahead_ms=60_000)
    counting = Counting(rules, Words())
    found = told((closed for line in stream.lines() for closed in counting.fold(line)), rules, every)
    assert found.shown
    assert list(differences(read(found.text), found.shown)) == []
