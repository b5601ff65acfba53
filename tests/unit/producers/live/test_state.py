import msgspec
import pytest

from producers.live.state import State, load_state, save_state
from tocsin.errors import LostStateError

STATE = State(
    source="jetstream",
    mark=7,
    newest=5,
    vouched=4,
    lost=None,
    witness=False,
    saved=9,
    per_second=1.5,
    memory={3: b"\0" * 16},
)


def test_a_state_is_read_back_as_it_was_and_is_its_owners_alone(tmp_path) -> None:
    path = tmp_path / "state"
    save_state(path, STATE)
    assert load_state(path, "jetstream") == STATE
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_no_state_is_a_beginning(tmp_path) -> None:
    assert load_state(tmp_path / "none", "jetstream") is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xc1",
        b"{}",
        msgspec.msgpack.encode(msgspec.structs.replace(STATE, version=2)),
        msgspec.msgpack.encode(msgspec.structs.replace(STATE, memory={1: b"odd"})),
    ],
)
def test_a_state_that_cannot_be_used_is_an_error_and_not_a_beginning(tmp_path, content) -> None:
    path = tmp_path / "state"
    path.write_bytes(content)
    with pytest.raises(LostStateError, match=str(path)):
        load_state(path, "jetstream")


def test_a_state_of_another_collector_is_refused(tmp_path) -> None:
    save_state(tmp_path / "state", STATE)
    with pytest.raises(LostStateError, match="not of mastodon"):
        load_state(tmp_path / "state", "mastodon")
