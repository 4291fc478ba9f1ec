"""What members received: the right to post a show, and the badge of the notes that show it.

A post writes the note and the receipt in one transaction, and so does a return or refund: whichever is first, the badge of a
note is in force exactly while its line is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from services.circles.domain import ContentState, Note
from services.circles.domain.show import Receipt, Show, can_show
from services.circles.errors import ShowNotAllowed
from services.circles.repository import notes
from services.circles.repository import receipts as repository
from services.circles.repository.circles import find_member
from services.circles.settings import settings
from services.circles.usecases.guardrails import find_roles
from services.circles.usecases.ports import Ports
from services.shared.messaging.events import ReceiptChanged
from services.shared.security.guardrails import find_owner_group
from services.shared.table.guardrails import list_other_users
from services.shared.table.port import Write
from services.shared.table.versioned import Changed, update


@dataclass(frozen=True, slots=True)
class ShowInput:
    """The line of an order that a note shows, as its author sent it."""

    order_id: str
    listing_id: str
    option_id: str = ""


def add_show(ports: Ports, post: Note | Changed[Note], show_input: ShowInput | None) -> Note | Changed[Note]:
    """Return a note that is about to be stored, with what it shows, and with the write of the receipt that permits it.

    If the receipt changes before the note is stored, the condition of that write fails, and the caller starts again.
    Cost: nothing without a show; otherwise 4 write units and 2 read units, and 1.5 per identity of the author.
    Raises: ShowNotReceived, ShowRefunded, ShowAlreadyPosted, ShowNotAllowed.
    """
    if show_input is None:
        return post
    note, also = (post.after, post.also) if isinstance(post, Changed) else (post, ())
    show = Show(show_input.listing_id, show_input.option_id)
    loaded = repository.load_receipt_or(ports.table, Receipt(note.circle_id, note.author, show_input.order_id, ""))
    after = loaded.entity.post(show, note.id, partial(_is_deleted, ports, note.circle_id), at=ports.clock())
    _require_can_show(ports, loaded.entity)
    return Changed(replace(note, show=show), also=[*also, loaded.write(ports, after)])


def _is_deleted(ports: Ports, circle_id: str, note_id: str) -> bool:
    """Whether the author has deleted an earlier show. That is final, so no transaction has to check it."""
    note = notes.find_note_in_any_state(ports.table, circle_id, note_id)
    return note is None or note.state is ContentState.DELETED


def _require_can_show(ports: Ports, receipt: Receipt) -> None:
    author = receipt.user_id
    other_users = list_other_users(ports.table, author)
    group = find_owner_group({author}, partial(find_roles, ports, receipt.circle_id), lambda _: other_users)
    if not can_show(author, receipt.seller_id, other_users, group):
        raise ShowNotAllowed


def update_receipt(ports: Ports, event: ReceiptChanged) -> None:
    """Store what a buyer has received and kept, and give or take the badge of the notes that show it.

    Unchanged if the stored state is as new or newer, or if the account or the circle of the buyer was erased.
    Cost: 1 write unit and 2 read units; per badge that changes 1 read unit, and a transaction with its note.
    """
    data = event.data
    member = find_member(ports.table, data.circle_id, data.buyer_id, consistent_read=True)
    if member is None or member.erased:
        return
    is_paid = data.kept_percent >= settings().min_kept_percent
    lines = [(Show(line.listing_id, line.option_id), is_paid and not line.is_returned) for line in data.lines]
    new = Receipt(data.circle_id, data.buyer_id, data.order_id, data.seller_id)

    def change(before: Receipt) -> Receipt | Changed[Receipt]:
        after = before.apply(lines, event.entity_version, at=ports.clock())
        return Changed(after, also=list(_badge_writes(ports, before, after))) if after != before else before

    update(ports, partial(repository.load_receipt_or, ports.table, new), change)


def _badge_writes(ports: Ports, before: Receipt, after: Receipt) -> Iterator[Write]:
    for note_id, show in after.changed_badges(before).items():
        loaded = notes.load_note_or_none(ports.table, after.circle_id, note_id)
        if loaded and (note := loaded.entity.set_show(show, at=ports.clock())) != loaded.entity:
            yield loaded.write(ports, note)
