"""What circles counts from its own stream: likes and comments of notes, wrong codes of the platform."""

from __future__ import annotations

from collections.abc import Sequence

from services.circles.repository.notes import note_key
from services.circles.repository.passcodes import NETWORK, WINDOW
from services.circles.repository.presence import liked_key
from services.shared.messaging.stream import Change
from services.shared.table.port import PRESENT, Key, Update

ALARM = "ALARM"
Counter = tuple[Key, str]


def counters_of(change: Change) -> dict[Counter, int]:
    """Which counters a change moves, and by how much. A like counts for its note, and for an author who is somebody else."""
    kind = change.key.sk.partition("#")[0]
    image = change.new or change.old or {}
    if kind in ("LIKE", "COMMENT"):
        moved = {(note_key(image["circle_id"], image["note_id"]), f"{kind.lower()}s"): change.item_count_change}
        author = image.get("author", "")  # the rows of schema 1 do not name it
        if kind == "LIKE" and author and not change.key.pk.endswith(f"#{author}"):
            moved[liked_key(image["circle_id"], author), "liked"] = change.item_count_change
        return moved
    if change.key.pk.startswith(NETWORK):
        wrong = (change.new or {}).get("wrong", 0) - (change.old or {}).get("wrong", 0)
        return {(Key(ALARM, change.key.sk.removeprefix(WINDOW)), "wrong"): max(wrong, 0)}
    return {}


def tally(changes: Sequence[Change]) -> dict[Counter, int]:
    """How much each counter moves by these changes together."""
    sums: dict[Counter, int] = {}
    for change in changes:
        for counter, by in counters_of(change).items():
            sums[counter] = sums.get(counter, 0) + by
    return {counter: by for counter, by in sums.items() if by}


def updates_of(changes: Sequence[Change]) -> list[Update]:
    """One update an item: likes and comments of a note go together, and only if the note is there."""
    sums: dict[Key, dict[str, int]] = {}
    for (key, name), by in tally(changes).items():
        sums.setdefault(key, {})[name] = by
    return [_update(key, by) for key, by in sums.items()]


def _update(key: Key, by: dict[str, int]) -> Update:
    if key.sk.startswith("NOTE#") or by.get("liked", 0) < 0:  # what is gone by now does not come back
        return Update(key, PRESENT, add=by)
    return Update(key, None, add=by)
