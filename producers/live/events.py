"""What a server tells, in words that all services share."""

from typing import Literal, get_args

from msgspec import Struct

from tocsin.posts import Post

Kind = Literal["post", "edit", "deletion", "repost", "account", "other"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Fault = Literal["not_json", "bad_field", "too_large", "bad_frame"]
FAULTS: tuple[Fault, ...] = get_args(Fault)


class Opened(Struct, frozen=True):
    """A connection stands.

    Attributes:
        clock: What the server's clock showed, or a little earlier, epoch ms; None if it does not say.
    """

    clock: int | None = None


class Event(Struct, frozen=True):
    """Something happened.

    Attributes:
        kind: What.
        at: When, epoch ms.
        key: What knows it again; None if it need not be.
        mark: Where to resume behind it; 0 if it cannot be resumed there.
        post: To be written, if it is a post.
        ordered: Whether everything older has been told before, but for the allowance.
    """

    kind: Kind
    at: int
    key: int | None = None
    mark: int = 0
    post: Post | None = None
    ordered: bool = True


class Broken(Struct, frozen=True):
    """Something came that cannot be read. It costs itself alone."""

    fault: Fault


class Answer(Struct, frozen=True):
    """The server answered: it is alive, and has told all that it had told before.

    Attributes:
        asked: When it was asked, epoch ms of our clock.
    """

    asked: int


class Reached(Struct, frozen=True):
    """Of what was missed, all has been fetched up to an event time, epoch ms."""

    at: int


class Bridged(Struct, frozen=True):
    """What was missed has been fetched, as far as it could be.

    Attributes:
        whole: Whether all of it.
    """

    whole: bool


Arrival = Opened | Event | Broken | Answer | Reached | Bridged


class CutError(Exception):
    """A connection ended, or did not come about; the message says why. The collector connects again."""
