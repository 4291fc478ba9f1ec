"""Notes, likes, and the reports of notes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial

from services.circles.domain import Action, Comment, Content, ContentState, Member, Note, Picture
from services.circles.domain.note import require_newcomer_limits
from services.circles.errors import ListingsUnknown, NoteNotFound
from services.circles.repository import notes as repository
from services.circles.repository.circles import find_member
from services.circles.settings import settings
from services.circles.usecases.blocks import list_blocks, require_not_blocked
from services.circles.usecases.cards import trade_rule
from services.circles.usecases.guardrails import is_owner, publish_post
from services.circles.usecases.permissions import require_permission, require_permission_and_writable, require_writable
from services.circles.usecases.pictures import require_attachable_pictures
from services.circles.usecases.ports import Ports
from services.circles.usecases.receipts import ShowInput, add_show
from services.circles.usecases.tags import require_known_tags
from services.shared.kernel.clock import next_version
from services.shared.kernel.errors import FieldError
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.messaging.events import NoteChanged, NotePosted, NoteReported
from services.shared.pictures.evidence import ReportedPictures
from services.shared.security.auth import Caller
from services.shared.security.card_tokens import CardSource, SourceKind
from services.shared.security.violations import Violation
from services.shared.table.cards import ProductCard, find_product_cards, find_stored_cards, with_token
from services.shared.table.creating import create_in_order
from services.shared.table.rate_limits import Slot
from services.shared.table.reports import ReportInput, ReportSubject, put_report
from services.shared.table.versioned import Changed, update


@dataclass(frozen=True, slots=True)
class NoteInput:
    """The content of a note or draft as its author sent it, not validated yet. show: what a note shows; a draft has none."""

    text: str
    tags: tuple[str, ...] = ()
    picture_ids: tuple[str, ...] = ()
    listing_ids: tuple[str, ...] = ()
    show: ShowInput | None = None


@dataclass(frozen=True, slots=True)
class NoteView:
    """A note as one reader sees it.

    liked: whether the reader likes the note.
    cards: the listings of the note, each with whether the reader can buy it now, and the token of where they saw it.
    hidden_pictures: the pictures that are down, each with its rule; for the author alone.
    """

    note: Note
    liked: bool
    cards: tuple[ProductCard, ...]
    hidden_pictures: tuple[tuple[str, Violation], ...] = ()


def post_note(ports: Ports, caller: Caller, circle_id: str, key: IdempotencyKey, note_input: NoteInput) -> NoteView:
    """Post a note and return it as its author sees it.

    Its id and its time are the server's. A retry returns the stored note, also if it was edited since.
    Cost: 2 write units (1 for the slot with the id, 1 per KB of the note) and 2 read units. A note with products of the
    owner's group is one transaction with its count: 3 write units more. A show: see `add_show`.
    Raises: CircleNotFound, CallerMuted, CircleNotActive, CircleReadOnly, NewcomerLimitExceeded, TagsUnknown,
    PicturesInvalid, PicturesNotReady, ListingsUnknown, SellingNotOpen, GuardrailReached, ShowNotReceived, ShowRefunded,
    ShowAlreadyPosted, ShowNotAllowed, KeyReused, RateLimitReached.
    """
    member = require_permission(ports, caller, circle_id, Action.POST_NOTE)

    def build(note_id: str, at: datetime) -> Note | Changed[Note]:
        require_writable(ports, circle_id)
        content = require_valid_content(ports, member, note_input)
        note = Note(note_id, circle_id, caller.user_id, content, at, next_version(0, at), by_owner=is_owner(member))
        return add_show(ports, publish_post(ports, note), note_input.show)

    note_key = partial(repository.note_key, circle_id)
    note = create_in_order(ports, key, settings().rate("note"), "note", repository.NOTES, note_key, build, NotePosted)
    return to_new_note_view(ports, note)


def require_valid_content(
    ports: Ports, member: Member, note_input: NoteInput, own_pictures: tuple[Picture, ...] = ()
) -> Content:
    """Return the content of a note or draft, with tags by their canonical names.

    own_pictures: the pictures of the draft that is replaced; they are valid already and are not read again.
    A listing must exist in the circle but need not be on sale now, so that a retry is not denied.
    Raises: NewcomerLimitExceeded, TagsUnknown, PicturesInvalid, PicturesNotReady, ListingsUnknown.
    """
    tags = require_known_tags(note_input.tags)
    pictures = {picture.id: picture for picture in own_pictures}
    new_ids = tuple(picture_id for picture_id in note_input.picture_ids if picture_id not in pictures)
    new_pictures = require_attachable_pictures(ports, member.circle_id, member.user_id, new_ids)
    pictures |= {picture.id: picture for picture in new_pictures}
    cards = find_stored_cards(ports.table, member.circle_id, note_input.listing_ids)
    missing = [index for index, listing_id in enumerate(note_input.listing_ids) if listing_id not in cards]
    if missing:
        code = "must-be-listing-of-circle"
        raise ListingsUnknown(fields=tuple(FieldError(f"/listings/{index}", code) for index in missing))
    attached = tuple(pictures[picture_id] for picture_id in note_input.picture_ids)
    require_newcomer_limits(member, note_input.text, attached)
    return Content(note_input.text, tags, attached, note_input.listing_ids)


def get_note(ports: Ports, caller: Caller, circle_id: str, note_id: str) -> NoteView:
    """Return a note as the caller sees it; one that is removed or down, with the reason, to its author alone.

    Cost: 2 read units.
    Raises: CircleNotFound, NoteNotFound.
    """
    require_permission(ports, caller, circle_id, Action.READ)
    note = repository.get_note_in_any_state(ports.table, circle_id, note_id)
    note.require_readable(caller.user_id)
    return to_note_views(ports, caller, circle_id, [note])[0]


def list_notes(ports: Ports, caller: Caller, circle_id: str, page: PageRequest) -> Page[NoteView]:
    """Return a page of the feed, newest first: the visible notes, without those by the caller's blocked users.

    Cost: 4.5 read units for 20.
    """
    require_permission(ports, caller, circle_id, Action.READ)
    is_unblocked = is_unblocked_author(ports, caller)
    notes = repository.list_notes(ports.table, circle_id, page, lambda note: note.is_visible and is_unblocked(note.author))
    return notes.replace(to_note_views(ports, caller, circle_id, notes.items))


def to_new_note_view(ports: Ports, note: Note) -> NoteView:
    """Return a note as its author sees it right after posting it: without a read of likes."""
    rule = trade_rule(ports, note.circle_id, note.author)
    cards = find_product_cards(ports.table, note.circle_id, note.content.listings, rule)
    return _to_view(ports, note, False, cards, note.author)


def is_unblocked_author(ports: Ports, caller: Caller) -> Callable[[str], bool]:
    """Return a function that returns whether the caller has not blocked a user. The blocks are read at its first call."""
    blocked = cache(lambda: frozenset(list_blocks(ports, caller).items))
    return lambda author: author not in blocked()


def to_note_views(ports: Ports, caller: Caller, circle_id: str, notes: list[Note]) -> list[NoteView]:
    """Return notes as the caller sees them. One query reads the caller's likes, one get each listing."""
    liked = repository.find_liked_note_ids(ports.table, circle_id, caller.user_id, notes)
    listing_ids = (listing_id for note in notes for listing_id in note.content.listings)
    cards = find_product_cards(ports.table, circle_id, listing_ids, trade_rule(ports, circle_id, caller.user_id))
    return [_to_view(ports, note, note.id in liked, cards, caller.user_id) for note in notes]


def _to_view(ports: Ports, note: Note, liked: bool, cards: dict[str, ProductCard], reader_id: str) -> NoteView:
    source, is_own = CardSource(SourceKind.NOTE, note.id, 0, note.author), note.author == reader_id
    shown = tuple(
        with_token(ports.attribution_keys, cards[listing_id], source, reader_id, ports.clock())
        for listing_id in note.content.listings
        if listing_id in cards
    )
    hidden = ((picture_id, take_downs.violation) for picture_id, take_downs in note.picture_take_downs if is_own)
    return NoteView(note, liked, shown, tuple((picture_id, violation) for picture_id, violation in hidden if violation))


def delete_note(ports: Ports, caller: Caller, circle_id: str, note_id: str) -> None:
    """Delete the caller's note for good, with its comments, also while it is down. Its text, tags and cards are erased.

    Unchanged if it is deleted, or if a moderator has removed it.
    Cost: 1 write unit and 2 read units.
    Raises: CircleNotFound, NoteNotFound, RoleNotAllowed (another author).
    """
    member = require_permission(ports, caller, circle_id, Action.READ)
    load = partial(repository.load_note_in_any_state, ports.table, circle_id, note_id)
    update(ports, load, lambda note: note.delete(member, at=ports.clock()), NoteChanged)


def remove_note(ports: Ports, caller: Caller, circle_id: str, note_id: str, reason: str) -> None:
    """Hide a note from the circle, as a moderator whose rank is above its author's. Its author reads the reason.

    The audit entry is written from the stream. Unchanged if it is removed: the first reason stays.
    Cost: 2 write units (1 per KB of the note) and 3 read units.
    Raises: CircleNotFound, NoteNotFound, CallerMuted, RoleNotAllowed.
    """
    by = require_permission(ports, caller, circle_id, Action.REMOVE_NOTE)
    author = get_author(ports, repository.get_note_in_any_state(ports.table, circle_id, note_id))

    def change(note: Note) -> Note:
        return note.remove(by, author, reason, ports.new_id("salt"), at=ports.clock())

    update(ports, partial(repository.load_note_in_any_state, ports.table, circle_id, note_id), change, NoteChanged)


def get_author(ports: Ports, content: Note | Comment) -> Member:
    """Return the membership of an author, also a past one: its rank protects what the author wrote. Cost: 0.5 read units.

    Raises: NoteNotFound (also if the author has deleted the note or comment, or if it is down).
    """
    is_hidden = content.state is ContentState.DELETED or content.take_downs.is_down
    author = None if is_hidden else find_member(ports.table, content.circle_id, content.author)
    if author is None:
        raise NoteNotFound
    return author


def change_note(
    ports: Ports,
    circle_id: str,
    note_id: str,
    change: Callable[[Note], Note | Changed[Note]],
    request: ChangeRequest | None = None,
    slot: Slot | None = None,
) -> Note:
    """Load, change and save a visible note. Raises: NoteNotFound, PreconditionFailed, KeyReused, RateLimitReached."""
    return update(ports, partial(repository.load_note, ports.table, circle_id, note_id), change, request=request, slot=slot)


def report_note(
    ports: Ports, caller: Caller, circle_id: str, note_id: str, report_input: ReportInput, picture_id: str = ""
) -> None:
    """Report a note to the platform, with its current content as evidence, pictures included; or one picture of it alone.

    picture_id: the picture; empty for the whole note. A case about it takes down this picture only.
    Unchanged if the caller reported this revision before. An edited note can be reported again.
    The pictures are copied after the slot is used and before the report is stored, so no report is without them.
    Cost: 2 write units and 3 read units.
    Raises: CircleNotFound, CallerMuted, NoteNotFound, PictureNotFound (the note does not show it), RateLimitReached.
    """
    require_permission(ports, caller, circle_id, Action.REPORT)
    note = repository.get_note(ports.table, circle_id, note_id)
    shown = (note.get_shown_picture(picture_id),) if picture_id else note.shown_pictures
    subject_id = f"{note.id}/{picture_id}" if picture_id else note.id
    pictures = ReportedPictures(circle_id, note.author, tuple(picture.id for picture in shown))
    named, copy_files = pictures.evidence(ports, "circles", subject_id)
    evidence = {"text": note.content.text, "tags": list(note.content.tags), **named}
    kind, revision = ("picture", 1) if picture_id else ("note", note.revision)  # an edit changes no picture
    subject = ReportSubject(kind, subject_id, circle_id, note.author, evidence, revision, copy_files)
    put_report(ports, NoteReported, subject, caller.user_id, report_input, settings().rate("report"))


def like_note(ports: Ports, caller: Caller, circle_id: str, note_id: str) -> None:
    """Like a note. Unchanged if the caller likes it already.

    A like has no rate limit, because a note is liked once: a user who likes again and again must unlike.
    Cost: 1 write unit and 2.5 read units.
    Raises: CircleNotFound, CircleNotActive, CircleReadOnly, NoteNotFound, BlockedByAuthor.
    """
    require_permission_and_writable(ports, caller, circle_id, Action.LIKE)
    note = repository.get_note(ports.table, circle_id, note_id)
    require_not_blocked(ports, caller, note.author)
    repository.put_like(ports.table, note, caller.user_id, ports.clock())


def unlike_note(ports: Ports, caller: Caller, circle_id: str, note_id: str) -> None:
    """Remove the caller's like of a note. Unchanged if there is none.

    The removal of a like of the last day uses a slot. An older one uses none: a note is liked and unliked without a slot at
    most once a day, and only by a user who has made as many likes.
    Cost: 1 write unit and 3 read units; for a like of the last day 2 and 3.5.
    Raises: CircleNotFound, CircleNotActive, CircleReadOnly, NoteNotFound, RateLimitReached.
    """
    require_permission_and_writable(ports, caller, circle_id, Action.LIKE)
    repository.get_note(ports.table, circle_id, note_id)
    liked_at = repository.find_liked_at(ports.table, circle_id, note_id, caller.user_id)
    if liked_at is None:
        return
    if ports.clock() < liked_at + settings().unlike_limit_age:
        Slot(ports, caller.user_id, settings().rate("unlike")).use()
    repository.delete_like(ports.table, circle_id, note_id, caller.user_id, liked_at)
