"""The JSON of Entra's answers, as imitated by the authority for tests."""

from __future__ import annotations

import base64
import json
import secrets
import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_USER_NAME: Final = "ada@sandbox.example"

DEVICE_CODE_GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"


def error_body(error: str, codes: tuple[int, ...], fields: Mapping[str, Any]) -> bytes:
    """Return an OAuth error with Entra's additions (RFC 6749, 5.2)."""
    # A real authority adds details of the person and the request, which belong in no log.
    text = f"AADSTS{codes[0] if codes else 90000}: refused for {_USER_NAME}. Trace ID: {_random()}"
    return _json(
        {
            "error": error,
            "error_description": text,
            "error_codes": list(codes),
            "trace_id": _random(),
            "correlation_id": _random(),
            **fields,
        }
    )


def openid_configuration(host: str, tenant_id: str) -> bytes:
    """Return where the endpoints are (OpenID Connect Discovery 1.0, 4)."""
    base = f"https://{host}/{tenant_id}"
    return _json(
        {
            "issuer": f"{base}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
            "response_types_supported": ["code", "id_token"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }
    )


def device_authorization(
    host: str, device_code: str, user_code: str, *, interval: int, lifetime: float
) -> bytes:
    """Return a device authorization (RFC 8628, 3.2), with Entra's ``message``."""
    url = f"https://{host}/devicelogin"
    return _json(
        {
            "device_code": device_code,
            "user_code": user_code,
            "verification_uri": url,
            "expires_in": int(lifetime),
            "interval": interval,
            "message": f"To sign in, use a web browser to open the page {url} and enter the code "
            f"{user_code} to authenticate.",
        }
    )


def app_token(access_token: str, lifetime: float) -> bytes:
    """Return the token of an application (RFC 6749, 4.4.3)."""
    return _json(_token(access_token, lifetime))


def user_token(
    access_token: str,
    refresh_token: str,
    *,
    person: str,
    client_id: str,
    scope: str,
    lifetime: float,
    refresh_in: float | None,
) -> bytes:
    """Return the tokens of a person (RFC 6749, 5.1), with the fields of msal's account."""
    renewal = {} if refresh_in is None else {"refresh_in": int(refresh_in)}
    return _json(
        {
            **_token(access_token, lifetime),
            **renewal,
            "scope": scope,
            "refresh_token": refresh_token,
            "id_token": _id_token(person, client_id),
            "client_info": _encoded({"uid": person, "utid": "sandbox-tenant"}),
        }
    )


def _id_token(person: str, client_id: str) -> str:
    now = int(time.time())
    claims: dict[str, str | int] = {
        "aud": client_id,
        "iss": "sandbox",
        "iat": now,
        "exp": now + 3600,
        "oid": person,
        "sub": person,
        "tid": "sandbox-tenant",
        "preferred_username": _USER_NAME,
    }
    return f"{_encoded({'alg': 'none'})}.{_encoded(claims)}."


def _token(access_token: str, lifetime: float) -> dict[str, Any]:
    return {
        "token_type": "Bearer",
        "expires_in": int(lifetime),
        "ext_expires_in": int(lifetime),
        "access_token": access_token,
    }


def _encoded(value: Mapping[str, str | int]) -> str:
    return base64.urlsafe_b64encode(_json(value)).decode().rstrip("=")


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value).encode()


def _random() -> str:
    return secrets.token_hex(16)
