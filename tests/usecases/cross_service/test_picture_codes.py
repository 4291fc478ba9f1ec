"""M18, C12: a QR code in a picture counts as its text would: as a product of a post, and as a link of a newcomer."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from services.chat.domain import MessageKind
from services.chat.settings import settings as chat_settings
from services.circles import usecases as circles
from services.circles.domain import Draft
from services.circles.repository.notes import get_note_in_any_state
from services.circles.schemas import UploadedPictureResponse
from services.circles.settings import settings
from services.commerce import usecases as commerce
from services.commerce.domain import Listing, ListingKind, PageInput
from services.commerce.domain.money import Money
from services.shared.kernel.errors import GuardrailReached, NewcomerLimitExceeded, SellingNotOpen
from services.shared.kernel.product_links import OUTSIDE
from services.shared.pictures.upload import Codes
from services.shared.security.guardrails import ProductDisclosure
from services.shared.table.guardrails import load_guardrails
from simulation.settings import overridden
from simulation.setup.chat import Lobby, set_chat_members
from simulation.setup.circles import create_circle
from simulation.setup.commerce import Shop
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.users import caller, new_key
from tests.support.guarded_circle import HAO, LIN, MEI, PASSED, SECOND, GuardedCircle, rules, run_at_once
from tests.support.qr_codes import SHOP, coded_png
from tests.usecases.chat.test_guardrails import LIMITS, GuardedLobby
from tests.usecases.chat.test_message_pictures import process_uploads, send, upload
from tests.usecases.circles.test_pictures import process_uploads as process_uploads_of_circles
from tests.usecases.circles.test_pictures import upload as upload_to_circle
from tests.usecases.commerce.listing_pages import uploaded

LINK = "https://example.org/birds"
DENSITY = {"max_commercial_percent": 10, "max_own_percent": 100}
SHARE = {"max_commercial_percent": 100, "max_own_percent": 30}


def send_code(room: Lobby, text: str, by: Any, msg_id: str = "") -> Any:
    """Send a picture with the code of a text."""
    picture_id = upload(room, by, coded_png(text))
    process_uploads(room)
    return send(room, picture_id, by=by, msg_id=msg_id)


def test_m18_a_code_of_a_product_is_counted_and_disclosed_as_its_text_is() -> None:
    with overridden(settings, **DENSITY):
        circle = GuardedCircle()
        circle.post_ordinary(9)
        note = circle.post_pictures(LIN, circle.upload_code(f"https://x.example/{circle.others}"))
        assert note.products == (circle.others,)
        assert note.disclosure is ProductDisclosure.COMMISSION
        stored = circles.get_note(circle.simulation.circles, HAO, circle.id, note.id).note
        assert (stored.products, stored.disclosure) == ((circle.others,), ProductDisclosure.COMMISSION)
        counted = load_guardrails(circle.simulation.circles.table, circle.id).entity.days
        assert [(count.commercial, count.cards, count.own) for count in counted.values()] == [(1, 1, 0)]


def test_m18_a_shop_in_a_code_is_an_own_product_of_the_group_and_a_member_discloses_one() -> None:
    with overridden(settings, **SHARE):
        circle = GuardedCircle()
        assert circle.result(circle.post_pictures, LIN, circle.upload_code(SHOP)) == "own_products"
        note = circle.post_pictures(HAO, circle.upload_code(circle.own, HAO))
        assert (note.products, note.disclosure) == ((circle.own,), ProductDisclosure.PRODUCT)


def test_m18_fifty_parallel_notes_with_codes_of_three_users_keep_the_density() -> None:
    with overridden(settings, **DENSITY):
        circle = GuardedCircle()
        circle.post_ordinary(9)
        pictures = {author: circle.upload_code(circle.others, author) for author in (LIN, MEI, SECOND)}
        calls = [partial(circle.post_pictures, author, pictures[author]) for author in [LIN, MEI, SECOND] * 16 + [LIN, MEI]]
        assert rules(run_at_once(*calls)).count(PASSED) == 1


def test_m18_a_draft_keeps_its_codes_until_it_is_published() -> None:
    with overridden(settings, **DENSITY):
        circle = GuardedCircle()
        circle.post_ordinary(8)
        ports, picture = circle.simulation.circles, circle.upload_code(circle.others)
        content = circles.NoteInput("看图", picture_ids=(picture,))
        draft = circles.create_draft(ports, LIN, circle.id, new_key(LIN, now=circle.simulation.clock.now), content)
        edited = circles.update_draft(ports, LIN, circle.id, draft.id, change(draft.version), content)  # reads no picture again
        with pytest.raises(GuardrailReached):
            circles.publish_draft(ports, LIN, circle.id, edited.id)
        circle.post_ordinary(1)
        assert circles.publish_draft(ports, LIN, circle.id, edited.id).note.products == (circle.others,)


def test_m18_an_edit_of_the_text_counts_the_code_of_a_note_no_second_time() -> None:
    with overridden(settings, **DENSITY):
        circle = GuardedCircle()
        circle.post_ordinary(9)
        note = circle.post_pictures(LIN, circle.upload_code(circle.others))
        assert circle.result(circle.edit, note, f"就是这个 {circle.others}") == PASSED
        (count,) = load_guardrails(circle.simulation.circles.table, circle.id).entity.days.values()
        assert (count.commercial, count.cards) == (1, 1)


def test_m18_a_deleted_note_stays_counted_and_keeps_no_product() -> None:
    with overridden(settings, **DENSITY):
        circle = GuardedCircle()
        circle.post_ordinary(9)
        note = circle.post_pictures(LIN, circle.upload_code(circle.others))
        circle.delete(note)
        deleted = get_note_in_any_state(circle.simulation.circles.table, circle.id, note.id)
        assert ([picture.id for picture in deleted.content.pictures], deleted.products) == ([note.content.pictures[0].id], ())
        assert circle.result(circle.post_pictures, LIN, circle.upload_code(circle.others)) == "density"


def test_m18_no_code_of_a_product_is_posted_before_selling_starts() -> None:
    circle = GuardedCircle()
    picture = circle.upload_code(SHOP)
    with overridden(settings, selling_starts_after=timedelta(days=14)), pytest.raises(SellingNotOpen):
        circle.post_pictures(LIN, picture)


def test_m18_a_picture_says_what_its_codes_lead_to_before_it_is_posted() -> None:
    circle = GuardedCircle()
    picture = circle.upload_code(f"{SHOP} {circle.own}")
    found = circles.get_picture(circle.simulation.circles, LIN, circle.id, picture)
    addresses = circles.picture_addresses(circle.simulation.circles)
    shown = UploadedPictureResponse.of(found, circle.id, LIN.user_id, addresses).model_dump(mode="json")
    assert shown["codes"] == {"products": [circle.own, OUTSIDE], "has_link": True}


def test_m18_a_message_with_a_code_is_counted_and_a_room_has_at_most_5_a_day() -> None:
    with overridden(chat_settings, **{**LIMITS, "max_commercial_percent": 100, "max_cards_per_room": 5}):
        lobby = GuardedLobby()
        sent = [send_code(lobby, lobby.others, LIN) for _ in range(5)]
        with pytest.raises(GuardrailReached) as denied:
            send_code(lobby, lobby.others, MEI)
    assert denied.value.facts["rule"] == "room_cards"
    assert {(message.kind, message.products, message.disclosure) for message in sent} == {
        (MessageKind.PICTURES, (lobby.others,), ProductDisclosure.COMMISSION)
    }
    assert [message.seq for message in lobby.list_messages(HAO)] == [1, 2, 3, 4, 5], "a denied one has no number"
    assert lobby.list_messages(HAO)[-1].products == (lobby.others,)


def test_m18_a_retry_of_a_message_with_a_code_returns_it_also_if_the_limit_is_reached_now() -> None:
    with overridden(chat_settings, **{**LIMITS, "max_commercial_percent": 100, "max_cards_per_room": 1}):
        lobby = GuardedLobby()
        picture_id = upload(lobby, LIN, coded_png(lobby.others))
        process_uploads(lobby)
        first = send(lobby, picture_id, by=LIN, msg_id="message-code")
        assert send(lobby, picture_id, by=LIN, msg_id="message-code") == first


def test_c12_a_newcomer_posts_no_code_of_a_link_in_a_note_or_draft() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    ports, picture_id = simulation.circles, upload_to_circle(simulation, circle_id, MEI, coded_png(LINK))
    process_uploads_of_circles(simulation)
    content, draft = circles.NoteInput("看图", ("观鸟",), (picture_id,)), _draft(simulation, circle_id)
    for action in (
        partial(circles.post_note, ports, MEI, circle_id, new_key(MEI), content),
        partial(circles.create_draft, ports, MEI, circle_id, new_key(MEI), content),
        partial(circles.update_draft, ports, MEI, circle_id, draft.id, change(draft.version), content),
    ):
        with pytest.raises(NewcomerLimitExceeded):
            action()


def _draft(simulation: Simulation, circle_id: str) -> Draft:
    return circles.create_draft(simulation.circles, MEI, circle_id, new_key(MEI), circles.NoteInput("早", ("观鸟",)))


def test_c12_a_newcomer_sends_no_code_of_a_link_and_a_retry_after_trust_was_lost_returns_the_message() -> None:
    room = Lobby()
    set_chat_members(room.simulation, room.circle_id, MEI, role="member")
    picture_id = upload(room, MEI, coded_png(LINK))
    process_uploads(room)
    sent = send(room, picture_id, by=MEI, msg_id="message-trusted")
    room.simulation.clock.advance(minutes=1)
    set_chat_members(room.simulation, room.circle_id, MEI, role="newcomer")
    assert send(room, picture_id, by=MEI, msg_id="message-trusted") == sent
    with pytest.raises(NewcomerLimitExceeded):
        send_code(room, LINK, MEI)
    assert send_code(room, "早上好", MEI).pictures[0].codes == Codes()


def test_c12_a_newcomer_lists_no_picture_with_a_code_of_a_link() -> None:
    shop, hao = Shop(), caller("hao")
    shop.set_member(hao, role="newcomer")
    where = (shop.ports, hao, shop.circle_id)
    (picture_id,) = uploaded(shop, by=hao, data=coded_png(LINK))
    price, page = Money(100, "CNY"), PageInput(picture_ids=(picture_id,))

    def create() -> Listing:
        about: dict[str, Any] = {"kind": ListingKind.C2C, "price": price, "stock": 1, "page": page}
        return commerce.create_listing(*where, shop.new_key(hao), title="望远镜", **about)

    with pytest.raises(NewcomerLimitExceeded):
        create()
    shop.set_member(hao, role="member")
    listing = create()  # the denied one has not used the picture
    shown = commerce.get_listing(shop.ports, hao, shop.circle_id, listing.id).page.pictures
    assert [(picture.id, picture.codes) for picture in shown] == [(picture_id, Codes(has_link=True))]
    shop.set_member(hao, role="newcomer")
    about: dict[str, Any] = {"price": price, "page": page, "on_sale": False}
    assert not commerce.update_listing(*where, listing.id, change(listing.revision), title="望远镜", **about).on_sale
