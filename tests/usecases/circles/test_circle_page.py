"""The page of a circle: description, cover, the number of members, and what its reader can do."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from demo.pictures import dawn
from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import Action, CirclePage, CountVisibility, Member, PictureType, Role, SanctionKind
from services.circles.domain.export import ExportKind
from services.circles.domain.page import permitted_actions
from services.circles.repository.circles import circle_key, load_circle
from services.circles.schemas import CirclePageResponse
from services.circles.usecases.circles import OwnCircle
from services.shared.kernel.errors import CallerMuted, PreconditionFailed
from services.shared.kernel.pages import PageRequest
from services.shared.kernel.remaining_time import always
from services.shared.security.account_status import SanctionLevel
from services.shared.security.auth import Caller
from simulation.setup.circles import create_circle, get_member, impose_sanction, post_note, set_role
from simulation.setup.exports import run_export
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.streams import handle_all_changes, handle_new_changes
from simulation.users import caller, new_key
from tests.support.imaging import clean
from tests.usecases.circles.test_closing import exported_lines

LIN, MEI, HAO, YAN = caller("lin"), caller("mei"), caller("hao"), caller("yan")
ABOUT = {"description": "只聊城市里的野鸟"}


def circle_of_four(simulation: Simulation) -> str:
    """Open a circle of Lin with Mei as co-owner, and Hao and Yan as members."""
    circle_id = create_circle(simulation, LIN, MEI, HAO, YAN)
    set_role(simulation, LIN, circle_id, MEI.user_id, Role.CO_OWNER)
    return circle_id


def upload(simulation: Simulation, circle_id: str, user: Caller) -> str:
    ports, data = simulation.circles, dawn()
    picture_id, form = circles.create_upload(ports, user, circle_id, new_key(user), PictureType.PNG, len(data))
    simulation.bucket.files[form.fields["key"]] = ("image/png", data)
    circles.process_upload(ports, form.fields["key"], clean)
    return picture_id


def page_of(simulation: Simulation, circle_id: str, by: Caller = HAO) -> CirclePageResponse:
    own = circles.get_circle(simulation.circles, by, circle_id)
    return response_of(simulation, own)


def response_of(simulation: Simulation, own: OwnCircle) -> CirclePageResponse:
    addresses = circles.picture_addresses(simulation.circles)
    return CirclePageResponse.of_page(own, SanctionLevel.NONE, addresses, simulation.clock())


def update(simulation: Simulation, circle_id: str, by: Caller, changes: dict[str, Any], revision: int = 0) -> CirclePage:
    request = change(revision, f"{by.user_id} {revision} {changes}")
    return circles.update_circle(simulation.circles, by, circle_id, request, changes).circle.page


def members_of(simulation: Simulation, circle_id: str) -> int:
    handle_new_changes(simulation, "circles")
    return load_circle(simulation.circles_table, circle_id).entity.members


def test_c29_owner_and_co_owners_change_the_page_and_members_read_it() -> None:
    simulation = Simulation()
    circle_id = circle_of_four(simulation)
    cover = upload(simulation, circle_id, MEI)
    assert update(simulation, circle_id, LIN, ABOUT).revision == 1
    after = update(simulation, circle_id, MEI, {"cover": cover}, 1)
    assert (after.description, after.cover and after.cover.picture.id) == (ABOUT["description"], cover)
    page = page_of(simulation, circle_id)
    assert (page.description, page.etag) == (ABOUT["description"], "2")
    assert page.cover and page.cover.url and f"/shown/{circle_id}/{MEI.user_id}/{cover}?" in page.cover.url
    (listed,), _ = circles.list_circles(simulation.circles, HAO, PageRequest(20))
    assert listed.circle.page == after, "the screen of own circles is one call"


def test_c29_a_field_that_is_absent_stays_and_an_empty_one_is_cleared() -> None:
    simulation = Simulation()
    circle_id = circle_of_four(simulation)
    cover = upload(simulation, circle_id, LIN)
    update(simulation, circle_id, LIN, {**ABOUT, "cover": cover})
    # The cover that the page has stays valid, also for a co-owner who did not upload it.
    kept = update(simulation, circle_id, MEI, {"cover": cover, "count_visible_to": CountVisibility.MODERATORS}, 1)
    assert (kept.description, kept.cover is None, kept.count_visible_to) == (ABOUT["description"], False, "moderators")
    cleared = update(simulation, circle_id, MEI, {"cover": "", "description": ""}, 2)
    assert (cleared.description, cleared.cover, cleared.count_visible_to) == ("", None, "moderators")
    assert update(simulation, circle_id, MEI, {"cover": ""}, 3).revision == 3, "the same page is no change"


@pytest.mark.parametrize(
    ("user", "error"), [(HAO, errors.RoleNotAllowed), (caller("stranger"), errors.CircleNotFound)], ids=["member", "stranger"]
)
def test_c29_other_members_change_nothing_and_strangers_learn_nothing(user: Caller, error: type[Exception]) -> None:
    simulation = Simulation()
    circle_id = circle_of_four(simulation)
    with pytest.raises(error):
        update(simulation, circle_id, user, ABOUT)
    assert page_of(simulation, circle_id).description == ""


def test_c29_a_muted_co_owner_and_a_closing_circle_change_no_page() -> None:
    simulation = Simulation()
    circle_id = circle_of_four(simulation)
    impose_sanction(simulation, LIN, circle_id, MEI, SanctionKind.MUTE, days=1)
    with pytest.raises(CallerMuted):
        update(simulation, circle_id, MEI, ABOUT)
    circles.close_circle(simulation.circles, LIN, circle_id, timedelta(days=30))
    with pytest.raises(errors.CircleReadOnly):
        update(simulation, circle_id, LIN, ABOUT)


def test_c29_a_change_needs_the_revision_that_was_read_and_a_repeat_returns_it() -> None:
    simulation = Simulation()
    circle_id = circle_of_four(simulation)
    request = change(0, "first")
    for _ in range(2):
        own = circles.update_circle(simulation.circles, LIN, circle_id, request, ABOUT)
        assert own.circle.page.revision == 1
    with pytest.raises(PreconditionFailed):
        update(simulation, circle_id, MEI, {"description": "另一段"})
    # What the schedule and the stream change does not change the ETag of the page.
    handle_all_changes(simulation, "circles")
    simulation.clock.advance(days=1)
    circles.handle_schedule(simulation.circles)
    assert update(simulation, circle_id, MEI, {"description": "另一段"}, 1).revision == 2


def test_c29_a_cover_is_an_own_checked_upload() -> None:
    simulation = Simulation()
    circle_id = circle_of_four(simulation)
    other = create_circle(simulation, YAN, LIN)
    for picture_id in (upload(simulation, circle_id, HAO), upload(simulation, other, LIN), "pic_01K3ZKXB4M8Q2V5T7W9Y1A3C5E"):
        with pytest.raises(errors.PicturesInvalid) as error:
            update(simulation, circle_id, LIN, {"cover": picture_id})
        assert [(field.at, field.code) for field in error.value.fields] == [("/cover", "must-be-own-upload")]


def test_c29_the_number_of_members_follows_joins_leaves_and_sanctions() -> None:
    simulation = Simulation()
    circle_id = circle_of_four(simulation)
    assert members_of(simulation, circle_id) == 4
    circles.leave_circle(simulation.circles, YAN, circle_id)
    assert members_of(simulation, circle_id) == 3
    impose_sanction(simulation, LIN, circle_id, HAO, SanctionKind.BAN)
    assert members_of(simulation, circle_id) == 2
    handle_new_changes(simulation, "circles")
    update(simulation, circle_id, LIN, ABOUT)
    assert members_of(simulation, circle_id) == 2, "a change of the circle keeps its counter"


def test_c29_a_change_of_the_page_keeps_what_was_counted_since_it_was_loaded() -> None:
    simulation = Simulation()
    circle_id = circle_of_four(simulation)
    loaded = load_circle(simulation.circles_table, circle_id)
    assert members_of(simulation, circle_id) == 4
    write = loaded.write(simulation.circles, loaded.entity.update_page(ABOUT, at=simulation.clock()))
    simulation.circles_table.transact([write], token="t")
    assert members_of(simulation, circle_id) == 4


def test_c29_a_wrong_number_of_members_is_corrected_after_two_nights() -> None:
    simulation = Simulation()
    circle_id = circle_of_four(simulation)
    assert members_of(simulation, circle_id) == 4
    simulation.circles_table.update(circle_key(circle_id), add={"members": 3}, when=None)

    def recount() -> int:
        simulation.clock.advance(days=1)
        circles.plan_recount(simulation.circles, circle_id)
        circles.recount_notes(simulation.circles, always)
        return members_of(simulation, circle_id)

    assert [recount(), recount(), recount()] == [7, 4, 4]
    post_note(simulation, circle_id, HAO)
    simulation.circles_table.update(circle_key(circle_id), add={"members": -4}, when=None)
    assert [recount(), recount(), recount()] == [0, 4, 4], "also beside notes"


@pytest.mark.parametrize(("role", "sees"), [(Role.MEMBER, False), (Role.MODERATOR, True), (Role.CO_OWNER, True)])
def test_c29_the_owner_can_show_the_number_of_members_to_moderators_only(role: Role, sees: bool) -> None:
    simulation = Simulation()
    circle_id = circle_of_four(simulation)
    if role is not Role.MEMBER:
        set_role(simulation, LIN, circle_id, HAO.user_id, role)
    members_of(simulation, circle_id)
    assert page_of(simulation, circle_id).member_count == 4
    update(simulation, circle_id, LIN, {"count_visible_to": CountVisibility.MODERATORS})
    assert page_of(simulation, circle_id).member_count == (4 if sees else None)


def test_c29_the_page_names_what_its_reader_can_do_now() -> None:
    simulation = Simulation()
    circle_id = circle_of_four(simulation)

    def actions_of(user: Caller, level: SanctionLevel = SanctionLevel.NONE) -> set[Action]:
        member: Member = get_member(simulation, circle_id, user.user_id)
        return set(permitted_actions(member, level, simulation.clock()))

    assert Action.EDIT_PAGE in actions_of(MEI)
    assert Action.EDIT_PAGE not in actions_of(HAO)
    assert Action.POST_NOTE in actions_of(HAO)
    assert Action.POST_NOTE not in actions_of(HAO, SanctionLevel.MUTED)
    assert actions_of(HAO, SanctionLevel.SUSPENDED) == {Action.EXPORT_OWN}
    impose_sanction(simulation, LIN, circle_id, HAO, SanctionKind.MUTE, days=1)
    assert Action.POST_NOTE not in actions_of(HAO)
    assert {Action.READ, Action.LIKE, Action.LEAVE} <= actions_of(HAO)
    simulation.clock.advance(days=2)
    assert Action.POST_NOTE in actions_of(HAO)


def test_c29_the_owners_export_has_the_page_and_its_cover_without_its_author() -> None:
    simulation = Simulation()
    circle_id = circle_of_four(simulation)
    cover = upload(simulation, circle_id, MEI)
    update(simulation, circle_id, MEI, {**ABOUT, "cover": cover})
    post_note(simulation, circle_id, HAO)
    export = run_export(simulation, circle_id, LIN, ExportKind.CIRCLE)
    (line,) = [line for line in exported_lines(simulation, export) if line["kind"] == "circle"]
    assert (line["id"], line["description"], line["cover"]) == (circle_id, ABOUT["description"], cover)
    assert MEI.user_id not in json.dumps(line)
    assert f"circles/{circle_id}/{export.id}/pictures/{cover}" in simulation.exports.files


def test_c29_a_purged_circle_has_no_page() -> None:
    simulation = Simulation()
    circle_id = circle_of_four(simulation)
    update(simulation, circle_id, LIN, {**ABOUT, "cover": upload(simulation, circle_id, LIN)})
    circles.close_circle(simulation.circles, LIN, circle_id, timedelta(days=30))
    simulation.clock.advance(days=31)
    purge = partial(circles.handle_schedule, simulation.circles)
    for _ in range(3):
        purge()
        simulation.clock.advance(minutes=11)
    assert load_circle(simulation.circles_table, circle_id).entity.page == CirclePage()
    assert simulation.bucket.files == {}
