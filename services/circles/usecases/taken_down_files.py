"""The files of pictures that are down: moved to a folder that no address reaches, and back when the take-down ends.

The address of one picture of a circle is signed for all of them, so only a file that is not there cannot be loaded.
"""

from __future__ import annotations

from services.circles.domain import Note
from services.circles.repository import notes
from services.circles.repository.circles import find_circle
from services.circles.repository.pictures import delete_picture_check
from services.circles.usecases.pictures import SHOWN, THUMB, picture_object_key
from services.circles.usecases.ports import Ports
from services.shared.table.entities import EntityChange

TAKEN_DOWN = "taken_down"  # the folder; neither a form nor an address reaches it


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
            _move_picture(ports, note.circle_id, note.author, picture_id, is_hidden=picture_id in moved)
        note = notes.find_note_in_any_state(ports.table, after.circle_id, after.id)


def _move_picture(ports: Ports, circle_id: str, author: str, picture_id: str, *, is_hidden: bool) -> None:
    for folder in (SHOWN, THUMB):
        shown = picture_object_key(folder, circle_id, author, picture_id)
        if is_hidden:
            hide_file(ports, shown)
        else:
            show_file(ports, shown)


def update_cover_files(ports: Ports, circle_id: str) -> None:
    """Move the files of the cover that a take-down reset or brought back, as the circle is now; again if it changed."""
    circle, moved = find_circle(ports.table, circle_id, consistent_read=True), None
    while circle and circle.page != moved:
        moved = circle.page
        for cover in filter(None, (moved.kept.cover, moved.cover)):
            if cover == moved.kept.cover:
                delete_picture_check(ports.table, circle_id, cover.author, cover.picture.id)  # it cannot be chosen again
            _move_picture(ports, circle_id, cover.author, cover.picture.id, is_hidden=cover == moved.kept.cover)
        circle = find_circle(ports.table, circle_id, consistent_read=True)


def hide_file(ports: Ports, object_key: str) -> None:
    """Move a file to the folder. A repeat after a crash, when the copy is there, deletes the file only."""
    hidden = f"{TAKEN_DOWN}/{object_key}"
    if not ports.pictures.exists(hidden):
        ports.pictures.copy(object_key, hidden)
    ports.pictures.delete(object_key)


def show_file(ports: Ports, object_key: str) -> None:
    """Copy a file back from the folder. Its copy there stays until the circle is deleted."""
    ports.pictures.copy(f"{TAKEN_DOWN}/{object_key}", object_key)


def delete_hidden_file(ports: Ports, object_key: str) -> None:
    """Delete the copy of a file that was taken down and is not to come back."""
    ports.pictures.delete(f"{TAKEN_DOWN}/{object_key}")
