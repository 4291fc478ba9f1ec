"""The files of pictures that are down: moved to a folder that no address reaches, and back when the take-down ends."""

from __future__ import annotations

from services.circles.domain import Note
from services.circles.repository import notes
from services.circles.repository.circles import find_circle
from services.circles.usecases.ports import Ports
from services.shared.pictures.checks import delete_picture_check
from services.shared.pictures.files import move_picture
from services.shared.table.entities import EntityChange


def update_files(ports: Ports, change: EntityChange[Note]) -> None:
    """Move the files of a note if this change took pictures of it down, or ended that.

    The note is read as it is now, and again after its files were moved: of two records that are processed at once, the last one
    leaves the files as the note needs them. Nothing is lost meanwhile, because a copy in the folder stays.
    """
    before, after = change.before, change.after
    if before is None or after is None or before.hidden_picture_ids == after.hidden_picture_ids:
        return
    changed, moved = before.hidden_picture_ids ^ after.hidden_picture_ids, None
    note = notes.find_note_in_any_state(ports.table, after.circle_id, after.id)
    while note and note.hidden_picture_ids != moved:
        moved = note.hidden_picture_ids
        for picture_id in sorted(changed):
            move_picture(ports.pictures, note.circle_id, note.author, picture_id, is_hidden=picture_id in moved)
        note = notes.find_note_in_any_state(ports.table, after.circle_id, after.id)


def update_cover_files(ports: Ports, circle_id: str) -> None:
    """Move the files of the cover that a take-down reset or brought back, as the circle is now; again if it changed."""
    circle, moved = find_circle(ports.table, circle_id, consistent_read=True), None
    while circle and circle.page != moved:
        moved = circle.page
        for cover in filter(None, (moved.kept.cover, moved.cover)):
            is_hidden = cover == moved.kept.cover
            if is_hidden:
                delete_picture_check(ports.table, circle_id, cover.author, cover.picture.id)  # it cannot be chosen again
            move_picture(ports.pictures, circle_id, cover.author, cover.picture.id, is_hidden=is_hidden)
        circle = find_circle(ports.table, circle_id, consistent_read=True)
