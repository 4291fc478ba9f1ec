"""What a data export contains: its lines, page by page, with the attributes that leave the service."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from services.circles.domain import ContentState, MemberState
from services.circles.domain.export import Export, ExportKind, Phase
from services.circles.domain.profile import AVATARS
from services.circles.repository.blocks import blocks_key
from services.circles.repository.campaign_consents import consent_key
from services.circles.repository.circles import circle_key, member_key
from services.circles.repository.comments import COMMENT, is_visible_comment
from services.circles.repository.deletions import deletion_key
from services.circles.repository.keys import user_item_key
from services.circles.repository.notes import content_from_item, is_visible_note, like_key, note_from_item, thread_pk
from services.circles.repository.profiles import profile_key
from services.circles.repository.recipients import list_items_of_user
from services.circles.repository.revisions import COMMENT_REVISION, REVISION
from services.shared.exports.format import Line, export_line
from services.shared.security.take_downs import TakeDowns
from services.shared.table.items import Item, Key, Query
from services.shared.table.pages import query_all
from services.shared.table.port import Table

# With their comments: all of them in an owner's export, and those of one user in an own export.
NOTES_PER_PAGE = {ExportKind.OWN: 50, ExportKind.CIRCLE: 20}
ITEMS_PER_PAGE = 500
PASSCODES_PER_PAGE = 100
CONTENT = ("text", "tags", "pictures", "listings")
# The attributes that leave the service, for each kind of item. A new attribute or kind stays inside until it is listed.
EXPORTED: dict[str, tuple[str, ...]] = {
    "circle": ("id", "name", "tags", "description", "cover", "created_at"),
    "membership": ("circle_id", "user_id", "role", "state", "joined_at", "answers", "request_text", "nickname"),
    "note": (
        *("id", "circle_id", "author", *CONTENT, "created_at", "state"),
        *("revision", "edited_at", "highlighted_at", "likes", "comments", "show"),
    ),
    "revision": ("circle_id", "note_id", "comment_id", "revision", *CONTENT, "at"),
    "comment": (
        *("id", "circle_id", "note_id", "author", "text", "created_at", "parent_id"),
        *("state", "revision", "edited_at"),
    ),
    "draft": ("id", "circle_id", "author", *CONTENT, "saved_at", "note_id"),
    "like": ("circle_id", "note_id"),
    "receipt": ("circle_id", "user_id", "order_id", "lines"),
    "likes_received": ("likes_received",),
    "reading": ("circle_id", "user_id", "day", "views", "days_read", "notes_read", "last_read_at"),
    "check_ins": ("circle_id", "user_id", "first", "last", "previous_run", "total", "best", "card_month"),
    "digest": ("circle_id", "user_id", "on", "quiet_from", "quiet_until"),
    "passcode": ("circle_id", "created_at", "valid_until", "max_uses", "uses", "revoked"),
    "blocks": ("user_id", "blocked"),
    "profile": ("user_id", "nickname", "avatar", "bio"),
    "campaign_consent": ("user_id", "is_given", "revision", "interests"),
    "campaign_recipient": ("circle_id", "campaign_id", "user_id", "notified_at", "reached"),
    "deletion": ("user_id", "content", "state", "obstacles", "deletes_at"),
}
# A membership that has ended has one state in an export: whether a ban came later is not the user's own data.
PAST_STATES = (MemberState.LEFT, MemberState.KICKED, MemberState.BANNED)
ENDED = "ended"


@dataclass(frozen=True, slots=True)
class ExportPage:
    """The next page of an export.

    pictures: those of its notes and drafts, and the avatar: folder, author and id. reached: the creation time of the last note.
    after: where the page after it starts; empty on the last page of the phase.
    """

    lines: list[Line]
    pictures: list[tuple[str, str, str]]
    reached: datetime | None = None
    after: str = ""


def get_export_page(table: Table, export: Export) -> ExportPage:
    """Return the next page. An owner's export has notes only: members' own items are not the owner's.

    A page of an export of an account is of the account itself, or of its current circle.
    """
    if export.phase is Phase.ACCOUNT:
        return _account_page(table, export)
    if export.is_of_account:
        export = replace(export, circle_id=export.current_circle)
    if export.phase is Phase.NOTES:
        return _note_page(table, export)
    if export.kind is ExportKind.CIRCLE:
        return ExportPage([], [])
    if export.phase is Phase.PASSCODES:
        return _passcode_page(table, export)
    return _user_page(table, export)


def _account_page(table: Table, export: Export) -> ExportPage:
    """Return what the user has outside of circles, as far as no other service exports it."""
    items = list(_account_items(table, export))
    if deletion := table.get(deletion_key(export.user_id)):
        items.append(("deletion", deletion))
    return ExportPage([_line(kind, item) for kind, item in items], _avatars(export, items))


def _user_page(table: Table, export: Export) -> ExportPage:
    """Return the next of the user's own items, or of their likes."""
    circle_id, user_id = export.circle_id, export.user_id
    key = user_item_key(circle_id, user_id, "") if export.phase is Phase.USER else like_key(circle_id, "", user_id)
    page = table.query(Query(pk=key.pk, limit=ITEMS_PER_PAGE, start=_start(key.pk, export)))
    items = [(item["sk"].partition("#")[0].lower(), item) for item in page.items]
    if export.phase is Phase.USER and not export.after:
        items = [*_user_items(table, export), *items]
    # A like has its circle in its key only.
    lines = [_line(kind, {"circle_id": circle_id, **item}) for kind, item in items if kind in EXPORTED]
    pictures = [picture for kind, item in items if kind == "draft" for picture in _pictures(item)]
    pictures += _avatars(export, items)
    return ExportPage(lines, pictures, after=page.next["sk"] if page.next else "")


def _avatars(export: Export, items: list[tuple[str, Item]]) -> list[tuple[str, str, str]]:
    return [(AVATARS, export.user_id, item["avatar"]) for kind, item in items if kind == "profile" and "avatar" in item]


def _user_items(table: Table, export: Export) -> Iterator[tuple[str, Item]]:
    """Yield the items of the user that other partitions have: the membership, and what holds in every circle."""
    if member := table.get(member_key(export.circle_id, export.user_id)):
        yield "membership", _with_kept_name({**member, "state": ENDED} if member["state"] in PAST_STATES else member)
    if not export.current_circle:  # an export of an account has written them before its first circle
        yield from _account_items(table, export)


def _account_items(table: Table, export: Export) -> Iterator[tuple[str, Item]]:
    if blocks := table.get(blocks_key(export.user_id)):
        yield "blocks", blocks
    if profile := table.get(profile_key(export.user_id)):
        yield "profile", _with_kept_name(profile)
    if consent := table.get(consent_key(export.user_id)):
        yield "campaign_consent", consent
    for recipient in list_items_of_user(table, export.user_id):
        yield "campaign_recipient", recipient


def _with_kept_name(item: Item) -> Item:
    """Return a membership or profile with the user's own nickname, also while the platform has taken it down."""
    return {**item, "nickname": item["kept_nickname"]} if "kept_nickname" in item else item


def _passcode_page(table: Table, export: Export) -> ExportPage:
    """Return the passcodes that the user issued among the next ones of the circle, without what opens the circle."""
    pk = f"PASSCODES#{export.circle_id}"
    key = Key(f"PASSCODE#{export.after.rpartition('#')[2]}", "PASSCODE")
    start = {**key.attributes(), "gsi1pk": pk, "gsi1sk": export.after} if export.after else None
    page = table.query(Query(pk=pk, index="gsi1", limit=PASSCODES_PER_PAGE, start=start))
    passcodes = (table.get(Key.of(item)) for item in page.items)
    lines = [_line("passcode", item) for item in passcodes if item and item["issuer"] == export.user_id]
    return ExportPage(lines, [], after=page.next["gsi1sk"] if page.next else "")


def _note_page(table: Table, export: Export) -> ExportPage:
    pk = f"CIRCLE#{export.circle_id}"
    page = table.query(Query(pk=pk, prefix="NOTE#", limit=NOTES_PER_PAGE[export.kind], start=_start(pk, export)))
    lines, pictures = [], []
    for item in page.items:
        if export.kind is ExportKind.CIRCLE and not is_visible_note(item):
            continue
        if _is_included(export, item):
            hidden = note_from_item(item).hidden_picture_ids
            lines.append(_line("note", _with_shown_state(_with_shown_pictures(export, item, hidden))))
            pictures += [picture for picture in _pictures(item) if picture[2] not in hidden]  # a take-down moves the files
        lines += _thread_lines(table, export, item)
    if export.kind is ExportKind.CIRCLE and not export.after and (circle := table.get(circle_key(export.circle_id))):
        cover = circle.get("cover")
        lines.insert(0, _line("circle", {**circle, "cover": cover["id"] if cover else ""}))
        pictures += [(export.circle_id, cover["author"], cover["id"])] if cover else []
    reached = note_from_item(page.items[-1]).created_at if page.items else None
    return ExportPage(lines, pictures, reached, page.next["sk"] if page.next else "")


def _thread_lines(table: Table, export: Export, note: Item) -> Iterator[Line]:
    """Yield the included comments on a note, and the earlier revisions of the user's own note and comments.

    An owner's export has visible comments without revisions.
    """
    is_own_note = export.kind is ExportKind.OWN and note["author"] == export.user_id
    prefixes = {ExportKind.CIRCLE: COMMENT, ExportKind.OWN: None if is_own_note else COMMENT.rstrip("#")}
    pk = thread_pk(export.circle_id, note["id"])
    for item in query_all(table, Query(pk=pk, prefix=prefixes[export.kind], limit=ITEMS_PER_PAGE)):
        if item["sk"].startswith((REVISION, COMMENT_REVISION)):
            if item["sk"].startswith(REVISION) or item["author"] == export.user_id:
                yield _line("revision", {**item, "circle_id": export.circle_id, "note_id": note["id"]})
        elif _is_included(export, item):
            yield _line("comment", {**_with_shown_state(item), "circle_id": export.circle_id})


def _is_included(export: Export, item: Item) -> bool:
    if export.kind is ExportKind.OWN:
        return bool(item["author"] == export.user_id)
    return item["sk"].startswith("NOTE#") or is_visible_comment(item)


def _with_shown_state(item: Item) -> Item:
    """Return a note or comment with the state that its author sees; a comment that is visible has none."""
    state = ContentState(item.get("state", ContentState.VISIBLE)).shown(TakeDowns.from_item(item))
    return {**item, "state": str(state)} if state is ContentState.TAKEN_DOWN else item


def _with_shown_pictures(export: Export, item: Item, hidden: frozenset[str]) -> Item:
    """Return a note as it is exported: without what is down, unless it is the user's own."""
    is_own = export.kind is ExportKind.OWN
    return {**item, "pictures": [picture for picture in item["pictures"] if is_own or picture["id"] not in hidden]}


def _pictures(item: Item) -> list[tuple[str, str, str]]:
    return [(item["circle_id"], item["author"], picture.id) for picture in content_from_item(item).pictures]


def _start(pk: str, export: Export) -> Item | None:
    return {"pk": pk, "sk": export.after} if export.after else None


def _line(kind: str, item: Item) -> Line:
    return export_line(kind, EXPORTED[kind], item)
