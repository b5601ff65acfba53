"""Draws ``june-2009.svg``: what Tocsin says of the scenario tehran-2009. Run: ``python docs/pictures/june_2009.py``."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from producers.streams import open_stream
from tocsin.incidents import Incident
from tocsin.lexicon import default_lexicon
from tocsin.offline import Offline
from tocsin.settings import load_settings

LANES = (
    "channel=sms",
    "report=sms",
    "channel=twitter",
    "channel=web",
    "report=telephone",
    "keyword=protest",
    "keyword=maintenance",
)
STEP_MS = 30 * 60_000
WIDTH, LANE, GAP, LEFT, TOP = 1000, 78, 14, 190, 44
COLOURS = {"outage": "#d1495b", "planned": "#3a8fb7", "burst": "#e0a526"}
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #57606a } .name { font-weight: 600 }
.area { fill: #8b98a5 } .expected { fill: none; stroke: #57606a; stroke-width: 1; stroke-dasharray: 3 2 }
@media (prefers-color-scheme: dark) { text { fill: #c9d1d9 } .expected { stroke: #c9d1d9 } }
"""


def run() -> tuple[dict[str, list[tuple[int, float]]], list[Incident], int, int]:
    """Judge the scenario offline; returns (posts, expected) by lane and half hour, incidents, begin and end."""
    stream = open_stream("tehran-2009")
    settings = load_settings(**stream.settings)
    pipeline = Offline(settings.rules, default_lexicon(), settings.false_page_days)
    incidents: dict[str, Incident] = {}
    assert stream.begin is not None and stream.end is not None
    sums = {lane: [(0, 0.0)] * ((stream.end - stream.begin) // STEP_MS) for lane in LANES}
    for item in stream.items(settings.rules):
        for judgement in pipeline.fold(item.raw):
            incidents |= {incident.id: incident for incident in judgement.revisions}
            slot = (judgement.closed.bucket * settings.bucket_ms - stream.begin) // STEP_MS
            mean, _, _ = judgement.look.band()
            rows = {name: row for row, name in enumerate(judgement.look.names)}
            for lane in LANES:
                if lane in rows and 0 <= slot < len(sums[lane]):
                    posts, expected = sums[lane][slot]
                    row = rows[lane]
                    sums[lane][slot] = (posts + int(judgement.look.observed[row]), expected + float(mean[row]))
    return sums, list(incidents.values()), stream.begin, stream.end


def draw() -> Iterator[str]:
    """Write the picture, line by line."""
    sums, incidents, begin, end = run()
    height = TOP + len(LANES) * (LANE + GAP) + 30

    def x(at: float) -> float:
        return LEFT + (WIDTH - LEFT - 10) * (at - begin) / (end - begin)

    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">'
    yield "<title>June 2009 in Tehran as Tocsin tells it: channels, bursts, the SMS outage, a maintenance</title>"
    yield f"<style>{STYLE}</style>"
    for place, (kind, colour) in enumerate(COLOURS.items()):
        yield f'<rect x="{LEFT + place * 130}" y="12" width="14" height="14" fill="{colour}" opacity="0.6"/>'
        yield f'<text x="{LEFT + 20 + place * 130}" y="24">{"maintenance" if kind == "planned" else kind}</text>'
    yield f'<text x="{LEFT + 400}" y="24">grey: posts in half an hour; dashed: expected</text>'
    for lane, name in enumerate(LANES):
        base = TOP + lane * (LANE + GAP) + LANE
        top = max(max(posts, expected) for posts, expected in sums[name]) or 1
        yield f'<text class="name" x="8" y="{base - LANE / 2}">{name}</text>'
        for incident in incidents:
            if incident.series == name:
                kind = "planned" if incident.planned == "on_time" else incident.kind
                left, right = x(max(incident.onset, begin)), x(min(incident.closed_at or end, end))
                yield (
                    f'<rect x="{left:.1f}" y="{base - LANE}" width="{max(right - left, 4):.1f}" height="{LANE}" '
                    f'fill="{COLOURS[kind]}" opacity="0.35"/>'
                )
        points = [(x(begin + (slot + 0.5) * STEP_MS), values) for slot, values in enumerate(sums[name])]
        area = " ".join(f"{at:.1f},{base - LANE * posts / top:.1f}" for at, (posts, _) in points)
        line = " ".join(f"{at:.1f},{base - LANE * expected / top:.1f}" for at, (_, expected) in points)
        yield f'<polygon class="area" points="{x(begin):.1f},{base} {area} {x(end):.1f},{base}"/>'
        yield f'<polyline class="expected" points="{line}"/>'
    for day in range(begin, end, 86_400_000):
        yield f'<text x="{x(day):.1f}" y="{height - 10}">{datetime.fromtimestamp(day / 1000, UTC):%-d June}</text>'
    yield "</svg>"


if __name__ == "__main__":
    Path(__file__).with_name("june-2009.svg").write_text("\n".join(draw()) + "\n", encoding="utf-8")
