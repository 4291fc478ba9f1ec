"""Card tokens from the render in circles and chat to the attribution in commerce."""

from __future__ import annotations

import json

import pytest

from services.chat import usecases as chat
from services.chat.schemas import SentMessageResponse
from services.circles import usecases as circles
from services.commerce import usecases as commerce
from services.shared.kernel.pages import PageRequest
from services.shared.security.auth import Caller
from services.shared.security.card_tokens import verify_token
from simulation.streams import all_changes, handle_changes
from simulation.users import RING, new_key
from tests.usecases.cross_service.market import HAO, LIN, MEI, YAN, Market

PAGE = PageRequest(20)


@pytest.fixture
def market() -> Market:
    return Market()


def of_note(market: Market, reader: Caller) -> list[str | None]:
    """Return the token of the card in each place that shows the note."""
    ports, here = market.simulation.circles, market.circle_id
    views = [circles.get_note(ports, reader, here, market.note_id), *circles.list_notes(ports, reader, here, PAGE).items]
    return [card.attribution for view in views for card in view.cards]


def of_message(market: Market, reader: Caller) -> list[str | None]:
    messages, _ = chat.list_messages(market.simulation.chat, reader, market.circle_id, market.room_id, 0, 20)
    return [entry.card.attribution for entry in messages if entry.card]


def test_h17_each_reader_gets_a_token_of_their_own_and_the_author_none(market: Market) -> None:
    tokens = {reader.user_id: of_note(market, reader) for reader in (HAO, MEI, YAN)}
    assert all(found and None not in found for found in tokens.values())
    assert len({found[0] for found in tokens.values()}) == 3
    assert set(of_note(market, LIN)) == {None}
    assert set(of_message(market, YAN)) == {None}
    (token,) = set(of_message(market, HAO))
    signed = verify_token(RING, token or "")
    assert signed
    assert (signed.source.id, signed.source.author_id) == (market.room_id, YAN.user_id)
    assert (signed.circle_id, signed.listing_id) == (market.circle_id, market.listing.id)


def test_h17_a_pushed_message_has_no_token_because_one_body_goes_to_all(market: Market) -> None:
    message, card = market.send("card-0001")
    assert card
    assert card.attribution is None
    pushed = SentMessageResponse.of(message, card, chat.picture_addresses(market.simulation.chat)).model_dump_json()
    assert json.loads(pushed)["card"]["attribution"] is None


def test_m15_from_the_note_and_the_chat_to_the_order_with_the_reason(market: Market) -> None:
    ports = market.simulation.commerce
    of_both = [of_note(market, HAO)[0], of_message(market, HAO)[0]]
    market.simulation.clock.advance(seconds=5)
    opened = commerce.add_touches(ports, HAO, market.circle_id, [token for token in of_both if token])
    assert [card.ignored for card in opened] == [None, None]
    order = market.order()
    handle_changes("commerce", ports, all_changes(market.simulation, "commerce"))
    circles.delete_note(market.simulation.circles, LIN, market.circle_id, market.note_id)
    market.publish()
    view = commerce.get_attribution(ports, HAO, order.id)
    assert view.attribution
    (winner,) = view.attribution.winners.values()
    assert (winner.kind, winner.user_id) == ("message", YAN.user_id)
    assert view.ended_notes == {market.note_id}  # its cards were erased with it, and commerce knows that it had some
    assert view.attribution.is_reproduced


def test_m15_a_note_without_cards_that_ends_is_no_tombstone(market: Market) -> None:
    before = len(market.simulation.memory("commerce").stored_items())
    posted = circles.post_note(
        market.simulation.circles, LIN, market.circle_id, new_key(LIN), circles.NoteInput("没有卡片")
    ).note
    circles.delete_note(market.simulation.circles, LIN, market.circle_id, posted.id)
    market.publish()
    assert len(market.simulation.memory("commerce").stored_items()) == before
