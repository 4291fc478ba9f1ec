"""A circle in which everything is there n times: members, notes, comments, messages, listings, orders, applications."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from services.chat import usecases as chat
from services.chat.domain import Draft, block_of
from services.chat.repository import rooms
from services.circles import usecases as circles
from services.commerce import usecases as commerce
from services.commerce.domain import Kind, Listing, Order
from services.commerce.domain.money import Money
from services.shared.kernel.ids import IdempotencyKey, new_id
from services.shared.messaging.events import (
    CircleActivated,
    CircleData,
    MembershipChanged,
    MembershipChangedData,
)
from services.shared.table.port import Item
from simulation.memory import PROJECTIONS, MemoryTable
from simulation.meter import MeteredTable
from simulation.services import SERVICES
from simulation.setup import common as scenes
from simulation.simulation import (
    World,
    person,
    user_id,
    wish,
)

LIN, MEI, HAO, NEW = person("lin"), person("mei"), person("hao"), person("new", ip="198.51.100.9")
RUI, SHAN, OPERATOR = person("rui", "reviewer"), person("shan", "reviewer"), scenes.OPERATOR
NOTE_TEXT = "观" * 120  # with its keys, 0.75 KB
COMMERCE_INDEXES: dict[str, tuple[str, ...]] = {"gsi1": (), "gsi2": ()}


@dataclass
class Scene:
    world: World
    n: int
    ids: dict[str, str] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)
    fresh: int = 0

    @property
    def circle(self) -> str:
        return self.ids["circle"]

    @property
    def listing(self) -> Listing:
        found: Listing = self.kept["listing"]
        return found

    def key(self, caller: Any) -> IdempotencyKey:
        self.world.clock.advance(milliseconds=1)
        return wish(caller, now=self.world.clock.now)

    def table(self, service: str) -> MeteredTable:
        found: MeteredTable = getattr(self.world, f"{service}_table")
        return found

    def memory(self, service: str) -> MemoryTable:
        found = self.table(service).table
        assert isinstance(found, MemoryTable)
        return found

    def copy(self) -> Scene:
        """The same again, to change; items in memory are never changed in place, so they are shared."""
        tables: dict[str, Any] = {}
        for service in SERVICES:
            projections = COMMERCE_INDEXES if service == "commerce" else PROJECTIONS
            memory = MemoryTable(projections)
            memory._items = dict(self.memory(service)._items)
            tables[f"{service}_table"] = MeteredTable(memory, projections)
        world = World(**tables)
        world.clock.now = self.world.clock.now
        world.bucket.files.update(self.world.bucket.files)
        world.payments.started.update(self.world.payments.started)
        return Scene(world, self.n, dict(self.ids), dict(self.kept))

    def multiply(self, service: str, chosen: Callable[[Item], bool], *names: Callable[[int], tuple[str, str]]) -> None:
        """Put n copies of a row beneath the meter, each with some of its words exchanged."""
        memory = self.memory(service)
        row = next(item for item in memory._items.values() if chosen(item))
        text = json.dumps(row, ensure_ascii=False)
        for number in range(self.n):
            changed = text
            for name in names:
                changed = changed.replace(*name(number))
            item = json.loads(changed)
            memory._items[item["pk"], item["sk"]] = item


def hear_membership(world: World, circle: str, caller: Any) -> None:
    data = MembershipChangedData.model_validate(
        {"circle_id": circle, "user_id": caller.user_id, "role": "member", "state": "member"}
    )
    commerce.keep_participant(
        world.commerce, MembershipChanged(**scenes.envelope(world, f"{circle}/{caller.user_id}"), data=data)
    )


def another(prefix: str, old: str) -> Callable[[int], tuple[str, str]]:
    return lambda number: (old, new_id(prefix))


def somebody(old: str) -> Callable[[int], tuple[str, str]]:
    return lambda number: (old, user_id(f"guest-{number}"))


def _circles(scene: Scene) -> None:
    world = scene.world
    scene.ids["circle"] = circle = scenes.open_circle(world, LIN)
    scenes.join(world, MEI, LIN, circle)
    scenes.join(world, HAO, LIN, circle)
    note = circles.post_note(world.circles, MEI, circle, scene.key(MEI), circles.Words(NOTE_TEXT, ("观鸟",))).note
    scene.ids["note"] = note.id
    comment = circles.add_comment(world.circles, HAO, circle, note.id, scene.key(HAO), text="好" * 60, parent_id=None)
    circles.like_note(world.circles, HAO, circle, note.id)
    extra = [new_id("nte") for _ in range(scene.n)]
    prefix = note.id.partition("_")[0]
    extra = [f"{prefix}_{one.partition('_')[2]}" for one in extra]
    scene.multiply("circles", lambda item: item["sk"] == f"NOTE#{note.id}", lambda number: (note.id, extra[number]))
    scene.multiply("circles", lambda item: item["sk"] == f"LIKE#{note.id}", lambda number: (note.id, extra[number]))
    scene.multiply("circles", lambda item: item["sk"].startswith("COMMENT#"), another(comment.id.partition("_")[0], comment.id))
    scene.multiply("circles", lambda item: item["sk"] == f"MEMBER#{HAO.user_id}", somebody(HAO.user_id))
    scene.kept["code"] = scenes.issue(world, LIN, circle)


def _chat(scene: Scene) -> None:
    world, circle = scene.world, scene.circle
    scene.ids["room"] = room = scenes.tell_chat(world, circle, LIN, MEI, HAO)
    for number in range(11):  # Hao is in twelve circles, each with a lobby
        other = new_id("cir")
        lobby = scenes.tell_chat(world, other, HAO, MEI)
        chat.send_message(world.chat, MEI, other, lobby, Draft(f"hello-{number:04}", 0, "在吗" * 10))
        world.clock.advance(seconds=2)
    chat.send_message(world.chat, MEI, circle, room, Draft("message-0000", 0, "在吗" * 10))
    row = next(i for i in scene.memory("chat")._items.values() if i["pk"] == f"CIRCLE#{circle}#ROOM#{room}")
    for seq in range(2, scene.n + 1):
        item = {**row, "sk": f"MSG#{seq:012}", "seq": seq}
        scene.memory("chat")._items[item["pk"], item["sk"]] = item
    for number in range(32):
        last = rooms.take_number(world.chat_table, circle, room, block_of(scene.n), f"filled-{number:08}", may_open=True).number
        if last >= scene.n:
            break
    scene.multiply("chat", lambda i: i["pk"] == f"USER#{HAO.user_id}" and i["sk"].endswith(circle), somebody(HAO.user_id))
    world.clock.advance(seconds=60)
    for reader in (HAO, LIN):
        chat.mark_read(world.chat, reader, circle, room, scene.n - 2)
    chat.mark_read(world.chat, LIN, circle, room, scene.n - 1)


def _commerce(scene: Scene) -> None:
    world, circle = scene.world, scene.circle
    state = CircleData(circle_id=circle, name="城市观鸟圈", owner_id=LIN.user_id, state="active")
    commerce.keep_owner(world.commerce, CircleActivated(**scenes.envelope(world, circle), data=state))
    for one in (LIN, MEI, HAO):
        hear_membership(world, circle, one)
    goods: dict[str, Any] = {"kind": Kind.C2C, "title": "望远镜", "price": Money(12_900, "CNY"), "stock": 900}
    scene.kept["listing"] = listing = commerce.create_listing(world.commerce, MEI, circle, scene.key(MEI), **goods)
    order = place(scene)
    scene.kept["order"] = order
    scene.multiply("commerce", lambda i: i["sk"] == f"LISTING#{listing.id}", another("lst", listing.id))
    scene.multiply("commerce", lambda i: i["sk"] == f"ORDER#{order.id}", another("ord", order.id))
    scene.multiply("commerce", lambda i: i["sk"] == f"MEMBER#{HAO.user_id}", somebody(HAO.user_id))


def place(scene: Scene) -> Order:
    ports, listing = scene.world.commerce, scene.listing
    wanted = {"listing_id": listing.id, "revision": listing.revision, "quantity": 1}
    return commerce.place_order(ports, HAO, scene.circle, scene.key(HAO), **wanted)  # type: ignore[arg-type]


def _review(scene: Scene) -> None:
    world = scene.world
    for name in ("rui", "shan"):
        scenes.enrolled(world, name)
    _grant(scene)
    waiting = scenes.submitted(world, LIN)
    scene.kept["draft"] = scenes.started(world, LIN, identity_id="Lin's second application")
    scene.kept["waiting"] = waiting
    scene.multiply("review", lambda i: i["pk"] == f"APPLICATION#{waiting.id}", another("app", waiting.id))


def _grant(scene: Scene) -> None:
    """An owner in office."""
    application = scenes.submitted(scene.world, person("granted"))
    for reviewer in (RUI, SHAN):
        scenes.decide(scene.world, reviewer, application)
    scene.kept["granted"] = application
    scenes.hear(scene.world)


@cache
def _built(n: int) -> Scene:
    world = World(
        **{f"{name}_table": MeteredTable() for name in ("review", "circles", "chat")},  # type: ignore[arg-type]
        commerce_table=MeteredTable(projections=COMMERCE_INDEXES),
    )
    scene = Scene(world, n)
    with contextlib.redirect_stdout(io.StringIO()):
        for build in (_circles, _chat, _commerce, _review):
            build(scene)
    return scene


def scene_of(n: int) -> Scene:
    """A fresh scene of that size."""
    return _built(n).copy()
