"""Comments on notes, and what remains of one that was deleted or removed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from services.circles.domain.member import Member
from services.circles.domain.note import Content, Revision
from services.circles.domain.permissions import Action
from services.circles.domain.removal import ContentState
from services.circles.errors import NoteNotFound, RoleNotAllowed
from services.shared.kernel.clock import next_version
from services.shared.kernel.product_links import find_products
from services.shared.security.guardrails import ProductDisclosure
from services.shared.security.removals import Removal
from services.shared.security.take_downs import NO_TAKE_DOWNS, TakeDown, TakeDowns


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on a note, or a reply to another comment on it.

    A deleted or removed comment is a tombstone: it has no text and keeps its replies in place. One that is down keeps its text,
    which its author alone reads.
    revision: grows with each edit and with a removal; earlier texts are items of their own.
    note_author, parent_author: who is notified of it; `parent_author` is empty if it is no reply.
    disclosure: of a commercial comment; an edit never removes it.
    """

    id: str
    circle_id: str
    note_id: str
    author: str
    text: str
    created_at: datetime
    version: int
    parent_id: str | None = None
    state: ContentState = ContentState.VISIBLE
    revision: int = 1
    edited_at: datetime | None = None
    removal: Removal | None = None
    take_downs: TakeDowns = NO_TAKE_DOWNS
    note_author: str = ""
    parent_author: str = ""
    disclosure: ProductDisclosure | None = None

    @property
    def products(self) -> tuple[str, ...]:
        return find_products(self.text)

    @property
    def is_visible(self) -> bool:
        return self.state is ContentState.VISIBLE and not self.take_downs.is_down

    @property
    def shown_state(self) -> ContentState:
        return self.state.shown(self.take_downs)

    def require_visible(self) -> None:
        if not self.is_visible:
            raise NoteNotFound

    def edit(self, by: Member, text: str, *, at: datetime) -> Comment:
        """Change the text, as the author. Unchanged if it is the same. Raises: NoteNotFound, RoleNotAllowed."""
        self.require_visible()
        if by.user_id != self.author:
            raise RoleNotAllowed
        if text == self.text:
            return self
        return replace(self, text=text, revision=self.revision + 1, edited_at=at, version=next_version(self.version, at))

    def delete(self, by: Member, *, at: datetime) -> Comment:
        """Erase the text, as the author, also while the comment is down. Unchanged if it is deleted or removed.

        Raises: NoteNotFound, RoleNotAllowed.
        """
        if by.user_id != self.author:
            self.require_visible()
            raise RoleNotAllowed
        if self.state is not ContentState.VISIBLE:
            return self
        return replace(self, text="", state=ContentState.DELETED, version=next_version(self.version, at))

    def erase(self, *, at: datetime) -> Comment:
        """Erase the text, because the author's account is deleted. Unchanged if it is erased."""
        after = replace(self, text="", state=ContentState.DELETED if self.is_visible else self.state)
        return self if after == self else replace(after, version=next_version(self.version, at))

    def remove(self, by: Member, author: Member, reason: str, salt: str, *, at: datetime) -> Comment:
        """Hide the text, as a moderator above the author. Unchanged if it is removed: the first reason stays.

        The text becomes an earlier revision, which moderators can read.
        Raises: NoteNotFound (the author deleted it, or it is down), CallerMuted, RoleNotAllowed.
        """
        by.require_can_moderate(author, Action.REMOVE_NOTE, at)
        if self.state is ContentState.REMOVED:
            return self
        self.require_visible()
        removal = Removal.record("comment removed", by.user_id, reason, self.author, salt, at)
        after = replace(self, text="", state=ContentState.REMOVED, removal=removal, revision=self.revision + 1)
        return replace(after, version=next_version(self.version, at))

    def apply_take_down(self, take_down: TakeDown, *, at: datetime) -> Comment:
        """Take the comment down, or end a take-down. Unchanged if the stored one of the case is as new or newer."""
        take_downs = self.take_downs.add(take_down)
        if take_downs == self.take_downs:
            return self
        return replace(self, take_downs=take_downs, version=next_version(self.version, at))

    def as_seen_by(self, user_id: str) -> Comment:
        """Return the comment as a member sees it: a tombstone has its author and the reason for its author alone."""
        if self.is_visible or user_id == self.author:
            return self
        hidden = replace(self, author="", text="", edited_at=None, removal=None, disclosure=None)
        return replace(hidden, state=self.shown_state, take_downs=NO_TAKE_DOWNS)

    @property
    def as_revision(self) -> Revision:
        written_at = self.edited_at or self.created_at
        return Revision(self.circle_id, self.note_id, self.revision, Content(self.text), written_at, self.id, self.author)
