"""The users of a laptop cloud: they sign up, confirm their e-mail address and sign in as people do.

Staff also set up TOTP. The sign-in is the code flow with PKCE over the hosted pages; only the browser is left out.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp

from infra.process import LocalFailed

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

SCOPE = "openid email aws.cognito.signin.user.admin"
Outputs = Mapping[str, str]
Tokens = dict[str, Any]


def email_of(name: str) -> str:
    """Return the e-mail address that a user of this name signs in with."""
    return f"{name.lower()}@example.com"


def new_password() -> str:
    return f"{secrets.token_urlsafe(12)}-a1"


def sign_up(idp: CognitoIdentityProviderClient, endpoint: str, client_id: str, email: str, password: str) -> str:
    """Sign up with the code that arrives by e-mail, and return the id of the user."""
    signed_up = idp.sign_up(ClientId=client_id, Username=email, Password=password)
    idp.confirm_sign_up(ClientId=client_id, Username=email, ConfirmationCode=read_code(endpoint, email))
    return signed_up["UserSub"]


def read_code(endpoint: str, email: str) -> str:
    """Return the code of the last message to an address: MiniStack keeps what would be sent."""
    accounts = httpx.get(f"{endpoint}/_ministack/ses/messages", timeout=20).json()["messages"]
    texts = [message["BodyText"] for messages in accounts.values() for message in messages if email in message["To"]]
    codes = re.findall(r"\b\d{6}\b", texts[-1]) if texts else []
    if not codes:
        raise LocalFailed(f"no message with a code was sent to {email}")
    return str(codes[-1])


def set_up_totp(idp: CognitoIdentityProviderClient, access_token: str) -> str:
    """Set up an authenticator app for the user of a token, and return its secret."""
    secret = idp.associate_software_token(AccessToken=access_token)["SecretCode"]
    idp.verify_software_token(AccessToken=access_token, UserCode=pyotp.TOTP(secret).now())
    idp.set_user_mfa_preference(AccessToken=access_token, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True})
    return secret


def sign_in(endpoint: str, client_id: str, callback: str, email: str, password: str) -> Tokens:
    """Sign in by the code flow with PKCE, and return the response of the token endpoint.

    Raises: LocalFailed (the hosted page does not lead back with a code).
    """
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {"client_id": client_id, "redirect_uri": callback, "scope": SCOPE, "response_type": "code"}
    page = asked | {"code_challenge": challenge, "code_challenge_method": "S256", "username": email, "password": password}
    code = code_of(httpx.post(f"{endpoint}/login", data=page, timeout=20), callback)
    form = {"grant_type": "authorization_code", "client_id": client_id, "code": code}
    return exchange(endpoint, form | {"redirect_uri": callback, "code_verifier": verifier})


def code_of(response: httpx.Response, callback: str) -> str:
    """Return the code with which the hosted page leads back to the app."""
    location = response.headers.get("location", "")
    codes = parse_qs(urlsplit(location).query).get("code", [])
    if response.status_code != 302 or not location.startswith(callback) or not codes:
        raise LocalFailed(f"the sign-in page returned {response.status_code} without a code")
    return str(codes[0])


def exchange(endpoint: str, form: Mapping[str, str]) -> Tokens:
    """Return the response of the token endpoint. Raises: LocalFailed."""
    response = httpx.post(f"{endpoint}/oauth2/token", data=dict(form), timeout=20)
    if response.status_code != 200:
        raise LocalFailed(f"the token endpoint returned {response.status_code}: {response.text[:200]}")
    tokens: Tokens = response.json()
    return tokens
