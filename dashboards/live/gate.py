"""Who may ask for the live page, and how: decided before anything is looked at."""

import hmac
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

OPEN = "/health"  # tells whether it is served and nothing else, so that probes need no password
_METHODS = ("GET", "HEAD")
_REALM = {"WWW-Authenticate": 'Basic realm="Tocsin", charset="UTF-8"'}


@dataclass(frozen=True)
class Refusal:
    """Why somebody is not let in: an HTTP status, a sentence, and headers that belong to it."""

    status: int
    words: str
    headers: Mapping[str, str]


class Gate:
    """Lets in those who ask for this page, by a name that is its own, only to read, and with the password if any.

    A site that somebody has open in the same browser may send it here, or have its own name point at this machine
    (DNS rebinding); it knows neither one of our names nor the password.

    Args:
        names: Under which the page is asked for, beside the addresses of this machine.
        user: Who may see it; None when nobody is asked.
        password: Of that user.
    """

    def __init__(self, names: Iterable[str] = (), user: str | None = None, password: str | None = None) -> None:
        self._names = {"localhost", *(name.strip().lower().rstrip(".") for name in names)} - {""}
        self._token = None if user is None else b64encode(f"{user}:{password}".encode())

    def refusal(self, method: str, path: str, headers: Mapping[str, str], here: str) -> Refusal | None:
        """Decide about a request.

        Args:
            method: Such as ``GET``.
            path: What is asked for.
            headers: By their usual names.
            here: The address of this machine to which it was sent.

        Returns:
            None for those who are let in.
        """
        if method not in _METHODS:
            return Refusal(405, "This page can only be read: GET and HEAD.", {"Allow": ", ".join(_METHODS)})
        host = headers.get("Host", "")
        if not self._is_ours(host, here):
            return Refusal(421, _unknown(host), {})
        if _from_elsewhere(headers, host):
            return Refusal(403, "Another site may not read this page.", {})
        if path != OPEN and not self._knows_password(headers.get("Authorization", "")):
            return Refusal(401, "This page asks for a user and a password.", _REALM)
        return None

    def _is_ours(self, host: str, here: str) -> bool:
        name = _name(host)
        if name in self._names:
            return True
        # An address is what somebody typed, not a name that somebody else made point here.
        address = _address(name)
        return address is not None and (address.is_loopback or address == _address(here))

    def _knows_password(self, authorization: str) -> bool:
        if self._token is None:
            return True
        scheme, _, token = authorization.partition(" ")
        return scheme.lower() == "basic" and hmac.compare_digest(token.strip().encode(), self._token)


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches an address."""
    found = _address(address)
    return found is not None and found.is_loopback


def _name(host: str) -> str:
    """Take the name out of ``name:port``; empty when it is not spelt so."""
    try:
        parts = urlsplit(f"//{host}")
    except ValueError:
        return ""
    return (parts.hostname or "").rstrip(".") if parts.netloc == host and "@" not in host else ""


def _address(name: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(name.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address


def _from_elsewhere(headers: Mapping[str, str], host: str) -> bool:
    """Whether another site's page asks for this, rather than a person who follows its link."""
    origin = headers.get("Origin")
    if origin is not None and (origin == "null" or urlsplit(origin).netloc.lower() != host.lower()):
        return True
    site, mode = headers.get("Sec-Fetch-Site", "none"), headers.get("Sec-Fetch-Mode", "")
    return site not in ("same-origin", "none") and mode != "navigate"


def _unknown(host: str) -> str:
    name = _name(host)
    if not name.isascii() or not name.replace("-", "").replace(".", "").isalnum():
        return "A request must say for which host it is, by a name of this page."
    return f"This page is not known as {name}. If it is right to call it so: TOCSIN_LIVE_HOSTS={name}"
