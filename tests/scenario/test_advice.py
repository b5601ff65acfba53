"""June 2009: asked on any of the last days, the advisor must prefer the night in Tehran to its morning."""

from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context

from producers.scenario import SCENARIOS
from producers.scenario.parts import utc_ms
from tocsin.advice import Difference, difference, spell_difference
from tocsin.judge import Judge
from tocsin.lexicon import default_lexicon
from tocsin.offline import Offline
from tocsin.posts import MAX_LINES
from tocsin.settings import load_settings

FACTS = {name: fact.value for name, fact in SCENARIOS["tehran-2009"]().facts.items()}
ASKED = [utc_ms(2009, 6, 14, hour) for hour in (0, 12)] + [utc_ms(2009, 6, 15, hour) for hour in (0, 6, 12, 18, 23)]
CLEAR_FROM = utc_ms(2009, 6, 15)


def compared(judge: Judge) -> tuple[Difference, Difference]:
    """The first window against the one used in the end: as they were declared, and at the same length."""
    outlook = judge.outlook("twitter")
    assert outlook is not None
    lengths = (FACTS["first_window_lasts"], FACTS["moved_window_lasts"], FACTS["first_window_lasts"])
    begins = (FACTS["first_window"], FACTS["moved_window"], FACTS["moved_window"])
    windows = [outlook.window(begin, begin + length) for begin, length in zip(begins, lengths, strict=True)]
    first, moved, as_long = windows
    assert first is not None
    assert moved is not None
    assert as_long is not None
    return difference(first, moved), difference(first, as_long)


def advice_of(seed: int) -> list[tuple[int, Difference, Difference]]:
    scenario = SCENARIOS["tehran-2009"]()
    settings = load_settings(**scenario.settings)
    offline = Offline(settings.rules, default_lexicon(), settings.false_page_days)
    lines, found = (item.raw for item in scenario.lines(seed)), dict[int, tuple[Difference, Difference]]()
    while len(found) < len(ASKED):
        for judgement in offline.fold(b"\n".join(islice(lines, MAX_LINES))):
            now = (judgement.closed.bucket + 1) * settings.bucket_ms
            if now in ASKED:
                found[now] = compared(offline.judge)
    return [(asked, *pair) for asked, pair in found.items()]


def test_the_morning_in_tehran_is_clearly_worse_than_the_night() -> None:
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        for seed, found in enumerate(pool.map(advice_of, (1, 2)), 1):
            for asked, as_declared, as_long in found:
                where = f"seed {seed}, asked at {asked}: {spell_difference(as_declared)}; {spell_difference(as_long)}"
                assert as_declared.sure, where
                assert as_declared.posts > 400, where
                assert as_long.posts > 100, where
                assert as_long.sure or asked < CLEAR_FROM, where
                assert "more posts" in spell_difference(as_long)
