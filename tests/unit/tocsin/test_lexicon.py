from pathlib import Path

import pytest

from producers.scenario import SCENARIOS
from producers.scenario.texts import Composer
from tocsin.errors import SettingsError
from tocsin.lexicon import Lexicon, default_lexicon, lexicon_from_file, load_lexicon
from tocsin.lexicon_file import MAX_GROUPS, MAX_WORDS
from tocsin.series import is_value, value_of

JUNE = SCENARIOS["tehran-2009"]()

ZWNJ = "\u200c"


def lexicon(*entries: str, language: str = "en") -> Lexicon:
    return load_lexicon({"keywords": {"group": {language: list(entries)}}})


def hits(text: str, *entries: str, language: str = "en") -> bool:
    return lexicon(*entries, language=language).match([text]) == [1]


def refusal(source: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load_lexicon(source, "words.yaml")
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "protest",
        "PROTEST!",
        "«protest»",
        "#protest",
        "@protest",
        "no_protest_today",
        "a.protest/b",
        "x😀protest😀",
        "l'protest’s",
    ],
)
def test_a_word_is_found_between_any_boundaries(text):
    assert hits(text, "protest")


@pytest.mark.parametrize("text", ["protests", "aprotest", "protest1", "protestء", "pro test", ""])
def test_a_word_is_not_found_within_a_longer_one(text):
    assert not hits(text, "protest")


def test_a_star_lets_the_word_go_on_but_not_begin_earlier():
    assert hits("Censorship", "censor*")
    assert hits("censor", "censor*")
    assert not hits("uncensored", "censor*")


@pytest.mark.parametrize(
    "text",
    [
        "iran election",
        "#iran_election",
        "#IranElection",
        "#IRANELECTION",
        "iran-election",
        "Iran:\n Élection",
        "iran,  (election)",
    ],
)
def test_a_phrase_is_found_with_and_without_what_separates_its_words(text):
    assert hits(text, "iran election")


def test_a_phrase_keeps_its_order_and_its_neighbourhood():
    assert not hits("election iran", "iran election")
    assert not hits("iran and election", "iran election")


@pytest.mark.parametrize("text", ["#انتخابات_ایران", "انتخابات ایران", "#انتخاباتایران", f"انتخابات{ZWNJ}ایران"])
def test_a_persian_hashtag_matches_its_phrase(text):
    assert hits(text, "انتخابات ایران", language="fa")


@pytest.mark.parametrize("entry", [f"می{ZWNJ}خواهم", "می خواهم"])
@pytest.mark.parametrize("text", [f"می{ZWNJ}خواهم", "می خواهم", "میخواهم", "مي‌خواهم"])
def test_the_half_space_may_be_there_or_not(entry, text):
    assert hits(text, entry, language="fa")


def test_a_persian_plural_after_a_half_space_leaves_the_word_free():
    assert hits(f"بازداشت{ZWNJ}های دیشب", "بازداشت", language="fa")
    assert not hits("بازداشتهای دیشب", "بازداشت", language="fa")


@pytest.mark.parametrize(
    "text", ["manifestation réprimée", "MANIFESTATION REPRIMEE", "manifestation re\u0301prime\u0301e"]
)
def test_accents_do_not_count_in_french(text):
    assert hits(text, "manifestation réprimée", language="fr")
    assert hits(text, "manifestation reprimee", language="fr")


@pytest.mark.parametrize("text", ["l'élection", "l’election", "d'élection"])
def test_french_elision_leaves_the_word_free(text):
    assert hits(text, "élection", language="fr")


def test_an_apostrophe_may_be_left_out():
    assert all(hits(text, "can't") for text in ("can't", "can’t", "cant"))


@pytest.mark.parametrize("text", ["الاحتجاج", "والاحتجاج", "بالاحتجاج", "للاحتجاج", "واحتجاج"])
def test_arabic_words_are_found_with_what_is_written_onto_their_front(text):
    assert hits(text, "احتجاج", language="ar")
    assert not hits(text, "احتجاج", language="fa")


@pytest.mark.parametrize("text", ["احتجاج", "اِحْتِجَاج", "احتجـــاج"])
def test_harakat_and_tatweel_do_not_count(text):
    assert hits(text, "احتجاج", language="ar")


def test_overlapping_entries_all_count():
    both = load_lexicon(
        {"keywords": {"a": ["iran election"], "b": ["election fraud"], "c": ["elect*"], "d": ["fraud now"]}}
    )

    assert both.match(["iran election fraud", "election", "iran election fraud now"]) == [0b0111, 0b0100, 0b1111]


def test_one_entry_may_serve_several_groups():
    assert load_lexicon({"keywords": {"a": ["vote"], "b": ["vote"]}}).match(["vote", "x"]) == [0b11, 0]


def test_a_text_counts_once_however_often_it_says_it():
    assert lexicon("vote", "ballot").match(["vote vote ballot"]) == [1]


def test_a_phrase_never_spans_two_texts():
    assert lexicon("iran election", "iran").match(["x iran", "election", "iran", ""]) == [1, 0, 1, 0]
    assert lexicon("iran election").match(["iran", "election", "iran\n\n\n", "election"]) == [0, 0, 0, 0]


def test_no_texts_give_no_masks():
    assert lexicon("vote").match([]) == []


def test_links_to_pictures_are_found_by_host_and_by_ending():
    photo = load_lexicon({"media": {"photo": ["twitpic.com", ".jpg"]}})

    assert photo.series == ("media=photo",)
    assert photo.match(["http://twitpic.com/6k2xq", "HTTP://X.ORG/A.JPG?s=1", "twitter.com", "jpgs"]) == [1, 1, 0, 0]


def test_series_stand_in_the_order_of_the_file():
    yaml = "keywords: {zeal: {en: [z]}, alms: {fr: [a], fa: [ا]}}\nmedia: {photo: [.png]}"

    assert load_lexicon(yaml).series == ("keyword=zeal", "keyword=alms", "media=photo")
    assert load_lexicon(yaml).match(["a", "z png"]) == [0b010, 0b101]


def test_the_digest_tells_content_and_not_spelling():
    assert lexicon("vote", "élection").digest == lexicon("Election", "VOTE", "vote").digest
    assert lexicon("vote").digest != lexicon("vote*").digest
    assert lexicon("vote").digest != load_lexicon({"keywords": {"other": ["vote"]}}).digest
    assert lexicon("iran vote").digest != lexicon("iranvote").digest


def test_yaml_scalars_are_all_text():
    yaml = "keywords: {group: {no: [no, yes, 1401, 2009-06-12, 1.5]}}"

    assert load_lexicon(yaml).match(["no", "yes", "۱۴۰۱", "2009 06 12", "1,5", "false"]) == [1, 1, 1, 1, 1, 0]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("", "words.yaml: top level: expected names with something under each, got nothing"),
        ("keywords: {}", "words.yaml: no group at all; expected at least one under keywords, media or reports"),
        ("keyword: {a: [b]}", "words.yaml: keyword: no such section; expected keywords, media or reports"),
        ("keywords: [a]", "words.yaml: keywords: expected names with something under each, got a list"),
        ("keywords: {a: vote}", "words.yaml: keywords.a: expected names with something under each, got 'vote'"),
        ("keywords: {a: {en: vote}}", "words.yaml: keywords.a.en: expected a list of entries, got 'vote'"),
        ("keywords: {a: {en: []}}", "words.yaml: keywords.a: expected at least one entry"),
        ("media: {photo: []}", "words.yaml: media.photo: expected at least one entry"),
        ("keywords: {a: {en: [b, [c]]}}", "words.yaml: keywords.a.en, entry 2 (a list): expected text"),
        ("keywords: {a: {en: [b, '!']}}", "words.yaml: keywords.a.en, entry 2 ('!'): expected a letter or digit"),
        ("keywords: {a: {en: ['*']}}", "words.yaml: keywords.a.en, entry 1 ('*'): expected a letter or digit"),
        (
            "keywords: {a: {en: ['v*']}}",
            "words.yaml: keywords.a.en, entry 1 ('v*'): expected at least 2 letters before *",
        ),
        ("keywords: {a: {en: ['*vote']}}", "words.yaml: keywords.a.en, entry 1 ('*vote'): expected * at the end only"),
        ("keywords: {a: {en: [vo*te]}}", "words.yaml: keywords.a.en, entry 1 ('vo*te'): expected * at the end only"),
        (
            "keywords: {a: {en: [1 2 3 4 5 6 7]}}",
            "words.yaml: keywords.a.en, entry 1 ('1 2 3 4 5 6 7'): 7 words, expected at most 6",
        ),
        ("keywords: {A b: {en: [c]}}", "words.yaml: keywords.A b: expected a name of at most 32 of a-z 0-9 . _ -"),
        ("keywords:\n  a: {en: [b]}\n  a: {en: [c]}", "words.yaml line 3: 'a' stands here a second time"),
        ("keywords:\n  a:\n    en: [#b, c]", "words.yaml line 3: "),
        ("keywords:\n  a:\n    en:\n      - *b", "words.yaml line 4: "),
        ("keywords: {a: {en: [b]}\0}", "words.yaml: "),
    ],
)
def test_a_mistake_is_told_with_file_group_and_entry(source, message):
    assert refusal(source).startswith(message)


def test_an_unquoted_hash_in_a_list_is_told_as_such():
    assert "entry 2 (''): expected a letter or digit; what follows a # is a comment" in refusal(
        "keywords:\n  a:\n    en:\n      - b\n      - #c"
    )


def test_all_mistakes_are_told_at_once():
    assert refusal("keywords: {a: {en: ['!']}, b: {fr: []}}\nwords: {}").count("\n") == 2


def test_what_python_gives_is_checked_like_a_file():
    with pytest.raises(SettingsError, match=r"lexicon: keywords\.a\.en, entry 1 \(a int\): expected text"):
        load_lexicon({"keywords": {"a": {"en": [1401]}}})


def test_there_may_be_sixty_groups_and_no_more():
    groups = {f"g{i}": ["word"] for i in range(MAX_GROUPS)}

    assert load_lexicon({"keywords": groups}).match(["word"]) == [2**MAX_GROUPS - 1]
    with pytest.raises(SettingsError, match="61 groups, expected at most 60"):
        load_lexicon({"keywords": groups, "media": {"photo": ["png"]}})


def test_too_many_different_letters_are_refused_with_the_name_of_the_file():
    with pytest.raises(SettingsError, match="lexicon: 300 different letters and digits, expected at most"):
        lexicon(*(chr(0x4E00 + i) for i in range(300)))


def test_a_phrase_of_the_longest_kind_is_found_in_every_spelling():
    words = [f"w{i}" for i in range(MAX_WORDS)]

    assert all(hits(separator.join(words), " ".join(words)) for separator in (" ", "", "_", ZWNJ))
    assert hits("w0w1 w2w3w4_w5", " ".join(words))


def test_the_example_in_the_docs_does_what_they_say():
    page = Path(__file__).parents[3].joinpath("docs", "lexicon.md").read_text(encoding="utf-8")
    yaml = page.split("```yaml\n")[1].split("```")[0]
    table = page.split("| a post says |")[1].split("\n\n")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]

    example = load_lexicon(yaml)
    for text, counted, _ in rows:
        [mask] = example.match([text])
        found = [name for bit, name in enumerate(example.series) if mask >> bit & 1]
        assert found == [name.strip("` ") for name in counted.split(",") if name != "nothing"], text


def test_a_file_is_read_with_or_without_a_byte_order_mark(tmp_path: Path):
    path = tmp_path / "words.yaml"
    path.write_text("keywords: {a: {fa: [رای]}}", encoding="utf-8-sig")

    assert lexicon_from_file(path).match(["رأي"]) == [1]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path):
    path = tmp_path / "words.yaml"
    with pytest.raises(SettingsError, match=r"words\.yaml: No such file"):
        lexicon_from_file(path)

    path.write_bytes("keywords: {a: {fr: [élu]}}".encode("latin-1"))
    with pytest.raises(SettingsError, match=r"words\.yaml: not UTF-8: .* save it as UTF-8"):
        lexicon_from_file(path)

    path.write_text("keywords: {a: {en: []}}")
    with pytest.raises(SettingsError, match=r"words\.yaml: keywords\.a: expected at least one entry"):
        lexicon_from_file(path)


def test_the_default_lexicon_has_its_groups_and_photos():
    names = default_lexicon().series

    assert {"keyword=protest", "keyword=election", "keyword=violence", "keyword=arrest", "media=photo"} <= set(names)
    assert all(is_value(value_of(name)) for name in names)
    assert default_lexicon() is default_lexicon()


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("تظاهرات در تهران", "protest"),
        ("Immense manifestation à Paris", "protest"),
        ("والمظاهرات مستمرة", "protest"),
        ("#IranElection results", "election"),
        ("رأی من کو؟", "election"),
        ("gaz lacrymogène place Vanak", "violence"),
        ("deux étudiants arrêtés", "arrest"),
        ("اعتقال صحفي", "arrest"),
        ("فیلترشکن لازم دارم", "censorship"),
        ("اینترنت قطع است", "internet"),
        ("demande du sang, hôpital plein", "medical"),
        ("شایعه است", "rumour"),
        ("وزارة الداخلية تنفي الخبر", "denial"),
        ("#nomaintenance", "maintenance"),
        ("#CNNFail", "broadcaster"),
    ],
)
def test_the_default_lexicon_knows_its_languages(text, group):
    assert default_lexicon().series.index(f"keyword={group}") in bits_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "il arrête de pleuvoir",
        "السلام عليكم ورحمة الله وبركاته",
        "قیمت نفت بالا رفت",
        "see you in march",
        "orally",
        "tu es là",
    ],
)
def test_the_default_lexicon_leaves_everyday_words_alone(text):
    assert bits_of(text) == set()


@pytest.mark.parametrize("lang", ["fa", "fr", "en"])
@pytest.mark.parametrize(
    "topic", ["election", "protest", "violence", "arrest", "censorship", "internet", "maintenance"]
)
def test_the_default_lexicon_finds_the_scenarios_topics(topic, lang):
    bit = default_lexicon().series.index(f"keyword={topic}")

    assert [text for text in JUNE.topics[topic].texts[lang] if bit not in bits_of(text)] == []


@pytest.mark.parametrize("lang", ["fa", "fr", "en"])
def test_the_default_lexicon_finds_nothing_in_the_scenarios_everyday_posts(lang):
    assert [text for text in JUNE.topics["everyday"].texts[lang] if bits_of(text)] == []


def test_the_default_lexicon_sees_the_scenarios_pictures():
    composer = Composer(JUNE.topics, JUNE.places, JUNE.photos)
    text = composer.compose("everyday", "en", lambda: 0.5, tags=False, photo=True, repost=False)

    assert {default_lexicon().series[bit] for bit in bits_of(text)} == {"media=photo"}


def bits_of(text: str) -> set[int]:
    mask = default_lexicon().match([text])[0]
    return {bit for bit in range(mask.bit_length()) if mask >> bit & 1}


@pytest.mark.parametrize("nested", ["[" * 2_000, '{"a":' * 1_500, "- " * 1_500, "&a [*a]"])
def test_a_file_that_is_nested_too_deep_is_a_mistake_that_is_told_at_once(nested):
    with pytest.raises(SettingsError, match=r"mine\.yaml"):
        load_lexicon(f"keywords:\n  vote: {nested}", "mine.yaml")
