"""Take-downs of the platform: what no member sees until an appeal ends them, one use case per kind of case."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from services.circles.domain.naming import take_name_down
from services.circles.errors import CircleNotFound, MemberNotFound, NoteNotFound
from services.circles.repository import circles, comments, notes, profiles
from services.circles.usecases.ports import Ports
from services.circles.usecases.taken_down_files import update_cover_files
from services.shared.messaging.events import CommentChanged, NoteChanged, TakeDownChanged
from services.shared.security.take_downs import TakeDown
from services.shared.table.reports import find_evidence
from services.shared.table.versioned import update


def take_note_down(ports: Ports, event: TakeDownChanged) -> None:
    """Take a note down, or end a take-down. The stream updates its highlight, its tags and its files.

    Unchanged if the note does not exist, or if a newer event of the case was applied. The note exists before its report, and so
    before its case: one that does not exist was deleted with its circle.
    Cost: 1 write unit per KB of the note and 1 read unit.
    """
    load = partial(notes.load_note_in_any_state, ports.table, event.data.circle_id, event.data.subject_id)
    with suppress(NoteNotFound):
        update(ports, load, lambda note: note.apply_take_down(TakeDown.of(event), at=ports.clock()), NoteChanged)


def take_picture_down(ports: Ports, event: TakeDownChanged) -> None:
    """Take one picture of a note down, or end a take-down; the note stays. The stream moves the files.

    Unchanged if the note or the picture does not exist, or if a newer event of the case was applied.
    Cost: 1 write unit per KB of the note and 1 read unit.
    """
    note_id, _, picture_id = event.data.subject_id.partition("/")
    load = partial(notes.load_note_in_any_state, ports.table, event.data.circle_id, note_id)
    with suppress(NoteNotFound):
        update(ports, load, lambda note: note.take_picture_down(picture_id, TakeDown.of(event), at=ports.clock()))


def take_comment_down(ports: Ports, event: TakeDownChanged) -> None:
    """Take a comment down, or end a take-down. The stream counts it no more, or again.

    The key of a comment has its note, which the evidence of each report names.
    Unchanged if the comment does not exist, or if a newer event of the case was applied.
    Cost: 1 write unit and 2 read units.
    """
    data = event.data
    evidence = find_evidence(ports.table, data.circle_id, data.subject_id)
    if evidence is None:
        return
    load = partial(comments.load_comment, ports.table, data.circle_id, evidence["note_id"], data.subject_id)
    with suppress(NoteNotFound):
        update(ports, load, lambda comment: comment.apply_take_down(TakeDown.of(event), at=ports.clock()), CommentChanged)


def take_profile_down(ports: Ports, event: TakeDownChanged) -> None:
    """Reset the name and the avatar of a user, and the name in the circle of the report; or bring back what was not replaced.

    The user can choose others at once. The stream copies the profile to all circles, and hides or shows the file of the avatar.
    Unchanged if the user was never in the circle, or if a newer event of the case was applied.
    Cost: 5 write units (3 for the indexes) and 2 read units.
    """
    circle_id, _, user_id = event.data.subject_id.partition("/")
    take_down = TakeDown.of(event)
    with suppress(MemberNotFound):
        load_member = partial(circles.load_member, ports.table, circle_id, user_id)
        member = update(ports, load_member, lambda member: take_name_down(member, take_down, at=ports.clock()))
        if member.is_account_deleted:
            return  # so is the profile
        load_profile = partial(profiles.load_profile, ports.table, user_id)
        update(ports, load_profile, lambda profile: profile.apply_take_down(take_down, at=ports.clock()))


def take_circle_page_down(ports: Ports, event: TakeDownChanged) -> None:
    """Reset the description and the cover of a circle, or bring back what was not replaced. Its name is review's.

    The files of the cover are moved after the circle was stored, also by a repeat: a delivery before can have crashed there.
    Unchanged if the circle does not exist or is closed, or if a newer event of the case was applied.
    Cost: 1 write unit and 3 read units; 1 more write unit to delete the check of a cover.
    """
    circle_id, take_down = event.data.subject_id, TakeDown.of(event)
    load = partial(circles.load_circle, ports.table, circle_id)
    with suppress(CircleNotFound):
        update(ports, load, lambda circle: circle.take_page_down(take_down, at=ports.clock()))
        update_cover_files(ports, circle_id)
