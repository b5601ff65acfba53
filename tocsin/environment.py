"""The variables ``TOCSIN_...``: secrets may lie in files, and a misspelt name is refused.

A name that nobody reads would leave a deployment open whose operator believes it shut.
"""

import difflib
from collections.abc import Collection, Mapping
from pathlib import Path

from tocsin.errors import SettingsError

PREFIX = "TOCSIN_"
CONFIG = "TOCSIN_CONFIG"
_FILE = "_FILE"
_EXPECTED = "Expected a file that holds the secret, on one line"
# What docker-compose.yml and Grafana's provisioning read; an operator's shell may hold them too.
_OF_OTHERS = frozenset(
    f"{PREFIX}{name}"
    for name in (
        *("REDIS_PASSWORD", "GRAFANA_PASSWORD"),
        *("DASHBOARDS", "PROMETHEUS_URL", "HISTORY_URL", "ALERTMANAGER_URL"),
    )
)


def refuse_unknown(environment: Mapping[str, str], settings: Collection[str], secrets: Collection[str]) -> None:
    """Make sure that every variable with our prefix means something.

    Args:
        environment: Variables and values; only the names are looked at.
        settings: Names of all settings.
        secrets: Names of those that may lie in files.

    Raises:
        SettingsError: Naming each variable that nobody reads, and the one that was probably meant.
    """
    known = {f"{PREFIX}{name.upper()}" for name in settings}
    known |= {f"{PREFIX}{name.upper()}{_FILE}" for name in secrets} | {CONFIG}
    names = sorted(name.removeprefix(PREFIX) for name in known)
    faults = []
    for name in sorted(environment):
        if not name.upper().startswith(PREFIX) or name.upper() in known | _OF_OTHERS:
            continue
        near = difflib.get_close_matches(name.upper().removeprefix(PREFIX), names, n=1)
        meant = f"Did you mean {PREFIX}{near[0]}?" if near else "docs/settings.md lists them all."
        faults.append(f"{name}: no such setting. {meant} Nobody reads it: correct it, or unset it")
    if faults:
        raise SettingsError("\n".join(faults))


def without_ours(environment: Mapping[str, str]) -> dict[str, str]:
    """Leave out all variables with our prefix, for a process that is told its settings in full."""
    return {name: value for name, value in environment.items() if not name.upper().startswith(PREFIX)}


def read_secrets(environment: Mapping[str, str], secrets: Collection[str]) -> dict[str, str]:
    """Read the secrets that lie in files, as Docker and Kubernetes mount them.

    Args:
        environment: Variables; ``TOCSIN_AUTHOR_KEY_FILE`` names the file of ``author_key``.
        secrets: Names of the settings that may lie in files.

    Returns:
        Setting to value, without the line end that editors add.

    Raises:
        SettingsError: When a file cannot be read, is empty, or the variable itself is set too.
    """
    found = {}
    for name in secrets:
        variable = f"{PREFIX}{name.upper()}"
        path = environment.get(variable + _FILE)
        if path is None:
            continue
        if variable in environment:
            raise SettingsError(f"{variable} and {variable}{_FILE} are both set: unset one, for only one can hold")
        try:
            value = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "no UTF-8 text"
            raise SettingsError(f"{variable}{_FILE} = {path}: {reason}. {_EXPECTED}") from None
        if not value:
            raise SettingsError(f"{variable}{_FILE} = {path}: the file is empty. {_EXPECTED}")
        found[name] = value
    return found
