"""What a worker says when something is missing or wrong: what was tried, and what to do next."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from servers.kafka import KafkaServer
from servers.pipeline import tocsin
from servers.workers import Workers

from tocsin.cli.children import free_port
from tocsin.cli.topics import create_topics
from tocsin.settings import load_settings


def test_a_wrong_setting_is_named_with_its_value_and_what_was_expected() -> None:
    for command in (["tocsin", "worker"], ["processors"]):
        run = subprocess.run(
            [sys.executable, "-m", *command],
            env={**os.environ, "TOCSIN_BUCKET_SECONDS": "soon"},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert run.returncode != 0
        assert "TOCSIN_BUCKET_SECONDS" in run.stderr
        assert "soon" in run.stderr
        assert "Traceback" not in run.stderr


def test_a_missing_broker_is_looked_for_again_and_named() -> None:
    settings = load_settings(kafka=f"127.0.0.1:{free_port()}")
    process = subprocess.Popen(
        [sys.executable, "-m", "tocsin", "worker"],
        env={**os.environ, **settings.environment()},
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(6)
    assert process.poll() is None, "it waits for the broker"
    process.terminate()
    words = process.communicate(timeout=20)[1].replace("\n", " ")
    assert settings.kafka in words
    assert "next try" in words


def test_a_missing_redis_is_looked_for_again_and_named_without_its_password(
    kafka: KafkaServer, namespace: str, tmp_path: Path
) -> None:
    port = free_port()
    settings = load_settings(namespace=namespace, kafka=kafka.bootstrap, redis=f"redis://:hush@127.0.0.1:{port}/0")
    create_topics(settings)
    workers = Workers(1, tmp_path, settings.environment())
    try:
        deadline = time.monotonic() + 20
        while f"127.0.0.1:{port}" not in workers.logs():
            assert time.monotonic() < deadline, workers.logs()
            time.sleep(0.2)
        time.sleep(1)
        assert workers.restarts == 0
        assert workers.alive()
    finally:
        workers.stop()
    assert "redis-server" in workers.logs()
    assert "hush" not in workers.logs()


def test_a_port_in_use_is_said_so(kafka: KafkaServer, redis_url: str, namespace: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        settings = load_settings(namespace=namespace, kafka=kafka.bootstrap, redis=redis_url, metrics_port=port)
        create_topics(settings)
        run = tocsin("worker", "--no-restart", settings=settings, timeout=60)
    assert run.returncode == 2
    assert f"TOCSIN_METRICS_PORT = {port}: port in use" in run.stderr
