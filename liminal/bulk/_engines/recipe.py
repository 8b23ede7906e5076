"""Describes, without secrets, how to make a client in another process."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from liminal._calls.arguments.client_options import Limits
from liminal._calls.arguments.options import (
    DEFAULT_DEADLINE,
    DEFAULT_MAX_BODY_BYTES,
    DEFAULT_MAX_RETRIES,
    DEFAULT_TIMEOUT,
    Options,
)
from liminal._calls.discreet import discreet
from liminal._http.settings.server_url import parse_server_url
from liminal._streams.lines import DEFAULT_MAX_EVENT_BYTES
from liminal.auth._env import URL, credential_from_env
from liminal.errors import LiminalError

from .process import forget, shared
from .references import reference, resolved

if TYPE_CHECKING:
    import ssl
    from typing import Unpack

    import httpx

    from liminal import SyncClient
    from liminal.auth import SessionId, Token
    from liminal.auth._provider import ProviderLike

ENV: Final = "env"
# Options that may hold a secret or can't be pickled. Each process calls a function to get them.
MADE: Final = ("headers", "proxy", "ssl_context")

_DEFAULTS: Final = Options(
    timeout=DEFAULT_TIMEOUT,
    deadline=DEFAULT_DEADLINE,
    max_retries=DEFAULT_MAX_RETRIES,
    max_body_bytes=DEFAULT_MAX_BODY_BYTES,
    max_event_bytes=DEFAULT_MAX_EVENT_BYTES,
)


class RecipeOptions(Limits, total=False):
    """The keyword arguments of ``Recipe``, except ``auth``."""

    headers: Callable[[], Mapping[str, str]] | str
    proxy: Callable[[], str | httpx.Proxy] | str
    ssl_context: Callable[[], ssl.SSLContext] | str


class Recipe:
    """How to make a client in another process, such as a worker of Ray, Dask or Spark.

    It can be pickled and contains no secret. Each process makes one client from it, with one
    session, and keeps that.

        recipe = Recipe("https://api.my-tenant.liminal.ai", auth="my_package.sign_in:token")

    - ``auth``: ``"env"``, for the variables that ``SyncClient.from_env`` reads, as each process has
      them; or a function that returns a ``Token``, a ``SessionId`` or an auth provider.
    - ``timeout``, ``deadline``, ``max_retries``, ``max_body_bytes``, ``max_event_bytes``: as for
      ``SyncClient``.
    - ``headers``, ``proxy``, ``ssl_context``: functions that return what ``SyncClient`` takes.

    The functions are called without arguments in each process that makes a client. They must be at
    the top of a module that all processes can import. Give the function itself or its name,
    ``"module:name"``. LiminalError for anything else.
    """

    @discreet
    def __init__(
        self,
        api_server_url: str,
        *,
        auth: Callable[[], Token | SessionId | ProviderLike] | str = ENV,
        **options: Unpack[RecipeOptions],
    ) -> None:
        self._url = parse_server_url(api_server_url).text
        self._auth = ENV if auth == ENV else _auth_reference(auth)
        self._made: dict[str, str] = {}
        self._options: dict[str, Any] = {}
        for name, value in cast("dict[str, object]", options).items():
            if name not in RecipeOptions.__annotations__:
                raise LiminalError(f"a recipe has no option {name}")
            if name in MADE:
                self._made[name] = reference(name, value)
            else:
                self._options[name] = value
        _DEFAULTS.changed(self._options)  # checks them

    @discreet
    def make(self) -> SyncClient:
        """Return a new client. Close it when you are done."""
        from liminal import SyncClient  # noqa: PLC0415 - not before it is used

        if self._auth == ENV:
            _, credential = credential_from_env({**os.environ, URL: self._url})
        else:
            credential = resolved("auth", self._auth)()
        made: dict[str, Any] = {name: resolved(name, ref)() for name, ref in self._made.items()}
        return SyncClient(self._url, auth=credential, **self._options, **made)

    @discreet
    def client(self) -> SyncClient:
        """The client of this process, shared by its threads and made at its first use."""
        return shared(self).client

    def close(self) -> None:
        """Close the client of this process, if there is one. The next use makes a new one."""
        forget(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Recipe) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((self._url, self._auth, *self._made.values()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._url!r}, auth={self._auth!r})"


def _auth_reference(auth: object) -> str:
    try:
        return reference("auth", auth)
    except LiminalError as error:
        refusal = str(error)
    raise LiminalError(refusal.replace("auth must be", 'auth must be "env", or'))
