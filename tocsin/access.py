"""How Kafka and Redis are reached: where, by which door, as whom; and why a door stayed shut, in words that help.

Kafka's two client libraries and Redis' one raise different errors for the same few reasons. What they mean to an
operator is said here once; every message names the server, the user and the remedy, and none holds a secret.
"""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from tocsin.errors import RefusedError, SettingsError

Security = Literal["plaintext", "ssl", "sasl_ssl"]
Mechanism = Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"]

_RIGHTS = "deploy/kafka-acls.sh gives each role its rights, see docs/security.md"
# Of kafka-python, and of aiokafka.
_UNKNOWN_USER = {"SaslAuthenticationFailedError", "SaslAuthenticationFailed", "AuthenticationFailedError"}
_UNKNOWN_MECHANISM = {"UnsupportedSaslMechanismError"}
_NO_RIGHT = {
    "TopicAuthorizationFailedError": "topic",
    "GroupAuthorizationFailedError": "consumer group",
    "ClusterAuthorizationFailedError": "cluster",
}


@dataclass(frozen=True)
class Broker:
    """Kafka, as this deployment reaches it.

    Attributes:
        servers: ``host:port``, comma-separated.
        security: Whether the way is encrypted, and whether it asks who comes.
        ca: PEM file of the authorities that vouch for the brokers; None for the system's own.
        user: Who comes; None if nobody asks.
        password: Of the user.
        mechanism: How the password is proved.
    """

    servers: str
    security: Security = "plaintext"
    ca: Path | None = None
    user: str | None = None
    password: SecretStr | None = field(default=None, repr=False)
    mechanism: Mechanism = "SCRAM-SHA-512"

    @property
    def addresses(self) -> list[str]:
        """Each ``host:port``."""
        return [server.strip() for server in self.servers.split(",")]

    @property
    def secret(self) -> str | None:
        """The password as it is. Hand it to a client library, and to nobody else."""
        return self.password.get_secret_value() if self.password else None

    def tls(self) -> ssl.SSLContext | None:
        """Make what checks the broker's certificate and name; None where the way is not encrypted.

        Raises:
            SettingsError: When the file of the authorities cannot be used.
        """
        if self.security == "plaintext":
            return None
        try:
            return ssl.create_default_context(cafile=self.ca)
        except (OSError, ssl.SSLError) as error:
            raise unusable_ca("TOCSIN_KAFKA_CA", self.ca, error) from error


def unusable_ca(name: str, path: Path | None, error: Exception) -> SettingsError:
    """Say that a file of certificates cannot be used."""
    reason = (
        error.strerror if type(error) is not ssl.SSLError and isinstance(error, OSError) else "no certificate in it"
    )
    return SettingsError(f"{name} = {path}: {reason}. Expected a PEM file of the authorities that vouch for the server")


def explain_kafka(error: BaseException, broker: Broker, wanted: str = "do this") -> RefusedError | None:
    """Tell why Kafka's door stayed shut.

    Args:
        error: As a client library raised it.
        broker: Where, and as whom.
        wanted: What was tried, such as ``write to the topic posts``.

    Returns:
        What to raise in its place; None if the reason is another one, such as a broker that is away.
    """
    where = f"Kafka at {broker.servers}"
    for cause in _causes(error):
        name = type(cause).__name__
        if name in _UNKNOWN_USER:
            return RefusedError(
                f"{where} does not accept the user {broker.user}, or not this password, by {broker.mechanism}. "
                "Check TOCSIN_KAFKA_USER and TOCSIN_KAFKA_PASSWORD, and that the broker knows this user by "
                "TOCSIN_KAFKA_MECHANISM"
            )
        if name in _UNKNOWN_MECHANISM:
            return RefusedError(
                f"{where} does not take passwords by {broker.mechanism}. Set TOCSIN_KAFKA_MECHANISM to one of its "
                "sasl.enabled.mechanisms, and TOCSIN_KAFKA to its SASL_SSL listener"
            )
        if name in _NO_RIGHT:
            return RefusedError(
                f"{where} does not allow {broker.user or 'anonymous clients'} to {wanted} (a right on the "
                f"{_NO_RIGHT[name]} is missing). {_RIGHTS}"
            )
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError):
            return _explain_tls(cause, where, "TOCSIN_KAFKA", "TOCSIN_KAFKA_SECURITY=plaintext")
    return None


def not_allowed(broker: Broker, wanted: str) -> RefusedError:
    """Say that the user may not do what it is about to do."""
    return RefusedError(
        f"Kafka at {broker.servers} does not allow {broker.user or 'anonymous clients'} to {wanted}. {_RIGHTS}"
    )


def behind_tls(broker: Broker) -> RefusedError:
    """Say that a port does not understand plain Kafka."""
    return RefusedError(
        f"{broker.servers} does not speak plain Kafka: perhaps it asks for TLS. Set TOCSIN_KAFKA_SECURITY=sasl_ssl (or "
        "ssl), TOCSIN_KAFKA_USER, TOCSIN_KAFKA_PASSWORD and TOCSIN_KAFKA_CA; or name its plaintext port in TOCSIN_KAFKA"
    )


def explain_redis(error: BaseException, address: str, user: str | None) -> RefusedError | None:
    """Tell why Redis' door stayed shut.

    Args:
        error: As redis-py raised it.
        address: Where, without user and password.
        user: Who came.

    Returns:
        What to raise in its place; None if the reason is another one, such as a Redis that is away.
    """
    where, who = f"Redis at {address}", f"the user {user}" if user else "clients without a user"
    for cause in _causes(error):
        words = str(cause)
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError):
            return _explain_tls(cause, where, "TOCSIN_REDIS", "redis:// in place of rediss://")
        if type(cause).__name__ == "NoPermissionError":
            said = words.rpartition("caused error: ")[2]  # before it stands what was to be written
            return RefusedError(
                f"{where} does not allow {who} to do this ({said}). deploy/redis-users.acl has a user for each role, "
                "see docs/security.md: name the right one in TOCSIN_REDIS=redis://USER:PASSWORD@HOST:PORT/0"
            )
        if type(cause).__name__.startswith("Authentication") or words.startswith(("WRONGPASS", "NOAUTH")):
            return RefusedError(
                f"{where} does not accept this user or password ({user or 'no user was named'}). "
                "Put the right one into TOCSIN_REDIS=redis://USER:PASSWORD@HOST:PORT/0"
            )
    return None


def redis_address(url: str) -> str:
    """Spell where a Redis is, without user, password and options.

    Raises:
        SettingsError: When the URL cannot be read; the message does not quote it, for it may hold a password.
    """
    try:
        parts = urlsplit(url)
        if parts.scheme == "unix":
            return parts.path
        host, port, database = parts.hostname or "localhost", parts.port or 6379, parts.path.strip("/") or "0"
    except ValueError:
        raise unreadable_redis_url() from None
    if "@" in f"{parts.path}{parts.query}{parts.fragment}":  # the end of a password that was cut in two
        raise unreadable_redis_url()
    return f"{host}:{port}/{database}"


def unreadable_redis_url() -> SettingsError:
    """Say how a Redis URL must look, without quoting the one that does not."""
    return SettingsError(
        "TOCSIN_REDIS = (hidden): expected redis://USER:PASSWORD@HOST:PORT/DATABASE; "
        "special characters in a password are written as %2F and the like"
    )


def redis_user(url: str) -> str | None:
    """Tell as whom a Redis is reached; None if the URL names nobody."""
    return unquote(urlsplit(url).username or "") or None


def no_redis(error: Exception, address: str) -> str:
    """Say that a Redis does not answer, and what may be done about it."""
    hangs_up = any(words in str(error) for words in ("closed by server", "reset by peer"))
    hint = "; it hangs up at once, so perhaps it asks for TLS: rediss:// in TOCSIN_REDIS" if hangs_up else ""
    return (
        f"no Redis at {address} ({type(error).__name__}{hint}). Start one (redis-server, or docker compose up -d "
        "redis), or say where it is (TOCSIN_REDIS=redis://HOST:PORT/0)"
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what led to it: libraries wrap the one that tells."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _explain_tls(error: ssl.SSLError, where: str, name: str, otherwise: str) -> RefusedError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return RefusedError(
            f"{where} showed a certificate that is not trusted: {error.verify_message}. {name}_CA must name the PEM "
            f"file of the authority that issued it, and {name} a host that stands in it"
        )
    return RefusedError(
        f"{where} does not speak TLS there ({error.reason or 'the handshake failed'}). Name its TLS port in {name}, "
        f"or, where nobody else can listen, use {otherwise}"
    )
