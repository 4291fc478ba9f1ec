"""Buyer shows (买家秀): a note about a product that its author bought and received in the circle.

A receipt says what one order of a member has delivered, and which notes show it. It decides who can post a show, and which
notes have the badge of a verified buyer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from services.circles.errors import ShowAlreadyPosted, ShowNotReceived, ShowRefunded
from services.shared.kernel.clock import next_version

# What readers see of the badge, in English and Chinese.
BADGE = ("Verified buyer: bought and received in this circle", "买家秀 · 已在本圈购买并收货")


@dataclass(frozen=True, slots=True)
class Show:
    """The product that a note shows, while the badge is in force. option_id: empty for a listing without options."""

    listing_id: str
    option_id: str


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """A line of a received order.

    is_kept: whether the buyer has kept it: not returned, and not mostly refunded. note_id: the show of it; empty without one.
    """

    show: Show
    is_kept: bool
    note_id: str = ""

    @property
    def badge(self) -> Show | None:
        """What the note of this line shows."""
        return self.show if self.is_kept else None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a member has received by one order.

    source_version: of the order, as commerce published it last. version: of this record.
    """

    circle_id: str
    user_id: str
    order_id: str
    seller_id: str
    lines: tuple[ReceiptLine, ...] = ()
    source_version: int = 0
    version: int = 0

    def apply(self, lines: Iterable[tuple[Show, bool]], source_version: int, *, at: datetime) -> Receipt:
        """Store what the buyer keeps of each line. Unchanged if the stored state is as new or newer. Shows stay as they are."""
        if source_version <= self.source_version:
            return self
        note_ids = {line.show: line.note_id for line in self.lines}
        after = tuple(ReceiptLine(show, is_kept, note_ids.get(show, "")) for show, is_kept in lines)
        return replace(self, lines=after, source_version=source_version, version=next_version(self.version, at))

    def post(self, show: Show, note_id: str, is_deleted: Callable[[str], bool], *, at: datetime) -> Receipt:
        """Return the receipt with a note that shows one of its lines.

        is_deleted: returns whether an earlier show was deleted by its author; then it can be replaced.
        Raises: ShowNotReceived (the order has no such line), ShowRefunded, ShowAlreadyPosted.
        """
        line = next((line for line in self.lines if line.show == show), None)
        if line is None:
            raise ShowNotReceived
        if not line.is_kept:
            raise ShowRefunded
        if line.note_id and line.note_id != note_id and not is_deleted(line.note_id):
            raise ShowAlreadyPosted(note_id=line.note_id)
        lines = tuple(replace(one, note_id=note_id) if one == line else one for one in self.lines)
        return replace(self, lines=lines, version=next_version(self.version, at))

    def changed_badges(self, before: Receipt) -> dict[str, Show | None]:
        """Return the notes whose badge depends on a line that changed, each with what it shows now; None without a badge."""
        was_kept = {line.show: line.is_kept for line in before.lines}
        return {line.note_id: line.badge for line in self.lines if line.note_id and was_kept.get(line.show) is not line.is_kept}


def can_show(author: str, seller_id: str, other_users: Collection[str], owner_group: Collection[str]) -> bool:
    """Whether a user can show what they bought: neither its seller nor the owner's group is verified by an own purchase.

    other_users: of the author's identities. owner_group: those of the users that belong to it.
    """
    return author != seller_id and seller_id not in other_users and author not in owner_group
