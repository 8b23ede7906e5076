"""The certificate of the authority for tests, and the CA behind it."""

from __future__ import annotations

import os
import ssl
import tempfile
from pathlib import Path

import trustme


class CertificateAuthority:
    """A CA that exists as long as its process, and signs only for this machine."""

    def __init__(self) -> None:
        self._ca = trustme.CA()

    def server_context(self) -> ssl.SSLContext:
        """Return TLS settings with a fresh certificate for ``localhost`` and ``127.0.0.1``."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        certificate = self._ca.issue_cert("localhost", "127.0.0.1")
        # Its argument could be pyOpenSSL's context too, a package that is not here.
        certificate.configure_cert(context)  # pyright: ignore[reportUnknownMemberType]
        return context

    def write_pem(self) -> Path:
        """Write the CA's certificate into a new file of the temporary folder."""
        descriptor, name = tempfile.mkstemp(prefix="liminal-authority-", suffix=".pem")
        os.close(descriptor)
        self._ca.cert_pem.write_to_path(name)
        return Path(name)
