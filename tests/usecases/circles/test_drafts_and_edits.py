"""Drafts, edits with their revisions, product cards, and the metric of pictures."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from demo.pictures import dawn
from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import Draft, Note, PictureType, SanctionKind
from services.circles.usecases import NoteInput
from services.shared.kernel.errors import CallerMuted, KeyReused, PreconditionFailed
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import ListingChanged, ListingChangedData
from services.shared.table.cards import put_product_card
from simulation.setup.circles import create_circle, impose_sanction, post_note
from simulation.setup.events import envelope
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.streams import handle_all_changes
from simulation.users import caller, new_key
from tests.support.imaging import clean

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")
PNG = dawn()


def put_listing(
    simulation: Simulation, circle_id: str, *, amount: int = 12_900, on_sale: bool = True, listing_id: str = ""
) -> str:
    """Apply ListingChanged of a new listing, or of a changed one, and return its id."""
    listing_id = listing_id or new_id("lst")
    state = {"title": "望远镜", "amount": amount, "currency": "CNY", "stock": 3, "on_sale": on_sale, "option_count": 0}
    data = ListingChangedData.model_validate(
        {"listing_id": listing_id, "circle_id": circle_id, "seller_id": LIN.user_id, "kind": "c2c", **state}
    )
    put_product_card(simulation.circles.table, ListingChanged(**envelope(simulation, listing_id), data=data))
    return listing_id


def test_c13_only_the_author_sees_a_draft_and_it_is_published_once() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    key = new_key(MEI)
    draft = circles.create_draft(simulation.circles, MEI, circle_id, key, NoteInput("草稿", ("觀鳥",)))
    assert circles.create_draft(simulation.circles, MEI, circle_id, key, NoteInput("草稿", ("觀鳥",))) == draft
    assert circles.list_notes(simulation.circles, MEI, circle_id, PageRequest(20))[0] == []
    assert circles.list_drafts(simulation.circles, LIN, circle_id, PageRequest(20))[0] == []
    with pytest.raises(errors.DraftNotFound):
        circles.publish_draft(simulation.circles, LIN, circle_id, draft.id)
    written = NoteInput("写好了", ("观鸟",))
    saved = circles.update_draft(simulation.circles, MEI, circle_id, draft.id, change(draft.version), written)
    assert [draft.content.text for draft in circles.list_drafts(simulation.circles, MEI, circle_id, PageRequest(20))[0]] == [
        "写好了"
    ]
    simulation.clock.advance(days=3)
    other = post_note(simulation, circle_id, LIN, "这几天的")
    simulation.clock.advance(seconds=1)
    note = circles.publish_draft(simulation.circles, MEI, circle_id, draft.id).note
    assert (note.content, note.created_at) == (saved.content, simulation.clock())
    assert circles.publish_draft(simulation.circles, MEI, circle_id, draft.id).note == note
    feed = circles.list_notes(simulation.circles, LIN, circle_id, PageRequest(20))[0]
    assert [view.note.id for view in feed] == [note.id, other.id], "the note is as new as its publication, not as its draft"
    assert circles.list_drafts(simulation.circles, MEI, circle_id, PageRequest(20))[0] == []
    for attempt in (
        lambda: circles.update_draft(simulation.circles, MEI, circle_id, draft.id, change(saved.version), NoteInput("晚了")),
        lambda: circles.delete_draft(simulation.circles, MEI, circle_id, draft.id),
    ):
        with pytest.raises(errors.DraftNotFound):
            attempt()


def test_c13_a_deleted_draft_cannot_be_updated() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    draft = circles.create_draft(simulation.circles, MEI, circle_id, new_key(MEI), NoteInput("草稿"))
    circles.delete_draft(simulation.circles, MEI, circle_id, draft.id)
    with pytest.raises(errors.DraftNotFound):
        circles.update_draft(simulation.circles, MEI, circle_id, draft.id, change(draft.version), NoteInput("晚了"))


def test_c13_author_and_moderators_read_earlier_revisions() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI, HAO)
    note = post_note(simulation, circle_id, MEI, "第一版")
    edited = note
    for text in ("第二版", "第二版", "第三版"):
        simulation.clock.advance(minutes=1)
        request = change(edited.version, key=text)
        edited = circles.update_note(simulation.circles, MEI, circle_id, note.id, request, text, ("观鸟",)).note
    assert (edited.revision, edited.content.text, edited.edited_at) == (3, "第三版", simulation.clock())
    handle_all_changes(simulation, "circles")
    handle_all_changes(simulation, "circles")
    for reader in (MEI, LIN):
        revisions = circles.list_revisions(simulation.circles, reader, circle_id, note.id, PageRequest(20))
        assert [(earlier.number, earlier.content.text) for earlier in revisions.items] == [(2, "第二版"), (1, "第一版")]
        assert [earlier.written_at for earlier in revisions.items] == [note.created_at + timedelta(minutes=1), note.created_at]
    with pytest.raises(errors.RoleNotAllowed):
        circles.list_revisions(simulation.circles, HAO, circle_id, note.id, PageRequest(20))
    with pytest.raises(errors.RoleNotAllowed):
        circles.update_note(simulation.circles, LIN, circle_id, note.id, change(edited.version), "版主改的", ())


def test_c13_an_edit_keeps_counters_and_restores_no_removed_note() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    note = post_note(simulation, circle_id, MEI)
    circles.like_note(simulation.circles, LIN, circle_id, note.id)
    handle_all_changes(simulation, "circles")
    edited = circles.update_note(simulation.circles, MEI, circle_id, note.id, change(note.version), "改", ()).note
    assert edited.likes == 1
    circles.remove_note(simulation.circles, LIN, circle_id, note.id, "公布了巢址。")
    with pytest.raises(errors.NoteNotFound):
        circles.update_note(simulation.circles, MEI, circle_id, note.id, change(edited.version), "再改", ())


def test_c13_cards_show_the_current_listings_of_this_circle() -> None:
    simulation = Simulation()
    circle_id, elsewhere = create_circle(simulation, LIN, MEI), create_circle(simulation, HAO)
    listing, other_circles_listing = put_listing(simulation, circle_id), put_listing(simulation, elsewhere)
    note = post_note(simulation, circle_id, LIN, listing_ids=(listing,))
    simulation.clock.advance(seconds=1)
    put_listing(simulation, circle_id, amount=9_900, on_sale=False, listing_id=listing)
    (card,) = circles.get_note(simulation.circles, MEI, circle_id, note.id).cards
    assert (card.amount, card.on_sale) == (9_900, False)
    for listing_id in (other_circles_listing, new_id("lst")):
        with pytest.raises(errors.ListingsUnknown) as error:
            post_note(simulation, circle_id, LIN, listing_ids=(listing, listing_id))
        assert [field.at for field in error.value.fields] == ["/listings/1"]


def upload_picture(simulation: Simulation, circle_id: str) -> str:
    """Upload a picture of LIN, process it, and return its id."""
    picture_id, form = circles.create_upload(simulation.circles, LIN, circle_id, new_key(LIN), PictureType.PNG, len(PNG))
    simulation.bucket.files[form.fields["key"]] = ("image/png", PNG)
    circles.process_upload(simulation.circles, form.fields["key"], clean)
    return picture_id


def test_c13_the_stream_records_the_pictures_of_each_new_note(capsys: pytest.CaptureFixture[str]) -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN)
    picture_ids = tuple(upload_picture(simulation, circle_id) for _ in range(2))
    note = post_note(simulation, circle_id, LIN, picture_ids=picture_ids)
    post_note(simulation, circle_id, LIN)
    circles.update_note(simulation.circles, LIN, circle_id, note.id, change(note.version), "改", ())
    circles.delete_note(simulation.circles, LIN, circle_id, note.id)
    capsys.readouterr()
    handle_all_changes(simulation, "circles")
    entries = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "PicturesPerNote" in line]
    assert [entry["PicturesPerNote"] for entry in entries] == [[2.0], [0.0]], "one value per new note, none per change"


def test_c13_a_retry_returns_the_earlier_result_although_the_request_would_be_denied_now() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    note_key, comment_key, draft_key = new_key(MEI), new_key(MEI), new_key(MEI)
    note = circles.post_note(simulation.circles, MEI, circle_id, note_key, NoteInput("一"))
    arguments: dict[str, Any] = {"text": "好", "parent_id": None}
    comment = circles.add_comment(simulation.circles, MEI, circle_id, note.note.id, comment_key, **arguments)
    draft = circles.create_draft(simulation.circles, MEI, circle_id, draft_key, NoteInput("草稿"))
    circles.publish_draft(simulation.circles, MEI, circle_id, draft.id)
    impose_sanction(simulation, LIN, circle_id, MEI, SanctionKind.MUTE, days=1)
    for denied_key in (note_key, new_key(MEI, body="another")):
        with pytest.raises(CallerMuted):
            circles.post_note(simulation.circles, MEI, circle_id, denied_key, NoteInput("一"))
    circles.lift_member_sanction(simulation.circles, LIN, circle_id, MEI.user_id, "误判")
    circles.remove_note(simulation.circles, LIN, circle_id, note.note.id, "公布了巢址。")
    again = circles.post_note(simulation.circles, MEI, circle_id, note_key, NoteInput("一")).note
    assert (again.id, again.content) == (note.note.id, note.note.content)
    assert circles.add_comment(simulation.circles, MEI, circle_id, note.note.id, comment_key, **arguments) == comment
    assert circles.create_draft(simulation.circles, MEI, circle_id, draft_key, NoteInput("草稿")).content == draft.content
    circles.leave_circle(simulation.circles, MEI, circle_id)
    with pytest.raises(errors.CircleNotFound):
        circles.post_note(simulation.circles, MEI, circle_id, note_key, NoteInput("一"))


def test_c13_a_retry_does_not_restore_a_deleted_draft() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN)
    key = new_key(LIN)
    draft = circles.create_draft(simulation.circles, LIN, circle_id, key, NoteInput("草稿"))
    circles.delete_draft(simulation.circles, LIN, circle_id, draft.id)
    with pytest.raises(errors.DraftNotFound):
        circles.create_draft(simulation.circles, LIN, circle_id, key, NoteInput("草稿"))
    assert circles.list_drafts(simulation.circles, LIN, circle_id, PageRequest(20))[0] == []


def test_c13_a_late_retry_of_an_edit_does_not_undo_a_newer_one() -> None:
    """Whether its first try arrived or not. A note and a draft are edited in the same way."""
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    note = post_note(simulation, circle_id, MEI)
    draft = circles.create_draft(simulation.circles, MEI, circle_id, new_key(MEI), NoteInput("草稿"))

    def edit_note(version: int, key: str, text: str) -> Note:
        request = change(version, key, text)
        return circles.update_note(simulation.circles, MEI, circle_id, note.id, request, text, ()).note

    def edit_draft(version: int, key: str, text: str) -> Draft:
        request = change(version, key, text)
        return circles.update_draft(simulation.circles, MEI, circle_id, draft.id, request, NoteInput(text))

    edits: tuple[tuple[int, Callable[[int, str, str], Note | Draft]], ...] = (
        (note.version, edit_note),
        (draft.version, edit_draft),
    )
    for version, edit in edits:
        first = edit(version, "key 1", "第一版")
        assert edit(version, "key 1", "第一版") == first, "a repeat gets the result"
        second = edit(first.version, "key 2", "第二版")
        assert edit(version, "key 1", "第一版") == second, "the first try had arrived"
        with pytest.raises(PreconditionFailed):
            edit(version, "key 3", "丢失的一版")  # the first try was lost
        with pytest.raises(KeyReused):
            edit(second.version, "key 2", "另一版")


def test_c13_a_published_draft_is_returned_to_many_publications_and_retries() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    draft = circles.create_draft(simulation.circles, MEI, circle_id, new_key(MEI), NoteInput("草稿"))
    first = circles.publish_draft(simulation.circles, MEI, circle_id, draft.id)
    circles.delete_note(simulation.circles, MEI, circle_id, first.note.id)
    again = circles.publish_draft(simulation.circles, MEI, circle_id, draft.id)
    assert (again.note.id, again.note.content.text) == (first.note.id, ""), "it was deleted"
    assert circles.list_notes(simulation.circles, MEI, circle_id, PageRequest(20)) == ([], None), "it is not published again"
