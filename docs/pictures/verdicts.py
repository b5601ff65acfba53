"""Draws ``verdicts/*.svg``: for each verdict the series that caused it. Run: ``python docs/pictures/verdicts.py``.

Everything is of real runs: the scenarios, seed 1, are judged offline, and the incidents drawn are those that were told.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, DateFormatter
from matplotlib.figure import Figure

from producers.scenario import SCENARIOS
from tocsin import series as names
from tocsin.cli.show import MARKS
from tocsin.clocks import blind_sources
from tocsin.detect.baseline import ONE
from tocsin.incidents import Incident
from tocsin.judge import Judgement
from tocsin.lexicon import default_lexicon
from tocsin.maintenance import Windows
from tocsin.offline import Offline
from tocsin.paint import COUNTED, EXPECTED, KINDS, STYLE
from tocsin.settings import load_settings

FOLDER = Path(__file__).with_name("verdicts")
DAY_MS, HOUR_MS = 86_400_000, 3_600_000
FINE_HOURS = 4  # longer pictures count five buckets as one, or nobody could follow the line
WIDTH, PANEL, STRIP, REST = 8.0, 1.9, 0.24, 0.95  # inches; 8 are 768 pixels in a browser
BAND, WINDOW, ALIVE = "#D8D8D8", "#F0E442", "#777777"


@dataclass(frozen=True)
class Picture:
    """A stretch of a scenario.

    Attributes:
        name: Of the file.
        scenario: That is judged.
        since: ``month-day hour:minute`` of 2009, UTC.
        hours: How long it is.
        panels: One series each, with the incidents on it.
        told: A series whose incidents are drawn over every panel.
        heartbeats: Sources whose life is drawn beneath.
    """

    name: str
    scenario: str
    since: str
    hours: float
    panels: tuple[str, ...]
    told: str = ""
    heartbeats: tuple[str, ...] = ()

    @property
    def begin(self) -> int:
        """Epoch ms."""
        return int(datetime.fromisoformat(f"2009-{self.since}+00:00").timestamp()) * 1000

    @property
    def end(self) -> int:
        """Epoch ms."""
        return self.begin + int(self.hours * HOUR_MS)

    @property
    def days(self) -> str:
        """The days that it lies on, of one month."""
        first, last = (datetime.fromtimestamp(at / 1000, UTC) for at in (self.begin, self.end - 1))
        return f"{first:%-d} and {last:%-d %B %Y}, UTC" if first.day < last.day else f"{first:%-d %B %Y}, UTC"

    @property
    def step(self) -> int:
        """How many buckets are drawn as one."""
        return 1 if self.hours <= FINE_HOURS else 5


@dataclass
class Run:
    """What a scenario came to.

    Attributes:
        bucket_ms: Width of a bucket.
        buckets: By number the judgement, and which sources were blind.
        incidents: By id the last revision.
        borne_out: By id of an outage when reports became evidence of it, epoch ms.
        windows: Declared maintenance, as it stood at the end.
    """

    bucket_ms: int
    buckets: dict[int, tuple[Judgement, list[str]]] = field(default_factory=dict)
    incidents: dict[str, Incident] = field(default_factory=dict)
    borne_out: dict[str, int] = field(default_factory=dict)
    windows: Windows = field(default_factory=dict)

    def within(self, picture: Picture) -> range:
        """Number the buckets of a picture."""
        return range(picture.begin // self.bucket_ms, picture.end // self.bucket_ms)


TEHRAN, DEATH, TWIN = "tehran-2009", "collector-death", "twin-outage"
SMS, TWITTER, WEB = "channel=sms", "channel=twitter", "channel=web"
GATEWAY, EAST, WEST = "sms-gateway", "twitter-east", "twitter-west"
PICTURES = (
    Picture("burst", TEHRAN, "06-15 10:00", 10, ("keyword=protest",)),
    Picture("outage", TEHRAN, "06-13 12:00", 10, (WEB,), heartbeats=("web-crawler",)),
    Picture("on-time", TEHRAN, "06-16 20:00", 3, (TWITTER,)),
    Picture("early", "overrun", "05-18 15:30", 3.5, (TWITTER,)),
    Picture("overrun", "overrun", "05-19 01:00", 4, (TWITTER,)),
    Picture("flapping", "flapping", "05-18 11:30", 3, (TWITTER,)),
    Picture("blind", DEATH, "05-18 10:00", 10, (SMS,), f"source={GATEWAY}", (GATEWAY,)),
    Picture("half-blind", DEATH, "05-18 21:00", 9, (TWITTER,), f"source={WEST}", (EAST, WEST)),
    Picture("borne-out", TEHRAN, "06-11 18:00", 11, (SMS, "report=sms"), SMS, (GATEWAY,)),
    Picture("reports", TEHRAN, "06-13 14:00", 10, ("report=telephone",)),
    Picture("not-borne-out", TEHRAN, "06-12 03:00", 13, ("report=web", WEB)),
    Picture("backlog", "backlog", "05-19 11:00", 4, ("backlog=sms", SMS)),
    Picture("exposed", TWIN, "05-18 11:00", 10, (SMS, WEB, TWITTER)),
)
TITLES = {
    "burst": "Burst: people speak of protest",
    "outage": "Outage: the web falls to a tenth",
    "on-time": "On time: down inside the window",
    "early": "Early: down 25 minutes before the window",
    "overrun": "Overrun: still down 50 minutes after the window",
    "flapping": "Flapping: one outage, not twenty",
    "blind": "Blind: nobody else collects sms",
    "half-blind": "Blind in part: one of two sources is dead",
    "borne-out": "Volume and reports: sms is silent, and people say so elsewhere",
    "reports": "Reports alone: nobody collects the telephone",
    "not-borne-out": "Reports that are not borne out: the web speaks on",
    "backlog": "Backlog: sms is back, with all that was held",
    "exposed": "Exposed: maintenance is declared on the last channel",
}


def judge(name: str) -> Run:
    """Judge a scenario offline with the settings that it recommends."""
    scenario = SCENARIOS[name]()
    settings = load_settings(**scenario.settings)
    pipeline = Offline(settings.rules, default_lexicon(), settings.false_page_days)
    run = Run(settings.bucket_ms)
    for item in scenario.lines(seed=1):
        for judgement in pipeline.fold(item.raw):
            closed = judgement.closed
            run.buckets[closed.bucket] = judgement, blind_sources(closed.clocks, closed.bucket, settings.rules)
            for incident in judgement.revisions:
                run.incidents[incident.id] = incident
                if incident.cut and "reports" in incident.evidence:
                    run.borne_out.setdefault(incident.id, (closed.bucket + 1) * run.bucket_ms)
    run.windows = pipeline.judge.windows
    return run


def draw(picture: Picture, run: Run) -> None:
    """Draw one picture."""
    heights = [PANEL] * len(picture.panels) + [STRIP * len(picture.heartbeats)] * bool(picture.heartbeats)
    with rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, sum(heights) + REST), layout="constrained")
        every = figure.subplots(len(heights), sharex=True, height_ratios=heights, squeeze=False)[:, 0].tolist()
        for axes, series in zip(every, picture.panels, strict=False):
            draw_panel(axes, series, picture, run)
        if picture.heartbeats:
            draw_heartbeats(every[-1], picture, run)
        every[-1].set_xlim(picture.begin / DAY_MS, picture.end / DAY_MS)
        every[-1].xaxis.set_major_locator(AutoDateLocator(tz=UTC, minticks=5, maxticks=11))
        every[-1].xaxis.set_major_formatter(DateFormatter("%H:%M", tz=UTC))
        every[-1].set_xlabel(picture.days)
        figure.suptitle(TITLES[picture.name], x=0.01, ha="left", fontweight="bold")
        legends = (axes.get_legend_handles_labels() for axes in every)
        entries = {label: handle for legend in legends for handle, label in zip(*legend, strict=True)}
        look = {"ncols": 7, "frameon": False, "columnspacing": 1.3, "handlelength": 1.4, "handletextpad": 0.5}
        figure.legend(entries.values(), entries.keys(), loc="outside lower center", **look)
        figure.savefig(FOLDER / f"{picture.name}.svg", metadata={"Date": None})


def draw_panel(axes: Axes, series: str, picture: Picture, run: Run) -> None:
    """Draw counts against what was expected, and over them what was told."""
    buckets = run.within(picture)
    parts = [buckets[at : at + picture.step] for at in range(0, len(buckets), picture.step)]
    curves = np.array([curve(series, [run.buckets[bucket] for bucket in part]) for part in parts])
    counted, mean, lower, upper = curves.T
    edges = np.arange(buckets.start, buckets.stop + 1, picture.step) * run.bucket_ms / DAY_MS
    axes.stairs(upper, edges, baseline=lower, fill=True, color=BAND, label="ordinary", zorder=0)
    axes.stairs(mean, edges, baseline=None, color=EXPECTED, linewidth=1.4, linestyle="--", label="expected")
    axes.stairs(counted, edges, baseline=None, color=COUNTED, linewidth=1, label="counted")
    axes.set_ylim(0, 1.4 * max(np.nanmax(counted), upper.max()))  # room for words above
    what = {names.REPORT: "people", names.BACKLOG: "late or twice"}.get(names.dimension_of(series), "posts")
    axes.set_ylabel(what + (" a minute" if picture.step == 1 else " in 5 minutes"))
    axes.set_title(series, loc="right", fontsize=9, family="monospace")
    for incident in run.incidents.values():
        if incident.series in (series, picture.told):
            draw_incident(axes, incident, picture, run)
    for window in run.windows.values():
        if names.series("channel", window.channel) == series and window.begin < picture.end:
            draw_window(axes, window.begin, window.end, "cancelled" if window.state == "cancelled" else "declared")


def curve(series: str, part: list[tuple[Judgement, list[str]]]) -> tuple[float, ...]:
    """Add buckets up: what was counted, expected, and ordinary at least and at most, as windows are judged."""
    look = part[-1][0].look
    if series not in look.names:
        return (0.0, 0.0, 0.0, 0.0)
    row, spread, drift = look.names.index(series), look.expectation.spread, look.expectation.drift
    looks = [judgement.look for judgement, _ in part if row < len(judgement.look.names)]
    counted, mean = (
        float(sum(of)) for of in zip(*((x.observed[row], x.expectation.mean[row] / ONE) for x in looks), strict=True)
    )
    deviation = float(np.sqrt(mean + (spread[row] / len(part) + drift[row]) * mean * mean))
    unseen = any(is_unseen(series, *bucket) for bucket in part)
    return np.nan if unseen else counted, mean, max(mean - 3 * deviation, 0.0), mean + 3 * deviation


def is_unseen(series: str, judgement: Judgement, blind: list[str]) -> bool:
    """Tell whether all sources of a channel are blind."""
    sources = [s for s, clock in judgement.closed.clocks.items() if names.value_of(series) in clock.channels]
    return bool(sources) and set(sources) <= set(blind)


def draw_incident(axes: Axes, incident: Incident, picture: Picture, run: Run) -> None:
    """Shade an incident from its onset to its end, and mark when it was known."""
    begin, end = max(incident.onset, picture.begin), min(incident.closed_at or picture.end, picture.end)
    if begin >= end:
        return
    colour, hatch = KINDS[incident.kind]
    words = f"{MARKS[incident.kind][0]} {incident.kind}"
    if incident.planned:
        words += f", {incident.planned.replace('_', ' ')}"
    across = axes.get_xaxis_transform()
    axes.axvspan(begin / DAY_MS, end / DAY_MS, facecolor=colour, alpha=0.22, linewidth=0, zorder=0.5)
    axes.axvspan(begin / DAY_MS, end / DAY_MS, fill=False, edgecolor=colour, hatch=hatch, linewidth=1, zorder=0.5)
    box = {"facecolor": "white", "alpha": 0.85, "linewidth": 0, "pad": 1.5}
    axes.text(begin / DAY_MS, 0.97, f"  {words}", transform=across, va="top", fontweight="bold", bbox=box, clip_on=True)
    marks = (
        (incident.detected_at, 0.78, "o", "known"),
        (run.borne_out.get(incident.id), 0.65, "D", "reports bear it out"),
    )
    for at, height, sign, label in marks:
        if at is not None and at >= picture.begin:
            axes.axvline(at / DAY_MS, color=COUNTED, linewidth=0.8, linestyle=":")
            axes.plot([at / DAY_MS], [height], sign, color=COUNTED, transform=across, markersize=5, label=label, ls="")


def draw_window(axes: Axes, begin: int, end: int, state: str) -> None:
    """Draw a maintenance window as a bar along the bottom."""
    span = [(begin / DAY_MS, (end - begin) / DAY_MS)]
    look: Any = {"facecolor": WINDOW, "edgecolor": COUNTED, "hatch": "xx", "zorder": 4, "label": f"window, {state}"}
    axes.broken_barh(span, (0, 0.07), transform=axes.get_xaxis_transform(), **look)


def draw_heartbeats(axes: Axes, picture: Picture, run: Run) -> None:
    """Draw a strip for each source: a bar while it is alive, a dotted line while it is not."""
    buckets = run.within(picture)
    for place, source in enumerate(picture.heartbeats):
        lives = [(source not in run.buckets[bucket][1], bucket) for bucket in buckets]
        for alive, stretch in groupby(lives, key=lambda life: life[0]):
            numbers = [bucket for _, bucket in stretch]
            begin, end = (at * run.bucket_ms / DAY_MS for at in (numbers[0], numbers[-1] + 1))
            if alive:
                axes.barh(place, end - begin, left=begin, height=0.5, color=ALIVE, label="heartbeats")
            else:
                axes.plot([begin, end], [place, place], ":", color=COUNTED, label="no heartbeats")
    axes.set_yticks(range(len(picture.heartbeats)), picture.heartbeats)
    axes.set_ylim(len(picture.heartbeats) - 0.5, -0.5)
    axes.grid(visible=False)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)


def main() -> None:
    """Judge each scenario once, and draw what is shown of it."""
    FOLDER.mkdir(exist_ok=True)
    for name in sorted({picture.scenario for picture in PICTURES}):
        run = judge(name)
        for picture in PICTURES:
            if picture.scenario == name:
                draw(picture, run)


if __name__ == "__main__":
    main()
