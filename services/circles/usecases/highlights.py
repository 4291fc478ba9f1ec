"""What a circle holds up: pinned notes, and the archive of its best, which can be searched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from services.circles.domain import Action, Note, Pins
from services.circles.repository import highlights as repository
from services.circles.repository import notes
from services.circles.repository.circles import look_at_circle, require_member
from services.circles.taxonomy import fold
from services.circles.usecases.notes import ShownNote, change_note, show_heard
from services.circles.usecases.ports import Ports
from services.shared.messaging.stream import Change
from services.shared.security.auth import Caller
from services.shared.table.port import Item
from services.shared.table.versioned import update_entity

SEARCHED = 50  # rows of the archive that one page of a search looks through


def pin_note(ports: Ports, caller: Caller, circle_id: str, note_id: str) -> None:
    """Put a note at the head of the feed; five at most. Those that are out of sight by now give way."""
    _require(ports, caller, circle_id)
    notes.find_note(ports.table, circle_id, note_id)

    def step(pins: Pins) -> Pins:
        full = pins.is_full and note_id not in pins.note_ids
        gone = [one for one in pins.note_ids if full and notes.look_at_note(ports.table, circle_id, one) is None]
        return pins.pin(note_id, gone, at=ports.clock())

    _change_pins(ports, circle_id, step)


def unpin_note(ports: Ports, caller: Caller, circle_id: str, note_id: str) -> None:
    """Also of a note that is out of sight by now: its pin took a place."""
    _require(ports, caller, circle_id)
    if note_id not in repository.find_pins(ports.table, circle_id).entity.note_ids:
        notes.find_note(ports.table, circle_id, note_id)
    _change_pins(ports, circle_id, lambda pins: pins.unpin(note_id, at=ports.clock()))


def list_pins(ports: Ports, caller: Caller, circle_id: str) -> list[ShownNote]:
    require_member(ports.table, circle_id, caller.user_id).require(Action.READ)
    pins = repository.find_pins(ports.table, circle_id).entity
    return _visible(ports, caller, circle_id, pins.note_ids)


def highlight_note(ports: Ports, caller: Caller, circle_id: str, note_id: str, *, on: bool) -> Note:
    """Put a note among the circle's best, or take it out. The archive follows from the stream."""
    _require(ports, caller, circle_id)
    return change_note(ports, circle_id, note_id, lambda note: note.archive(on, at=ports.clock()))


def list_highlights(
    ports: Ports, caller: Caller, circle_id: str, text: str, limit: int, start: Item | None
) -> tuple[list[ShownNote], Item | None]:
    """The circle's best, newest first, or what of it holds `text`, in either script. A search looks through fifty rows a
    page, so that its cost does not grow with the archive: a page may be short and still have a next."""
    require_member(ports.table, circle_id, caller.user_id).require(Action.READ)
    wanted = fold(text) if text else ""
    page = repository.list_highlights(ports.table, circle_id, SEARCHED if wanted else limit, start)
    found, rest = [row for row in page.items if wanted in row["words"]], page.next
    if len(found) > limit:
        found = found[:limit]
        rest = {name: found[-1][name] for name in ("pk", "sk")}
    return _visible(ports, caller, circle_id, [row["note_id"] for row in found]), rest


def follow_archive(ports: Ports, changes: Sequence[Change]) -> None:
    """Keep the archive's row of each note that was put in, edited or removed. It is looked at as it is now, so a record that
    comes late or again does no harm."""
    for change in changes:
        images = [image for image in (change.old, change.new) if image]
        if change.key.sk.startswith("NOTE#") and any("archived_at" in image for image in images):
            _follow(ports, images[-1]["circle_id"], images[-1]["id"])


def _follow(ports: Ports, circle_id: str, note_id: str) -> None:
    note = notes.look_at_note(ports.table, circle_id, note_id, consistent_read=True)
    if note and note.archived_at:
        words = map(fold, (*note.content.tags, note.content.text))
        repository.keep_archived(ports.table, circle_id, note_id, words)
    else:
        repository.drop_archived(ports.table, circle_id, note_id)


def _visible(ports: Ports, caller: Caller, circle_id: str, note_ids: Sequence[str]) -> list[ShownNote]:
    found = [notes.look_at_note(ports.table, circle_id, note_id) for note_id in note_ids]
    return show_heard(ports, caller, circle_id, [note for note in found if note])


def _require(ports: Ports, caller: Caller, circle_id: str) -> None:
    require_member(ports.table, circle_id, caller.user_id).require(Action.HIGHLIGHT)
    look_at_circle(ports.table, circle_id).require_writable(ports.clock())


def _change_pins(ports: Ports, circle_id: str, step: Callable[[Pins], Pins]) -> None:
    update_entity(
        ports, partial(repository.find_pins, ports.table, circle_id, consistent_read=True), step, repository.pins_to_item
    )
