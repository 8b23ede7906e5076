"""An identity provider for tests: it speaks as much of Microsoft Entra ID as signing in takes.

It needs the extra ``sandbox``. What it is not: it knows no accounts, passwords or consent, signs
nothing, evaluates no policy, and believes any client secret. Its tokens are random text, good for a
``liminal.sandbox.Sandbox`` that is told to accept them. It listens on loopback and keeps what
it issues in memory. Never let anything real trust it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

from liminal.errors import LiminalError
from liminal.sandbox._lifetime import Lifetime, needs_extra
from liminal.sandbox.authority_answers import error_body

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from liminal.sandbox._server import Server
    from liminal.sandbox.authority_app import AuthorityApp

SignIn = Literal["approved", "pending", "declined", "expired"]
Endpoint = Literal["openid-configuration", "devicecode", "token"]


class Authority(Lifetime):
    """An Entra-like authority over TLS at ``https://localhost``, in a thread of this process.

        with Authority() as authority:      # or: async with Authority() as authority:
            provider = DeviceCodeFlowProvider(
                authority.tenant_id, "client", authority=authority.url, verify=authority.ca_file
            )
            with Sandbox(accept_provider_token=authority.is_valid) as sandbox:
                client = SyncClient.authenticate_from_auth_provider(sandbox.url, provider)

    It serves OpenID configuration, device codes, and tokens for the grants device code, refresh
    token and client credentials. ``url`` is the authority with its tenant, ``ca_file`` the PEM file
    of the CA behind its certificate. All times are in seconds. Everything here may be called from
    any thread, and each attribute may be set while it serves:

    - ``sign_in``: what the person does about device codes: ``approved`` (at once), ``pending``,
      ``declined`` or ``expired``.
    - ``interval``: how often it wants to be asked, a whole number; ``code_lifetime``: how long a
      device code is good.
    - ``token_lifetime``: how long an access token is good. msal renews one with less than five
      minutes left, so a lifetime below that makes it use the refresh token each time.
    - ``refresh_in``: after how long an access token had better be renewed, though it is still good.
    - ``person``: the object ID of who enters the codes.
    - ``rotate_refresh_tokens``: whether a refresh token can be used once only.
    - ``delay``: how long it waits before each answer but metadata.
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
        self._app: AuthorityApp = needs_extra("authority_app").AuthorityApp(self)
        self._ca = needs_extra("authority_tls").CertificateAuthority()
        self._server: Server | None = None
        self._ca_file: Path | None = None

    def __repr__(self) -> str:
        return f"<Authority {self.url}>" if self._server else "<Authority, not started>"

    # Start and stop

    def start(self) -> Self:
        """Serve, on a free port."""
        if self._server is not None:
            raise LiminalError("The authority has been started already.")
        self._server = needs_extra("_server").Server(self._app, 0, self._ca.server_context())
        self._ca_file = self._ca.write_pem()
        return self

    def stop(self) -> None:
        """Close every connection, end the thread and remove the CA file. Twice is no harm."""
        server, self._server = self._server, None
        if server is not None:
            server.stop()
        if self._ca_file is not None:
            self._ca_file.unlink(missing_ok=True)

    # What a client is told

    @property
    def host(self) -> str:
        """``localhost`` and the port."""
        if self._server is None:
            raise LiminalError("The authority is not started: use it in a with block.")
        return f"localhost:{self._server.port}"

    @property
    def url(self) -> str:
        """The authority with its tenant, as msal wants it."""
        return f"https://{self.host}/{self.tenant_id}"

    @property
    def ca_file(self) -> str:
        """The path of a PEM file with the CA that signed the certificate, for ``verify``."""
        if self._ca_file is None:
            raise LiminalError("The authority is not started: use it in a with block.")
        return str(self._ca_file)

    # What it issued

    @property
    def issued_tokens(self) -> list[str]:
        """All access tokens, the oldest first."""
        return self._app.issued()

    def is_valid(self, token: str) -> bool:
        """Tell whether this is an access token of ours, neither expired nor revoked."""
        return self._app.is_valid(token)

    def secrets(self) -> list[str]:
        """Return all that must stay secret: tokens, device codes, cookies. For privacy tests."""
        return self._app.secrets()

    @property
    def requests(self) -> list[str]:
        """The endpoints that were asked so far; ``token`` with its grant: ``token:device_code``."""
        return self._app.requests()

    # What it does wrong

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

        ``error``, ``codes`` (the numbers behind AADSTS) and ``fields`` make up Entra's JSON;
        ``body`` takes its place as it is.
        """
        content = body if body is not None else error_body(error, codes, fields)
        self._app.fail_next(endpoint, times, status, content, dict(headers or {}))

    def revoke_tokens(self) -> None:
        """Refuse all access and refresh tokens that were issued so far."""
        self._app.revoke()

    def reset_requests(self) -> None:
        """Forget what was asked."""
        self._app.reset_requests()

    def reset(self) -> None:
        """Forget what was issued, asked and set to fail; the attributes stay."""
        self._app.reset()
