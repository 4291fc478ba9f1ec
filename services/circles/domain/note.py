"""Notes with their pictures, drafts, revisions and pins."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from services.circles.domain.member import Member
from services.circles.domain.permissions import Action
from services.circles.domain.removal import ContentState
from services.circles.domain.show import Show
from services.circles.errors import NoteNotFound, PictureNotFound, PinLimitReached, RoleNotAllowed
from services.circles.settings import settings
from services.shared.kernel.clock import next_version
from services.shared.kernel.product_links import products_of
from services.shared.pictures.upload import NO_CODES, Picture, leads_to_link, products_in
from services.shared.security import newcomers
from services.shared.security.guardrails import ProductDisclosure
from services.shared.security.removals import Removal
from services.shared.security.take_downs import NO_TAKE_DOWNS, TakeDown, TakeDowns


def require_newcomer_limits(member: Member, text: str, pictures: Collection[Picture] = ()) -> None:
    """Require that a newcomer posts no link, also none in a code of a picture, and few pictures and mentions.

    Other members have no such limits.

    Raises: NewcomerLimitExceeded.
    """
    if not member.can(Action.POST_WITHOUT_LIMITS):
        max_pictures, max_mentions = settings().max_pictures_of_newcomer, settings().max_mentions_of_newcomer
        most = {"max_mentions": max_mentions, "max_pictures": max_pictures}
        newcomers.require_newcomer_limits(text, pictures=len(pictures), has_coded_link=leads_to_link(pictures), **most)


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a note. tags: by canonical name. listings: ids of the listings that its product cards show."""

    text: str
    tags: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    listings: tuple[str, ...] = ()

    @property
    def products(self) -> tuple[str, ...]:
        """The products of its cards, of its text, and of the codes in its pictures."""
        return products_of(self.text, *self.listings, *products_in(self.pictures))


@dataclass(frozen=True, slots=True)
class Draft:
    """A note that is not published yet; only its author can read it.

    note_id: the published note. A closed draft stays for two days, so that a retry gets that note instead of a second one.
    """

    id: str
    circle_id: str
    author: str
    content: Content
    saved_at: datetime
    version: int
    note_id: str = ""
    deleted: bool = False

    @property
    def is_closed(self) -> bool:
        return self.deleted or bool(self.note_id)

    def update(self, content: Content, *, at: datetime) -> Draft:
        return replace(self, content=content, saved_at=at, version=next_version(self.version, at))

    def delete(self, *, at: datetime) -> Draft:
        return Draft(self.id, self.circle_id, self.author, Content(""), at, next_version(self.version, at), deleted=True)

    def publish(self, note_id: str, *, at: datetime) -> tuple[Draft, Note]:
        """Return the closed draft and the note, which is dated now."""
        note = Note(note_id, self.circle_id, self.author, self.content, at, next_version(0, at))
        closed = Draft(self.id, self.circle_id, self.author, Content(""), at, next_version(self.version, at), note_id)
        return closed, note


@dataclass(frozen=True, slots=True)
class Note:
    """A note of a member.

    likes, comments: aggregated from the stream; they do not change the note's version.
    revision: grows with each edit; earlier revisions are items of their own.
    highlighted_at: when the note was added to the circle's highlights.
    removal: set once a moderator has removed it. take_downs: of the platform; they end by an appeal.
    picture_take_downs: of single pictures, by the id of the picture.
    by_owner: whether its author was the owner or a co-owner. disclosure: of a commercial note; an edit never removes it.
    had_cards: whether it showed product cards before it was deleted.
    show: the product that its author bought and received, while the badge of a verified buyer is in force.
    """

    id: str
    circle_id: str
    author: str
    content: Content
    created_at: datetime
    version: int
    state: ContentState = ContentState.VISIBLE
    likes: int = 0
    comments: int = 0
    revision: int = 1
    edited_at: datetime | None = None
    highlighted_at: datetime | None = None
    removal: Removal | None = None
    take_downs: TakeDowns = NO_TAKE_DOWNS
    picture_take_downs: tuple[tuple[str, TakeDowns], ...] = ()
    by_owner: bool = False
    disclosure: ProductDisclosure | None = None
    had_cards: bool = False
    show: Show | None = None

    @property
    def products(self) -> tuple[str, ...]:
        return self.content.products

    @property
    def is_visible(self) -> bool:
        return self.state is ContentState.VISIBLE and not self.take_downs.is_down

    @property
    def shown_state(self) -> ContentState:
        return self.state.shown(self.take_downs)

    @property
    def hidden_picture_ids(self) -> frozenset[str]:
        """The pictures whose files no address must load: those that are down, and all of them while the note is."""
        if self.take_downs.is_down:
            return frozenset(picture.id for picture in self.content.pictures)
        return frozenset(picture_id for picture_id, take_downs in self.picture_take_downs if take_downs.is_down)

    @property
    def shown_pictures(self) -> tuple[Picture, ...]:
        """The pictures that readers see; none of a note that is not visible."""
        hidden = self.hidden_picture_ids
        return tuple(picture for picture in self.content.pictures if picture.id not in hidden) if self.is_visible else ()

    def get_shown_picture(self, picture_id: str) -> Picture:
        """Return a picture that readers see. Raises: PictureNotFound."""
        found = (picture for picture in self.shown_pictures if picture.id == picture_id)
        if (picture := next(found, None)) is None:
            raise PictureNotFound
        return picture

    def delete(self, by: Member, *, at: datetime) -> Note:
        """Erase the content, as the author, also while the note is down. Unchanged if it is deleted or removed.

        Only the ids and sizes of the pictures stay, so that their files are deleted with the circle.
        Raises: NoteNotFound, RoleNotAllowed.
        """
        if by.user_id != self.author:
            self.require_visible()
            raise RoleNotAllowed
        if self.state is not ContentState.VISIBLE:
            return self
        pictures = tuple(replace(picture, codes=NO_CODES) for picture in self.content.pictures)
        after = replace(self._without(Content("", pictures=pictures)), state=ContentState.DELETED)
        return replace(after, version=next_version(self.version, at))

    def erase(self, *, at: datetime) -> Note:
        """Erase the content, because the author's account is deleted. Unchanged if it is erased."""
        after = replace(self._without(Content("")), state=ContentState.DELETED if self.is_visible else self.state)
        return self if after == self else replace(after, version=next_version(self.version, at))

    def _without(self, rest: Content) -> Note:
        return replace(self, content=rest, had_cards=self.had_cards or bool(self.content.listings), show=None)

    def set_show(self, show: Show | None, *, at: datetime) -> Note:
        """Give or take the badge of a verified buyer. Unchanged if it is so already, or if the note is deleted."""
        if self.show == show or self.state is ContentState.DELETED:
            return self
        return replace(self, show=show, version=next_version(self.version, at))

    def remove(self, by: Member, author: Member, reason: str, salt: str, *, at: datetime) -> Note:
        """Hide the note from the circle, as a moderator above its author. Unchanged if it is removed: the first reason stays.

        Raises: NoteNotFound (the author deleted it, or it is down), CallerMuted, RoleNotAllowed.
        """
        by.require_can_moderate(author, Action.REMOVE_NOTE, at)
        if self.state is ContentState.REMOVED:
            return self
        self.require_visible()
        removal = Removal.record("note removed", by.user_id, reason, self.author, salt, at)
        return replace(self, state=ContentState.REMOVED, removal=removal, version=next_version(self.version, at))

    def require_readable(self, user_id: str) -> None:
        """Require that the note is visible, or is the user's own and was removed or is down: its author reads why.

        Raises: NoteNotFound.
        """
        if self.author != user_id or self.state is ContentState.DELETED:
            self.require_visible()

    def apply_take_down(self, take_down: TakeDown, *, at: datetime) -> Note:
        """Take the note down, or end a take-down. Unchanged if the stored one of the case is as new or newer."""
        take_downs = self.take_downs.add(take_down)
        if take_downs == self.take_downs:
            return self
        return replace(self, take_downs=take_downs, version=next_version(self.version, at))

    def take_picture_down(self, picture_id: str, take_down: TakeDown, *, at: datetime) -> Note:
        """Take one picture down, or end a take-down. Unchanged if the note has no such picture, or as `apply_take_down`."""
        by_picture = dict(self.picture_take_downs)
        before = by_picture.get(picture_id, NO_TAKE_DOWNS)
        after = before.add(take_down) if picture_id in (picture.id for picture in self.content.pictures) else before
        if after == before:
            return self
        take_downs = tuple(sorted({**by_picture, picture_id: after}.items(), key=lambda each: each[0]))
        return replace(self, picture_take_downs=take_downs, version=next_version(self.version, at))

    def edit(self, by: Member, text: str, tags: tuple[str, ...], *, at: datetime) -> Note:
        """Change text and tags, as the author; pictures and cards stay. Unchanged if both are the same."""
        if by.user_id != self.author:
            raise RoleNotAllowed
        content = replace(self.content, text=text, tags=tags)
        if content == self.content:
            return self
        after = replace(self, content=content, revision=self.revision + 1, edited_at=at)
        return replace(after, version=next_version(self.version, at))

    @property
    def as_revision(self) -> Revision:
        return Revision(self.circle_id, self.id, self.revision, self.content, self.edited_at or self.created_at)

    def set_highlighted(self, on: bool, *, at: datetime) -> Note:
        if bool(self.highlighted_at) is on:
            return self
        return replace(self, highlighted_at=at if on else None, version=next_version(self.version, at))

    def require_visible(self) -> None:
        if not self.is_visible:
            raise NoteNotFound


@dataclass(frozen=True, slots=True)
class Pins:
    """The notes at the top of a circle's feed, the newest pin first."""

    circle_id: str
    note_ids: tuple[str, ...] = ()
    version: int = 0

    @property
    def is_full(self) -> bool:
        return len(self.note_ids) >= settings().max_pins

    def pin(self, note_id: str, invisible: Collection[str], *, at: datetime) -> Pins:
        """Pin a note, and unpin those that are `invisible`. Unchanged if it is pinned.

        Raises: PinLimitReached.
        """
        if note_id in self.note_ids:
            return self
        visible = tuple(pinned for pinned in self.note_ids if pinned not in invisible)
        if len(visible) >= settings().max_pins:
            raise PinLimitReached(limit=settings().max_pins)
        return replace(self, note_ids=(note_id, *visible), version=next_version(self.version, at))

    def unpin(self, note_id: str, *, at: datetime) -> Pins:
        rest = tuple(pinned for pinned in self.note_ids if pinned != note_id)
        return self if rest == self.note_ids else replace(self, note_ids=rest, version=next_version(self.version, at))


@dataclass(frozen=True, slots=True)
class Revision:
    """An earlier revision of a note or comment that was edited, or of a comment that was removed.

    comment_id, author: of a comment; empty for a note.
    """

    circle_id: str
    note_id: str
    number: int
    content: Content
    written_at: datetime
    comment_id: str = ""
    author: str = ""

    def without_pictures(self, picture_ids: Collection[str]) -> Revision:
        """Return the revision without these pictures, which are down now."""
        pictures = tuple(picture for picture in self.content.pictures if picture.id not in picture_ids)
        return replace(self, content=replace(self.content, pictures=pictures))
