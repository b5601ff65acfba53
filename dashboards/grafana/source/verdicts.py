"""How verdicts are asked for and coloured, wherever they are shown."""

from grafana_foundation_sdk.builders import stat, statetimeline
from grafana_foundation_sdk.builders.dashboard import DashboardLink
from grafana_foundation_sdk.models.dashboard import DashboardLinkType

from dashboards.grafana.source.panels import number, states
from dashboards.grafana.source.style import (
    BLIND,
    CALM,
    CRITICAL,
    OUTAGE,
    PLAIN,
    PLANNED,
    WARNING,
    Card,
    Meanings,
    Query,
)

# The worse, the higher: where two workers tell of a channel at a handover, the worse is shown.
_STATES = ("alive", "quiet", "planned", "blind", "out")
STATES: Meanings = dict(enumerate(zip(_STATES, (CALM, PLAIN, PLANNED, BLIND, OUTAGE), strict=True), start=1))
_SEVERITIES = ("info", "warning", "critical")
SEVERITIES: Meanings = {
    0: ("calm", CALM),
    1: ("info: wakes nobody", PLANNED),
    2: ("warning", WARNING),
    3: ("critical", CRITICAL),
}


def channel_states(narrowed: str = "") -> str:
    """The state of each channel, as its number in ``STATES``.

    Args:
        narrowed: More of the selector, such as ``,channel="$channel"``.
    """
    parts = (
        f'{number} * tocsin_channel_state{{state="{state}"{narrowed}}}' for number, state in enumerate(_STATES, start=1)
    )
    return f"max by (channel) ({' or '.join(parts)})"


def severities(by: str, narrowed: str, least: str = "info") -> str:
    """The severity of each incident, as its number in ``SEVERITIES``.

    Args:
        by: Labels that tell one incident from another.
        narrowed: More of the selector, such as ``,kind="outage"``.
        least: Severity from which on incidents are shown.
    """
    parts = (
        f'{number} * tocsin_incident_open{{severity="{severity}"{narrowed}}}'
        for number, severity in enumerate(_SEVERITIES, start=1)
        if number > _SEVERITIES.index(least)
    )
    return or_none(f"max by ({by}) ({' or '.join(parts)})", "kind", "no incident")


# What is there as long as a worker tells of the present; and as long as there is any worker.
PRESENT, ANY_WORKER = "max(tocsin_bucket_seconds)", "count(tocsin_worker_info)"


def or_zero(expr: str, while_there_is: str = PRESENT) -> str:
    """Where nothing is counted, zero; but only while a worker tells: else nobody knows, and nothing is shown.

    Args:
        expr: Without labels.
        while_there_is: What a worker shows.
    """
    return f"{expr} or 0 * {while_there_is}"


def or_none(expr: str, label: str, word: str, while_there_is: str = PRESENT) -> str:
    """Likewise for what has labels: a zero that is called by a word.

    Args:
        expr: With labels.
        label: That takes the word.
        word: Such as ``no incident``.
        while_there_is: What a worker shows.
    """
    return f'{expr} or on () label_replace(0 * {while_there_is}, "{label}", "{word}", "", "")'


def channels_alive(id_: int) -> stat.Panel:
    """How many channels can be heard."""
    return number(
        Card(id_, "Channels alive", "One is the last one standing; without it, nobody is heard at all.", 4, 4),
        Query('max(tocsin_channels{state="alive"})'),
        "none",
        ((None, CRITICAL), (2, CALM)),
    )


def channels_stand(id_: int, height: int) -> statetimeline.Panel:
    """The state of every channel, over the whole width. A click on one opens its dashboard, for the same time."""
    link = (
        DashboardLink("This channel in depth")
        .type(DashboardLinkType.LINK)
        .url("/d/tocsin-channel?var-channel=${__field.labels.channel}&var-datasource=${datasource}&${__url_time_range}")
    )
    text = (
        "Out: silent, though its collector lives. Planned: silent in a declared window. Blind: nobody collects it. "
        "Click on a channel to see it in depth."
    )
    card = Card(id_, "How the channels stand", text, 24, height)
    return states(card, Query(channel_states(), "{{channel}}"), STATES).data_links([link])
