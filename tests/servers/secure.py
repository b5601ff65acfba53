"""Kafka and Redis as the open net needs them: TLS, a user for each role, and rights from the files of ``deploy/``."""

import hashlib
import os
import re
import secrets
import subprocess
from pathlib import Path
from typing import Any

from kafka import KafkaAdminClient
from servers.certificates import Authority
from servers.kafka import KafkaServer
from servers.kafka_acls import rights
from servers.redis import RedisServer

DEPLOY = Path(__file__).parents[2] / "deploy"
KAFKA_ROLES = ("producer", "worker", "reader", "recorder")
_ADMIN = "admin"
_SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule"
# Broker and controller are one process, and talk on loopback without a password: hence ANONYMOUS, who cannot come in
# by the listener of the clients.
_MORE = """\
listener.security.protocol.map=SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=SASL_SSL
sasl.enabled.mechanisms=SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config={login}
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=false
super.users=User:{admin};User:ANONYMOUS
ssl.truststore.type=PEM
ssl.truststore.location={authority}
"""


class SecureKafka(KafkaServer):
    """An Apache Kafka with SASL_SSL alone, SCRAM users, and an authorizer that refuses what no ACL allows.

    Args:
        home: An empty folder of its own.
        authority: Vouches for it.

    Attributes:
        passwords: By user; those of the roles are called ``tocsin-ROLE``.
    """

    protocol = "SASL_SSL"

    def __init__(self, home: Path, authority: Authority) -> None:
        super().__init__(home)
        self._folder = home
        self._authority = authority
        self.passwords = {name: secrets.token_hex(16) for name in (_ADMIN, *(f"tocsin-{role}" for role in KAFKA_ROLES))}
        certificate, key = authority.issue("kafka")
        keystore = home / "keystore.pem"
        keystore.write_text(key.read_text() + certificate.read_text())
        self.more = _MORE.format(login=self._login(), keystore=keystore, admin=_ADMIN, authority=authority.certificate)
        self.format_options = tuple(
            word
            for name, password in self.passwords.items()
            for word in ("--add-scram", f"SCRAM-SHA-512=[name={name},iterations=4096,password={password}]")
        )

    @property
    def controller(self) -> str:
        """The address of the listener that speaks no TLS."""
        (address,) = re.findall(r"^controller.quorum.voters=1@(\S+)", self._config.read_text(), re.MULTILINE)
        return str(address)

    @property
    def admin_options(self) -> dict[str, Any]:
        return {
            **super().admin_options,
            "security_protocol": self.protocol,
            "ssl_cafile": str(self._authority.certificate),
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": _ADMIN,
            "sasl_plain_password": self.passwords[_ADMIN],
        }

    def allow_roles(self, namespace: str) -> None:
        """Give each role its rights: those that the script of an operator asks for, word by word."""
        asked, program = self._folder / "asked", self._folder / "kafka-acls.sh"
        program.write_text(f'#!/bin/sh\necho "$@" >>"{asked}"\n')
        program.chmod(0o700)
        subprocess.run(
            [str(DEPLOY / "kafka-acls.sh"), self.bootstrap, "admin.properties", namespace],
            env={**os.environ, "KAFKA_ACLS": str(program)},
            check=True,
            timeout=60,
        )
        wanted = [right for call in asked.read_text().splitlines() for right in rights(call.split())]
        with KafkaAdminClient(**self.admin_options) as admin:
            answer = admin.create_acls(wanted)
        assert not answer["failed"], answer

    def _login(self) -> str:
        return f'{_SCRAM} required username="{_ADMIN}" password="{self.passwords[_ADMIN]}";'


class SecureRedis(RedisServer):
    """A Redis with TLS alone, whose users are those of ``deploy/redis-users.acl``.

    Args:
        home: An empty folder of its own.
        authority: Vouches for it.

    Attributes:
        passwords: By user.
    """

    scheme = "rediss"

    def __init__(self, home: Path, authority: Authority) -> None:
        super().__init__(home)
        self.authority = authority
        template = (DEPLOY / "redis-users.acl").read_text(encoding="utf-8")
        self.passwords = {
            name: secrets.token_hex(16) for name in re.findall(r"^user (\S+) .*#\w+_SHA256", template, re.MULTILINE)
        }
        for name, password in self.passwords.items():
            digest = hashlib.sha256(password.encode()).hexdigest()
            template = re.sub(rf"^(user {name} .*#)\w+_SHA256", rf"\g<1>{digest}", template, flags=re.MULTILINE)
        users = home / "users.acl"
        users.write_text("".join(line + "\n" for line in template.splitlines() if line.startswith("user ")))
        certificate, key = authority.issue("redis")
        self.more = (
            f"port 0\ntls-port {{port}}\ntls-auth-clients no\ntls-ca-cert-file {authority.certificate}\n"
            f"tls-cert-file {certificate}\ntls-key-file {key}\naclfile {users}\n"
        )

    def url_of(self, user: str, password: str | None = None) -> str:
        """Spell the address for a user, with its own password unless another is given."""
        return self.url.replace("://", f"://{user}:{password or self.passwords[user]}@")

    @property
    def admin_url(self) -> str:
        """For one who may do everything."""
        return f"{self.url_of('tocsin-admin')}?ssl_ca_certs={self.authority.certificate}"

    def client_options(self, port: int) -> dict[str, Any]:
        admin = "tocsin-admin"
        return {
            **super().client_options(port),
            "ssl": True,
            "ssl_ca_certs": str(self.authority.certificate),
            "username": admin,
            "password": self.passwords[admin],
        }
