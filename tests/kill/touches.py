"""The scenarios of a note with a card: opened, ordered, and deleted after the order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.circles import usecases as circles
from services.commerce import usecases as commerce
from services.shared.security.card_tokens import CardSource, CardToken, SourceKind, reader_of
from simulation.simulation import Simulation
from simulation.users import RING, new_key
from tests.kill.actions import CIRCLE, HAO, LISTING, MEI, ORDER_KEY, place_order, posted
from tests.kill.scenario import Scenario

CARD_KEY = new_key(MEI)


def post_note_with_card(simulation: Simulation) -> Any:
    note_input = circles.NoteInput("新到的望远镜", ("观鸟",), (), (LISTING,))
    return circles.post_note(simulation.circles, MEI, CIRCLE, CARD_KEY, note_input).note


def open_card(simulation: Simulation) -> Any:
    """Open the card of the note, which was shown when it was posted."""
    note = posted(simulation)
    source = CardSource(SourceKind.NOTE, note.id, 0, note.author)
    token = CardToken(CIRCLE, LISTING, reader_of(HAO.user_id), source, note.created_at).sign(RING)
    commerce.add_touches(simulation.commerce, HAO, CIRCLE, [token.text])


def delete_note_with_card(simulation: Simulation) -> Any:
    circles.delete_note(simulation.circles, MEI, CIRCLE, posted(simulation).id)


TOUCHES = (
    Scenario("post-note-with-card", post_note_with_card, "create-listing"),
    Scenario("open-card", open_card, "post-note-with-card", timedelta(seconds=10)),
    Scenario("order-after-touch", place_order(HAO, ORDER_KEY), "open-card"),
    Scenario("delete-note-with-card", delete_note_with_card, "order-after-touch"),
)
