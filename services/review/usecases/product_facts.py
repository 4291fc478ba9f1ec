"""Facts of the product metrics, from the events of other services. A repeat or a late event leaves the right facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.review.domain.product_facts import Fact, FactKind, month_of_day
from services.review.repository import product_metrics as repository
from services.review.usecases.ports import Ports
from services.shared.kernel.clock import china_day, millis, start_of_china_day
from services.shared.kernel.ids import time_of_id
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
from services.shared.security.keys import KeyRing, keyed_hash

CHANGING = (FactKind.ENDED, FactKind.COMMENT, FactKind.ORDER, FactKind.SUSPECTED)  # a fact of another kind never changes


def record_fact(ports: Ports, event: Event) -> None:
    """Store the fact of an event if it is newer than the stored one, and plan the figures of its month for the next night.

    Cost: 1 write unit and 1 read unit; 1 write unit more once per circle, month and day; 1 read unit for a repeat.
    """
    fact = fact_of(event, ports.metric_keys)
    if fact:
        repository.put_fact(ports.table, fact)
        repository.plan_figures(ports.table, fact.circle_id, month_of_day(fact.day), ports.clock())


def fact_of(event: Event, keys: KeyRing) -> Fact | None:
    """Return the fact of an event, or None if it has none.

    Ids are replaced by keyed hashes: neither the facts nor an archive of them name a user, a note or an order.
    """
    source = _content_of(event) if isinstance(event, NotePosted | NoteChanged | CommentChanged) else _act_of(event)
    if source is None:
        return None
    at, subject = source.at, pseudonym(keys, source.subject) if source.subject else ""
    version = event.entity_version if source.kind in CHANGING else 0
    ids = (source.circle_id, pseudonym(keys, source.key), version, pseudonym(keys, source.user_id))
    return Fact(source.kind, *ids, china_day(at), millis(at), subject, source.number, source.counts)


@dataclass(frozen=True, slots=True)
class _Source:
    """What an event says, with its ids."""

    kind: FactKind
    circle_id: str
    user_id: str
    key: str
    at: datetime
    subject: str = ""
    number: int = 0
    counts: bool = True


def _content_of(event: NotePosted | NoteChanged | CommentChanged) -> _Source:
    """The time of a note is in its id, which the server chose."""
    match event:
        case NotePosted(data=note):
            at = time_of_id(note.note_id)
            return _Source(FactKind.NOTE, note.circle_id, note.author_id, note.note_id, at, number=note.pictures)
        case NoteChanged(data=ended):
            at = time_of_id(ended.note_id)
            return _Source(FactKind.ENDED, ended.circle_id, ended.author_id, ended.note_id, at, counts=ended.is_visible)
        case CommentChanged(data=data):
            ids = (data.circle_id, data.author_id, data.comment_id)
            return _Source(FactKind.COMMENT, *ids, data.created_at, subject=data.note_id, counts=data.is_visible)


def _act_of(event: Event) -> _Source | None:
    """The time of an order is in its id: that of its Idempotency-Key, at most 24 hours before it was placed."""
    match event:
        case MemberActive(data=data) | MemberOpened(data=data):
            kind = FactKind.ACTIVE if isinstance(event, MemberActive) else FactKind.OPENED
            return _Source(kind, data.circle_id, data.user_id, f"{data.user_id} {data.day}", start_of_china_day(data.day))
        case MembershipChanged(data=member) if member.member_since:
            key = f"{member.user_id} {china_day(member.member_since)}"
            return _Source(FactKind.JOINED, member.circle_id, member.user_id, key, member.member_since)
        case OrderChanged(data=order):
            at, counts = time_of_id(order.order_id), order.is_paid
            return _Source(FactKind.ORDER, order.circle_id, order.buyer_id, order.order_id, at, counts=counts)
        case OrderSuspected(data=order):  # without its buyer: no figure needs to know who is suspected
            at, counts = time_of_id(order.order_id), order.state == "genuine"
            return _Source(FactKind.SUSPECTED, order.circle_id, "", order.order_id, at, counts=counts)
        case CircleActivated(data=circle):
            number = int(bool(circle.tags))
            return _Source(FactKind.CIRCLE, circle.circle_id, "", circle.circle_id, event.occurred_at, number=number)
        case _:
            return None


def pseudonym(keys: KeyRing, id: str) -> str:
    """Return 16 characters that stand for an id."""
    return keyed_hash(keys.newest, id, 12)
