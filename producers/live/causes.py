"""Why a connection did not stand, or no longer does, in words for whoever is on duty."""

import aiohttp

_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (TimeoutError, "no answer"),
    (aiohttp.ClientConnectorCertificateError, "its certificate is not trusted"),
    (aiohttp.ClientConnectorSSLError, "no secure connection comes about"),
    (aiohttp.ClientConnectorDNSError, "there is no host of this name"),
    (aiohttp.ClientConnectorError, "it takes no connection"),
    (aiohttp.InvalidURL, "its address is none"),
)


def spell_cause(error: Exception) -> str:
    """Say in words what an error of a connection means; the most special first."""
    return next((words for kind, words in _REASONS if isinstance(error, kind)), "the connection broke off")
