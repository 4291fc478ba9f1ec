"""The opened cards of the filled circle: each user opens the card of another one's listing, in their note."""

from __future__ import annotations

from datetime import timedelta

from services.commerce import usecases as commerce
from services.shared.security.auth import Caller
from services.shared.security.card_tokens import CardSource, CardToken, SourceKind, reader_of
from simulation.users import RING
from tests.kill.actions import CIRCLE


def open_card(ports: commerce.Ports, user: Caller, author: Caller, note_id: str, listing_id: str) -> None:
    source, shown_at = CardSource(SourceKind.NOTE, note_id, 0, author.user_id), ports.clock() - timedelta(seconds=2)
    token = CardToken(CIRCLE, listing_id, reader_of(user.user_id), source, shown_at).sign(RING)
    (card,) = commerce.add_touches(ports, user, CIRCLE, [token.text])
    assert card.ignored is None
