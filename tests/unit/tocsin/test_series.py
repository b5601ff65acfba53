import pytest

from tocsin.series import TOTAL, cross, dimension_of, is_value, series, value_of, value_or_other


@pytest.mark.parametrize("value", ["sms", "twitter", "0", "a.b_c-d", "x" * 32])
def test_short_lower_case_words_name_a_series(value: str) -> None:
    assert is_value(value)
    assert value_or_other(value) == value


@pytest.mark.parametrize(
    "value",
    ["", "@somebody", "http://x.y/z", "a b", "a=b", "a|b", "a:b", "-a", ".", "x" * 33, "تهران", "sms\n", "é", "a\x00"],
)
def test_handles_links_words_and_separators_do_not(value: str) -> None:
    assert not is_value(value)
    assert value_or_other(value) == "other"


def test_a_channel_must_be_lower_case_and_a_language_is_made_so() -> None:
    assert not is_value("SMS")
    assert value_or_other("FA") == "fa"


def test_lower_case_that_grows_beyond_the_alphabet_is_other() -> None:
    assert value_or_other("İstanbul") == "other"


def test_a_name_tells_its_dimension_and_its_value() -> None:
    assert (dimension_of(series("channel", "sms")), value_of(series("channel", "sms"))) == ("channel", "sms")
    assert (dimension_of(TOTAL), value_of(TOTAL)) == ("posts", "")


def test_a_cross_names_both_its_parts() -> None:
    assert cross("channel=sms", "region=tehran") == "channel=sms|region=tehran"
