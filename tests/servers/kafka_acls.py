"""Stands in for ``kafka-acls.sh``, which does not come with the broker's jars: the same options, by kafka-python."""

import argparse
import json
import os
from itertools import product

from kafka import KafkaAdminClient
from kafka.admin import ACL, ACLOperation, ACLPermissionType, ResourcePattern, ResourceType

OPTIONS = "TEST_ADMIN_OPTIONS"  # how to connect, JSON; the real program reads a properties file


def main() -> None:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--bootstrap-server", required=True)
    parser.add_argument("--command-config", required=True)
    parser.add_argument("--add", action="store_true", required=True)
    for option in ("--allow-principal", "--operation", "--topic", "--group"):
        parser.add_argument(option, action="append", default=[])
    told = parser.parse_args()
    resources = [ResourcePattern(ResourceType.TOPIC, name) for name in told.topic]
    resources += [ResourcePattern(ResourceType.GROUP, name) for name in told.group]
    rights = [
        ACL(principal, "*", ACLOperation[operation.upper()], ACLPermissionType.ALLOW, resource)
        for principal, operation, resource in product(told.allow_principal, told.operation, resources)
    ]
    assert rights, "no right was named"
    options = {**json.loads(os.environ[OPTIONS]), "bootstrap_servers": told.bootstrap_server}
    with KafkaAdminClient(**options) as admin:
        answer = admin.create_acls(rights)
        assert not answer["failed"], answer


if __name__ == "__main__":
    main()
