"""A running laptop cloud, for the demo, the tests and the operator's commands."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra import people
from infra.aws import client
from infra.build import ROOT
from infra.process import LocalFailed, is_ours

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient


HOME = ROOT / ".local"
MEMBERS_CALLBACK, STAFF_CALLBACK = "http://localhost:5173/signed-in", "http://localhost:5174/signed-in"


@dataclass(frozen=True)
class User:
    """A user of the user pool.

    sub: the user id in tokens and in the services.
    totp: the secret of the authenticator app, of a user with groups.
    """

    name: str
    sub: str
    password: str
    groups: tuple[str, ...] = ()
    totp: str = ""

    @property
    def email(self) -> str:
        """The address that the user signs in with."""
        return people.email_of(self.name)


@dataclass(frozen=True)
class Cloud:
    """The addresses and processes of a laptop cloud.

    outputs: the outputs of each stack, by its name.
    home: the folder of the log and of the users' passwords.
    provider: the address of the sandbox of the payment provider and the real-name verifier.
    """

    endpoint: str
    port: int
    stage: str
    outputs: Mapping[str, Mapping[str, str]]
    home: Path
    pid: int
    provider: str
    provider_pid: int

    @property
    def url(self) -> str:
        """Return the base address of the HTTP API: a path, because MiniStack's host names per API do not resolve."""
        return f"{self.endpoint}/_aws/execute-api/{self.outputs['platform']['HttpApiId']}/%24default/v1"

    def socket_url(self) -> str:
        """Return the address of the chat's WebSocket API; the ticket is a query parameter."""
        host = self.endpoint.removeprefix("http://")
        return f"ws://{host}/_aws/execute-api/{self.outputs['chat']['SocketApiId']}/live"

    def configure_provider(self, **behavior: Any) -> dict[str, Any]:
        """Configure the sandbox: `repeat`, `delay`, `shuffle`, `hold`, `flush` (infra/provider/webhooks.py)."""
        request = urllib.request.Request(f"{self.provider}/sandbox", data=json.dumps(behavior).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=30) as response:
            state: dict[str, Any] = json.load(response)
        return state

    def get_real_name_token(self, user: User) -> str:
        """Return the verifier's statement about a user; every user has a real name of their own."""
        body = {"account": user.sub, "name": f"林{user.name}", "birthday": "1998-05-04", "active_days": 64}
        request = urllib.request.Request(f"{self.provider}/verifications", data=json.dumps(body).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=30) as response:
            return str(json.load(response)["real_name_token"])

    def client(self, name: str) -> Any:
        """Return a boto3 client of this cloud. It has dummy credentials, so it cannot reach AWS."""
        return client(name, self.endpoint)

    def create_user(self, name: str, groups: tuple[str, ...] = ()) -> User:
        """Sign a user up with a random password, which `sign_in` reads from `users.json`.

        A user with groups sets up TOTP before an operator adds them, as docs/operations.md says.
        """
        idp: CognitoIdentityProviderClient = self.client("cognito-idp")
        platform, password = self.outputs["platform"], people.new_password()
        sub = people.sign_up(idp, self.endpoint, platform["ClientId"], people.email_of(name), password)
        user = User(name=name, sub=sub, password=password, groups=groups)
        if groups:
            user = replace(user, totp=people.set_up_totp(idp, self.sign_in_as(user)["access_token"]))
        for group in groups:
            idp.admin_add_user_to_group(UserPoolId=platform["UserPoolId"], Username=sub, GroupName=group)
        users = {**self.users(), name: user}
        _write_private(self.home / "users.json", {key: asdict(value) for key, value in users.items()})
        return user

    def users(self) -> dict[str, User]:
        """Return the users that were created on this cloud, by name."""
        path = self.home / "users.json"
        saved = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        return {name: User(**{**data, "groups": tuple(data["groups"])}) for name, data in saved.items()}

    def sign_in(self, name: str) -> str:
        """Return a new access token. Services accept no other kind of token (`token_use == "access"`)."""
        return str(self.sign_in_as(self.users()[name])["access_token"])

    def sign_in_as(self, user: User) -> people.Tokens:
        """Sign a user in by the hosted pages, staff with the client of staff, and return all tokens.

        MiniStack's page asks no user for a one-time password.
        """
        client, callback = ("StaffClientId", STAFF_CALLBACK) if user.groups else ("ClientId", MEMBERS_CALLBACK)
        return people.sign_in(self.endpoint, self.outputs["platform"][client], callback, user.email, user.password)

    def save(self) -> None:
        """Save this cloud in `home`, for `Cloud.load`."""
        _write_private(self.home / "cloud.json", {**asdict(self), "home": str(self.home)})

    @classmethod
    def load(cls, home: Path) -> Cloud | None:
        """Return the cloud that was saved in `home`, running or not; None if there is none."""
        path = home / "cloud.json"
        if not path.exists():
            return None
        saved = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{**saved, "home": Path(saved["home"])})


def _write_private(path: Path, data: Mapping[str, Any]) -> None:
    """Write JSON that only the owner of the file can read, because it holds passwords."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600, exist_ok=True)
    path.write_text(json.dumps(data, indent=2, ensure_ascii=False), encoding="utf-8")


def current() -> Cloud:
    """Return the cloud that `make up` started. Raises LocalFailed if it does not run."""
    cloud = Cloud.load(HOME)
    if cloud is None or not is_ours(cloud.pid):
        raise LocalFailed("no laptop cloud is running: make up")
    return cloud
