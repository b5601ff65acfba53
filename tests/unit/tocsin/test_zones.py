import pytest

from tocsin.zones import UnclearTimeError, meanings, places, spell_offset, zone_of


@pytest.mark.parametrize("name", ["Asia/Tehran", "America/Los_Angeles", "America/Argentina/Buenos_Aires", "UTC"])
def test_iana_names_and_utc_are_accepted(name):
    assert zone_of(name).key == name


@pytest.mark.parametrize(
    ("name", "explanation"),
    [
        ("IST", "IST is used in India, Ireland and Israel. Write Asia/Kolkata or Europe/Dublin or Asia/Jerusalem"),
        ("PST", "PST is an abbreviation, and people write it in summer and winter alike. Write America/Los_Angeles"),
        ("EST", "Write America/New_York or America/Panama or Australia/Sydney"),
        ("CET", "Write Europe/Berlin"),
        ("bst", "Britain (UK), Bangladesh and Papua New Guinea"),
        ("GMT", "Write Europe/London or UTC"),
        ("Etc/GMT+5", "its sign is the reverse of what people read"),
        ("Iran", "expected Area/City. Write Asia/Tehran"),
        ("tehran", "expected Area/City. Write Asia/Tehran"),
        ("asia/tehran", "no such time zone. Write Asia/Tehran"),
        ("Asia/Teheran", "no such time zone. Write Asia/Tehran"),
        ("America/Los Angelos", "Write America/Los_Angeles"),
        ("EST5EDT", "no such time zone"),
        ("Xyzzy/Qqqq", "Write an IANA name, such as Asia/Tehran, or UTC"),
        ("", "no such time zone"),
        ("../etc/passwd", "no such time zone"),
    ],
)
def test_any_other_name_is_refused_with_what_to_write(name, explanation):
    with pytest.raises(UnclearTimeError) as refused:
        zone_of(name)
    assert explanation in str(refused.value)
    assert refused.value.exit_code == 2


def test_no_abbreviation_is_taken_for_a_zone_even_where_the_database_has_it():
    for name in ("EST", "MST", "HST", "CET", "EET", "MET", "WET"):
        with pytest.raises(UnclearTimeError):
            zone_of(name)


@pytest.mark.parametrize(
    ("words", "zones"),
    [
        ("Iran", ("Asia/Tehran",)),
        ("los angeles", ("America/Los_Angeles",)),
        ("the Netherlands", ("Europe/Amsterdam",)),
        ("Mordor", ()),
    ],
)
def test_a_place_is_found_by_its_city_or_its_country(words, zones):
    assert places(words) == zones


def test_a_country_with_several_clocks_gives_them_all():
    assert {"America/New_York", "America/Los_Angeles"} <= set(places("USA"))


def test_every_meaning_of_an_abbreviation_is_a_zone_that_is_accepted():
    for word in ("PST", "IST", "BST", "CST", "EST", "AST", "GST", "ET", "IRDT"):
        for meaning in meanings(word):
            assert zone_of(meaning.zone)


@pytest.mark.parametrize(("minutes", "spelt"), [(-420, "UTC-7"), (270, "UTC+4:30"), (-210, "UTC-3:30"), (0, "UTC+0")])
def test_offsets_are_spelt_with_their_sign(minutes, spelt):
    assert spell_offset(minutes) == spelt
