"""An auth provider for both variants."""

from liminal.auth import AuthProvider


class GivenToken(AuthProvider):
    """Has a token already."""

    def __init__(self, token: str) -> None:
        self.token = token

    async def get_access_token(self) -> str:
        return self.token

    def get_access_token_sync(self) -> str:
        return self.token
