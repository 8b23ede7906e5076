"""An auth provider for both variants."""

from typing import Any

from liminal.auth import AuthProvider


class GivenToken(AuthProvider):
    """Returns its token, or what that function returns; raises it if it is an exception."""

    def __init__(self, token: Any) -> None:
        self.token = token

    def get_access_token_sync(self) -> Any:
        token = self.token() if callable(self.token) else self.token
        if isinstance(token, Exception):
            raise token
        return token

    async def get_access_token(self) -> Any:
        return self.get_access_token_sync()
