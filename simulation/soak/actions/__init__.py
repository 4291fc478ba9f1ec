"""The actions of a course, one file per noun or service, and how often each is chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simulation.soak.actions import (
    anything,
    appeals,
    chat,
    circles,
    comments,
    commerce,
    listings,
    movements,
    notes,
    pictures,
    preferences,
    review,
    rooms,
    sanctions,
    staff,
)
from simulation.soak.soak import Soak

Action = Callable[[Soak], None]
WEIGHTED: Mapping[Action, int] = {
    **circles.ACTIONS,
    **notes.ACTIONS,
    **comments.ACTIONS,
    **chat.ACTIONS,
    **rooms.ACTIONS,
    **pictures.ACTIONS,
    **preferences.ACTIONS,
    **commerce.ACTIONS,
    **listings.ACTIONS,
    **review.ACTIONS,
    **sanctions.ACTIONS,
    **appeals.ACTIONS,
    **staff.ACTIONS,
    **anything.ACTIONS,
    **movements.ACTIONS,
}
ACTIONS: Mapping[str, Action] = {action.__name__: action for action in WEIGHTED}
WEIGHTS = {action.__name__: weight for action, weight in WEIGHTED.items() if weight}
