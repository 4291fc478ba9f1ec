"""A full page has no next position if all that follows is hidden from the reader, in every list that hides something."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.chat import usecases as chat
from services.circles import usecases as circles
from services.circles.domain import Note
from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind
from services.commerce.domain.money import Money
from services.review import usecases as review
from services.review.domain import ReviewQueue
from services.review.domain.due import DueEntry
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import Page, PageRequest
from simulation.settings import relax_limits
from simulation.setup.applications import enrol_reviewer, submit_application
from simulation.setup.chat import set_chat_members
from simulation.setup.circles import create_circle, join_circle, post_note
from simulation.setup.commerce import Shop
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.streams import handle_new_changes
from simulation.users import caller, new_key

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")
List = Callable[[PageRequest], Page[Any]]
HIDDEN = 3  # entries behind the last one that is listed


def _notes(simulation: Simulation, hide: Callable[[str, Note], Any]) -> tuple[str, list[Note]]:
    """Post 3 notes of Mei that are hidden, then 2 of Hao."""
    circle_id = create_circle(simulation, LIN, MEI, HAO)
    hidden = [post_note(simulation, circle_id, MEI) for _ in range(HIDDEN)]
    listed = [post_note(simulation, circle_id, HAO) for _ in range(2)]
    for note in hidden:
        hide(circle_id, note)
    return circle_id, hidden + listed


def _block_mei(simulation: Simulation) -> None:
    circles.block_user(simulation.circles, LIN, MEI.user_id)


def removed_notes(simulation: Simulation) -> List:
    circle_id, _ = _notes(simulation, lambda circle, note: circles.delete_note(simulation.circles, MEI, circle, note.id))
    return lambda page: circles.list_notes(simulation.circles, LIN, circle_id, page)


def notes_of_a_blocked_author(simulation: Simulation) -> List:
    circle_id, _ = _notes(simulation, lambda circle, note: _block_mei(simulation))
    return lambda page: circles.list_notes(simulation.circles, LIN, circle_id, page)


def highlights_of_a_blocked_author(simulation: Simulation, text: str = "") -> List:
    circle_id, notes = _notes(simulation, lambda circle, note: _block_mei(simulation))
    for note in notes:
        circles.highlight_note(simulation.circles, LIN, circle_id, note.id)
    handle_new_changes(simulation, "circles")
    return lambda page: circles.list_highlights(simulation.circles, LIN, circle_id, text, page)


def found_highlights_of_a_blocked_author(simulation: Simulation) -> List:
    return highlights_of_a_blocked_author(simulation, "苇莺")


def comments_of_a_blocked_author(simulation: Simulation) -> List:
    circle_id = create_circle(simulation, LIN, MEI, HAO)
    note = post_note(simulation, circle_id, HAO)
    for author in (HAO, HAO, MEI, MEI, MEI):
        simulation.clock.advance(seconds=1)
        key = new_key(author, now=simulation.clock.now)
        circles.add_comment(simulation.circles, author, circle_id, note.id, key, text="好", parent_id=None)
    _block_mei(simulation)
    return lambda page: circles.list_comments(simulation.circles, LIN, circle_id, note.id, page)


def published_drafts(simulation: Simulation) -> List:
    circle_id = create_circle(simulation, LIN, MEI)
    for number in range(HIDDEN + 2):
        simulation.clock.advance(seconds=1)
        key = new_key(MEI, now=simulation.clock.now)
        draft = circles.create_draft(simulation.circles, MEI, circle_id, key, circles.NoteInput("草稿", ("观鸟",)))
        if number < HIDDEN:
            circles.publish_draft(simulation.circles, MEI, circle_id, draft.id)
    return lambda page: circles.list_drafts(simulation.circles, MEI, circle_id, page)


def circles_that_were_left(simulation: Simulation) -> List:
    owners = [caller(f"owner-{number}") for number in range(HIDDEN + 2)]
    opened = sorted((create_circle(simulation, owner), owner) for owner in owners)
    for circle_id, owner in opened:
        join_circle(simulation, MEI, owner, circle_id)
    for circle_id, _ in opened[2:]:
        circles.leave_circle(simulation.circles, MEI, circle_id)
    return lambda page: circles.list_circles(simulation.circles, MEI, page)


def rooms_that_were_left(simulation: Simulation) -> List:
    for number, circle_id in enumerate(sorted(new_id("cir") for _ in range(HIDDEN + 2))):
        set_chat_members(simulation, circle_id, HAO, MEI)
        if number >= 2:
            simulation.clock.advance(seconds=1)
            set_chat_members(simulation, circle_id, MEI, state="left")
    return lambda page: chat.list_own_rooms(simulation.chat, MEI, page)


def listings_off_sale(simulation: Simulation) -> List:
    shop = Shop(simulation=simulation)
    listed: dict[str, Any] = {"title": "望远镜", "price": Money(12_900, "CNY")}
    for number in range(HIDDEN + 2):
        key = shop.new_key(MEI)
        created = commerce.create_listing(shop.ports, MEI, shop.circle_id, key, kind=ListingKind.C2C, stock=1, **listed)
        if number < HIDDEN:
            request = change(created.revision, new_id("key"))
            commerce.update_listing(shop.ports, MEI, shop.circle_id, created.id, request, on_sale=False, **listed)
    shop.update_listing(on_sale=False)
    return lambda page: commerce.list_listings(shop.ports, HAO, shop.circle_id, page)


def applications_that_others_claim(simulation: Simulation) -> List:
    reviewer = enrol_reviewer(simulation, "rui")
    submitted = []
    for number in range(HIDDEN + 2):
        simulation.clock.advance(seconds=1)
        submitted.append(submit_application(simulation, caller(f"applicant-{number}")))
    for application in submitted[:2]:
        review.claim_application(simulation.review, reviewer, application.id)

    def is_own(entry: DueEntry) -> bool:
        return entry.reviewer == reviewer.user_id

    return lambda page: review.list_review_queue(simulation.review, reviewer, ReviewQueue.REVIEW, page, is_own)


@pytest.mark.parametrize(
    "setup",
    [
        removed_notes,
        notes_of_a_blocked_author,
        highlights_of_a_blocked_author,
        found_highlights_of_a_blocked_author,
        comments_of_a_blocked_author,
        published_drafts,
        circles_that_were_left,
        rooms_that_were_left,
        listings_off_sale,
        applications_that_others_claim,
    ],
)
def test_a_full_page_before_hidden_entries_has_no_next_position(setup: Callable[[Simulation], List]) -> None:
    simulation = Simulation()
    relax_limits()
    listed = setup(simulation)
    for limit in (2, 3, 20):
        page = listed(PageRequest(limit))
        assert (len(page.items), page.next) == (2, None)
    first = listed(PageRequest(1))
    assert first.next
    second = listed(PageRequest(1, first.next))
    assert (first.items + second.items, second.next) == (listed(PageRequest(20)).items, None)
