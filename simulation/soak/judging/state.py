"""What the invariants read: the items of the four tables, as plain attributes, and what actors read over HTTP."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from services.chat.domain import moderators_room_id
from services.shared.kernel.clock import millis
from services.shared.kernel.ids import derive_id
from services.shared.table.items import Item
from simulation.registry import REGISTRY
from simulation.soak.actors import Actor
from simulation.soak.requests import Call, invoke, operation
from simulation.soak.soak import Soak

BLOCKING = ("restricted", "suspended", "banned")
RANKS = {"owner": 4, "co_owner": 3, "moderator": 2, "buyer": 1}
Flaws = Iterator[str]
ROLES_BY_TRUST = ("newcomer", "member", "regular")


@dataclass
class Judged:
    """The state at a quiet point. logs: what was logged since the last one."""

    soak: Soak
    logs: str

    @cached_property
    def items(self) -> dict[str, list[Item]]:
        return {service: self.soak.driver.tables[service].all_items() for service in REGISTRY}

    @property
    def now(self) -> int:
        return millis(self.soak.driver.clock.now)

    def with_keys(self, service: str, pk: str, sk: str = "") -> Iterator[Item]:
        """Yield the items whose keys begin so."""
        return (item for item in self.items[service] if item["pk"].startswith(pk) and item["sk"].startswith(sk))

    @cached_property
    def members(self) -> dict[tuple[str, str], Item]:
        """The memberships as circles stores them, by circle and user."""
        found = self.with_keys("circles", "CIRCLE#", "MEMBER#")
        return {(item["circle_id"], item["user_id"]): item for item in found if "circle_id" in item}

    @cached_property
    def circles(self) -> dict[str, Item]:
        return {item["id"]: item for item in self.with_keys("circles", "CIRCLE#", "CIRCLE") if item["sk"] == "CIRCLE"}

    @cached_property
    def rooms(self) -> dict[str, Item]:
        return {item["sk"].removeprefix("ROOM#"): item for item in self.with_keys("chat", "CIRCLE#", "ROOM#")}

    @cached_property
    def topics(self) -> dict[str, list[str]]:
        """The topics of each circle that has its rooms."""
        found: dict[str, list[str]] = {}
        for room_id, room in self.rooms.items():
            circle_id = circle_of(room)
            topics = found.setdefault(circle_id, [])
            if room_id not in (derive_id("rom", circle_id), moderators_room_id(circle_id)):
                topics.append(room_id)
        return found

    def lobby_of(self, circle_id: str) -> Item:
        return self.rooms[derive_id("rom", circle_id)]

    @cached_property
    def messages(self) -> list[Item]:
        return list(self.with_keys("chat", "CIRCLE#", "MSG#"))

    @cached_property
    def orders(self) -> list[Item]:
        return list(self.with_keys("commerce", "BUYER#", "ORDER#"))

    @cached_property
    def listings(self) -> list[Item]:
        return list(self.with_keys("commerce", "CIRCLE#", "LISTING#"))

    @cached_property
    def applications(self) -> list[Item]:
        return [item for item in self.with_keys("review", "APPLICATION#") if item["sk"] == "APPLICATION"]

    def identity_of(self, user_id: str) -> str:
        """Return the person behind a user, as the cast has it."""
        actor = self.soak.by_user_id.get(user_id)
        return actor.identity if actor else user_id

    def published_member(self, member: Item) -> Item:
        """Return what other services must know of a membership: the role by trust, and the end of the mute."""
        role = ROLES_BY_TRUST[member.get("trust", 0)] if member["role"] == "member" else member["role"]
        return {"role": role, "state": member["state"], "muted_until": (member.get("mute") or {}).get("until")}

    def sale_ended(self, circle_id: str, listing_id: str, reader_id: str) -> str:
        """Return why a member cannot buy a listing; empty if nothing ends or pauses its sale."""
        listing = next(item for item in self.listings if item["id"] == listing_id)
        seller_id, seller = listing["seller_id"], self.members[circle_id, listing["seller_id"]]
        blocked = next(iter(self.with_keys("circles", f"USER#{reader_id}", "BLOCKS")), {"blocked": ()})["blocked"]
        reasons = {
            "it is off sale": not listing["on_sale"],
            "a moderator removed it": "removed_at" in listing and "restored_revision" not in listing,
            "the platform took it down": is_down(listing),
            "its seller is no member": seller["state"] != "member",
            "its seller does not run the shop": listing["kind"] == "merchant" and seller["role"] not in RANKS,
            "its seller is blocked": seller_id in blocked,
            "its seller is restricted": self.is_restricted(seller_id),
            "the owner is restricted": self.is_restricted(self.circles[circle_id]["owner"]),
        }
        return ", ".join(reason for reason, holds in reasons.items() if holds)

    def is_restricted(self, user_id: str) -> bool:
        """Whether review has a sanction in force that blocks sales."""
        record = next(iter(self.with_keys("review", f"USER#{user_id}", "ACCOUNT_STATUS")), None)
        if record is None:
            return False
        levels = ((record.get(f"{name}level"), record.get(f"{name}until")) for name in ("", "previous_"))
        return any(level in BLOCKING and (until is None or until > self.now) for level, until in levels)

    def read(self, actor: Actor, name: str, ids: dict[str, str], query: str = "") -> tuple[int, Any]:
        """Read as an actor who has just signed in, without a network between."""
        response = invoke(self.soak, Call(actor, name, ids, None, query, "", ""), operation(name))
        return response.status, response.body


def count_by(items: Iterable[Item], *names: str) -> dict[tuple[Any, ...], int]:
    counts: dict[tuple[Any, ...], int] = defaultdict(int)
    for item in items:
        counts[tuple(item[name] for name in names)] += 1
    return counts


def is_down(item: Item) -> bool:
    """Whether a case of review takes the content of an item down."""
    return any(is_active for _, is_active, _ in item.get("take_downs", {}).values())


def circle_of(item: Item) -> str:
    """Return the circle in the partition key of an item."""
    found = re.match(r"CIRCLE#(cir_\w+)", item["pk"])
    assert found, item["pk"]
    return found[1]


def differing(what: str, source: Item, copy: Item | None, names: dict[str, str]) -> Iterator[str]:
    """Yield a flaw if a projection is missing, or differs from its source. names: of the source, by those of the copy."""
    if copy is None:
        yield f"{what}: no projection"
        return
    for copied, own in names.items():
        if (copy.get(copied) or None) != (source.get(own) or None):
            yield f"{what}: {copied} is {copy.get(copied)!r}, its source has {source.get(own)!r}"
