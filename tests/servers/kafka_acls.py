"""Stands in for ``kafka-acls.sh``, which does not come with the broker's jars: what its options say, as rights."""

import argparse
from collections.abc import Sequence
from itertools import product

from kafka.admin import ACL, ACLOperation, ACLPermissionType, ResourcePattern, ResourceType


def rights(words: Sequence[str]) -> list[ACL]:
    """Read one call's arguments; fails on an option that the real program would take to mean more."""
    parser = argparse.ArgumentParser(allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--bootstrap-server", required=True)
    parser.add_argument("--command-config", required=True)
    parser.add_argument("--add", action="store_true", required=True)
    for option in ("--allow-principal", "--operation", "--topic", "--group"):
        parser.add_argument(option, action="append", default=[])
    told = parser.parse_args(list(words))
    resources = [ResourcePattern(ResourceType.TOPIC, name) for name in told.topic]
    resources += [ResourcePattern(ResourceType.GROUP, name) for name in told.group]
    found = [
        ACL(principal, "*", ACLOperation[operation.upper()], ACLPermissionType.ALLOW, resource)
        for principal, operation, resource in product(told.allow_principal, told.operation, resources)
    ]
    assert found, f"no right was named: {words}"
    return found
