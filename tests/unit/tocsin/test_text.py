import sys
import unicodedata
from itertools import pairwise

import numpy as np
import pytest

from tocsin.text import (
    BOUNDARY,
    CODE_POINTS,
    DROPPED,
    EXPANSIONS,
    MAX_LETTERS,
    Alphabet,
    fold_table,
    marks,
    normalise,
)

ZWNJ, ZWJ, TATWEEL = "\u200c", "\u200d", "\u0640"


def decoded(alphabet: str, texts: list[str]) -> list[str]:
    """What an alphabet keeps of texts, readable again: letters outside of it as ``?``."""
    encoder = Alphabet(alphabet)
    letters = {encoder.encode_words(letter): letter for letter in f"{alphabet} "}
    encoded = encoder.encode(texts)
    ends = [-1, *marks(encoded), len(encoded)]
    return [
        "".join(letters.get(encoded[i : i + 1], "?") for i in range(begin + 1, end)) for begin, end in pairwise(ends)
    ]


@pytest.mark.parametrize(
    ("written", "folded"),
    [("PROTEST", "protest"), ("ΔΙΑΔΗΛΩΣΗ", "διαδηλωση"), ("ΠΡΟΤΕΣΤ", "προτεστ"), ("МИТИНГ", "митинг"), ("ς", "σ")],
)
def test_upper_case_folds_to_lower_case_in_latin_greek_and_cyrillic(written, folded):
    assert normalise(written) == folded


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("réprimée", "reprimee"),
        ("ÇÀ", "ca"),
        ("naïve", "naive"),
        ("ёж", "еж"),
        ("ά", "α"),
        ("Việt", "viet"),
        ("İ", "i"),
    ],
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_accents_are_dropped_whether_composed_or_not(written, folded, form):
    assert normalise(unicodedata.normalize(form, written)) == folded


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("cœur", "coeur"),
        ("ŒUVRE", "oeuvre"),
        ("ex æquo", "ex aequo"),
        ("straße", "strasse"),
        ("ﬁlm", "film"),
        ("ﻻ", "لا"),
    ],
)
def test_ligatures_fold_to_their_letters(written, folded):
    assert normalise(written) == folded


@pytest.mark.parametrize("written", ["ماهی", "ماهي", "ماهى"])
def test_arabic_and_persian_yeh_are_one_letter(written):
    assert normalise(written) == "ماهی"


def test_arabic_and_persian_kaf_are_one_letter():
    assert normalise("كتاب") == normalise("کتاب") == "کتاب"


@pytest.mark.parametrize("written", ["أخبار", "إخبار", "آخبار", "ٱخبار", "اخبار"])
def test_alef_folds_whatever_it_carries(written):
    assert normalise(written) == "اخبار"


def test_heh_teh_marbuta_and_heh_with_hamza_are_one_letter():
    assert normalise("مظاهرة") == normalise("مظاهره") == "مظاهره"
    assert normalise("خانۀ") == normalise("خانهٔ") == normalise("خانه")


def test_hamza_on_a_carrier_is_dropped_and_alone_it_stays():
    assert normalise("مسؤول") == "مسوول"
    assert normalise("مسئول") == "مسیول"
    assert normalise("شهداء") == "شهداء"


def test_harakat_and_tatweel_are_dropped():
    assert normalise("مُظَاهَرَةٌ") == normalise(f"مظا{TATWEEL * 3}هرة") == "مظاهره"


def test_digits_of_all_scripts_become_ascii():
    assert normalise("١٣٨٨ ۱۳۸۸ १३८८ １３８８") == "1388 1388 1388 1388"


def test_zwnj_is_a_boundary_and_zwj_is_nothing():
    assert normalise(f"می{ZWNJ}خواهم") == "می خواهم"
    assert normalise(f"می{ZWJ}خواهم") == "میخواهم"


@pytest.mark.parametrize("invisible", ["\u00ad", "\u200e", "\u202e", "\u2066", "\ufeff", "\ufe0f", "\u034f", "\u0301"])
def test_invisible_characters_do_not_split_a_word(invisible):
    assert normalise(f"iran{invisible}ian") == "iranian"


@pytest.mark.parametrize(
    "between", [*"#@_-.,;:!?/'\"«»،؛؟€|", "’", "—", "😀", "\n", "\t", "\0", "\u00a0", "\ud800", "\u200b"]
)
def test_all_that_is_not_a_letter_or_digit_is_a_boundary(between):
    assert normalise(f"{between}iran{between}{between}election{between}") == "iran election"


def test_fancy_letters_fold_to_plain_ones():
    assert normalise("𝐈𝐫𝐚𝐧 Ｉｒａｎ Ⓘⓡⓐⓝ") == "iran iran iran"
    assert normalise("ﺍﻳﺮﺍﻥ") == "ایران"


def test_other_scripts_keep_their_letters_and_vowel_signs():
    assert normalise("किताब 選挙 선거 ბათუმი") == "किताब 選挙 선거 ბათუმი"


def test_nothing_comes_of_nothing():
    assert normalise("") == normalise(" … 😀") == ""


def test_the_table_agrees_with_normalise_on_every_code_point():
    table = fold_table()
    for code in range(sys.maxunicode + 1):
        value = int(table[code])
        told = EXPANSIONS[value - CODE_POINTS] if value >= CODE_POINTS else chr(value) if value != DROPPED else ""
        assert normalise(f"a{chr(code)}b") == f"a{told}b", hex(code)


def test_what_the_table_gives_folds_to_itself():
    table = fold_table()
    letters = table[(table != DROPPED) & (table < CODE_POINTS)]

    assert np.array_equal(table[letters], letters)
    assert all(normalise(letters) == letters for letters in EXPANSIONS)


def test_the_table_cannot_be_changed_by_one_of_its_users():
    with pytest.raises(ValueError, match="read-only"):
        fold_table()[0] = BOUNDARY


def test_a_batch_is_encoded_text_by_text_between_marks():
    assert decoded("abc", ["Ab, c", "", "\n\n", "b\u0301é"]) == [" ab c ", " ", " ", " b? "]


def test_a_batch_of_no_texts_has_no_marks():
    assert marks(Alphabet("abc").encode([])) == []


def test_spaces_are_joined_across_dropped_characters():
    assert decoded("ab", ["a \u0301 \u200d b"]) == [" a b "]


def test_ligatures_are_spelled_out_in_a_batch():
    assert decoded("oecurl", ["cœur", "ﷲ"]) == [" coeur ", " ???? "]
    assert decoded("اله", ["ﷲ ﻻ"]) == [" الله لا "]


def test_an_alphabet_has_room_for_so_many_letters_and_no_more():
    letters = [chr(0x4E00 + i) for i in range(MAX_LETTERS + 1)]

    assert decoded("".join(letters[:-1]), [letters[0] + letters[-2] + letters[-1]]) == [f" {letters[0]}{letters[-2]}? "]
    with pytest.raises(ValueError, match=f"expected at most {MAX_LETTERS}"):
        Alphabet(letters)
