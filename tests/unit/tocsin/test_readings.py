from datetime import UTC, date

import pytest

from tocsin.local_time import Wanted, read_span, spell_span
from tocsin.readings import read_window
from tocsin.zones import UnclearTimeError

JUNE = date(2009, 6, 16)
THE_NOTICE = "2-3p PST (1:30a in Iran)"
LITERAL = "PST by the letter, UTC-8: 2009-06-16 22:00-23:00 UTC; 2009-06-17 02:30-03:30 in Tehran"
KEPT = "the clock of Los Angeles on that day, PDT (UTC-7): 2009-06-16 21:00-22:00 UTC; 2009-06-17 01:30-02:30 in Tehran"
IN_CALIFORNIA = '"2009-06-16 14:00-15:00" --zone America/Los_Angeles'


NOTHING = Wanted()


def refusal(text, wanted=NOTHING, today=JUNE):
    with pytest.raises(UnclearTimeError) as refused:
        read_window(text, wanted, today)
    assert refused.value.exit_code == 2
    return refused.value


def test_an_exact_window_is_read():
    text, wanted = "2009-06-16 14:00-15:00", Wanted("America/Los_Angeles")
    assert read_window(text, wanted, JUNE) == read_span(text, wanted)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        (THE_NOTICE, JUNE),
        (f"2009-06-16 {THE_NOTICE}", None),
        (f"June 16, 2009: {THE_NOTICE}", None),
        ("16/06/2009 2:00-3:00 pm PST / 1:30a Iran", None),
    ],
)
def test_the_notice_of_june_2009_is_refused_with_both_readings_and_the_note_decides(text, day):
    refused = refusal(text, Wanted(day=day), today=date(2026, 11, 24))
    assert "it has 2 readings" in str(refused)
    assert LITERAL in str(refused)
    assert KEPT in str(refused)
    assert "Only reading 1 fits the note" in str(refused)
    assert refused.accepted == (IN_CALIFORNIA,)


def test_without_a_date_the_notice_is_explained_for_today_and_the_date_is_missed():
    refused = refusal(THE_NOTICE, today=JUNE)
    assert "a date is missing (add --date YYYY-MM-DD; the readings are for 2009-06-16 and 2009-12-15)" in str(refused)
    assert refused.accepted == (IN_CALIFORNIA, '"2009-12-15 14:00-15:00" --zone America/Los_Angeles')


def test_without_a_date_both_readings_are_spelt_out_in_winter_too():
    refused = str(refusal(THE_NOTICE, today=date(2026, 11, 24)))
    assert "the clock of Los Angeles on that day, PDT (UTC-7): 2027-05-25 21:00-22:00 UTC" in refused
    assert "PST by the letter, UTC-8: 2027-05-25 22:00-23:00 UTC" in refused


def test_without_a_date_clocks_that_never_change_are_explained_once():
    refused = str(refusal("2-3p UTC+4:30", today=JUNE))
    assert "the readings are for 2009-06-16)" in refused
    assert "one reading" in refused


def test_in_winter_the_letter_and_the_clock_agree():
    refused = refusal(THE_NOTICE, Wanted(day=date(2009, 12, 16)))
    assert "it has one reading, yet must be spelt exactly" in str(refused)
    assert 'It fits the note "1:30a in Iran"' in str(refused)
    assert refused.accepted == ('"2009-12-16 14:00-15:00" --zone America/Los_Angeles',)


def test_a_note_that_fits_no_reading_leaves_them_all():
    refused = refusal("2-3p PST (5a in Iran)", Wanted(day=JUNE))
    assert 'No reading fits the note "5a in Iran": ask whoever announced it.' in str(refused)
    assert refused.accepted == (IN_CALIFORNIA, '"2009-06-16 22:00-23:00" --zone UTC')


def test_a_note_of_an_unknown_place_is_said_to_be_unknown():
    refused = refusal("2-3p PST (1:30a in Mordor)", Wanted(day=JUNE))
    assert 'Which place is meant in "1:30a in Mordor" is not known.' in str(refused)
    assert len(refused.accepted) == 2


def test_each_country_that_uses_an_abbreviation_gives_a_reading():
    refused = refusal("14-15h IST", Wanted(day=date(2009, 1, 15)))
    assert "IST is used in India, Ireland and Israel; it has 4 readings" in str(refused)
    assert '"2009-01-15 14:00-15:00" --zone Asia/Kolkata' in refused.accepted
    assert '"2009-01-15 14:00-15:00" --zone Europe/Dublin' in refused.accepted  # which keeps GMT in January
    assert '"2009-01-15 13:00-14:00" --zone UTC' in refused.accepted  # UTC+1, by the letter


def test_a_half_of_the_day_that_is_not_named_gives_two_readings():
    refused = refusal("2:00-3:00", Wanted("Asia/Tehran", day=JUNE))
    assert refused.accepted == (
        '"2009-06-16 02:00-03:00" --zone Asia/Tehran',
        '"2009-06-16 14:00-15:00" --zone Asia/Tehran',
    )


def test_an_offset_or_a_zone_in_the_text_is_understood():
    assert refusal("2-3p UTC-7", Wanted(day=JUNE)).accepted == ('"2009-06-16 21:00-22:00" --zone UTC',)
    assert refusal("2-3p America/Los_Angeles", Wanted(day=JUNE)).accepted == (IN_CALIFORNIA,)


def test_a_time_that_comes_twice_is_told_apart_in_what_would_be_accepted():
    refused = refusal("1:30a-3a PT", Wanted(day=date(2009, 11, 1)))
    spans = {read_span(text, wanted) for text, wanted in map(_arguments, refused.accepted)}
    assert len(spans) == 2


def test_without_an_end_the_duration_counts_and_is_missed_where_there_is_none():
    assert refusal("2p PT", Wanted(duration_ms=5_400_000, day=JUNE)).accepted == (
        '"2009-06-16 14:00-15:30" --zone America/Los_Angeles',
    )
    assert "it has no end (add --duration; the readings are of an hour)" in str(refusal("2p PT", Wanted(day=JUNE)))


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        (
            "2-3p",
            "a date is missing (add --date YYYY-MM-DD; the readings are for 2009-06-16); it does not say whose clock",
        ),
        ("tomorrow night PST", "no time is understood"),
        ("", "no time is understood"),
    ],
)
def test_what_cannot_be_explained_says_what_is_lacking(text, lacks):
    refused = refusal(text)
    assert lacks in str(refused)
    assert refused.accepted == ()


def test_what_would_be_accepted_is_accepted_and_names_the_reading():
    for text in (THE_NOTICE, "11p-1a BST", "2-3 CST", "9-5 EST (3p in London)", "0:30-1:30h GMT", "1:30-2:30 am PST"):
        for day in (JUNE, date(2009, 11, 1), date(2009, 3, 8), date(2009, 12, 31)):
            refused = refusal(text, Wanted(day=day))
            assert refused.accepted
            for arguments in refused.accepted:
                span = read_span(*_arguments(arguments))
                assert f"{spell_span(span, UTC)} UTC" in str(refused)


def _arguments(accepted):
    """Take apart what a shell would."""
    _, text, options = accepted.split('"')
    words = options.split()
    return text, Wanted(words[1], fold=words[3] if len(words) > 2 else None)
