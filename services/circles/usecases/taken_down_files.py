"""The files of pictures that are down: moved to a folder that no address reaches, and back when the take-down ends.

The address of one picture of a circle is signed for all of them, so only a file that is not there cannot be loaded.
"""

from __future__ import annotations

from services.circles.domain import Note
from services.circles.repository import notes
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
            _move(ports, note, picture_id, is_hidden=picture_id in moved)
        note = notes.find_note_in_any_state(ports.table, after.circle_id, after.id)


def _move(ports: Ports, note: Note, picture_id: str, *, is_hidden: bool) -> None:
    for folder in (SHOWN, THUMB):
        shown = picture_object_key(folder, note.circle_id, note.author, picture_id)
        if is_hidden:
            hide_file(ports, shown)
        else:
            show_file(ports, shown)


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
