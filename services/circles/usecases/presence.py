"""Being there: what a member reads, the trust that it earns them, the days they check in on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

from services.circles.domain import Action, Member
from services.circles.domain.presence import CheckIns, Reading
from services.circles.repository import presence as repository
from services.circles.repository.circles import look_at_circle, require_member
from services.circles.repository.notes import look_at_note
from services.circles.taxonomy import taxonomy
from services.circles.usecases.members import change_member
from services.circles.usecases.ports import Ports
from services.shared.security.auth import Caller
from services.shared.table.versioned import retry_on_write_conflict, save, update_entity

Step = Callable[[CheckIns], CheckIns]


def record_views(ports: Ports, caller: Caller, circle_id: str, note_ids: Sequence[str]) -> None:
    """Count notes of others that a member has read, each once a day. The first report of a day also judges how far
    they are trusted: lost with a crash, it is judged the day after."""
    require_member(ports.table, circle_id, caller.user_id).require(Action.READ)
    found = {note_id: look_at_note(ports.table, circle_id, note_id) for note_id in note_ids}
    others = {note_id: note for note_id, note in found.items() if note and note.author != caller.user_id}
    notes = {note_id: taxonomy().slugs(note.content.tags) for note_id, note in others.items()}

    def attempt() -> tuple[Reading, Reading]:
        loaded = repository.find_reading(ports.table, circle_id, caller.user_id)
        after = loaded.entity.read(notes, at=ports.clock())
        if after is not loaded.entity:
            save(ports.table, loaded.put(repository.reading_to_item(after), ports.new_id))
        return loaded.entity, after

    before, after = retry_on_write_conflict(attempt)
    if before.day != after.day:
        _judge(ports, after)


def _judge(ports: Ports, reading: Reading) -> Member:
    liked = repository.likes_received(ports.table, reading.circle_id, reading.user_id)
    level = reading.earns(liked)
    return change_member(ports, reading.circle_id, reading.user_id, lambda member: member.be_trusted(level, at=ports.clock()))


def check_in(ports: Ports, caller: Caller, circle_id: str) -> CheckIns:
    """Check in today; twice is once."""
    return _change(ports, caller, circle_id, lambda check_ins: check_ins.check_in(at=ports.clock()))


def make_up(ports: Ports, caller: Caller, circle_id: str, day: date) -> CheckIns:
    """Fill the one day that was missed, by the month's card."""
    return _change(ports, caller, circle_id, lambda check_ins: check_ins.make_up(day, at=ports.clock()))


def get_check_ins(ports: Ports, caller: Caller, circle_id: str) -> CheckIns:
    require_member(ports.table, circle_id, caller.user_id).require(Action.READ)
    return repository.find_check_ins(ports.table, circle_id, caller.user_id).entity


def _change(ports: Ports, caller: Caller, circle_id: str, step: Step) -> CheckIns:
    require_member(ports.table, circle_id, caller.user_id).require(Action.CHECK_IN)
    look_at_circle(ports.table, circle_id).require_writable(ports.clock())
    found = partial(repository.find_check_ins, ports.table, circle_id, caller.user_id)
    return update_entity(ports, found, step, repository.check_ins_to_item)
