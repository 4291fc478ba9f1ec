"""The tables, ports and stand-ins of the four services."""

from __future__ import annotations

import secrets
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any

from ulid import ULID

from services.chat.usecases import Ports as ChatPorts
from services.circles.usecases import Ports as CirclesPorts
from services.commerce.usecases import Ports as CommercePorts
from services.review.usecases import Ports as ReviewPorts
from services.shared.kernel.clock import millis
from services.shared.security.anchors import anchor_heads
from services.shared.security.keys import KeyRing
from services.shared.table.port import Table
from simulation.archive import FakeArchive
from simulation.bucket import FakeBucket, FakeEvidenceUrls, FakePictureUrls
from simulation.clock import FakeClock
from simulation.memory import MemoryTable
from simulation.meter import MeteredTable
from simulation.payments import FakePayments
from simulation.push_parts import FakePushParts
from simulation.registry import projections_of
from simulation.sockets import FakeSockets
from simulation.user_pool import FakeUserPool
from simulation.users import RING
from simulation.vault import FakeVault
from simulation.web_push import FakeWebPush


def _table(service: str) -> MemoryTable:
    return MemoryTable(projections_of(service))


@dataclass
class Simulation:
    """The four services in one process: a table each, the clock and the stand-ins of everything outside.

    bucket, chat_bucket, commerce_bucket: the pictures of circles, of chat, and of listings.
    positions: how many records of each service's stream were read by `streams.new_changes`.
    id_counter, new_secret: what ids and secrets are made of; random, so a run that must repeat exactly gives its own.
    """

    clock: FakeClock = field(default_factory=FakeClock)
    bucket: FakeBucket = field(default_factory=FakeBucket)
    chat_bucket: FakeBucket = field(default_factory=FakeBucket)
    commerce_bucket: FakeBucket = field(default_factory=FakeBucket)
    evidence: FakeBucket = field(default_factory=FakeBucket)
    exports: FakeBucket = field(default_factory=FakeBucket)
    sockets: FakeSockets = field(default_factory=FakeSockets)
    review_table: Table = field(default_factory=partial(_table, "review"))
    circles_table: Table = field(default_factory=partial(_table, "circles"))
    chat_table: Table = field(default_factory=partial(_table, "chat"))
    commerce_table: Table = field(default_factory=partial(_table, "commerce"))
    web_push: FakeWebPush = field(default_factory=FakeWebPush)
    push_parts: FakePushParts = field(default_factory=FakePushParts)
    payments: FakePayments = field(default_factory=FakePayments)
    vault: FakeVault = field(default_factory=FakeVault)
    archive: FakeArchive = field(default_factory=FakeArchive)
    user_pool: FakeUserPool = field(default_factory=FakeUserPool)
    positions: Counter[str] = field(default_factory=Counter)
    # A random start: several simulations can use one table of the laptop cloud.
    id_counter: Iterator[int] = field(default_factory=lambda: count(secrets.randbits(79)))
    new_secret: Callable[[str], str] = field(default_factory=lambda: _secret)

    def new_id(self, prefix: str) -> str:
        """Return a new id with the time of the simulation's clock. Ids of the same time sort as they were made."""
        return f"{prefix}_{ULID.from_bytes(millis(self.clock()).to_bytes(6) + next(self.id_counter).to_bytes(10))}"

    def table(self, service: str) -> Table:
        table: Table = getattr(self, f"{service}_table")
        return table

    def memory(self, service: str) -> MemoryTable:
        """Return the table in memory of a service, without the meter above it."""
        table = self.table(service)
        memory = table.table if isinstance(table, MeteredTable) else table
        assert isinstance(memory, MemoryTable), f"the table of {service} is not in memory"
        return memory

    def key_ring(self, name: str) -> KeyRing:
        """Return a key ring; all rings have the same key."""
        return RING

    def anchor_heads(self, service: str) -> int:
        """Run the function `on_hour` of a service."""
        return anchor_heads(self.table(service), self.archive, service, self.clock())

    def ports(self, service: str) -> Any:
        """Return the ports that the use cases of a service take."""
        return getattr(self, service)

    @property
    def review(self) -> ReviewPorts:
        return ReviewPorts(
            table=self.review_table,
            clock=self.clock,
            new_id=self.new_id,
            identity_keys=self.key_ring("identity"),
            verifier_keys=self.key_ring("verifier"),
            grant_keys=self.key_ring("grants"),
            metric_keys=self.key_ring("metrics"),
            vault=self.vault,
            evidence=FakeEvidenceUrls(),
            exports=self.exports,
        )

    @property
    def circles(self) -> CirclesPorts:
        passcode_keys, alias_keys = self.key_ring("passcode"), self.key_ring("alias")
        buckets: Any = (self.bucket, FakePictureUrls(), self.evidence, self.exports)
        adapters = (*buckets, self.user_pool, self.key_ring("grants"), self.key_ring("attribution"))
        return CirclesPorts(self.circles_table, self.clock, self.new_id, passcode_keys, alias_keys, *adapters)

    @property
    def chat(self) -> ChatPorts:
        pushed: Any = (self.sockets, self.exports, self.web_push, self.push_parts)
        adapters = (*pushed, self.chat_bucket, FakePictureUrls(), self.evidence, self.key_ring("attribution"))
        return ChatPorts(self.chat_table, self.clock, self.new_id, self.new_secret, self.key_ring("ticket"), *adapters)

    @property
    def commerce(self) -> CommercePorts:
        rings = self.key_ring("webhook"), self.key_ring("coupon"), self.key_ring("traces"), self.key_ring("attribution")
        at = (self.commerce_table, self.clock, self.new_id, self.payments, *rings)
        stores: Any = (
            self.exports,
            self.key_ring("grants"),
            self.commerce_bucket,
            FakePictureUrls(),
            self.evidence,
            self.vault,
        )
        return CommercePorts(*at, *stores)


def _secret(kind: str) -> str:
    return f"{kind}-{uuid.uuid4()}"
