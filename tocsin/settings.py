"""Settings: from the environment (``TOCSIN_...``), then from a TOML file, then the defaults below.

The file is named by ``TOCSIN_CONFIG``. Every field carries its own documentation, which
``docs/settings.md`` repeats for readers and a test compares.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from tocsin.access import Broker, Mechanism, Security
from tocsin.clocks import Rules
from tocsin.environment import CONFIG, PREFIX, read_secrets, refuse_unknown
from tocsin.errors import SettingsError
from tocsin.topics import Topics, topics_of
from tocsin.trust import Trust

ENV_PREFIX = PREFIX
# May lie in files, and are never shown.
SECRETS = ("redis", "kafka_password", "author_key", "control_key", "live_password", "mastodon_token")
Port = Annotated[int, Field(ge=0, le=65535)]


class Settings(BaseSettings):
    """Everything that a deployment can choose."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, extra="forbid", frozen=True)

    kafka: str = Field(
        "127.0.0.1:9092", min_length=1, description="Kafka bootstrap servers, host:port, comma-separated."
    )
    kafka_security: Security = Field(
        "plaintext", description="The way to Kafka: plaintext, ssl (encrypted) or sasl_ssl (and with a password)."
    )
    kafka_ca: Path | None = Field(
        None, description="PEM file of the authorities that vouch for Kafka; the system's own by default."
    )
    kafka_user: str | None = Field(None, min_length=1, description="User of Kafka, one for each role.")
    kafka_password: SecretStr | None = Field(None, description="Password of the user of Kafka.")
    kafka_mechanism: Mechanism = Field(
        "SCRAM-SHA-512", description="How the password is proved: SCRAM-SHA-512, SCRAM-SHA-256 or PLAIN."
    )
    redis: str = Field(
        "redis://127.0.0.1:6379/0",
        pattern=r"^(redis|rediss|unix)://",
        description="Redis URL: redis://USER:PASSWORD@HOST:PORT/DATABASE.",
        repr=False,  # it may hold a password
    )
    redis_ca: Path | None = Field(
        None, description="PEM file of the authorities that vouch for Redis; the system's own by default."
    )
    namespace: str = Field(
        "",
        pattern=r"^[a-z0-9][a-z0-9-]{0,30}$|^$",
        description="Keeps deployments apart on shared servers: prefixes topics, consumer group and Redis keys.",
    )
    partitions: int = Field(4, ge=1, le=1024, description="Partitions of the topic posts.")
    bucket_seconds: int = Field(5, ge=1, le=3600, description="Width of a bucket, the unit of every count.")
    allowed_lateness_seconds: int = Field(
        2,
        ge=0,
        le=3600,
        description="How far behind its source's clock a post may come and still be counted.",
    )
    blind_after_seconds: int = Field(
        30,
        ge=1,
        le=86_400,
        description="How far a source's clock may fall behind the furthest before it is blind.",
    )
    ahead_seconds: int = Field(
        60,
        ge=1,
        le=86_400,
        description="How far ahead of its source's clock a post may be before it is rejected.",
    )
    heartbeat_ahead_seconds: int = Field(
        864_000,
        ge=1,
        le=31_622_400,
        description="How far ahead of Kafka's timestamp of its record a heartbeat may be before it is rejected.",
    )
    sources: str = Field(
        "", description="Names of the collectors that may tell the time, comma-separated; any by default."
    )
    control_key: SecretStr | None = Field(
        None, description="Secret that signs maintenance notices; without it anybody who can write may declare them."
    )
    dead_letter_percent: int = Field(
        100,
        ge=1,
        le=100,
        description="A worker stops when more than this share of the last 10,000 lines of a partition were unusable.",
    )
    false_page_days: int = Field(
        365,
        ge=1,
        le=36_500,
        description="The false-alarm budget: one false page in so many days, all in all.",
    )
    lexicon: Path | None = Field(None, description="YAML file of keyword groups; the built-in lexicon by default.")
    author_key: SecretStr | None = Field(
        None, description="Secret that turns handles into pseudonyms when real posts are read."
    )
    mastodon_token: SecretStr | None = Field(
        None, description="Access token for a Mastodon server, for tocsin follow mastodon."
    )
    posts_retention_hours: int = Field(24, ge=1, description="How long Kafka keeps posts.")
    keep_buckets_hours: int = Field(6, ge=1, description="How long Redis keeps counts by bucket.")
    keep_minutes_days: int = Field(7, ge=1, description="How long Redis keeps counts by minute.")
    keep_hours_days: int = Field(400, ge=1, description="How long Redis keeps counts by hour.")
    metrics_host: str = Field("127.0.0.1", description="Address that /metrics and /health listen on.")
    metrics_port: Port = Field(9464, description="Port of /metrics and /health; 0 takes a free one.")
    live_host: str = Field("127.0.0.1", description="Address that the live page listens on.")
    live_port: Port = Field(8050, description="Port of the live page; 0 takes a free one.")
    live_hosts: str = Field(
        "",
        description="Names by which a browser may ask for the live page, beside this machine's own, comma-separated.",
    )
    live_user: str | None = Field(
        None,
        pattern=r"^[^:]+$",
        description="Who may see the live page, with live_password; nobody is asked by default.",
    )
    live_password: SecretStr | None = Field(
        None, min_length=8, description="Password of live_user, of at least eight characters."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")
    log_format: Literal["text", "json"] = Field(
        "text", description="How processes log: lines for people, or one JSON object a line."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic calls it by this name
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic calls it by this name
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, the environment over the file."""
        path = os.environ.get(CONFIG)
        return (
            init_settings,
            env_settings,
            InitSettingsSource(settings_cls, init_kwargs=read_secrets(os.environ, SECRETS)),
            *([TomlConfigSettingsSource(settings_cls, path)] if path else []),
        )

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if faults := list(_misfits(self)):
            raise ValueError("\n".join(faults))
        return self

    def environment(self) -> dict[str, str]:
        """Spell the settings as variables for another process, secrets included.

        Give it no other variables of ours, see :func:`~tocsin.environment.without_ours`: these say everything.
        """
        spelled = {}
        for name in type(self).model_fields:
            value = getattr(self, name)
            if value is not None:
                plain = value.get_secret_value() if isinstance(value, SecretStr) else value
                spelled[f"{ENV_PREFIX}{name.upper()}"] = str(plain)
        return spelled

    @property
    def bucket_ms(self) -> int:
        """Width of a bucket in milliseconds."""
        return self.bucket_seconds * 1000

    @property
    def rules(self) -> Rules:
        """What decides lateness, blindness and rejection."""
        return Rules(
            bucket_ms=self.bucket_ms,
            lateness_ms=self.allowed_lateness_seconds * 1000,
            blind_ms=self.blind_after_seconds * 1000,
            ahead_ms=self.ahead_seconds * 1000,
            leap_ms=self.heartbeat_ahead_seconds * 1000,
            trust=self.trust,
        )

    @property
    def trust(self) -> Trust:
        """Who may tell the time, and declare maintenance."""
        sources = frozenset(name for name in map(str.strip, self.sources.split(",")) if name)
        key = self.control_key.get_secret_value() if self.control_key else ""
        return Trust(sources, key.encode(errors="surrogateescape"))  # whatever bytes the environment holds

    @property
    def topics(self) -> Topics:
        """The topics of this deployment."""
        return topics_of(self.namespace, self.partitions, self.posts_retention_hours)

    @property
    def broker(self) -> Broker:
        """Kafka, and how to reach it."""
        return Broker(
            self.kafka, self.kafka_security, self.kafka_ca, self.kafka_user, self.kafka_password, self.kafka_mechanism
        )

    @property
    def redis_url(self) -> str:
        """Redis, and how to reach it: a URL that ``from_url`` of redis-py takes. It may hold a password."""
        if self.redis_ca is None:
            return self.redis
        return f"{self.redis}{'&' if '?' in self.redis else '?'}{urlencode({'ssl_ca_certs': self.redis_ca})}"

    @property
    def group(self) -> str:
        """The consumer group that all workers share."""
        return f"{self.namespace}.tocsin" if self.namespace else "tocsin"

    @property
    def redis_prefix(self) -> str:
        """What every Redis key begins with."""
        return f"tocsin:{self.namespace}:" if self.namespace else "tocsin:"


def load_settings(**overrides: Any) -> Settings:
    """Read and check the settings.

    Args:
        overrides: Values that win over environment and file, such as command-line options.

    Returns:
        Checked, immutable settings.

    Raises:
        SettingsError: Naming each wrong setting, its value and what was expected.
    """
    refuse_unknown(os.environ, Settings.model_fields, SECRETS)
    path = os.environ.get(CONFIG)
    if path and not Path(path).is_file():
        raise SettingsError(f"{CONFIG}: no such file: {path}")
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(e) for e in error.errors())) from error
    except ValueError as error:  # the TOML file itself
        raise SettingsError(f"{path or 'settings'}: {error}") from error
    except RecursionError:
        raise SettingsError(f"{path}: nested too deep; no setting needs more than a name and a value") from None


def _misfits(settings: Settings) -> Iterator[str]:
    """Find settings that do not fit together: each alone would be a lock that is not on the door."""
    security, user, password = settings.kafka_security, settings.kafka_user, settings.kafka_password
    if security != "sasl_ssl" and (user or password):
        yield (
            f"TOCSIN_KAFKA_SECURITY = {security!r}: a user or password of Kafka is set, and nobody would ask for it. "
            "Set TOCSIN_KAFKA_SECURITY=sasl_ssl, or unset TOCSIN_KAFKA_USER and TOCSIN_KAFKA_PASSWORD"
        )
    if security == "sasl_ssl" and not (user and password):
        missing = " and ".join(
            name for name, found in (("TOCSIN_KAFKA_USER", user), ("TOCSIN_KAFKA_PASSWORD", password)) if not found
        )
        yield f"TOCSIN_KAFKA_SECURITY = 'sasl_ssl': {missing} must be set too (or TOCSIN_KAFKA_PASSWORD_FILE)"
    if security == "plaintext" and settings.kafka_ca:
        yield (
            "TOCSIN_KAFKA_CA is set, but TOCSIN_KAFKA_SECURITY = 'plaintext' does not encrypt. "
            "Set TOCSIN_KAFKA_SECURITY to ssl or sasl_ssl, or unset TOCSIN_KAFKA_CA"
        )
    if settings.redis_ca and not settings.redis.startswith("rediss://"):
        yield "TOCSIN_REDIS_CA is set, but TOCSIN_REDIS does not encrypt: it must begin with rediss://, two s"
    for name, path in (("TOCSIN_KAFKA_CA", settings.kafka_ca), ("TOCSIN_REDIS_CA", settings.redis_ca)):
        if path and not _is_file(path):
            yield f"{name} = {path}: no such file. Expected a PEM file of the authorities that vouch for the server"
    if {"ssl_cert_reqs", "ssl_check_hostname"} & parse_qs(urlsplit(settings.redis).query).keys():
        yield (
            "TOCSIN_REDIS = (hidden): ssl_cert_reqs and ssl_check_hostname would let anybody pass for Redis. "
            "Leave them out, and name the authority in TOCSIN_REDIS_CA"
        )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # such as a name that is too long for one
        return False


def _explain(error: Any) -> str:
    if error["type"] == "value_error" and not error["loc"]:
        return str(error["ctx"]["error"])  # of _misfits, which names settings and remedies itself
    name = str(error["loc"][0]) if error["loc"] else "settings"
    field = Settings.model_fields.get(name)
    if field is None:
        known = ", ".join(sorted(Settings.model_fields))
        return f"{name}: no such setting; known are: {known}"
    hidden = not field.repr or "SecretStr" in str(field.annotation)
    value = "(hidden)" if hidden else repr(error["input"])
    return f"{ENV_PREFIX}{name.upper()} = {value}: {error['msg']}. It means: {field.description}"
