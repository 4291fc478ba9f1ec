"""Drafts, edits with their history, product cards."""

from __future__ import annotations

from typing import Any

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import SanctionKind
from services.circles.usecases import Words
from services.shared.kernel.errors import Muted
from services.shared.kernel.ids import new_id
from services.shared.messaging.events import ListingChanged, ListingChangedData
from services.shared.table.cards import apply_listing_changed
from simulation.setup.circles import circle_with, follow, post
from simulation.setup.common import envelope, sanction
from simulation.simulation import World, person, wish

LIN, MEI, HAO = person("lin"), person("mei"), person("hao")


def offered(world: World, circle_id: str, *, amount: int = 12_900, on_sale: bool = True, listing_id: str = "") -> str:
    """Commerce tells of goods."""
    listing_id = listing_id or new_id("lst")
    goods = {"title": "望远镜", "amount": amount, "currency": "CNY", "stock": 3, "on_sale": on_sale, "kind": "c2c"}
    data = ListingChangedData.model_validate(
        {"listing_id": listing_id, "circle_id": circle_id, "seller_id": LIN.user_id, **goods}
    )
    apply_listing_changed(world.circles, ListingChanged(**envelope(world, listing_id), data=data))
    return listing_id


def test_c13_a_draft_is_its_authors_alone_until_it_is_published_once() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    key = wish(MEI)
    draft = circles.create_draft(world.circles, MEI, circle_id, key, Words("草稿", ("觀鳥",)))
    assert circles.create_draft(world.circles, MEI, circle_id, key, Words("草稿", ("觀鳥",))) == draft
    assert circles.list_notes(world.circles, MEI, circle_id, 20, None)[0] == []
    assert circles.list_drafts(world.circles, LIN, circle_id, 20, None)[0] == []
    with pytest.raises(errors.DraftNotFound):
        circles.publish_draft(world.circles, LIN, circle_id, draft.id)
    saved = circles.update_draft(world.circles, MEI, circle_id, draft.id, Words("写好了", ("观鸟",)))
    assert [one.content.text for one in circles.list_drafts(world.circles, MEI, circle_id, 20, None)[0]] == ["写好了"]
    world.clock.advance(days=3)
    other = post(world, circle_id, LIN, "这几天的")
    world.clock.advance(seconds=1)
    note = circles.publish_draft(world.circles, MEI, circle_id, draft.id).note
    assert (note.content, note.created_at) == (saved.content, world.clock())
    assert circles.publish_draft(world.circles, MEI, circle_id, draft.id).note == note
    feed = circles.list_notes(world.circles, LIN, circle_id, 20, None)[0]
    assert [one.note.id for one in feed] == [note.id, other.id], "a note of now, not of when the draft was begun"
    assert circles.list_drafts(world.circles, MEI, circle_id, 20, None)[0] == []
    for attempt in (
        lambda: circles.update_draft(world.circles, MEI, circle_id, draft.id, Words("晚了")),
        lambda: circles.delete_draft(world.circles, MEI, circle_id, draft.id),
    ):
        with pytest.raises(errors.DraftNotFound):
            attempt()


def test_c13_a_dropped_draft_is_gone() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    draft = circles.create_draft(world.circles, MEI, circle_id, wish(MEI), Words("草稿"))
    circles.delete_draft(world.circles, MEI, circle_id, draft.id)
    with pytest.raises(errors.DraftNotFound):
        circles.update_draft(world.circles, MEI, circle_id, draft.id, Words("晚了"))


def test_c13_what_a_note_said_before_is_kept_for_its_author_and_who_keeps_order() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI, HAO)
    note = post(world, circle_id, MEI, "第一版")
    for text in ("第二版", "第二版", "第三版"):
        world.clock.advance(minutes=1)
        shown = circles.update_note(world.circles, MEI, circle_id, note.id, text, ("观鸟",))
    assert (shown.note.revision, shown.note.content.text, shown.note.edited_at) == (3, "第三版", world.clock())
    follow(world)
    follow(world)
    for reader in (MEI, LIN):
        found, _ = circles.list_revisions(world.circles, reader, circle_id, note.id, 20, None)
        assert [(number, said.text) for number, _, said in found] == [(2, "第二版"), (1, "第一版")]
    with pytest.raises(errors.NotAllowed):
        circles.list_revisions(world.circles, HAO, circle_id, note.id, 20, None)
    with pytest.raises(errors.NotAllowed):
        circles.update_note(world.circles, LIN, circle_id, note.id, "版主改的", ())


def test_c13_an_edit_moves_no_counter_and_brings_no_note_back() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    note = post(world, circle_id, MEI)
    circles.like_note(world.circles, LIN, circle_id, note.id)
    follow(world)
    assert circles.update_note(world.circles, MEI, circle_id, note.id, "改", ()).note.likes == 1
    circles.remove_note(world.circles, LIN, circle_id, note.id)
    with pytest.raises(errors.NoteNotFound):
        circles.update_note(world.circles, MEI, circle_id, note.id, "再改", ())


def test_c13_cards_show_goods_of_this_circle_as_commerce_tells_of_them() -> None:
    world = World()
    circle_id, elsewhere = circle_with(world, LIN, MEI), circle_with(world, HAO)
    mine, foreign = offered(world, circle_id), offered(world, elsewhere)
    note = post(world, circle_id, LIN, listing_ids=(mine,))
    world.clock.advance(seconds=1)
    offered(world, circle_id, amount=9_900, on_sale=False, listing_id=mine)
    (card,) = circles.get_note(world.circles, MEI, circle_id, note.id).cards
    assert (card.amount, card.on_sale) == (9_900, False)
    for listing_id in (foreign, new_id("lst")):
        with pytest.raises(errors.ListingsNotOnSale) as refused:
            post(world, circle_id, LIN, listing_ids=(mine, listing_id))
        assert [field.at for field in refused.value.fields] == ["/listings/1"]


def test_c13_the_mean_number_of_pictures_is_a_metric(capsys: pytest.CaptureFixture[str]) -> None:
    world = World()
    post(world, circle_with(world, LIN), LIN)
    follow(world)
    assert '"PicturesPerNote":[0.0]' in capsys.readouterr().out


def test_c13_a_wish_that_was_granted_is_answered_alike_although_it_would_be_refused_now() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    note_key, comment_key, draft_key = wish(MEI), wish(MEI), wish(MEI)
    note = circles.post_note(world.circles, MEI, circle_id, note_key, Words("一"))
    said: dict[str, Any] = {"text": "好", "parent_id": None}
    comment = circles.add_comment(world.circles, MEI, circle_id, note.note.id, comment_key, **said)
    draft = circles.create_draft(world.circles, MEI, circle_id, draft_key, Words("草稿"))
    circles.publish_draft(world.circles, MEI, circle_id, draft.id)
    sanction(world, LIN, circle_id, MEI, SanctionKind.MUTE, days=1)
    circles.remove_note(world.circles, LIN, circle_id, note.note.id)
    again = circles.post_note(world.circles, MEI, circle_id, note_key, Words("一")).note
    assert (again.id, again.content) == (note.note.id, note.note.content)
    assert circles.add_comment(world.circles, MEI, circle_id, note.note.id, comment_key, **said) == comment
    assert circles.create_draft(world.circles, MEI, circle_id, draft_key, Words("草稿")).content == draft.content
    with pytest.raises(Muted):
        circles.post_note(world.circles, MEI, circle_id, wish(MEI, body="another"), Words("二"))
    circles.leave_circle(world.circles, MEI, circle_id)
    with pytest.raises(errors.CircleNotFound):
        circles.post_note(world.circles, MEI, circle_id, note_key, Words("一"))


def test_c13_a_dropped_draft_does_not_come_back_with_a_retry() -> None:
    world = World()
    circle_id = circle_with(world, LIN)
    key = wish(LIN)
    draft = circles.create_draft(world.circles, LIN, circle_id, key, Words("草稿"))
    circles.delete_draft(world.circles, LIN, circle_id, draft.id)
    with pytest.raises(errors.DraftNotFound):
        circles.create_draft(world.circles, LIN, circle_id, key, Words("草稿"))
    assert circles.list_drafts(world.circles, LIN, circle_id, 20, None)[0] == []
