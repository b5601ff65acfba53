import pytest

from producers.live.mastodon_place import Place
from tocsin.errors import SettingsError


def test_each_stream_has_its_address_and_the_timeline_that_belongs_to_it() -> None:
    server = "https://mastodon.example/"
    public, local, tag = Place(server, "public"), Place(server, "public:local"), Place(server, "hashtag", "ایران")
    assert public.stream == "https://mastodon.example/api/v1/streaming/public"
    assert public.timeline == "https://mastodon.example/api/v1/timelines/public?limit=40"
    assert local.stream.endswith("/streaming/public/local")
    assert local.timeline.endswith("&local=true")
    assert tag.stream.endswith("/streaming/hashtag?tag=%D8%A7%DB%8C%D8%B1%D8%A7%D9%86")
    assert tag.timeline.endswith("/timelines/tag/%D8%A7%DB%8C%D8%B1%D8%A7%D9%86?limit=40")


def test_a_token_is_a_header_and_shows_nowhere_else() -> None:
    place = Place("https://mastodon.example", "public", token="secret")
    assert place.headers == {"Authorization": "Bearer secret"}
    assert "secret" not in place.stream + place.timeline + repr(place)


@pytest.mark.parametrize(
    ("server", "kind", "tag"),
    [
        ("mastodon.example", "public", ""),
        ("ftp://x", "public", ""),
        ("https://x", "hashtag", ""),
        ("https://x", "public", "y"),
    ],
)
def test_a_place_that_is_none_is_refused_with_the_option_to_mend(server, kind, tag) -> None:
    with pytest.raises(SettingsError, match=r"--server|--tag"):
        Place(server, kind, tag)
