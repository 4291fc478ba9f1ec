"""The stages that people reach after the message of a campaign: each is recorded once, in any order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from services.circles.domain import Member, Note
from services.circles.domain.campaign import Recipient, Stage
from services.circles.repository import recipients
from services.circles.repository.circles import MEMBERS
from services.circles.repository.notes import NOTES
from services.circles.usecases.ports import Ports
from services.shared.kernel.clock import from_millis
from services.shared.messaging.events import MemberActive, OrderChanged, OrderSuspected
from services.shared.messaging.stream import Change
from services.shared.table.entities import EntityChange
from services.shared.table.versioned import retry_on_write_conflict, save


def record_stages(ports: Ports, change: Change) -> None:
    """Record that a user became a member or posted a note, from the stream. Cost: 0.5 read units for each such change."""
    for membership in MEMBERS.changes([change], "MEMBER#"):
        _record_joined(ports, membership)
    for note in NOTES.changes([change], "NOTE#"):
        _record_noted(ports, note)


def _record_joined(ports: Ports, change: EntityChange[Member]) -> None:
    after = change.after
    if after and after.is_active and not (change.before and change.before.is_active):
        record_stage(ports, after.circle_id, after.user_id, Stage.JOINED, from_millis(after.member_since))


def _record_noted(ports: Ports, change: EntityChange[Note]) -> None:
    if change.before is None and change.after:
        record_stage(ports, change.after.circle_id, change.after.author, Stage.NOTED, change.after.created_at)


def record_order(ports: Ports, event: OrderChanged) -> None:
    """Record that a user paid an order in the circle; also of an order that is farther by now.

    Cost: 0.5 read units, as a rule; for a person of the campaign 1 more, and 1 write unit per order, of the first 10.
    """
    if event.data.is_paid:
        about = event.data.order_id, event.occurred_at
        _change_recipient(ports, event.data.circle_id, event.data.buyer_id, lambda one: one.pay(*about, at=ports.clock()))


def record_suspicion(ports: Ports, event: OrderSuspected) -> None:
    """Record that an order may be wash trade or is fake, and does not count, or that it is genuine. Cost: as `record_order`."""
    about, state = (event.data.order_id, event.entity_version, event.occurred_at), event.data.state

    def suspect(recipient: Recipient) -> Recipient:
        return recipient.suspect(*about, is_suspected=state != "genuine", at=ports.clock())

    _change_recipient(ports, event.data.circle_id, event.data.buyer_id, suspect)


def record_active(ports: Ports, event: MemberActive) -> None:
    """Record that a member wrote in the chats of the circle."""
    record_stage(ports, event.data.circle_id, event.data.user_id, Stage.ACTIVE, event.occurred_at)


def record_stage(ports: Ports, circle_id: str, user_id: str, stage: Stage, occurred_at: datetime) -> None:
    """Record a stage of the person that a user is for the running campaign of a circle. Unchanged if there is none.

    Cost: 0.5 read units, as a rule; for a person of the campaign 1 more and 1 write unit.
    """
    _change_recipient(ports, circle_id, user_id, lambda one: one.reach(stage, occurred_at, at=ports.clock()))


def _change_recipient(ports: Ports, circle_id: str, user_id: str, change: Callable[[Recipient], Recipient]) -> None:
    def attempt() -> None:
        loaded = recipients.find_recipient(ports.table, circle_id, user_id)
        if loaded is None:
            return
        after = change(loaded.entity)
        if after != loaded.entity:
            save(ports, loaded, after)

    retry_on_write_conflict(attempt)
