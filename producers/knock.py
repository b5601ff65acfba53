"""Seeing whether the broker's door opens, before a client is made that would call for ever.

kafka-python tells only its log why a door stayed shut: that the other side speaks TLS and we do not, or the other way
round, that it shows a certificate of somebody else, or does not know the user. It then tries again without end, and
leaves the sockets of a start that failed to the garbage collector.
"""

import asyncio
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor

from aiokafka.conn import create_conn
from aiokafka.errors import KafkaError as AioKafkaError
from kafka.errors import KafkaConnectionError

from tocsin.access import Broker, behind_tls, explain_kafka
from tocsin.errors import SettingsError

_SECONDS = 3.0
_GOODBYE_SECONDS = 0.1  # in which a connection that is closed also ends
# ApiVersions, version 0: the first words of every Kafka client, which every Kafka answers.
_GREETING = bytes.fromhex("0000000a 0012 0000 00000000 ffff")
_TLS_ALERT = b"\x15"


def knock(broker: Broker) -> None:
    """Make sure that one of the brokers listens, speaks as we do, and lets us in.

    Raises:
        KafkaConnectionError: When none of them answers; trying again may help.
        RefusedError: When one answers, and trying again cannot help.
        SettingsError: When an address cannot be read.
    """
    tls = broker.tls()
    for address in broker.addresses:
        host, _, port = address.rpartition(":")
        try:
            _greet(broker, tls, host.strip("[]"), int(port))
        except (OSError, KafkaConnectionError, AioKafkaError) as error:
            failure: Exception = error
        except ValueError as error:
            raise SettingsError(f"TOCSIN_KAFKA={broker.servers}: expected host:port, comma-separated") from error
        else:
            return
    if refused := explain_kafka(failure, broker):
        raise refused from failure
    raise KafkaConnectionError(getattr(failure, "strerror", None) or str(failure)) from failure


def _greet(broker: Broker, tls: ssl.SSLContext | None, host: str, port: int) -> None:
    with socket.create_connection((host, port), timeout=_SECONDS) as connection:
        if tls is None:
            _greet_plainly(broker, connection)
        else:
            _shake_hands(tls, connection, host)
    if broker.user:
        with ThreadPoolExecutor(1) as pool:  # whoever calls may have an event loop of its own
            pool.submit(asyncio.run, _log_in(broker, tls, host, port)).result()


def _shake_hands(tls: ssl.SSLContext, connection: socket.socket, host: str) -> None:
    try:
        tls.wrap_socket(connection, server_hostname=host).close()
    except (ssl.SSLEOFError, ConnectionResetError, TimeoutError) as error:  # or it is about to end, or to begin
        raise KafkaConnectionError("no answer to the TLS handshake; is that its TLS port?") from error


def _greet_plainly(broker: Broker, connection: socket.socket) -> None:
    connection.sendall(_GREETING)
    if connection.recv(1) == _TLS_ALERT:
        raise behind_tls(broker)


async def _log_in(broker: Broker, tls: ssl.SSLContext | None, host: str, port: int) -> None:
    try:
        connection = await create_conn(
            host,
            port,
            request_timeout_ms=int(_SECONDS * 1000),
            ssl_context=tls,
            security_protocol=broker.security.upper(),
            sasl_mechanism=broker.mechanism,
            sasl_plain_username=broker.user,
            sasl_plain_password=broker.secret,
        )
        connection.close()
    finally:
        await asyncio.sleep(_GOODBYE_SECONDS)
