"""What the page shows beside its charts, put together from one look: values, without any markup."""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboards.live.look import Look
from dashboards.live.told import Term, Told, announcement, terms, told
from dashboards.live.watch import Freshness, Pulse
from dashboards.model import Status
from tocsin.standing import State
from tocsin.wording import duration

STATE_SIGNS: Mapping[State, str] = {"alive": "●", "out": "▼", "planned": "◦", "blind": "◌", "quiet": "·"}
STATE_WORDS: Mapping[State, str] = {
    "alive": "alive",
    "out": "out",
    "planned": "silent as announced",
    "blind": "blind: nobody knows",
    "quiet": "quiet: too seldom to tell",
}
_PULSES: Mapping[Pulse, str] = {
    "nothing": "nothing counted yet",
    "waiting": "waiting for a bucket",
    "moving": "up to date",
    "stale": "stale",
    "disconnected": "disconnected",
}
_ALOUD: Mapping[Pulse, str] = {
    "stale": "No bucket closes any more. What is shown is stale.",
    "disconnected": "Redis does not answer any more. What is shown is stale.",
}
_LEFT_OUT = ("late", "duplicates", "rejected")


@dataclass(frozen=True)
class Banner:
    """What must not be overlooked.

    Attributes:
        tone: ``alarm`` where what is shown may be wrong by now, ``calm`` where there is nothing to show yet.
        title: In a few words.
        words: What it means.
        as_of: Event time of what is shown, epoch ms; None if nothing is.
    """

    tone: str
    title: str
    words: str
    as_of: int | None = None


@dataclass(frozen=True)
class Standing:
    """How a channel stands."""

    channel: str
    state: State
    sign: str
    words: str


@dataclass(frozen=True)
class Unheard:
    """A source that is blind: when it was last heard, epoch ms, how far behind, and what it collects."""

    source: str
    heard: int
    behind: str
    channels: str


@dataclass(frozen=True)
class Upkeep:
    """A maintenance window that runs or comes: epoch ms, and the posts that it is expected to cost."""

    id: str
    channel: str
    begin: int
    end: int
    runs: bool
    cost: str


@dataclass(frozen=True)
class View:
    """Everything but the charts.

    Attributes:
        at: Event time up to which all is counted, epoch ms; None before the first bucket.
        speed: How fast event time goes, in words.
        age: How long ago the last bucket closed, in words.
        pulse: As in :class:`~dashboards.live.watch.Freshness`.
        pulse_words: The same in words.
        banner: None when all is well.
        channels: How each stands.
        blind: Sources that are not heard.
        upkeep: Maintenance windows.
        terms: Words that are news.
        more_terms: How many more.
        lasting: Incidents that last.
        over: Those that are over.
        more_over: How many more.
        health: Names and values.
        announcement: For those who hear the page.
    """

    at: int | None
    speed: str
    age: str
    pulse: Pulse
    pulse_words: str
    banner: Banner | None
    channels: tuple[Standing, ...]
    blind: tuple[Unheard, ...]
    upkeep: tuple[Upkeep, ...]
    terms: tuple[Term, ...]
    more_terms: int
    lasting: tuple[Told, ...]
    over: tuple[Told, ...]
    more_over: int
    health: tuple[tuple[str, str], ...]
    announcement: str


def view(look: Look, fresh: Freshness, address: str, now: int) -> View:
    """Put together what the page shows.

    Args:
        look: What is stored, or was when Redis last answered.
        fresh: Whether it still holds.
        address: Of Redis, without password.
        now: Wall clock, epoch ms.
    """
    lasting, over, more_over = told(look.incidents)
    words, more_terms = terms(look.incidents)
    status = look.status
    return View(
        at=status.closed_through if status else None,
        speed=_speed(fresh),
        age=_age(fresh),
        pulse=fresh.pulse,
        pulse_words=_PULSES[fresh.pulse],
        banner=_banner(fresh, status, address, now),
        channels=_standing(look),
        blind=_unheard(status) if status else (),
        upkeep=_upkeep(look, status) if status else (),
        terms=words,
        more_terms=more_terms,
        lasting=lasting,
        over=over,
        more_over=more_over,
        health=tuple(_health(look, status)) if status else (),
        announcement=_ALOUD.get(fresh.pulse) or announcement(look.incidents),
    )


def _speed(fresh: Freshness) -> str:
    if fresh.pulse in ("stale", "disconnected"):
        return "stands still"
    if fresh.pace is None:
        return "not known yet"
    if fresh.live and 0.8 <= fresh.pace <= 1.25:
        return "1×, live"
    return f"{fresh.pace:,.0f}×, replay" if fresh.pace >= 10 else f"{fresh.pace:.1f}×, replay"


def _age(fresh: Freshness) -> str:
    if fresh.pulse in ("nothing", "waiting"):
        return "none since this page looks"
    if fresh.pulse == "disconnected":
        return "not known"
    return f"{duration(round(fresh.silent_s) * 1000)} ago"


def _banner(fresh: Freshness, status: Status | None, address: str, now: int) -> Banner | None:
    as_of = status.closed_through if status else None
    silent = duration(round(fresh.silent_s) * 1000)
    if fresh.pulse == "disconnected":
        return Banner(
            "alarm",
            f"Disconnected for {silent}",
            f"Redis at {address} does not answer as it should. Nobody knows what has happened since. It was: "
            f"{fresh.trouble}",
            as_of,
        )
    if status is None:
        return Banner(
            "calm",
            "Nothing has been counted yet",
            f"Redis at {address} answers, but no bucket has closed. Workers may be starting (tocsin worker), or there "
            "is nothing to count yet (tocsin replay tehran-2009).",
        )
    if fresh.pulse == "stale":
        seen = fresh.pace is not None
        behind = "" if fresh.live or now < status.closed_through else f" It is {_long_ago(now - status.closed_through)}"
        return Banner(
            "alarm",
            f"No bucket has closed for {silent}"
            if seen
            else f"No bucket has closed since this page looks, for {silent}",
            "The worker has stopped, every source is silent, or a replay is over. Nobody knows what has happened "
            f"since.{behind}",
            as_of,
        )
    return None


def _long_ago(length_ms: int) -> str:
    return f"{duration(length_ms)} behind the clock of this machine."


def _standing(look: Look) -> tuple[Standing, ...]:
    """List the channels, by name."""
    return tuple(
        Standing(channel, state, STATE_SIGNS[state], STATE_WORDS[state]) for channel, state in look.channels.items()
    )


def _unheard(status: Status) -> tuple[Unheard, ...]:
    furthest = max((source.at for source in status.sources.values()), default=0)
    return tuple(
        Unheard(name, source.at, duration(furthest - source.at), ", ".join(source.channels) or "unknown channels")
        for name, source in status.sources.items()
        if source.blind
    )


def _upkeep(look: Look, status: Status) -> tuple[Upkeep, ...]:
    return tuple(
        Upkeep(
            window.id,
            window.channel,
            window.begin,
            window.end,
            window.begin <= status.closed_through,
            f"{window.forecast.posts:,.0f} posts expected in it" if window.forecast else "too little is known to say",
        )
        for window in look.windows
        if window.state != "cancelled" and window.end > status.closed_through
    )


def _health(look: Look, status: Status) -> list[tuple[str, str]]:
    facts = [
        ("posts", f"{status.totals.get('posts', 0):,}"),
        ("buckets", f"{status.totals.get('buckets', 0):,} of {duration(status.bucket_ms)}"),
    ]
    facts += [(kind, _sum(status.totals, kind)) for kind in _LEFT_OUT]
    facts += [
        ("revisions", f"{status.revisions:,}, {status.unpublished:,} not yet in Kafka"),
        ("sources", f"{len(status.sources):,}, {sum(source.blind for source in status.sources.values()):,} blind"),
        ("Redis holds", "not known" if look.memory is None else f"{look.memory / 1e6:,.1f} MB"),
        ("digest", status.digest[:12]),
    ]
    return facts


def _sum(totals: Mapping[str, int], kind: str) -> str:
    parts = {name.partition(":")[2]: n for name, n in totals.items() if name.startswith(f"{kind}:") and n}
    listed = ", ".join(f"{name} {n:,}" for name, n in parts.items())
    return f"{sum(parts.values()):,}" + (f" ({listed})" if listed else "")
