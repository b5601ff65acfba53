"""Handles become pseudonyms here, at the edge, before anything is written anywhere."""

from hashlib import blake2b

from tocsin.errors import SettingsError

MIN_KEY_LENGTH = 16
_MIN_KINDS = 8  # of characters; a key of chance has more
_NO_SECRETS = ("changeme", "change-me", "change_me", "password", "example", "your-key", "your_key", "placeholder")


class Pseudonyms:
    """Turns handles into pseudonyms: the same author stays the same author, and nobody can tell who it is.

    Args:
        key: The secret; whoever has it can test a guessed handle. None is an error that teaches.

    Raises:
        SettingsError: When the key is missing, too short, or too simple to keep anything secret.

    References:
        Aumasson et al., "BLAKE2: simpler, smaller, fast as MD5", ACNS 2013: keyed hashing.
    """

    def __init__(self, key: str | None) -> None:
        if not key:
            raise SettingsError(
                "TOCSIN_AUTHOR_KEY is not set, and without it the authors of real posts would not be safe. Make one: "
                "export TOCSIN_AUTHOR_KEY=$(python3 -c 'import secrets; print(secrets.token_hex(32))'), "
                "or name the file that holds it in TOCSIN_AUTHOR_KEY_FILE"
            )
        if len(key) < MIN_KEY_LENGTH:
            raise SettingsError(
                f"TOCSIN_AUTHOR_KEY: expected at least {MIN_KEY_LENGTH} characters, got {len(key)}: "
                "a short key is soon guessed, and every author with it"
            )
        if len(set(key)) < _MIN_KINDS or any(word in key.lower() for word in _NO_SECRETS):
            raise SettingsError(
                "TOCSIN_AUTHOR_KEY: this key is one that others would guess. Make one by chance: "
                "python3 -c 'import secrets; print(secrets.token_hex(32))'"
            )
        # BLAKE2b takes 64 bytes of key at most, and nobody promised to stay below.
        whole = blake2b(key.encode(), digest_size=64).digest()
        self._keyed = blake2b(key=whole, digest_size=12)

    def of(self, handle: str) -> str:
        """Name an author: 24 hexadecimal digits. A handle may be any string, halves of surrogate pairs too."""
        named = self._keyed.copy()
        named.update(handle.encode(errors="surrogatepass"))
        return named.hexdigest()
