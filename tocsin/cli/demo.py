"""``tocsin demo``: the whole pipeline in one command, with a broker and a store of its own."""

import signal
import sys
import threading
import time
from contextlib import nullcontext
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.live import Live

from dashboards.reader import Reader
from producers.streams import Stream, open_stream
from tocsin.cli.demo_page import LivePage, live_page, open_browser
from tocsin.cli.demo_stream import Playing
from tocsin.cli.embedded import EmbeddedKafka, embedded_kafka, embedded_redis
from tocsin.cli.replay import parse_speed
from tocsin.cli.screen import Channel, Shown, render
from tocsin.cli.topics import create_topics
from tocsin.cli.worker import working
from tocsin.errors import TocsinError
from tocsin.incidents import to_record
from tocsin.settings import Settings, load_settings

DEFAULT_SECONDS = 60.0  # how long a scenario plays when nobody says otherwise
START_SECONDS = 8.0  # what servers, worker and the last bucket take of it, roughly
REFRESH_SECONDS = 0.25
PULSE_BUCKETS = 48


def demo(  # noqa: PLR0913, PLR0917  # the options of a command
    scenario: Annotated[
        str, typer.Option(help="Scenario or archive to play; tocsin scenario list names them.")
    ] = "tehran-2009",
    speed: Annotated[
        str | None, typer.Option(help="Seconds of event time per second, or max. By default it fits the time.")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option("--for", min=1, help="Stop after so many seconds at the latest.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the scenario's noise.")] = 1,
    as_json: Annotated[
        bool, typer.Option("--json", help="Show nothing, and print one JSON object at the end.")
    ] = False,
    page: Annotated[
        bool | None, typer.Option("--page/--no-page", help="Serve the live page; by default, in a terminal.")
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser, where there is a display.")] = True,
) -> None:
    """Play a scenario through the whole pipeline, and watch bursts and outages ring.

    Starts a Kafka-compatible broker and a Redis-compatible store in memory, on loopback ports of their own, a worker,
    a producer and the live page. Nothing needs to be installed, and nothing is left behind. Ctrl-C ends it.

    Examples:
      tocsin demo                                 # June 2009 in Tehran, nine days in a minute

      tocsin demo --scenario quiet-week --for 30  # nothing should ring

      tocsin demo --for 60 --json                 # for scripts, without a page

      tocsin demo --no-browser                    # open the page yourself
    """
    stream = open_stream(scenario, seed=seed)
    seen = sys.stdout.isatty() and not as_json
    with embedded_redis() as redis, embedded_kafka() as kafka:
        settings = _settings(stream, kafka, redis)
        pace = _fit(stream, seconds or DEFAULT_SECONDS) if speed is None else parse_speed(speed)
        served = live_page(settings) if page or (page is None and seen) else nullcontext()
        with served as paged:  # the first to start, for it takes the longest
            create_topics(settings)
            with working(settings), Reader(settings.redis_url, settings.redis_prefix) as reader:
                if paged:
                    _invite(paged, open_it=browser and seen)
                playing = Playing(stream, settings, pace)
                title = f"{stream.name} at {_words(pace)}"
                show = Show(reader, playing, kafka, title, page=paged, quiet=as_json)
                try:
                    show.run(seconds, stay=seen and seconds is None)
                finally:
                    playing.stop()
                if as_json:
                    told = summary(reader, stream, seed, playing)
                    sys.stdout.write(msgspec.json.encode(told).decode() + "\n")


def _settings(stream: Stream, kafka: EmbeddedKafka, redis: str) -> Settings:
    return load_settings(
        kafka=kafka.bootstrap,
        kafka_security="plaintext",  # whatever is set for the servers that are not used here
        **dict.fromkeys(("kafka_ca", "kafka_user", "kafka_password", "redis_ca")),
        redis=redis,
        namespace="",
        partitions=1,  # one worker reads them all, and each has its share of the work of every bucket
        metrics_host="127.0.0.1",
        metrics_port=0,
        **stream.settings,
    )


def _invite(paged: LivePage, *, open_it: bool) -> None:
    """Say where the page is, and open it before anything is played: nobody shall miss the first bucket."""
    paged.wait()
    Console(stderr=True, highlight=False).print(f"The live page is at {paged.address}")
    if open_it and open_browser(paged.address):
        paged.wait_for_browser()


def _fit(stream: Stream, seconds: float) -> float | None:
    """Choose a speed at which a scenario is over in time; an archive goes as fast as it can."""
    if stream.begin is None or stream.end is None:
        return None
    return (stream.end - stream.begin) / 1000 / max(seconds - START_SECONDS, 1) / 0.9


def _words(pace: float | None) -> str:
    return "full speed" if pace is None else f"{pace:,.0f} times the speed of life"


class Show:
    """Shows the pipeline at work until the stream is over, the time is up, or somebody presses Ctrl-C.

    Args:
        reader: Of what the worker stores.
        playing: The stream.
        kafka: To be watched.
        title: What is played.
        page: The live page, if there is one.
        quiet: Whether to show nothing.
    """

    def __init__(
        self, reader: Reader, playing: Playing, kafka: EmbeddedKafka, title: str, *, page: LivePage | None, quiet: bool
    ) -> None:
        self._reader = reader
        self._playing = playing
        self._kafka = kafka
        self._title = title
        self._page = page
        self._quiet = quiet

    def run(self, seconds: float | None, *, stay: bool) -> None:
        """Refresh the screen; a second Ctrl-C is not needed.

        Args:
            seconds: After which to end at the latest.
            stay: Whether to keep the page, if there is one, when the stream is over.
        """
        deadline = time.monotonic() + seconds if seconds else None
        stop = threading.Event()
        previous = [signal.signal(n, lambda *_: stop.set()) for n in (signal.SIGINT, signal.SIGTERM)]
        try:
            with Live(console=Console(quiet=self._quiet), auto_refresh=False) as live:
                while not stop.wait(REFRESH_SECONDS) and not self._over():
                    self._show(live)
                    if deadline and time.monotonic() >= deadline:
                        break
                self._show(live, rows=40)
            if stay and self._page and not stop.is_set():
                Console().print(f"The stream is over. The page stays at {self._page.address} until Ctrl-C.")
                while not stop.wait(1):
                    self._kafka.check()
        finally:
            for number, handler in zip((signal.SIGINT, signal.SIGTERM), previous, strict=True):
                signal.signal(number, handler)

    def _show(self, live: Live, rows: int = 14) -> None:
        if not self._quiet:
            live.update(render(self._shown(), rows), refresh=True)

    def _over(self) -> bool:
        self._kafka.check()
        if self._playing.error:
            raise TocsinError(f"the producer stopped: {self._playing.error}") from self._playing.error
        status = self._reader.status()
        return self._playing.finished and status is not None and status.closed >= self._playing.last_bucket()

    def _shown(self) -> Shown:
        status = self._reader.status()
        if status is None:
            waiting = "the worker joins its group; the first counts come in a few seconds"
            return Shown(self._title, notes=f"{self._page_words()}{waiting}")
        at = status.closed_through - status.bucket_ms
        channels = [name for name in self._reader.series() if name.startswith("channel=") and "|" not in name]
        pulse = []
        for name in ("posts", *channels):
            points = self._reader.last_counts(name, "bucket", PULSE_BUCKETS)
            band = self._reader.bands(name, at, at + status.bucket_ms).get(at)
            pulse.append(Channel(name, [point.posts or 0 for point in points], band.expected if band else None))
        notes = self._page_words() + (f"digest {status.digest}" if self._over() else "Ctrl-C ends it")
        return Shown(self._title, status.closed_through, status.totals, pulse, self._reader.incidents(), notes)

    def _page_words(self) -> str:
        return f"the page: {self._page.address}   " if self._page else ""


def summary(reader: Reader, stream: Stream, seed: int, playing: Playing) -> dict[str, Any]:
    """Say in one object what the demo came to."""
    status = reader.status()
    totals = status.totals if status else {}

    def total(kind: str) -> dict[str, int]:
        prefix = f"{kind}:"
        return {name.removeprefix(prefix): n for name, n in totals.items() if name.startswith(prefix)}

    return {
        "scenario": stream.name,
        "seed": seed,
        "complete": bool(playing.finished and status and status.closed >= playing.last_bucket()),
        "closed_through": status.closed_through if status else None,
        "posts": totals.get("posts", 0),
        "buckets": totals.get("buckets", 0),
        "late": total("late"),
        "duplicates": total("duplicates"),
        "rejected": total("rejected"),
        "incidents": [to_record(incident) for incident in reader.incidents()],
        "digest": status.digest if status else None,
    }
