"""The erasure of a user in one service: a job, whose last step publishes that the service has erased them.

Circles publishes AccountDeleted. Each other service stores a tombstone of the user with how far the erasure is, and erases what
it stores of them. A second job 15 days later erases what a late event brought, as for a closed circle (decision 25).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from services.shared.kernel.clock import next_version
from services.shared.kernel.errors import NotFound
from services.shared.messaging.events import AccountDeleted, UserErased
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key
from services.shared.table.jobs import Job, job_write
from services.shared.table.port import HasTable
from services.shared.table.purging import SECOND_PURGE_AFTER
from services.shared.table.versioned import put_if_absent, update

ERASE = "ERASE"


@dataclass(frozen=True, slots=True)
class Erasure:
    """The erasure of a user in one service. The item stays, as the tombstone of the account.

    deletes_content: whether the user chose to delete what they wrote for others. after: what was erased last; empty at first.
    is_complete: whether all was erased once.
    """

    user_id: str
    deletes_content: bool
    version: int
    after: str = ""
    is_complete: bool = False

    def reach(self, after: str, *, at: datetime) -> Erasure:
        return self if after == self.after else replace(self, after=after, version=next_version(self.version, at))

    def complete(self, *, at: datetime) -> Erasure:
        return replace(self, after="", is_complete=True, version=next_version(self.version, at))


Steps = Callable[[Erasure], Iterator[str]]  # yields after each step where the next run continues; empty for the beginning


def plan_erasure(ports: HasTable, event: AccountDeleted) -> None:
    """Store the tombstone of a deleted account, and plan both jobs. A repeat plans the same ones."""
    user_id = event.data.user_id
    erasure = Erasure(user_id, event.data.content == "delete", next_version(0, event.occurred_at))
    put_if_absent(ports.table, erasure_to_item(erasure))
    for due_at in (event.occurred_at, event.occurred_at + SECOND_PURGE_AFTER):
        write = job_write(Job(ERASE, user_id, due_at))
        ports.table.put(write.item, when=write.when)


def erase_user(ports: HasTable, event: type[UserErased], steps: Steps, job: Job) -> Iterator[None]:
    """Erase a user; yields after each step. The last step of the first run publishes `event`."""
    load = partial(ERASURES.load, ports.table, erasure_key(job.id))
    for after in steps(load().entity):
        if after:
            update(ports, load, lambda erasure, after=after: erasure.reach(after, at=ports.clock()))  # type: ignore[misc]
        yield
    is_first = not load().entity.is_complete
    update(ports, load, lambda erasure: erasure.complete(at=ports.clock()), *([event] if is_first else []))


def erasure_key(user_id: str) -> Key:
    return Key(f"ERASED#{user_id}", "USER")


def erasure_to_item(erasure: Erasure) -> Item:
    return {
        **erasure_key(erasure.user_id).attributes(),
        "user_id": erasure.user_id,
        "deletes_content": erasure.deletes_content,
        "version": erasure.version,
        "after": erasure.after,
        "is_complete": erasure.is_complete,
    }


def erasure_from_item(item: Item) -> Erasure:
    return Erasure(item["user_id"], item["deletes_content"], item["version"], item["after"], item["is_complete"])


ERASURES = EntityStore(erasure_to_item, erasure_from_item, NotFound)
