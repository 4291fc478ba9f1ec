"""Use cases of a service over tables in memory, with a clock that stands still, and everybody who may call them."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ulid import ULID

from services.chat.usecases import Ports as ChatPorts
from services.circles.adapters.bucket import File, Upload
from services.circles.usecases import Ports as CirclesPorts
from services.commerce.adapters.payments import Payment
from services.commerce.domain.money import Money
from services.commerce.usecases import Ports as CommercePorts
from services.review.adapters.vault import MAX_BYTES
from services.review.domain.identity import Statement, sign_statement
from services.review.usecases import Ports as ReviewPorts
from services.shared.http.bodies import body_hash
from services.shared.kernel import ids
from services.shared.kernel.clock import millis
from services.shared.security.auth import Caller
from services.shared.security.keys import KeyRing
from services.shared.table.port import Table
from simulation.memory import MemoryTable

NOON = datetime(2026, 3, 5, 4, 0, 0, 125_000, tzinfo=UTC)
RING = KeyRing("k1", {"k1": b"0" * 32})


class FakeClock:
    """Moves when told to, and by a millisecond at every look if `ticking`."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


class FakeBucket:
    """A bucket that keeps what is put, by place."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[str, bytes]] = {}

    def offer(self, place: str, type: str, size: int) -> Upload:
        return Upload("https://bucket.example", {"key": place, "Content-Type": type})

    def has(self, place: str) -> bool:
        return place in self.files

    def read(self, place: str) -> File | None:
        return File(*self.files[place]) if place in self.files else None

    def put(self, place: str, type: str, data: bytes) -> None:
        self.files[place] = (type, data)

    def delete(self, place: str) -> None:
        self.files.pop(place, None)

    def copy(self, place: str, to: str) -> None:
        if place in self.files:
            self.files[to] = self.files[place]

    def delete_some(self, prefix: str) -> int:
        found = [place for place in self.files if place.startswith(prefix)][:2]
        for place in found:
            del self.files[place]
        return len(found)

    def show(self, place: str, type: str, seconds: int) -> str:
        return f"https://bucket.example/{place}?for={seconds}"


class FakeSockets:
    """Remembers pushes by connection; connections in `gone` answer as the gateway does for dead ones."""

    def __init__(self) -> None:
        self.pushes: dict[str, list[dict[str, Any]]] = {}
        self.closed: list[str] = []
        self.gone: set[str] = set()

    def post_all(self, connection_ids: Iterable[str], push: dict[str, Any]) -> set[str]:
        wanted = set(connection_ids)
        for connection_id in wanted - self.gone:
            self.pushes.setdefault(connection_id, []).append(json.loads(json.dumps(push)))
        return wanted & self.gone

    def close(self, connection_id: str) -> None:
        self.closed.append(connection_id)


class FakePayments:
    """A provider in process, as strict as the sandbox: one payment a reference, no refund of more than was captured."""

    def __init__(self) -> None:
        self.started: dict[str, tuple[Payment, Money]] = {}
        self.refunded: dict[str, Money] = {}

    def start(self, reference: str, amount: Money) -> Payment:
        payment, agreed = self.started.setdefault(reference, (Payment(f"pay_{len(self.started)}", "/pay"), amount))
        assert agreed == amount, "the same reference for another amount"
        return payment

    def refund(self, payment_id: str, amount: Money) -> None:
        assert any(payment.id == payment_id and agreed == amount for payment, agreed in self.started.values())
        self.refunded[payment_id] = amount


class FakeVault:
    """Seals as KMS does: nothing opens but what was sealed for the same thing, and nothing larger than it takes goes in."""

    def seal(self, text: str, about: str) -> str:
        assert len(text.encode()) <= MAX_BYTES
        return base64.b64encode(json.dumps([about, text[::-1]]).encode()).decode()

    def open(self, sealed: str, about: str) -> str:
        sealed_for, text = json.loads(base64.b64decode(sealed))
        assert sealed_for == about, "sealed for something else"
        return str(text[::-1])


class FakeArchive:
    """A locked bucket: what is kept stays."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def put(self, name: str, text: str) -> str:
        return self.kept.setdefault(name, text)

    def all_items(self) -> Iterator[tuple[str, str]]:
        yield from sorted(self.kept.items())


def token(account: str, identity_id: str = "", *, adult: bool = True, active_days: int = 64, now: datetime = NOON) -> str:
    """The verifier's word on an account: the human behind it (the account itself unless told), age and activity."""
    statement = Statement(identity_id or account, "林*", adult, active_days)
    return sign_statement(RING.newest, account, statement, now)


def user_id(name: str) -> str:
    """The same account for the same name."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, name))


def person(name: str, *groups: str, ip: str = "203.0.113.7", now: datetime = NOON) -> Caller:
    issued = millis(now) // 1000 - 60
    return Caller(user_id(name), frozenset(groups), issued, issued + 3600, ip)


def wish(
    caller: Caller, route: str = "POST /test", body: Any = None, value: str | None = None, now: datetime = NOON
) -> ids.IdempotencyKey:
    """A fresh Idempotency-Key, or the one named by `value`."""
    value = value or str(ULID.from_timestamp(millis(now) / 1000))
    at_ms, hashed = ids.key_time(value, now), body_hash(json.dumps(body).encode())
    return ids.IdempotencyKey(caller.user_id, route, value, at_ms, hashed, b"s" * 32)


@dataclass
class World:
    """One table and all that the use cases of three services need; each service has a table of its own."""

    clock: FakeClock = field(default_factory=FakeClock)
    bucket: FakeBucket = field(default_factory=FakeBucket)
    sockets: FakeSockets = field(default_factory=FakeSockets)
    review_table: Table = field(default_factory=MemoryTable)
    circles_table: Table = field(default_factory=MemoryTable)
    chat_table: Table = field(default_factory=MemoryTable)
    commerce_table: Table = field(default_factory=lambda: MemoryTable({"gsi1": (), "gsi2": ()}))
    payments: FakePayments = field(default_factory=FakePayments)
    vault: FakeVault = field(default_factory=FakeVault)
    archive: FakeArchive = field(default_factory=FakeArchive)
    quota: int = 100
    told: int = 0  # records of review's stream that were followed

    @property
    def review(self) -> ReviewPorts:
        return ReviewPorts(
            table=self.review_table,
            clock=self.clock,
            new_id=ids.new_id,
            person_keys=RING,
            verifier_keys=RING,
            vault=self.vault,
            archive=self.archive,
            cohort="first-100",
            quota=self.quota,
        )

    @property
    def circles(self) -> CirclesPorts:
        return CirclesPorts(self.circles_table, self.clock, ids.new_id, RING, self.bucket)  # type: ignore[arg-type]

    @property
    def chat(self) -> ChatPorts:
        return ChatPorts(self.chat_table, self.clock, ids.new_id, _secret, RING, self.sockets)

    @property
    def commerce(self) -> CommercePorts:
        return CommercePorts(self.commerce_table, self.clock, ids.new_id, self.payments, RING)


def _secret(kind: str) -> str:
    return f"{kind}-{uuid.uuid4()}"
