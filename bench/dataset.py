"""A circle with n of everything: members, notes, comments, messages, listings, orders, applications."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from services.chat import usecases as chat
from services.chat.domain import MessageRequest, SequenceBlock
from services.chat.repository import messages
from services.chat.repository.member_days import MemberDay, put_member_days
from services.chat.repository.rooms import room_key
from services.chat.usecases.heads import update_head
from services.circles import usecases as circles
from services.commerce import usecases as commerce
from services.commerce.domain import Listing, ListingKind, Order
from services.commerce.domain.money import Money
from services.commerce.domain.order_line import LineRequest
from services.shared.kernel.clock import china_day
from services.shared.kernel.ids import IdempotencyKey, new_id
from services.shared.messaging.events import CircleActivated, CircleData, MembershipChanged, MembershipChangedData
from services.shared.messaging.stream import Change
from services.shared.security.auth import Caller
from services.shared.table.items import Item, Key
from simulation.memory import MemoryTable
from simulation.meter import MeteredTable
from simulation.registry import REGISTRY, projections_of
from simulation.setup.applications import create_application, decide_application, enrol_reviewer, submit_application
from simulation.setup.chat import set_chat_members
from simulation.setup.circles import issue_passcode, join_circle, open_circle
from simulation.setup.events import envelope
from simulation.simulation import Simulation
from simulation.streams import deliver, handle_new_changes
from simulation.users import caller, new_key, user_id

LIN, MEI, HAO, YAN = (caller(name) for name in ("lin", "mei", "hao", "yan"))
NEW = caller("new", ip="198.51.100.9")
RUI, SHAN = caller("rui", "reviewer"), caller("shan", "reviewer")
NOTE_TEXT = "观" * 120  # with its keys, 0.75 KB


@dataclass
class BenchDataset:
    """A simulation in which the circle `circle` has n of everything, over metered tables.

    ids, objects: what the actions refer to, by name.
    counter: makes the guests of one measurement different users.
    """

    simulation: Simulation
    n: int
    ids: dict[str, str] = field(default_factory=dict)
    objects: dict[str, Any] = field(default_factory=dict)
    counter: int = 0

    @property
    def circle(self) -> str:
        return self.ids["circle"]

    @property
    def listing(self) -> Listing:
        found: Listing = self.objects["listing"]
        return found

    def key(self, caller: Any) -> IdempotencyKey:
        self.simulation.clock.advance(milliseconds=1)
        return new_key(caller, now=self.simulation.clock.now)

    def table(self, service: str) -> MeteredTable:
        table = self.simulation.table(service)
        assert isinstance(table, MeteredTable)
        return table

    def memory(self, service: str) -> MemoryTable:
        return self.simulation.memory(service)

    def copy(self) -> BenchDataset:
        """Return a copy that an action may change; items in memory are never changed in place, so both share them."""
        simulation = _metered_simulation()
        for service in REGISTRY:
            simulation.memory(service).copy_from(self.memory(service))
            simulation.memory(service).stream.clear()
        simulation.clock.now = self.simulation.clock.now
        simulation.bucket.files.update(self.simulation.bucket.files)
        simulation.payments.started.update(self.simulation.payments.started)
        return BenchDataset(simulation, self.n, dict(self.ids), dict(self.objects))

    def set_sent_today(self, *users: Caller) -> None:
        """Note that members of the circle have sent messages today: the first one of a day costs 1 write unit more."""
        today = china_day(self.simulation.clock.now)
        put_member_days(self.simulation.chat, [MemberDay(self.circle, user.user_id, today) for user in users])

    def multiply(self, service: str, chosen: Callable[[Item], bool], *replacements: Callable[[int], tuple[str, str]]) -> None:
        """Store n copies of an item without metering; each replacement gives an old and a new text by the copy's number."""
        memory = self.memory(service)
        text = json.dumps(next(item for item in memory._items.values() if chosen(item)), ensure_ascii=False)
        for number in range(self.n):
            changed = text
            for replacement in replacements:
                changed = changed.replace(*replacement(number))
            memory.set_item(json.loads(changed))


def _metered_simulation() -> Simulation:
    tables: dict[str, Any] = {f"{service}_table": MeteredTable(projections=projections_of(service)) for service in REGISTRY}
    return Simulation(**tables)


def set_commerce_member(simulation: Simulation, circle: str, caller: Any, role: str) -> None:
    data = MembershipChangedData.model_validate(
        {"circle_id": circle, "user_id": caller.user_id, "role": role, "state": "member"}
    )
    deliver(simulation, "commerce", MembershipChanged(**envelope(simulation, f"{circle}/{caller.user_id}"), data=data))


def new_id_for(prefix: str, old: str) -> Callable[[int], tuple[str, str]]:
    return lambda number: (old, new_id(prefix))


def guest_for(old: str) -> Callable[[int], tuple[str, str]]:
    return lambda number: (old, user_id(f"guest-{number}"))


def _circles(dataset: BenchDataset) -> None:
    simulation = dataset.simulation
    dataset.ids["circle"] = circle = open_circle(simulation, LIN)
    join_circle(simulation, MEI, LIN, circle)
    join_circle(simulation, HAO, LIN, circle)
    note = circles.post_note(simulation.circles, MEI, circle, dataset.key(MEI), circles.NoteInput(NOTE_TEXT, ("观鸟",))).note
    dataset.ids["note"], dataset.objects["note"] = note.id, note
    comment = circles.add_comment(simulation.circles, HAO, circle, note.id, dataset.key(HAO), text="好" * 60, parent_id=None)
    circles.like_note(simulation.circles, HAO, circle, note.id)
    extra = [new_id("note") for _ in range(dataset.n)]
    dataset.multiply("circles", lambda item: item["sk"] == f"NOTE#{note.id}", lambda number: (note.id, extra[number]))
    dataset.multiply("circles", lambda item: item["sk"] == f"LIKE#{note.id}", lambda number: (note.id, extra[number]))
    dataset.multiply(
        "circles", lambda item: item["sk"].startswith("COMMENT#"), new_id_for(comment.id.partition("_")[0], comment.id)
    )
    dataset.multiply("circles", lambda item: item["sk"] == f"MEMBER#{HAO.user_id}", guest_for(HAO.user_id))
    dataset.objects["code"] = issue_passcode(simulation, LIN, circle)


def _chat(dataset: BenchDataset) -> None:
    simulation, circle = dataset.simulation, dataset.circle
    dataset.ids["room"] = room = set_chat_members(simulation, circle, LIN, MEI, HAO)
    for number in range(11):  # Hao is in twelve circles, each with a lobby
        other = new_id("cir")
        lobby = set_chat_members(simulation, other, HAO, MEI)
        for sender in (HAO, MEI):
            chat.send_message(simulation.chat, sender, other, lobby, MessageRequest(f"hello-{number:04}", 0, "在吗" * 10))
        chat.mark_read(simulation.chat, HAO, other, lobby, 1)
        simulation.clock.advance(seconds=2)
    chat.send_message(simulation.chat, MEI, circle, room, MessageRequest("message-0000", 0, "在吗" * 10))
    message = next(i for i in dataset.memory("chat")._items.values() if i["pk"] == f"CIRCLE#{circle}#ROOM#{room}")
    for seq in range(2, dataset.n + 1):
        dataset.memory("chat").set_item({**message, "sk": f"MSG#{seq:012}", "seq": seq})
    _catch_up(dataset, {**message, "sk": f"MSG#{dataset.n:012}", "seq": dataset.n})
    for number in range(32):
        last = messages.reserve_sequence_number(
            *(simulation.chat_table, circle, room, SequenceBlock.containing(dataset.n), f"filled-{number:08}"),
            at=simulation.clock.now,
            after=0,
        ).number
        if last >= dataset.n:
            break
    dataset.multiply("chat", lambda i: i["pk"] == f"USER#{HAO.user_id}" and i["sk"].endswith(circle), guest_for(HAO.user_id))
    simulation.clock.advance(seconds=60)
    dataset.set_sent_today(LIN, MEI, HAO)
    for reader in (HAO, LIN):
        chat.mark_read(simulation.chat, reader, circle, room, dataset.n - 2)
    chat.mark_read(simulation.chat, LIN, circle, room, dataset.n - 1)


def _catch_up(dataset: BenchDataset, newest: Item) -> None:
    """Bring the heads of all rooms up to their messages, as the stream does."""
    handle_new_changes(dataset.simulation, "chat")
    change = Change("newest", Key.of(newest), None, newest)
    while (item := dataset.memory("chat").get(room_key(dataset.circle, dataset.ids["room"]))) and (
        item["head"]["last_seq"] < dataset.n
    ):
        update_head(dataset.simulation.chat, [change])


def _commerce(dataset: BenchDataset) -> None:
    simulation, circle = dataset.simulation, dataset.circle
    state = CircleData(circle_id=circle, name="城市观鸟圈", owner_id=LIN.user_id, state="active")
    deliver(simulation, "commerce", CircleActivated(**envelope(simulation, circle), data=state))
    for member, role in ((LIN, "owner"), (MEI, "member"), (HAO, "member")):
        set_commerce_member(simulation, circle, member, role)
    listing_input: dict[str, Any] = {"kind": ListingKind.C2C, "title": "望远镜", "price": Money(12_900, "CNY"), "stock": 900}
    dataset.objects["listing"] = listing = commerce.create_listing(
        simulation.commerce, MEI, circle, dataset.key(MEI), **listing_input
    )
    order = place_order(dataset)
    dataset.objects["order"] = order
    dataset.multiply("commerce", lambda i: i["sk"] == f"LISTING#{listing.id}", new_id_for("lst", listing.id))
    listings = [item["id"] for item in dataset.memory("commerce")._items.values() if item["sk"].startswith("LISTING#")]
    dataset.objects["three listings"] = listings[:3]
    dataset.multiply("commerce", lambda i: i["sk"] == f"ORDER#{order.id}", new_id_for("ord", order.id))
    dataset.multiply("commerce", lambda i: i["sk"] == f"MEMBER#{HAO.user_id}", guest_for(HAO.user_id))


def place_order(dataset: BenchDataset, address_id: str = "") -> Order:
    ports, listing = dataset.simulation.commerce, dataset.listing
    wanted = {"listing_id": listing.id, "revision": listing.revision, "quantity": 1, "address_id": address_id}
    return commerce.place_order(ports, HAO, dataset.circle, dataset.key(HAO), **wanted)  # type: ignore[arg-type]


def place_three(dataset: BenchDataset) -> Order:
    """Order one unit of each of three listings of one seller."""
    ports, here = dataset.simulation.commerce, dataset.circle
    lines = [LineRequest(listing_id, dataset.listing.revision, 1) for listing_id in dataset.objects["three listings"]]
    (order,) = commerce.check_out(ports, HAO, here, dataset.key(HAO), lines)
    return order


def _review(dataset: BenchDataset) -> None:
    simulation = dataset.simulation
    for name in ("rui", "shan"):
        enrol_reviewer(simulation, name)
    _grant(dataset)
    waiting = submit_application(simulation, LIN)
    dataset.objects["draft"] = create_application(simulation, LIN, identity_id="Lin's second application")
    dataset.objects["complete draft"] = create_application(simulation, YAN)
    dataset.objects["waiting"] = waiting
    dataset.multiply("review", lambda i: i["pk"] == f"APPLICATION#{waiting.id}", new_id_for("app", waiting.id))


def _grant(dataset: BenchDataset) -> None:
    """Grant a seat, so that a tenure begins."""
    application = submit_application(dataset.simulation, caller("granted"))
    for reviewer in (RUI, SHAN):
        decide_application(dataset.simulation, reviewer, application)
    dataset.objects["granted"] = application
    handle_new_changes(dataset.simulation, "review")


@cache
def _built(n: int) -> BenchDataset:
    dataset = BenchDataset(_metered_simulation(), n)
    with contextlib.redirect_stdout(io.StringIO()):
        for build in (_circles, _chat, _commerce, _review):
            build(dataset)
    return dataset


def dataset_of(n: int) -> BenchDataset:
    """Return a new dataset of that size."""
    return _built(n).copy()
