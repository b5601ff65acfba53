import io
from typing import Any

import pytest
from rich.console import Console

from tocsin.cli.screen import Shown, render
from tocsin.cli.show import WORDS, bar, parent_series, print_incidents, sentence, utc
from tocsin.incidents import Incident
from tocsin.wording import duration, tell

ELEVEN_JUNE = 1_244_748_600_000


def test_a_full_minute_is_spelt_without_seconds() -> None:
    assert utc(ELEVEN_JUNE) == "2009-06-11T19:30Z"


def test_a_time_is_as_long_as_it_must_be_to_be_exact() -> None:
    assert utc(ELEVEN_JUNE + 5_000) == "2009-06-11T19:30:05Z"
    assert utc(ELEVEN_JUNE + 5_007) == "2009-06-11T19:30:05.007Z"


def test_the_times_of_a_column_are_spelt_alike() -> None:
    assert utc(ELEVEN_JUNE, 5_000) == "2009-06-11T19:30:00Z"
    assert utc(ELEVEN_JUNE, 60_000) == "2009-06-11T19:30Z"


@pytest.mark.parametrize(
    ("length_ms", "said"),
    [
        (0, "0 s"),
        (250, "250 ms"),
        (90_000, "1 min 30 s"),
        (3_600_000, "1 h"),
        (3_600_000 + 59_000, "1 h"),
        (4_800_000, "1 h 20 min"),
        (9 * 86_400_000 + 3_600_000, "9 d 1 h"),
        (-60_000, "-1 min"),
    ],
)
def test_a_duration_is_said_by_its_two_largest_units(length_ms: int, said: str) -> None:
    assert duration(length_ms) == said


def test_a_bar_is_as_long_as_its_share() -> None:
    assert bar(50, 100, 10) == "█████"
    assert bar(100, 100, 10) == "█" * 10
    assert bar(55, 100, 10) == "█████▌"


def test_whatever_is_above_zero_shows_and_zero_does_not() -> None:
    assert bar(1, 1_000_000, 10) == "▏"
    assert bar(0, 100, 10) == bar(5, 0, 10) == ""


def test_a_bar_never_leaves_its_column() -> None:
    assert len(bar(300, 100, 10)) == 10


def test_a_parent_is_named_by_its_series() -> None:
    child = Incident("burst:region=tehran:5", 1, "burst", "region=tehran", 5, 6, parent="burst:posts:1")
    assert parent_series(child) == "posts"
    assert parent_series(Incident("burst:posts:1", 1, "burst", "posts", 1, 6)) == ""


def outage(series: str = "channel=sms", **fields: Any) -> Incident:
    return Incident(f"outage:{series}:0", 1, "outage", series, 0, 90_000, expected=30.2, **fields)


def test_a_revision_is_told_in_a_sentence() -> None:
    began = Incident("outage:channel=sms:0", 1, "outage", "channel=sms", 0, 90_000, expected=30.2, planned="on_time")
    assert sentence(began) == (
        "▼ outage channel=sms since 1970-01-01T00:00Z: known after 1 min 30 s; 0 posts, 30 expected; on time"
    )
    over = Incident("burst:posts:1", 3, "burst", "posts", 1, 2, closed_at=120_000)
    assert "over at 1970-01-01T00:02Z" in sentence(over)
    blind = Incident("blind:source=a:0", 1, "blind", "source=a", 0, 30_000, channels=("sms", "web"))
    assert sentence(blind).endswith("; nobody sees what it brings of sms, web")


@pytest.mark.parametrize(
    ("incident", "ending"),
    [
        (outage(evidence=("reports", "volume"), reports=1_200, standing=("twitter", "web")), "; 1,200 posts report it"),
        (outage(evidence=("volume",), standing=("twitter",)), "; 0 posts, 30 expected; only twitter is left"),
        (outage(evidence=("volume",), standing=()), "; no channel is left"),
        (
            outage("report=banks", evidence=("reports",), reports=9, standing=("twitter", "web")),
            "; 0 people, 30 expected; 9 posts report it, and nothing else tells of it",
        ),
        (
            Incident("exposed:channel=sms:0", 1, "exposed", "channel=sms", 0, 1, channels=("web",), standing=("sms",)),
            "; maintenance is declared on the last channel: web cannot be heard",
        ),
        (
            Incident("backlog:backlog=sms:0", 1, "backlog", "backlog=sms", 0, 1, observed=70, parent=outage().id),
            "; 70 posts, 0 expected; part of channel=sms",
        ),
    ],
)  # fmt: skip
def test_a_sentence_ends_with_what_the_verdict_rests_on(incident: Incident, ending: str) -> None:
    assert sentence(incident).endswith(ending)
    assert tell(incident)


def test_incidents_become_sentences_where_the_window_is_too_narrow_for_a_row(
    capsys: pytest.CaptureFixture[str],
) -> None:
    burst = Incident("burst:posts:0", 1, "burst", "posts", 0, 60_000, expected=5.0, observed=50)
    print_incidents([burst], Console(width=200))
    print_incidents([burst], Console(width=60))
    title, row, *words = capsys.readouterr().out.splitlines()
    assert title.split()[:3] == ["kind", "series", "onset"]
    assert row.split()[:3] == ["▲", "burst", "posts"]
    assert " ".join(" ".join(words).split()) == sentence(burst)


def term(word: str, authors: int, closed_at: int | None = None) -> Incident:
    return Incident(f"term:term={word}:0", 1, "term", f"term={word}", 0, 1, closed_at=closed_at, peak_authors=authors)


def test_new_words_share_one_line_below_the_incidents(capsys: pytest.CaptureFixture[str]) -> None:
    burst = Incident("burst:posts:0", 1, "burst", "posts", 0, 60_000, expected=5.0, observed=50)
    words = [term(f"w{number:02}", 5 + number) for number in range(WORDS + 3)]
    print_incidents([*words, burst, term("w14", 40, closed_at=9)], Console(width=300, highlight=False))
    table, line = capsys.readouterr().out.rsplit("\n", 2)[:2]
    assert "term" not in table
    assert "posts" in table
    assert line.startswith("◆ new words and most authors at a time: w14 40, w13 18, w12 17")
    assert line.endswith("w03 8 and 3 more (all of them: --json)")


def test_the_screen_names_the_words_that_are_emerging_and_lists_them_with_no_incident() -> None:
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(render(Shown("x", incidents=[term("quake", 9), term("over", 30, closed_at=9), term("help", 12)])))
    shown = console.export_text()
    assert "new words and their authors: help 12, quake 9" in shown
    assert "over" not in shown
    assert "nothing out of the ordinary yet" in shown
