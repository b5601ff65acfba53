"""What somebody who can write to Redis, or choose a channel's name, can do to the page: nothing."""

from html.parser import HTMLParser

import pytest

from dashboards.live.look import Choice, Look, Sheet
from dashboards.live.lookout import Scene
from dashboards.live.render import PANELS, Renderer, page
from dashboards.live.spans import Stretch
from dashboards.live.watch import Freshness
from dashboards.model import Band, Row, Source, Status
from tocsin.incidents import Incident, Kind
from tocsin.maintenance import Window

AT = 1_244_826_000_000
SCRIPTS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</text></svg><script>alert(1)</script>",
    "{{ 7 * 7 }}<style>*{}</style>",
    "]]><a href='javascript:alert(1)'>x</a>",
)
OVERRIDE = "evil\u202egnp.exe\u2066\x00\x1b[31m"
PERSIAN = "می\u200cخواهم"


def hostile(name: str) -> Scene:
    """A scene in which every name is this one."""
    kinds: tuple[Kind, ...] = ("burst", "outage", "blind", "term", "exposed", "backlog")
    incidents = {
        f"{kind}{name}{closed}": Incident(
            f"{kind}{name}{closed}", 1, kind, f"region={name}", AT, AT, closed_at=closed, channels=(name,),
            standing=(name,), doubted={f"keyword={name}": 1}, evidence=(), peak_authors=5,
        )
        for kind in kinds
        for closed in (None, AT + 60_000)
    }  # fmt: skip
    status = Status(
        version=name, bucket_ms=60_000, partitions=1, lexicon=name, closed=AT // 60_000, digest=name[:12], revisions=1,
        published=0, totals={"posts": 1, "buckets": 2, f"late:{name}": 3, f"rejected:{name}": 1},
        sources={name: Source(at=AT, implied=False, channels=(name,), blind=True)},
    )  # fmt: skip
    windows = (Window(id=name, at=AT, channel=name, begin=AT, end=AT + 9_000_000, state="declared"),)
    look = Look(status, incidents, {name: "alive"}, windows, {f"region={name}": 1}, memory=1)
    rows = (Row(AT, (1, 1), (None, Band(1.0, 0.0, 2.0))),)
    sheet = Sheet(("posts", f"channel={name}"), 3, rows)
    stretch = Stretch("minute", 60_000, 1, AT, AT + 60_000, AT)
    return Scene(look, Freshness("disconnected", 5.0, trouble=name), name, AT, {("auto", "channel"): (sheet, stretch)})


class Seen(HTMLParser):
    """Gathers what a browser would make of a text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data):
        self.text += data


def spelt(name: str) -> dict[str, str]:
    return dict(Renderer(hostile(name)).panels(Choice()))


def test_the_scene_names_it_everywhere() -> None:
    panels = spelt("tabriz")
    assert {name for name in PANELS if "tabriz" in panels[name]} == set(PANELS) - {"head", "announcement"}


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_name_makes_neither_an_element_nor_an_attribute(name: str) -> None:
    plain, given = spelt("tabriz"), spelt(name)
    for panel in PANELS:
        harmless, seen = Seen(plain[panel]), Seen(given[panel])
        assert (seen.tags, seen.attributes) == (harmless.tags, harmless.attributes), panel
    assert name in Seen(given["channels"]).text


def test_a_name_does_not_turn_the_text_around_it() -> None:
    whole = page(Choice(), spelt(OVERRIDE), "edition")
    assert "gnp.exe" in whole
    for treacherous in "\u202e\u2066\x00\x1b":
        assert treacherous not in whole
    assert "<bdi>evil\ufffdgnp.exe" in whole


def test_the_joiners_that_a_language_needs_stay() -> None:
    assert PERSIAN in spelt(PERSIAN)["rest"]


def test_no_script_and_no_style_stands_in_the_page_itself() -> None:
    seen = Seen(page(Choice(), spelt("tabriz"), "edition"))
    assert "style" not in seen.tags | seen.attributes
    assert not [name for name in seen.attributes if name.startswith("on")]
    assert "alert" not in seen.text
