"""The Faust app. Nothing happens at import: ``create_app`` builds it from settings."""

import logging
from functools import partial
from typing import Any

import faust
import faust._cython.streams  # without the extension every record costs several times as much: fail early
from faust.auth import Credentials

from processors.agents.detect import DetectAgent
from processors.agents.tally import TallyAgent
from processors.consumer import Consumer
from processors.context import Context, or_end
from processors.health import HealthServer
from processors.metrics import Metrics
from processors.store import Store
from tocsin import __version__
from tocsin.access import Broker
from tocsin.lexicon import default_lexicon, lexicon_from_file
from tocsin.settings import Settings
from tocsin.topics import MAX_TALLY_BYTES

logger = logging.getLogger(__name__)


def create_app(settings: Settings) -> faust.App:
    """Build the app that counts and judges.

    The Faust settings are part of the exactness protocol: no empty-stream wait, which hangs rebalances; memory store,
    since Redis and Kafka hold the state; topics that exist already.

    Args:
        settings: Of the deployment.

    Returns:
        An app for ``faust.Worker``; it connects to nothing before it is started.
    """
    app = faust.App(
        settings.group,
        broker=[f"kafka://{server}" for server in settings.broker.addresses],
        broker_credentials=_credentials(settings.broker),
        store="memory://",
        processing_guarantee="at_least_once",
        stream_wait_empty=False,
        stream_buffer_maxsize=16,  # fetches, of a MiB each or more once unpacked
        topic_allow_declare=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=1 << 20,
        producer_acks=-1,
        producer_max_request_size=MAX_TALLY_BYTES,
        broker_session_timeout=6.0,
        broker_heartbeat_interval=2.0,
        broker_rebalance_timeout=12.0,
        broker_request_timeout=20.0,
        broker_commit_interval=0.5,
        broker_max_poll_records=5_000,
        web_enabled=False,
        worker_redirect_stdouts=False,
    )
    app.transport.Consumer = partial(Consumer, together=(settings.topics.posts.name,))
    app._create_directories = lambda: None  # noqa: SLF001 - they are for tables, and we keep none
    if not settings.sources:
        logger.warning(
            "TOCSIN_SOURCES is not set: whoever can write to %s can stop the clock, or set it forward. "
            "That is for a laptop; elsewhere name your collectors",
            settings.topics.posts.name,
        )
    if settings.control_key is None:
        logger.warning(
            "TOCSIN_CONTROL_KEY is not set: whoever can write to %s can declare maintenance", settings.topics.posts.name
        )
    metrics = Metrics()
    metrics.worker.info({"version": __version__, "namespace": settings.namespace})
    lexicon = lexicon_from_file(settings.lexicon) if settings.lexicon else default_lexicon()
    store = Store(settings, settings.rules, lexicon.digest, metrics.redis_errors.inc)
    context = Context(settings, settings.rules, lexicon, metrics, store)
    _attach_agents(app, context)
    _attach_services(app, context)
    return app


def _credentials(broker: Broker) -> Credentials | None:
    """Spell for Faust how to reach the broker; None where the way is plain."""
    tls = broker.tls()
    if tls is None:
        return None
    if broker.user is None:
        return faust.SSLCredentials(tls)
    return faust.SASLCredentials(
        username=broker.user, password=broker.secret, ssl_context=tls, mechanism=broker.mechanism
    )


def _attach_agents(app: faust.App, context: Context) -> None:
    def topic(name: str) -> Any:
        return app.topic(name, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")

    topics = context.settings.topics
    tallies = topic(topics.tallies.name)
    tally = TallyAgent(app, context, tallies, topic(topics.dead.name))
    detect = DetectAgent(app, context, topic(topics.incidents.name))

    app.agent(topic(topics.posts.name), name="tally", concurrency=1)(tally.run)
    app.agent(tallies, name="detect", concurrency=1)(detect.run)


def _attach_services(app: faust.App, context: Context) -> None:
    settings, metrics = context.settings, context.metrics

    redis_answers = False

    def missing() -> str:
        if not redis_answers:
            return "Redis has not answered yet"
        return "" if app.consumer.assignment() else "no partition is assigned yet"

    health = HealthServer(settings.metrics_host, settings.metrics_port, metrics, missing)

    async def listen() -> None:
        port = await or_end(health.start())  # a worker that nobody can watch must not run
        logger.info("metrics and health on http://%s:%d", settings.metrics_host, port)

    async def look_for_redis() -> None:
        nonlocal redis_answers
        await _check_state(context)
        redis_answers = True

    async def measure_lag() -> None:
        _measure_lag(app.consumer, settings.topics.posts.name, metrics)

    async def on_assigned(_: Any, assigned: Any, **__: Any) -> None:
        metrics.rebalances.inc()
        if not any(partition.topic == settings.topics.tallies.name for partition in assigned):
            metrics.forget()

    async def close(*_: Any, **__: Any) -> None:
        await health.stop()  # agents may need Redis to the last: its connections end with the process

    app.task(listen)
    app.task(look_for_redis)
    app.timer(1.0)(measure_lag)
    app.on_partitions_assigned.connect(on_assigned, weak=False)
    app.on_before_shutdown.connect(close, weak=False)


async def _check_state(context: Context) -> None:
    """Wait for Redis, and end the process if it holds what this release and these settings cannot continue.

    Also where another worker runs detection: partials and positions are of a version too.
    """
    await or_end(context.store.ping())
    await or_end(context.store.check())


def _measure_lag(consumer: Any, topic: str, metrics: Metrics) -> None:
    for partition in consumer.assignment():
        if partition.topic == topic and (end := consumer.highwater(partition)):
            done = consumer._read_offset.get(partition) or 0  # noqa: SLF001 - Faust has no public way
            metrics.offset_lag.labels(str(partition.partition)).set(max(0, end - done - 1))
