"""Circles and notes set up in memory, and their stream followed."""

from __future__ import annotations

from services.circles import usecases as circles
from services.circles.domain import Note
from services.shared.messaging.stream import Change
from services.shared.security.auth import Caller
from services.shared.table.port import Key
from simulation.memory import MemoryTable
from simulation.setup.common import join, open_circle
from simulation.simulation import World, wish


def circle_with(world: World, owner: Caller, *members: Caller) -> str:
    """An active circle with its members; answers its id."""
    circle_id = open_circle(world, owner)
    for member in members:
        join(world, member, owner, circle_id)
    return circle_id


def post(world: World, circle_id: str, caller: Caller, text: str = "清晨的苇莺", **words: tuple[str, ...]) -> Note:
    """A note tagged 观鸟 unless told otherwise, a millisecond after whatever was before."""
    world.clock.advance(milliseconds=1)
    said = circles.Words(text, **{"tags": ("观鸟",), **words})
    return circles.post_note(world.circles, caller, circle_id, wish(caller, now=world.clock.now), said).note


def changes_of(world: World) -> list[Change]:
    """All that circles' stream has told so far."""
    table = world.circles_table
    assert isinstance(table, MemoryTable)
    images = [(old, new, new or old or {}) for old, new in table.stream]
    return [Change(f"{number:020}", Key.of(image), old, new) for number, (old, new, image) in enumerate(images)]


def follow(world: World) -> None:
    """Follow the stream from its beginning: what was counted before counts nothing again."""
    changes = changes_of(world)
    for start in range(0, len(changes), circles.GROUP):
        circles.handle_changes(world.circles, changes[start : start + circles.GROUP])
