import pytest

from producers.pseudonyms import Pseudonyms
from tocsin.errors import SettingsError

KEY = "0123456789abcdef"


def test_the_same_handle_gives_the_same_pseudonym_under_the_same_key_only():
    one, other = Pseudonyms(KEY), Pseudonyms(KEY + "x")

    assert one.of("someone") == Pseudonyms(KEY).of("someone")
    assert one.of("someone") != other.of("someone")
    assert "someone" not in one.of("someone")


def test_keys_that_share_their_first_64_bytes_differ():
    assert Pseudonyms(KEY * 4 + "1").of("h") != Pseudonyms(KEY * 4 + "2").of("h")


def test_a_missing_key_says_how_to_make_one():
    with pytest.raises(SettingsError, match=r"TOCSIN_AUTHOR_KEY is not set.*token_hex"):
        Pseudonyms(None)


def test_a_short_key_is_refused_without_being_shown():
    with pytest.raises(SettingsError, match="at least 16") as error:
        Pseudonyms("hunter2")
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(
    "key", ["a" * 64, "0000111122223333", "PASSWORD-1234567890", "please-changeme-now", "an-example-key-1234"]
)
def test_a_key_that_others_would_guess_is_refused_without_being_shown(key):
    with pytest.raises(SettingsError, match=r"others would guess.*token_hex") as error:
        Pseudonyms(key)
    assert key not in str(error.value)


def test_a_new_key_makes_other_people_of_the_same_authors_so_that_nobody_can_follow_them_over_it():
    handles = [f"handle-{n}" for n in range(1000)]
    before, after = (({Pseudonyms(key).of(handle) for handle in handles}) for key in (KEY, KEY[::-1]))
    assert (len(before), len(after), before & after) == (1000, 1000, set())


def test_half_a_surrogate_pair_is_a_handle_like_any_other():
    """JSON may hold one, and whoever writes on a public network chooses what stands in it."""
    assert Pseudonyms(KEY).of("\udfff\ud800") not in {Pseudonyms(KEY).of("\udfff"), Pseudonyms(KEY).of("?")}
