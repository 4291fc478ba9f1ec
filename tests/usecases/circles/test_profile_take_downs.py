"""A4: the nickname and avatar of a member are reported with evidence, reset by a take-down, and brought back by its end."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain.export import Export, ExportKind
from services.circles.domain.profile import Name
from services.circles.names.pinyin import name_of
from services.circles.repository.export_lines import get_export_page
from services.circles.schemas import ProfileResponse
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from services.shared.security.violations import Violation
from services.shared.table.reports import ReportInput
from simulation.setup.circles import create_circle
from simulation.setup.events import content_reports, take_down_changed
from simulation.simulation import Simulation
from simulation.streams import deliver, handle_all_changes, handle_new_changes
from simulation.users import caller
from tests.usecases.circles.test_profiles import change_profile, choose_name, people, process_uploads, rename, upload_avatar

LIN, MEI, HAO, YAN = (caller(name) for name in ("lin", "mei", "hao", "yan"))
SPAM = ReportInput("spam")
DEFAULT = Name.default(MEI.user_id).text


class Named:
    """Mei, with a nickname and an avatar, in two circles with Hao; the second one shows another nickname."""

    def __init__(self) -> None:
        self.simulation = Simulation()
        self.ports = self.simulation.circles
        self.circle_id, self.other_id = (create_circle(self.simulation, LIN, MEI, HAO) for _ in range(2))
        self.avatar = upload_avatar(self.simulation, MEI)
        process_uploads(self.simulation)
        change_profile(self.simulation, MEI, name=name_of("广告"), avatar=self.avatar, bio="看鸟")
        choose_name(self.simulation, MEI, self.other_id, name_of("大山雀"))
        self.run_stream()

    def run_stream(self) -> None:
        handle_new_changes(self.simulation, "circles")

    def apply(self, circle_id: str = "", **how: Any) -> None:
        self.simulation.clock.advance(seconds=1)
        circle_id = circle_id or self.circle_id
        subject = f"{circle_id}/{MEI.user_id}"
        deliver(self.simulation, "circles", take_down_changed(self.simulation, "circles", "profile", subject, circle_id, **how))
        self.run_stream()

    def end(self, circle_id: str = "", **how: Any) -> None:
        self.apply(circle_id, is_active=False, **how)

    def shown(self, circle_id: str = "") -> tuple[str, str | None]:
        nickname, avatar, _ = people(self.simulation, HAO, circle_id or self.circle_id, MEI)[MEI.user_id]
        return nickname, avatar

    def listed(self) -> list[str]:
        members = circles.list_members(self.ports, HAO, self.circle_id, PageRequest(9)).items
        return [person.member.name.text for person in members if person.member.user_id == MEI.user_id]

    def has_file(self) -> bool:
        return f"shown/avatars/{MEI.user_id}/{self.avatar}" in self.simulation.bucket.files


def test_a4_a_profile_that_is_down_has_no_name_and_avatar_in_any_circle_and_is_back() -> None:
    named = Named()
    assert (named.shown(), named.shown(named.other_id)) == (("广告", named.avatar), ("大山雀", named.avatar))
    named.apply()
    assert (named.shown(), named.shown(named.other_id)) == ((DEFAULT, None), ("大山雀", None))
    assert (named.listed(), named.has_file()) == ([DEFAULT], False)
    own = ProfileResponse.of(circles.get_profile(named.ports, MEI))
    assert (own.nickname, own.avatar, own.bio, own.is_default_nickname) == (DEFAULT, None, "看鸟", True)
    assert own.violation and own.violation.code is Violation.HARASSMENT
    named.end()
    assert (named.shown(), named.shown(named.other_id)) == (("广告", named.avatar), ("大山雀", named.avatar))
    assert (named.listed(), named.has_file()) == (["广告"], True)
    assert ProfileResponse.of(circles.get_profile(named.ports, MEI)).violation is None


def test_a4_a_nickname_of_one_circle_is_reset_there_and_back() -> None:
    named = Named()
    named.apply(named.other_id)
    assert named.shown(named.other_id) == (DEFAULT, None)
    named.end(named.other_id)
    assert named.shown(named.other_id) == ("大山雀", named.avatar)
    rename(named.simulation, MEI, "阿岚")
    assert (named.shown()[0], named.shown(named.other_id)[0]) == ("阿岚", "大山雀"), "it is of this circle alone again"


def test_a4_a_past_member_is_shown_without_the_name_that_is_down() -> None:
    named = Named()
    circles.leave_circle(named.ports, MEI, named.circle_id)
    named.run_stream()
    named.apply()
    assert named.shown() == (DEFAULT, None)
    named.end()
    assert named.shown() == ("广告", None)


def test_a4_what_the_user_has_chosen_since_stays_after_the_end() -> None:
    named = Named()
    named.apply()
    with pytest.raises(errors.PicturesInvalid):
        change_profile(named.simulation, MEI, avatar=named.avatar)
    rename(named.simulation, MEI, "阿岚")
    assert named.shown() == ("阿岚", None)
    named.end()
    assert (named.shown(), named.has_file()) == (("阿岚", named.avatar), True), "the avatar was not replaced"
    named = Named()
    named.apply()
    new = upload_avatar(named.simulation, MEI)
    process_uploads(named.simulation)
    change_profile(named.simulation, MEI, avatar=new)
    named.run_stream()
    named.end()
    assert named.shown() == ("广告", new)
    assert not [name for name in named.simulation.bucket.files if named.avatar in name], "what was replaced is deleted"


def test_a4_a_new_name_is_reset_by_the_next_case_and_both_must_end() -> None:
    named, (first, second) = Named(), (new_id("cas"), new_id("cas"))
    named.apply(case_id=first)
    rename(named.simulation, MEI, "又是广告")
    named.apply(case_id=first, version=1)
    assert named.shown()[0] == "又是广告", "a late event of the first case resets nothing again"
    named.apply(case_id=second)
    assert named.shown()[0] == DEFAULT
    named.end(case_id=first)
    assert named.shown()[0] == DEFAULT
    named.end(case_id=second)
    assert named.shown() == ("又是广告", named.avatar)


@pytest.mark.parametrize("order", [*permutations((1, 2, 3)), (2, 1, 1, 3, 2)])
def test_a4_events_of_a_case_give_one_profile_repeated_late_and_in_any_order(order: tuple[int, ...]) -> None:
    named = Named()
    for version in order:
        named.apply(is_active=version != 2, version=version)
    handle_all_changes(named.simulation, "circles")
    assert (named.shown(), named.has_file()) == ((DEFAULT, None), False)
    named.end(version=4)
    assert (named.shown(), named.has_file()) == (("广告", named.avatar), True)


def test_a4_a_report_has_name_and_avatar_as_evidence_once_per_revision() -> None:
    named = Named()
    for _ in range(2):
        circles.report_member(named.ports, HAO, named.circle_id, MEI.user_id, SPAM)
    (event,) = content_reports(named.simulation, "circles")
    data = event.data
    assert (data.kind, data.subject_id, data.author_id) == ("profile", f"{named.circle_id}/{MEI.user_id}", MEI.user_id)
    assert (data.evidence["nickname"], data.evidence["pictures"]) == ("广告", [named.avatar])
    rename(named.simulation, MEI, "又是广告")
    circles.report_member(named.ports, HAO, named.circle_id, MEI.user_id, SPAM)
    assert content_reports(named.simulation, "circles")[-1].data.revision > data.revision
    change_profile(named.simulation, MEI, avatar="")
    named.run_stream()
    assert f"{data.evidence['picture_folder']}/{named.avatar}" in named.simulation.evidence.files


@pytest.mark.parametrize("user_id", [YAN.user_id, "00000000-0000-0000-0000-000000000000"])
def test_a4_who_was_never_in_the_circle_cannot_be_reported(user_id: str) -> None:
    named = Named()
    with pytest.raises(errors.MemberNotFound):
        circles.report_member(named.ports, HAO, named.circle_id, user_id, SPAM)
    with pytest.raises(errors.CircleNotFound):
        circles.report_member(named.ports, YAN, named.circle_id, MEI.user_id, SPAM)


def test_a4_an_event_about_who_was_never_in_the_circle_creates_nothing() -> None:
    simulation = Simulation()
    circle_id = new_id("cir")
    event = take_down_changed(simulation, "circles", "profile", f"{circle_id}/{MEI.user_id}", circle_id)
    deliver(simulation, "circles", event)
    assert simulation.memory("circles").all_items() == []


def test_a4_an_own_export_has_the_nickname_that_is_down() -> None:
    named = Named()
    for is_down in (False, True):
        if is_down:
            named.apply()
        at = named.simulation.clock.now
        export = Export(new_id("exp"), named.circle_id, MEI.user_id, ExportKind.OWN, at, at, 1)
        lines = get_export_page(named.simulation.circles_table, export).lines
        assert [line["nickname"] for line in lines if line["kind"] in ("membership", "profile")] == ["广告", "广告"]
