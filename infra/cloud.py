"""A running laptop cloud as seen by those who use it: the demo, the tests, the operator's commands."""

from __future__ import annotations

import json
import secrets
import urllib.request
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.aws import client
from infra.build import ROOT
from infra.process import LocalFailed, is_ours

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient


HOME = ROOT / ".local"


@dataclass(frozen=True)
class Person:
    """An account of the pool. `sub` is the id that tokens carry and services know."""

    name: str
    sub: str
    password: str
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cloud:
    """Where everything is. `outputs` are the stacks' own, by service; `home` is the folder of its log and
    accounts, `provider` the address of the payment sandbox."""

    endpoint: str
    port: int
    stage: str
    outputs: Mapping[str, Mapping[str, str]]
    home: Path
    pid: int
    provider: str
    provider_pid: int

    def url(self, service: str) -> str:
        """Base address of a service's HTTP API; host names per API do not resolve on a laptop, paths do."""
        return f"{self.endpoint}/_aws/execute-api/{self.outputs[service]['ApiId']}/%24default"

    def socket_url(self) -> str:
        """Address of the chat's WebSocket; the ticket goes into the query."""
        host = self.endpoint.removeprefix("http://")
        return f"ws://{host}/_aws/execute-api/{self.outputs['chat']['SocketApiId']}/live"

    def provider_sandbox(self, **manners: Any) -> dict[str, Any]:
        """Tell the payment sandbox how to behave: `repeat`, `delay`, `shuffle`, `hold`, `flush` (infra/provider.py)."""
        request = urllib.request.Request(f"{self.provider}/sandbox", data=json.dumps(manners).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            told: dict[str, Any] = json.load(answer)
        return told

    def verified(self, person: Person) -> str:
        """The verifier's statement about an account, as if its owner had just shown a document: a name of their own each."""
        body = {"account": person.sub, "name": f"林{person.name}", "birthday": "1998-05-04", "active_days": 64}
        request = urllib.request.Request(f"{self.provider}/verifications", data=json.dumps(body).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return str(json.load(answer)["real_name_token"])

    def client(self, name: str) -> Any:
        """A boto3 client of this cloud, with dummy credentials: never the caller's AWS."""
        return client(name, self.endpoint)

    def create_person(self, name: str, groups: tuple[str, ...] = ()) -> Person:
        """An account with a random password, kept in `home` so that `sign_in` and a reader of the closing table find it."""
        idp: CognitoIdentityProviderClient = self.client("cognito-idp")
        pool = self.outputs["platform"]["UserPoolId"]
        password = f"{secrets.token_urlsafe(12)}-a1"
        made = idp.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
        idp.admin_set_user_password(UserPoolId=pool, Username=name, Password=password, Permanent=True)
        for group in groups:
            idp.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName=group)
        sub = next(a["Value"] for a in made["User"]["Attributes"] if a["Name"] == "sub")
        person = Person(name=name, sub=sub, password=password, groups=groups)
        people = {**self.people(), name: person}
        _write_private(self.home / "people.json", {key: asdict(value) for key, value in people.items()})
        return person

    def people(self) -> dict[str, Person]:
        """Every account made here so far, by name."""
        path = self.home / "people.json"
        kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        return {name: Person(**{**data, "groups": tuple(data["groups"])}) for name, data in kept.items()}

    def sign_in(self, name: str) -> str:
        """A fresh access token: the only kind the services accept (`token_use == "access"`)."""
        idp: CognitoIdentityProviderClient = self.client("cognito-idp")
        answer = idp.initiate_auth(
            ClientId=self.outputs["platform"]["ClientId"],
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": self.people()[name].password},
        )
        return answer["AuthenticationResult"]["AccessToken"]

    def save(self) -> None:
        """Remember this cloud for later commands (`Cloud.load`)."""
        _write_private(self.home / "cloud.json", {**asdict(self), "home": str(self.home)})

    @classmethod
    def load(cls, home: Path) -> Cloud | None:
        """The cloud remembered in `home`, running or not; None when there is none."""
        path = home / "cloud.json"
        if not path.exists():
            return None
        kept = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{**kept, "home": Path(kept["home"])})


def _write_private(path: Path, data: Mapping[str, Any]) -> None:
    """JSON that only its owner may read: there are passwords in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600, exist_ok=True)
    path.write_text(json.dumps(data, indent=2, ensure_ascii=False), encoding="utf-8")


def current() -> Cloud:
    """The cloud `make up` left running."""
    cloud = Cloud.load(HOME)
    if cloud is None or not is_ours(cloud.pid):
        raise LocalFailed("no laptop cloud is running: make up")
    return cloud
