from producers.live.filters import Filter
from tocsin.lexicon import default_lexicon
from tocsin.posts import Post


def post(text: str, lang: str | None = None) -> Post:
    return Post("1", 0, "s", "c", "a", text, lang=lang)


def test_without_a_wish_everything_is_taken() -> None:
    assert Filter().takes(post("anything"))


def test_only_the_languages_that_are_wanted_are_taken() -> None:
    wanted = Filter(langs=frozenset({"fa", "en"}))
    assert [wanted.takes(post("x", lang)) for lang in ("fa", "en", "fr", None)] == [True, True, False, False]


def test_only_posts_that_mention_a_group_are_taken() -> None:
    lexicon = default_lexicon()
    wanted = Filter(groups=1 << lexicon.series.index("keyword=protest"), lexicon=lexicon)
    assert wanted.takes(post("a protest at the square"))
    assert not wanted.takes(post("a walk in the park"))
