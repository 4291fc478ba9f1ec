"""Events of two circles around March 2026, and the figures of that month, found by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from itertools import count
from typing import Any

from services.review.domain.product_metrics import Figure
from services.shared.kernel.clock import CHINA, millis
from services.shared.kernel.ids import deterministic_id
from services.shared.messaging.events import (
    CircleActivated,
    CommentChanged,
    Event,
    MemberActive,
    MemberOpened,
    MembershipChanged,
    NoteChanged,
    NotePosted,
    OrderChanged,
    OrderSuspected,
)

MONTH = "2026-03"
BIRDS, OTHERS = deterministic_id("cir", 1, "birds"), deterministic_id("cir", 1, "others")
NUMBERS = count(1)

JOINED = {"2026-01-20": "78", "2026-02-03": "123456", "2026-03-05": "9"}
CHATTED = {
    "2026-01-25": "8",
    "2026-02-10": "1",
    "2026-02-11": "12",
    "2026-02-12": "3",
    "2026-02-13": "4",
    "2026-02-14": "5",
    "2026-02-20": "6",
    "2026-03-01": "1",
    "2026-03-02": "1",
    "2026-03-10": "23",
    "2026-03-15": "4",
    "2026-03-31": "5",
}
READ = {
    "2026-02-02": "7",
    "2026-03-01": "1",
    "2026-03-02": "1",
    "2026-03-03": "1",
    "2026-03-05": "69",
    "2026-03-06": "6",
    "2026-03-07": "7",
    "2026-03-10": "2",
}
# name: author, time, pictures, and whether it is visible after each change
NOTES: dict[str, tuple[str, str, int, tuple[bool, ...]]] = {
    "n0": ("3", "2026-02-15T10", 1, ()),
    "n1": ("9", "2026-03-06T10", 3, ()),
    "n2": ("1", "2026-03-08T10", 2, ()),
    "n3": ("2", "2026-03-09T10", 0, (False,)),
    "n4": ("6", "2026-03-20T10", 1, (False, True)),
}
# name: note, author, time, and whether it is visible after each change
COMMENTS: dict[str, tuple[str, str, str, tuple[bool, ...]]] = {
    "c1": ("n1", "1", "2026-03-06T12", (True,)),
    "c2": ("n1", "9", "2026-03-06T13", (True,)),
    "c3": ("n2", "2", "2026-03-10T10", (True,)),
    "c4": ("n2", "3", "2026-03-08T11", (True, False)),
    "c5": ("n4", "4", "2026-03-21T09", (True,)),
    "c6": ("n4", "5", "2026-04-01T10", (True,)),
}
# name: buyer, day, states
ORDERS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "o1": ("1", "2026-01-20", ("reserved", "paid", "shipped", "received", "completed")),
    "o2": ("1", "2026-03-03", ("reserved", "paid")),
    "o3": ("2", "2026-03-20", ("reserved", "paid", "shipped")),
    "o4": ("7", "2026-03-15", ("reserved", "paid")),
    "o5": ("8", "2026-03-30", ("reserved", "paid")),
    "o6": ("8", "2026-02-10", ("reserved", "paid", "shipped")),
    "o7": ("3", "2026-03-12", ("reserved", "paid", "refunding", "refunded")),
    "o8": ("5", "2026-03-05", ("reserved", "expired")),
    "o9": ("6", "2026-02-25", ("reserved", "paid")),
    "o10": ("4", "2026-03-25", ("reserved", "paid", "completed")),
    "o11": ("9", "2026-03-31", ("reserved", "paid")),
    "o12": ("2", "2026-03-28", ("reserved", "paid")),
    "o13": ("4", "2026-03-26", ("reserved", "paid", "shipped", "received")),
}
# what the search and then a reviewer found of an order
SUSPICIONS: dict[str, tuple[str, ...]] = {
    "o5": ("suspected", "genuine"),
    "o10": ("suspected", "genuine"),
    "o12": ("suspected",),
    "o13": ("suspected", "fake"),
}

BY_HAND = {
    "repurchase": Figure(2, 7, 7),  # 1 and 8 bought twice; 1, 2, 4, 6, 7, 8, 9 bought; not o12 and o13 of 2 and 4
    "chat_repurchase": Figure(2, 5, 5),  # without 7 and 9, who never wrote in the chat
    "closed_loop": Figure(5, 6, 6),  # not o5: 8 wrote more than 7 days before, and read nothing
    "interest_chats": Figure(6, 6, 5),
    "chat_opens": Figure(4, 5, 5),  # 1 on 3 days, 2 on one
    "other_opens": Figure(4, 3, 3),  # 6 on 2 days, 7 and 9 on one
    "comments_per_note": Figure(4, 3, 5),  # not c4, which was removed, and not n3
    "pictures_per_note": Figure(6, 3, 3),
    "chat_growth": Figure(6, 7, 5),
    "first_reply": Figure(2, 3, 3),  # not n2: c3 came a day too late, c4 was removed
    "retention_after_1_month": Figure(6, 6, 6),
    "retention_after_2_months": Figure(1, 2, 2),
    "survival": Figure(1, 1, 8),
}
DAYS_BY_HAND = {date(2026, 3, 1): (1, 1), date(2026, 3, 5): (0, 2), date(2026, 3, 10): (2, 1), date(2026, 3, 31): (1, 0)}


def china(text: str) -> datetime:
    return datetime.fromisoformat(text if "T" in text else f"{text}T12").replace(tzinfo=CHINA)


def entity(prefix: str, at: datetime, name: str) -> str:
    return deterministic_id(prefix, millis(at), name)


def event(kind: type[Event], entity_id: str, at: datetime, version: int, **data: Any) -> Event:
    envelope = {"id": f"evt_{next(NUMBERS)}", "entity_id": entity_id, "entity_version": version, "occurred_at": at}
    return kind.model_validate({**envelope, "correlation_id": "fixture", "data": data})


def fixture_events() -> list[Event]:
    """Return all events, in the order in which they occurred within each entity."""
    return [*_circles(), *_days(), *_notes(), *_comments(), *_orders()]


def _circles() -> Iterator[Event]:
    opened = china("2025-12-01")
    for circle_id, tags in ((BIRDS, ("观鸟",)), (OTHERS, ())):
        data = {"circle_id": circle_id, "name": "圈", "owner_id": "0", "state": "active", "tags": tags}
        yield event(CircleActivated, circle_id, opened, 1, **data)
    yield event(MemberActive, "others/1", china("2026-03-04"), 1, circle_id=OTHERS, user_id="1", day="2026-03-04")


def _days() -> Iterator[Event]:
    for kind, days in ((MemberActive, CHATTED), (MemberOpened, READ)):
        for day, users in days.items():
            for user in users:
                yield event(kind, f"{user}/{day}", china(day), millis(china(day)), circle_id=BIRDS, user_id=user, day=day)
    for day, users in JOINED.items():
        for user in users:
            member = {"circle_id": BIRDS, "user_id": user, "role": "newcomer", "state": "member", "member_since": china(day)}
            yield event(MembershipChanged, user, china(day), 1, **member)
            yield event(MembershipChanged, user, china(day), 2, **{**member, "role": "member"})
    past = {"circle_id": BIRDS, "user_id": "8", "role": "member", "state": "left"}
    yield event(MembershipChanged, "8", china("2026-03-31"), 3, **past)


def _notes() -> Iterator[Event]:
    for name, (author, time, pictures, changes) in NOTES.items():
        at = china(time)
        note = {"circle_id": BIRDS, "note_id": entity("note", at, name), "author_id": author}
        yield event(NotePosted, note["note_id"], at, 1, **note, pictures=pictures)
        for version, is_visible in enumerate(changes, 2):
            yield event(NoteChanged, note["note_id"], at, version, **note, is_visible=is_visible, has_cards=False)


def _comments() -> Iterator[Event]:
    for name, (note, author, time, changes) in COMMENTS.items():
        at, writer = china(time), NOTES[note][0]
        comment = {
            "circle_id": BIRDS,
            "note_id": entity("note", china(NOTES[note][1]), note),
            "comment_id": entity("com", at, name),
            "author_id": author,
            "note_author_id": writer,
            "created_at": at,
        }
        for version, is_visible in enumerate(changes, 1):
            yield event(CommentChanged, name, at, version, **comment, is_visible=is_visible)


def _orders() -> Iterator[Event]:
    for name, (buyer, day, states) in ORDERS.items():
        order = {"order_id": entity("ord", china(day), name), "circle_id": BIRDS, "buyer_id": buyer}
        for version, state in enumerate(states, 1):
            yield event(OrderChanged, name, china(day), version, **order, seller_id="0", lines=[], state=state)
        about = {**order, "seller_id": "0", "owner_id": "0"}
        for version, state in enumerate(SUSPICIONS.get(name, ()), len(states) + 1):
            yield event(OrderSuspected, f"{name} suspected", china(day), version, **about, state=state)
