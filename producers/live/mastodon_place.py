"""Where a Mastodon server is, what of it is listened to, and how patiently."""

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote, urlsplit

from tocsin.errors import SettingsError

Kind = Literal["public", "public:local", "hashtag"]
PAGE = 40  # the most that a timeline gives at once


@dataclass(frozen=True)
class Calls:
    """How a connection is kept; seconds, unless they say otherwise.

    Attributes:
        connect: How long it may take to stand.
        dead: After how long without a line it is given up; a server says something every 15 s.
        idle: How long the stream must have said nothing until all that it had told must have come: a server that cannot
            be asked may have told long ago what is only read now.
        overlap: How far before the newest status the timeline is asked for, since statuses of other servers come late.
        pages: How many pages it is asked for at most.
        patience: How long a limit of requests is waited out.
    """

    connect: float = 20.0
    dead: float = 45.0
    idle: float = 0.1
    overlap: float = 60.0
    pages: int = 250
    patience: float = 600.0


@dataclass(frozen=True)
class Place:
    """What is listened to.

    Attributes:
        server: Such as ``https://mastodon.example``.
        kind: Which stream.
        tag: Of a hashtag stream.
        token: Access token; None to try without.
    """

    server: str
    kind: Kind
    tag: str = ""
    token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if urlsplit(self.server).scheme not in {"http", "https"} or not urlsplit(self.server).hostname:
            raise SettingsError(f"--server {self.server}: expected https://HOST")
        if (self.kind == "hashtag") != bool(self.tag):
            raise SettingsError("--tag: expected a tag with --stream hashtag, and only there")

    @property
    def headers(self) -> dict[str, str]:
        """What each request says."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    @property
    def stream(self) -> str:
        """Address of the stream."""
        path = {"public": "public", "public:local": "public/local", "hashtag": f"hashtag?tag={quote(self.tag)}"}
        return f"{self.server.rstrip('/')}/api/v1/streaming/{path[self.kind]}"

    @property
    def timeline(self) -> str:
        """Address of the timeline, to which ``min_id`` may be added."""
        path = f"tag/{quote(self.tag)}" if self.tag else "public"
        local = "&local=true" if self.kind == "public:local" else ""
        return f"{self.server.rstrip('/')}/api/v1/timelines/{path}?limit={PAGE}{local}"
