"""The shows of a product: the notes of members who bought and received it."""

from __future__ import annotations

from services.circles.domain import Action
from services.circles.errors import ListingNotFound
from services.circles.repository import notes as repository
from services.circles.usecases.cards import trade_rule
from services.circles.usecases.notes import NoteView, is_unblocked_author, to_note_views
from services.circles.usecases.permissions import require_permission
from services.circles.usecases.ports import Ports
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.auth import Caller
from services.shared.table.cards import find_stored_card


def list_shows(ports: Ports, caller: Caller, circle_id: str, listing_id: str, page: PageRequest) -> Page[NoteView]:
    """Return a page of the shows of a listing with the badge in force, newest first, without those by blocked users.

    Readable by those who can read the listing: its seller, and every member who can buy it now.
    Cost: 15.5 read units for 20.
    Raises: CircleNotFound, ListingNotFound.
    """
    require_permission(ports, caller, circle_id, Action.READ)
    card = find_stored_card(ports.table, circle_id, listing_id)
    is_seller = card is not None and card.seller == caller.user_id
    if card is None or not (is_seller or trade_rule(ports, circle_id, caller.user_id).is_open(card.offer)):
        raise ListingNotFound
    is_unblocked = is_unblocked_author(ports, caller)
    shows = repository.list_shows(
        ports.table,
        circle_id,
        listing_id,
        page,
        lambda note: note.is_visible and note.show is not None and is_unblocked(note.author),
    )
    return shows.replace(to_note_views(ports, caller, circle_id, shows.items))
