"""Notes, comments and likes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.circles.domain import Action, Comment, Content, Member, Note, Picture
from services.circles.domain.note import require_fit
from services.circles.errors import ListingsNotOnSale
from services.circles.repository import notes as repository
from services.circles.repository.circles import look_at_circle, require_member
from services.circles.usecases.blocks import list_blocks, require_welcome
from services.circles.usecases.pictures import attach_pictures
from services.circles.usecases.ports import Ports
from services.circles.usecases.tags import known_tags
from services.shared.kernel.clock import next_version
from services.shared.kernel.errors import FieldError
from services.shared.kernel.ids import IdempotencyKey
from services.shared.messaging.events import NoteReported
from services.shared.security.auth import Caller
from services.shared.table.cards import ProductCard, find_cards
from services.shared.table.port import Item
from services.shared.table.reports import ReportIn, ReportSubject, put_report
from services.shared.table.versioned import create_if_absent, retry_on_write_conflict, return_earlier_result


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody wants to post, as they sent it."""

    text: str
    tags: tuple[str, ...] = ()
    picture_ids: tuple[str, ...] = ()
    listing_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownNote:
    """A note as one reader sees it: whether they like it, and the goods on its cards as they are on sale now."""

    note: Note
    liked: bool
    cards: tuple[ProductCard, ...]


def post_note(ports: Ports, caller: Caller, circle_id: str, key: IdempotencyKey, words: Words) -> ShownNote:
    """Post a note with pictures that its author has uploaded. One write unit."""
    member = may(ports, caller, circle_id, Action.POST_NOTE)

    def attempt() -> Item:
        may_speak(ports, caller, member)
        content = check_words(ports, member, words)
        at = ports.clock()
        note = Note(key.id("note"), circle_id, caller.user_id, content, at, next_version(0, at))
        return create_if_absent(ports.table, repository.note_to_item(note), key)

    place = repository.note_key(circle_id, key.id("note"))
    return show_new(ports, repository.note_from_item(return_earlier_result(ports.table, place, key, attempt)))


def show_new(ports: Ports, note: Note) -> ShownNote:
    """A note as its author sees it the moment it is posted."""
    return _shown(note, False, find_cards(ports.table, note.circle_id, note.content.listings))


def check_words(ports: Ports, member: Member, words: Words, has: tuple[Picture, ...] = ()) -> Content:
    """What somebody wants to post, if they may: tags by their one name, pictures that are fit (those that a draft `has` need
    not be looked up again), goods of this circle. Whether they are still on sale is shown, not asked, for retries."""
    require_fit(member, words.text, len(words.picture_ids))
    tags = known_tags(words.tags)
    kept = {picture.id: picture for picture in has}
    wanted = tuple(one for one in words.picture_ids if one not in kept)
    fresh = attach_pictures(ports, member.circle_id, member.user_id, wanted)
    kept |= {picture.id: picture for picture in fresh}
    cards = find_cards(ports.table, member.circle_id, words.listing_ids)
    missing = [place for place, one in enumerate(words.listing_ids) if one not in cards]
    if missing:
        raise ListingsNotOnSale(
            fields=tuple(FieldError(f"/listings/{place}", "is not offered in this circle") for place in missing)
        )
    pictures = tuple(kept[picture_id] for picture_id in words.picture_ids)
    return Content(words.text, tags, pictures, words.listing_ids)


def get_note(ports: Ports, caller: Caller, circle_id: str, note_id: str) -> ShownNote:
    may(ports, caller, circle_id, Action.READ)
    return show_notes(ports, caller, circle_id, [repository.find_note(ports.table, circle_id, note_id)])[0]


def list_notes(
    ports: Ports, caller: Caller, circle_id: str, limit: int, start: Item | None
) -> tuple[list[ShownNote], Item | None]:
    """A page of the feed, newest first. Removed notes are passed over."""
    may(ports, caller, circle_id, Action.READ)
    page = repository.list_notes(ports.table, circle_id, limit, start)
    notes = [repository.note_from_item(item) for item in page.items if item["state"] == "visible"]
    return show_heard(ports, caller, circle_id, notes), page.next


def show_heard(ports: Ports, caller: Caller, circle_id: str, notes: list[Note]) -> list[ShownNote]:
    """The same without those of people whom the reader has blocked."""
    blocked = list_blocks(ports, caller) if notes else ()
    return show_notes(ports, caller, circle_id, [note for note in notes if note.author not in blocked])


def show_notes(ports: Ports, caller: Caller, circle_id: str, notes: list[Note]) -> list[ShownNote]:
    """Notes as somebody sees them now: with their own likes (one range) and the goods on their cards (each looked up once)."""
    liked = repository.liked(ports.table, circle_id, caller.user_id, notes)
    cards = find_cards(ports.table, circle_id, (one for note in notes for one in note.content.listings))
    return [_shown(note, note.id in liked, cards) for note in notes]


def _shown(note: Note, liked: bool, cards: dict[str, ProductCard]) -> ShownNote:
    return ShownNote(note, liked, tuple(cards[one] for one in note.content.listings if one in cards))


def remove_note(ports: Ports, caller: Caller, circle_id: str, note_id: str) -> None:
    """Take a note out of sight: its author may, and who keeps order."""
    member = may(ports, caller, circle_id, Action.READ)
    change_note(ports, circle_id, note_id, lambda note: note.remove(member, at=ports.clock()))


def change_note(ports: Ports, circle_id: str, note_id: str, step: Callable[[Note], Note]) -> Note:
    """Read, change, write; again when somebody else wrote in between. The step that changes nothing writes nothing."""

    def attempt() -> Note:
        note = repository.find_note(ports.table, circle_id, note_id, consistent_read=True)
        after = step(note)
        if after is not note:
            repository.change_note(ports.table, note, after)
        return after

    return retry_on_write_conflict(attempt)


def add_comment(
    ports: Ports, caller: Caller, circle_id: str, note_id: str, key: IdempotencyKey, *, text: str, parent_id: str | None
) -> Comment:
    member = may(ports, caller, circle_id, Action.COMMENT)

    def attempt() -> Item:
        may_speak(ports, caller, member)
        require_fit(member, text)
        note = repository.find_note(ports.table, circle_id, note_id)
        answered = [repository.find_comment(ports.table, circle_id, note_id, parent_id)] if parent_id else []
        require_welcome(ports, caller, note.author, *(one.author for one in answered))
        comment = Comment(key.id("com"), note_id, caller.user_id, text, ports.clock(), parent_id)
        return create_if_absent(ports.table, repository.comment_to_item(comment, circle_id), key)

    place = repository.comment_key(circle_id, note_id, key.id("com"))
    return repository.comment_from_item(return_earlier_result(ports.table, place, key, attempt))


def list_comments(
    ports: Ports, caller: Caller, circle_id: str, note_id: str, limit: int, start: Item | None
) -> tuple[list[Comment], Item | None]:
    """A page of a note's comments, oldest first, without those of people whom the reader has blocked: it may be short."""
    may(ports, caller, circle_id, Action.READ)
    repository.find_note(ports.table, circle_id, note_id)
    page = repository.list_comments(ports.table, circle_id, note_id, limit, start)
    blocked = list_blocks(ports, caller) if page.items else ()
    return [repository.comment_from_item(item) for item in page.items if item["author"] not in blocked], page.next


def report_note(ports: Ports, caller: Caller, circle_id: str, note_id: str, body: ReportIn) -> None:
    """Report a note to the platform, as it looks now."""
    may(ports, caller, circle_id, Action.READ)
    note = repository.find_note(ports.table, circle_id, note_id)
    said = note.content
    evidence = {"text": said.text, "tags": list(said.tags), "pictures": [one.id for one in said.pictures]}
    subject = ReportSubject("note", note.id, circle_id, note.author, evidence)
    put_report(ports.table, NoteReported, subject, caller.user_id, body, ports.clock(), ports.new_id)


def report_comment(ports: Ports, caller: Caller, circle_id: str, note_id: str, comment_id: str, body: ReportIn) -> None:
    """Report a comment to the platform, as it looks now."""
    may(ports, caller, circle_id, Action.READ)
    repository.find_note(ports.table, circle_id, note_id)
    comment = repository.find_comment(ports.table, circle_id, note_id, comment_id)
    subject = ReportSubject("comment", comment.id, circle_id, comment.author, {"text": comment.text, "note_id": note_id})
    put_report(ports.table, NoteReported, subject, caller.user_id, body, ports.clock(), ports.new_id)


def like_note(ports: Ports, caller: Caller, circle_id: str, note_id: str) -> None:
    """Likes are a set: the second like of a person changes nothing."""
    may(ports, caller, circle_id, Action.LIKE)
    look_at_circle(ports.table, circle_id).require_writable(ports.clock())
    note = repository.find_note(ports.table, circle_id, note_id)
    require_welcome(ports, caller, note.author)
    repository.add_like(ports.table, note, caller.user_id)


def unlike_note(ports: Ports, caller: Caller, circle_id: str, note_id: str) -> None:
    may(ports, caller, circle_id, Action.LIKE)
    look_at_circle(ports.table, circle_id).require_writable(ports.clock())
    repository.find_note(ports.table, circle_id, note_id)
    repository.drop_like(ports.table, circle_id, note_id, caller.user_id)


def may_write(ports: Ports, caller: Caller, circle_id: str, action: Action) -> Member:
    """To say something one needs a role that may, a voice on the platform and here, and a circle that is not read-only."""
    member = may(ports, caller, circle_id, action)
    may_speak(ports, caller, member)
    return member


def may_speak(ports: Ports, caller: Caller, member: Member) -> None:
    caller.require_not_muted()
    member.require_not_muted(ports.clock())
    look_at_circle(ports.table, member.circle_id).require_writable(ports.clock())


def may(ports: Ports, caller: Caller, circle_id: str, action: Action) -> Member:
    member = require_member(ports.table, circle_id, caller.user_id)
    member.require(action)
    return member
