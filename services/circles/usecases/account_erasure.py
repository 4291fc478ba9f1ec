"""Erasing what this service stores of a deleted account. Each step is safe to repeat, so an interrupted run is continued.

What stays is in docs/privacy.md: memberships as tombstones without personal attributes, bans, the identity, audit digests.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import partial

from services import SERVICES
from services.circles.domain import Comment, Member, Note
from services.circles.domain.account_end import erase_account
from services.circles.domain.blocks import Blocks
from services.circles.domain.deletion import ContentChoice
from services.circles.domain.profile import AVATARS
from services.circles.errors import CircleNotFound
from services.circles.repository import account_erasure as repository
from services.circles.repository import blocks, circles, comments, notes, profiles
from services.circles.usecases.campaign_consents import erase_campaign_items
from services.circles.usecases.circles import remove_owner
from services.circles.usecases.members import change_member
from services.circles.usecases.ports import Ports
from services.shared.exports.format import export_folder
from services.shared.messaging.events import BlocksChanged, NoteChanged
from services.shared.pictures.checks import picture_partition
from services.shared.pictures.files import delete_files_of
from services.shared.table.erasing import delete_reports_of
from services.shared.table.purging import delete_partition
from services.shared.table.versioned import update


def erase_user(ports: Ports, user_id: str, content: ContentChoice) -> Iterator[None]:
    """Erase a user in each of their circles, then outside of them. Yields after each step."""
    for circle_id in circles.iter_circle_ids(ports.table, user_id):
        yield from _erase_in_circle(ports, circle_id, user_id, content)
    update(ports, partial(blocks.load_blocks, ports.table, user_id), partial(_clear_blocks, ports), BlocksChanged)
    yield from erase_campaign_items(ports, user_id)
    yield from _delete_exports(ports, "", user_id)
    ports.table.delete(profiles.profile_key(user_id), when=None)
    yield from repository.delete_account_items(ports.table, user_id)
    yield from _delete_pictures(ports, AVATARS, user_id, kept=set())


def _clear_blocks(ports: Ports, loaded: Blocks) -> Blocks:
    return loaded.clear(at=ports.clock())


def _erase_in_circle(ports: Ports, circle_id: str, user_id: str, content: ContentChoice) -> Iterator[None]:
    """End the membership, then erase what the user has in the circle, and the personal data of the membership last."""
    member = circles.find_member(ports.table, circle_id, user_id, consistent_read=True)
    if member is None or member.is_account_deleted:
        return
    with suppress(CircleNotFound):
        remove_owner(ports, circle_id, user_id)  # the user can have become the owner after the last check
    change_member(ports, circle_id, user_id, lambda member: member.close_membership(at=ports.clock()))
    yield
    yield from repository.delete_receipts(ports.table, circle_id, user_id)
    kept: set[str] = set()
    for note in repository.iter_notes(ports.table, circle_id):
        yield from _erase_note_and_comments(ports, note, user_id, content, kept)
    yield from _delete_exports(ports, circle_id, user_id)
    yield from repository.delete_member_items(ports.table, circle_id, user_id)
    yield from _delete_pictures(ports, circle_id, user_id, kept=kept | _cover(ports, circle_id))
    yield from delete_reports_of(ports.table, circle_id, user_id)
    change_member(ports, circle_id, user_id, lambda member: _erase_member(ports, member))
    yield


def _erase_member(ports: Ports, member: Member) -> Member:
    return erase_account(member, at=ports.clock())


def _cover(ports: Ports, circle_id: str) -> set[str]:
    """Return the id of the circle's cover: it belongs to the circle."""
    circle = circles.find_circle(ports.table, circle_id)
    return {circle.page.cover.picture.id} if circle and circle.page.cover else set()


def _erase_note_and_comments(ports: Ports, note: Note, user_id: str, content: ContentChoice, kept: set[str]) -> Iterator[None]:
    """Erase the user's note, and the user's comments on any note. kept: collects the pictures of notes that stay."""
    if content is ContentChoice.KEEP:
        if note.author == user_id:
            kept |= {picture.id for picture in note.content.pictures}
            yield from _remove_badge(ports, note)
        return
    if note.author == user_id:
        load = partial(notes.load_note_in_any_state, ports.table, note.circle_id, note.id)
        update(ports, load, lambda note: note.erase(at=ports.clock()), NoteChanged)
        yield
    for comment in repository.iter_comments_of(ports.table, note, user_id):
        load_comment = partial(comments.load_comment, ports.table, note.circle_id, note.id, comment.id)
        update(ports, load_comment, partial(_erase_comment, ports))
        yield
    yield from repository.delete_revisions_of(ports.table, note, user_id)


def _remove_badge(ports: Ports, note: Note) -> Iterator[None]:
    """Take the badge of a note that stays: without the receipt, no return or refund would."""
    if note.show:
        load = partial(notes.load_note_in_any_state, ports.table, note.circle_id, note.id)
        update(ports, load, lambda note: note.set_show(None, at=ports.clock()))
        yield


def _erase_comment(ports: Ports, comment: Comment) -> Comment:
    return comment.erase(at=ports.clock())


def _delete_exports(ports: Ports, circle_id: str, user_id: str) -> Iterator[None]:
    """Delete the files of the user's exports in a circle, or of the account, then their items."""
    for key, export_id in repository.list_exports(ports.table, circle_id, user_id):
        for service in SERVICES:
            while ports.exports.delete_page(f"{export_folder(service, circle_id, export_id)}/"):
                yield
        ports.table.delete(key, when=None)
        yield


def _delete_pictures(ports: Ports, scope: str, user_id: str, *, kept: set[str]) -> Iterator[None]:
    """Delete the checks of the user's uploads, then all their pictures but those that are kept."""
    yield from delete_partition(ports.table, picture_partition(scope, user_id))
    yield from delete_files_of(ports.pictures, scope, user_id, kept=kept)
