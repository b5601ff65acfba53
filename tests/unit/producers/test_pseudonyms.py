import pytest

from producers.pseudonyms import Pseudonyms
from tocsin.errors import SettingsError


def test_the_same_handle_gives_the_same_pseudonym_under_the_same_key_only():
    one, other = Pseudonyms("a" * 16), Pseudonyms("b" * 16)

    assert one.of("someone") == Pseudonyms("a" * 16).of("someone")
    assert one.of("someone") != other.of("someone")
    assert "someone" not in one.of("someone")


def test_keys_that_share_their_first_64_bytes_differ():
    assert Pseudonyms("x" * 64 + "1").of("h") != Pseudonyms("x" * 64 + "2").of("h")


def test_a_missing_key_says_how_to_make_one():
    with pytest.raises(SettingsError, match=r"TOCSIN_AUTHOR_KEY is not set.*token_hex"):
        Pseudonyms(None)


def test_a_short_key_is_refused_without_being_shown():
    with pytest.raises(SettingsError, match="at least 16") as error:
        Pseudonyms("hunter2")
    assert "hunter2" not in str(error.value)
