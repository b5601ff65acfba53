"""Short posts from the templates of a scenario's topics."""

from collections.abc import Callable, Mapping, Sequence

from producers.scenario.life import Topic

MAX_LENGTH = 140
FIELDS = ("place", "n")
_NUMBERS = range(2, 23)
_MANY = len(_NUMBERS)
_PHOTO_LETTERS, _PHOTO_LENGTH = "abcdefghijklmnopqrstuvwxyz0123456789", 5
_REPOST = "RT "

_Template = tuple[str, dict[int, str] | None]  # with what it became, by place and number, if anything is to fill in
_Texts = tuple[list[_Template], Sequence[str], tuple[str, ...]]  # with the places and the hashtags that go with them


class Composer:
    """Writes posts.

    Args:
        topics: By name.
        places: That templates may name, by language.
        photos: Beginnings of links to pictures.
    """

    def __init__(self, topics: Mapping[str, Topic], places: Mapping[str, Sequence[str]], photos: Sequence[str]) -> None:
        self._photos = photos
        self._texts: dict[str, dict[str, _Texts]] = {
            topic.name: {
                lang: ([(text, {} if "{" in text else None) for text in texts], places.get(lang) or ("",), topic.tags)
                for lang, texts in topic.texts.items()
            }
            for topic in topics.values()
        }

    def compose(
        self, topic: str, lang: str, chance: Callable[[], float], *, tags: bool, photo: bool, repost: bool
    ) -> str:
        """Write one post.

        Args:
            topic: One of the topics.
            lang: That the topic has texts in.
            chance: Uniform in [0, 1); the only source of variety.
            tags: Whether people use hashtags on this channel.
            photo: Whether it links to a picture.
            repost: Whether it repeats somebody.

        Returns:
            At most 140 characters, if no template is longer than :func:`longest` allows.
        """
        templates, places, known = self._texts[topic][lang]
        text, filled = templates[int(chance() * len(templates))]
        if filled is not None:
            index = int(chance() * len(places)) * _MANY + int(chance() * _MANY)
            template, text = text, filled.get(index, "")
            if not text:
                text = filled[index] = template.format(place=places[index // _MANY], n=_NUMBERS[index % _MANY])
        if tags and known:
            text = f"{text} {known[int(chance() * len(known))]}"
        if photo and self._photos:
            text = f"{text} {self._link(chance)}"
        return _REPOST + text if repost else text

    def _link(self, chance: Callable[[], float]) -> str:
        name = "".join([_PHOTO_LETTERS[int(chance() * len(_PHOTO_LETTERS))] for _ in range(_PHOTO_LENGTH)])
        return f"{self._photos[int(chance() * len(self._photos))]}{name}"


def longest(text: str, tags: Sequence[str], places: Sequence[str], photos: Sequence[str]) -> int:
    """Tell how long a template's post may become, with tag, picture and all.

    Raises:
        ValueError: When it holds other fields than ``{place}`` and ``{n}``.
    """
    try:
        written = text.format(place=max(places, key=len, default=""), n=_NUMBERS[-1])
    except (KeyError, IndexError, ValueError) as error:
        raise ValueError("expected no other fields than {place} and {n}; a brace itself is written twice") from error
    tag = max((len(tag) + 1 for tag in tags), default=0)
    photo = max((len(photo) + 1 + _PHOTO_LENGTH for photo in photos), default=0)
    return len(_REPOST) + len(written) + tag + photo
