from base64 import b64encode

import pytest

from dashboards.live.gate import Gate, is_loopback

OPEN = Gate(("127.0.0.1", "pulse.example"))
CLOSED = Gate(("0.0.0.0", ""), "desk", "a pass:wörd")  # noqa: S104 - a name, nobody listens


def status(gate: Gate = OPEN, method: str = "GET", path: str = "/", here: str = "127.0.0.1", **headers: str) -> int:
    """How a request is answered; 200 is let in."""
    spelt = {"Host": "localhost:8050"} | {name.replace("_", "-"): value for name, value in headers.items()}
    refusal = gate.refusal(method, path, spelt, here)
    return refusal.status if refusal else 200


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:8050", "127.0.0.1:8050", "127.8.9.1", "[::1]:8050", "pulse.example", "Pulse.Example.:443"],
)
def test_this_machine_and_what_was_named_are_served(host: str) -> None:
    assert status(Host=host) == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil.example#localhost", "", "[::1",
     "10.0.0.7", "evil@localhost", "localhost@evil.example", "pulse.example/x", "xpulse.example"],
)  # fmt: skip
def test_a_name_that_somebody_made_point_here_is_not_served(host: str) -> None:
    assert status(Host=host) == 421


def test_an_address_is_served_where_the_request_came_in() -> None:
    assert status(Host="192.168.1.5:8050", here="192.168.1.5") == 200
    assert status(Host="192.168.1.5:8050", here="::ffff:192.168.1.5") == 200
    assert status(Host="[fe80::1]:8050", here="fe80::1%eth0") == 200
    assert status(Host="192.168.1.6:8050", here="192.168.1.5") == 421


def test_an_unknown_name_is_told_how_to_become_known_and_a_strange_one_is_not_repeated() -> None:
    told = OPEN.refusal("GET", "/", {"Host": "desk.example:8050"}, "127.0.0.1")
    assert told is not None
    assert "TOCSIN_LIVE_HOSTS=desk.example" in told.words
    strange = OPEN.refusal("GET", "/", {"Host": "<b>.example"}, "127.0.0.1")
    assert strange is not None
    assert "<b>" not in strange.words


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", "BREW"])
def test_it_can_only_be_read(method: str) -> None:
    assert status(method=method) == 405
    assert status(method="HEAD") == 200


def test_another_sites_page_reads_nothing_but_its_links_may_be_followed() -> None:
    assert status(Origin="http://evil.example") == 403
    assert status(Origin="null") == 403
    assert status(Origin="http://localhost:9999") == 403
    assert status(Origin="http://localhost:8050") == 200
    assert status(Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors") == 403
    assert status(Sec_Fetch_Site="same-site", Sec_Fetch_Mode="cors") == 403
    assert status(Sec_Fetch_Site="same-origin", Sec_Fetch_Mode="cors") == 200
    assert status(Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate") == 200


def basic(user: str, password: str, scheme: str = "Basic") -> str:
    return f"{scheme} {b64encode(f'{user}:{password}'.encode()).decode()}"


def test_the_password_opens_and_nothing_else_does() -> None:
    assert status(CLOSED, Authorization=basic("desk", "a pass:wörd")) == 200
    assert status(CLOSED, Authorization=basic("desk", "a pass:wörd", "basic")) == 200
    for wrong in (basic("desk", "a password"), basic("Desk", "a pass:wörd"), basic("desk", "a pass:wörd", "Bearer"), "",
                  "Basic", "Basic ü", basic("", "")):  # fmt: skip
        assert status(CLOSED, Authorization=wrong) == 401
    refused = CLOSED.refusal("GET", "/events", {"Host": "localhost"}, "127.0.0.1")
    assert refused is not None
    assert refused.headers["WWW-Authenticate"].startswith('Basic realm="Tocsin"')


def test_health_asks_for_no_password_but_for_a_name_of_ours() -> None:
    assert status(CLOSED, path="/health") == 200
    assert status(CLOSED, path="/health", Host="evil.example") == 421
    assert status(CLOSED, path="/health/../") == 401


def test_only_loopback_is_loopback() -> None:
    assert [is_loopback(one) for one in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::", "10.0.0.1")] == [  # noqa: S104
        True, True, True, False, False, False
    ]  # fmt: skip
