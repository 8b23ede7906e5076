"""An identity provider for tests, which implements what signing in with Microsoft Entra ID needs.

Requires the extra ``sandbox``. It has no accounts, passwords or consent, signs nothing, evaluates
no policy, and accepts any client secret. Its tokens are random text that a
``liminal.sandbox.Sandbox`` can be set to accept. It listens on loopback and keeps what it issues
in memory. Nothing real may trust it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

from liminal.sandbox._authority.answers import error_body
from liminal.sandbox._lifetime import LocalServer

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping
    from pathlib import Path

    from liminal.sandbox._authority.app import AuthorityApp
    from liminal.sandbox._authority.tls import CertificateAuthority

SignIn = Literal["approved", "pending", "declined", "expired"]
Endpoint = Literal["openid-configuration", "devicecode", "token"]


class Authority(LocalServer):
    """An Entra-like authority over TLS at ``https://localhost``, in a thread of this process.

        with Authority() as authority:      # or: async with Authority() as authority:
            provider = DeviceCodeFlowProvider(
                authority.tenant_id, "client", authority=authority.url, verify=authority.ca_file
            )
            with Sandbox(accept_provider_token=authority.is_valid) as sandbox:
                client = SyncClient.authenticate_from_auth_provider(sandbox.url, provider)

    It serves the OpenID configuration, device codes, and tokens for the grants device code, refresh
    token and client credentials. ``url`` is the authority with its tenant, ``ca_file`` the PEM file
    of its CA. All times are in seconds. All methods may be called from any thread, and each
    attribute may be set while it serves:

    - ``sign_in``: the state of a device code: ``approved`` at once, ``pending``, ``declined`` or
      ``expired``.
    - ``interval``: the polling interval, a whole number; ``code_lifetime``: the lifetime of a
      device code.
    - ``token_lifetime``: the lifetime of an access token. msal renews a token with less than five
      minutes left, so with a shorter lifetime it uses the refresh token each time.
    - ``refresh_in``: the time after which a valid access token should be renewed.
    - ``person``: the object ID of the user who enters the codes.
    - ``rotate_refresh_tokens``: whether a refresh token is valid only once.
    - ``delay``: the delay before each answer except metadata.
    """

    def __init__(
        self,
        *,
        tenant_id: str = "sandbox-tenant",
        sign_in: SignIn = "approved",
        interval: int = 0,
        code_lifetime: float = 900.0,
        token_lifetime: float = 3600.0,
        refresh_in: float | None = None,
        person: str = "11111111-2222-3333-4444-555555555555",
        rotate_refresh_tokens: bool = True,
        delay: float = 0.0,
    ) -> None:
        self.tenant_id = tenant_id
        self.sign_in: SignIn = sign_in
        self.interval = interval
        self.code_lifetime = code_lifetime
        self.token_lifetime = token_lifetime
        self.refresh_in = refresh_in
        self.person = person
        self.rotate_refresh_tokens = rotate_refresh_tokens
        self.delay = delay
        self._app: AuthorityApp = self._needs("liminal.sandbox._authority.app").AuthorityApp(self)
        self._ca: CertificateAuthority = self._needs(
            "liminal.sandbox._authority.tls"
        ).CertificateAuthority()
        self._ca_file: Path | None = None

    def _application(self) -> AuthorityApp:
        return self._app

    def _tls(self) -> ssl.SSLContext:
        return self._ca.server_context()

    def start(self) -> Self:
        """Start serving, on a free port; after ``stop()``, on the same one."""
        super().start()
        self._ca_file = self._ca.write_pem()
        return self

    def stop(self) -> None:
        """Close all connections, end the thread and remove the CA file, if running."""
        super().stop()
        if self._ca_file is not None:
            self._ca_file.unlink(missing_ok=True)

    # Settings for a client

    @property
    def host(self) -> str:
        """``localhost`` and the port."""
        return f"localhost:{self._running_port()}"

    @property
    def url(self) -> str:
        """The URL of the authority with its tenant, for msal."""
        return f"https://{self.host}/{self.tenant_id}"

    @property
    def ca_file(self) -> str:
        """The path of a PEM file with the CA that signed the certificate, for ``verify``."""
        self._running_port()
        return str(self._ca_file)

    # Records

    @property
    def issued_tokens(self) -> list[str]:
        """All access tokens, oldest first."""
        return self._app.issued()

    def is_valid(self, token: str) -> bool:
        """Return whether this is a valid access token of this authority."""
        return self._app.is_valid(token)

    def secrets(self) -> list[str]:
        """Return all that must stay secret: tokens, device codes, cookies. For privacy tests."""
        return self._app.secrets()

    @property
    def requests(self) -> list[str]:
        """The requested endpoints in order; ``token`` with its grant: ``token:device_code``."""
        return self._app.requests()

    # Failures

    def fail_next(
        self,
        endpoint: Endpoint,
        *,
        error: str = "temporarily_unavailable",
        codes: tuple[int, ...] = (),
        status: int = 400,
        times: int = 1,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        **fields: Any,
    ) -> None:
        """Answer the next ``times`` requests to an endpoint with an error.

        ``error``, ``codes`` (the AADSTS numbers) and ``fields`` are Entra's JSON; ``body`` replaces
        it.
        """
        content = body if body is not None else error_body(error, codes, fields)
        self._app.fail_next(endpoint, times, status, content, dict(headers or {}))

    def revoke_tokens(self) -> None:
        """Revoke all access and refresh tokens issued so far."""
        self._app.revoke()

    def reset_requests(self) -> None:
        """Clear the list of requests."""
        self._app.reset_requests()

    def reset(self) -> None:
        """Clear tokens, requests and failures, but not the attributes."""
        self._app.reset()
