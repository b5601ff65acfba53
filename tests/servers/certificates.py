"""Certificates made on the fly: an authority that nobody else trusts, and what it vouches for."""

import shutil
import subprocess
from pathlib import Path

from servers.missing import MissingError

from tocsin.cli.children import LOOPBACK


class Authority:
    """A certificate authority that lives for one test run.

    Args:
        home: An empty folder of its own.

    Attributes:
        certificate: PEM file, for clients that shall trust it.
    """

    def __init__(self, home: Path) -> None:
        if shutil.which("openssl") is None:
            raise MissingError("openssl is missing: apt-get install openssl")
        self._home = home
        self.certificate, self._key = home / "ca.pem", home / "ca.key"
        self._openssl(
            *("req", "-x509", "-subj", "/CN=Tocsin's tests", "-days", "2"),
            *(*_NEW_KEY, str(self._key), "-out", str(self.certificate)),
        )

    def issue(self, name: str, host: str = LOOPBACK) -> tuple[Path, Path]:
        """Vouch for a server.

        Args:
            name: Of its files.
            host: The address that clients call.

        Returns:
            PEM files of its certificate and of its key.
        """
        certificate, key, request = (self._home / f"{name}.{end}" for end in ("pem", "key", "csr"))
        self._openssl("req", "-new", "-subj", f"/CN={name}", *_NEW_KEY, str(key), "-out", str(request))
        extensions = self._home / f"{name}.ext"
        kind = "IP" if host[0].isdigit() else "DNS"
        extensions.write_text(f"subjectAltName={kind}:{host}\n")
        self._openssl(
            *("x509", "-req", "-in", str(request), "-days", "2", "-extfile", str(extensions)),
            *("-CA", str(self.certificate), "-CAkey", str(self._key), "-out", str(certificate)),
        )
        return certificate, key

    @staticmethod
    def _openssl(*arguments: str) -> None:
        done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False, timeout=60)
        if done.returncode:
            raise RuntimeError(f"openssl {arguments[0]}: {done.stderr}")


_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout")
