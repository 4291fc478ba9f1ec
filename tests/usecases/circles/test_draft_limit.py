"""A member has at most 50 drafts open in a circle, exactly, whatever happened to the earlier ones."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from unittest import mock

import pytest

from services.circles import usecases as circles
from services.circles.domain.open_drafts import OpenDrafts
from services.circles.errors import DraftLimitReached
from services.circles.repository.closing import delete_member_items
from services.circles.settings import settings
from services.shared.kernel.errors import RateLimitReached
from services.shared.kernel.ids import IdempotencyKey, new_id
from services.shared.security.auth import Caller
from services.shared.table.port import Throttled
from simulation.settings import overridden, reset_settings
from simulation.setup.circles import create_circle
from simulation.simulation import Simulation
from simulation.users import caller, new_key
from tests.support.races import race, split_results

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")


class Desk:
    def __init__(self) -> None:
        self.simulation = Simulation()
        self.circle_id = create_circle(self.simulation, LIN, MEI, HAO)

    def key(self, by: Caller = MEI) -> IdempotencyKey:
        self.simulation.clock.advance(milliseconds=1)
        return new_key(by, now=self.simulation.clock.now)

    def create(self, key: IdempotencyKey | None = None, by: Caller = MEI) -> str:
        note_input = circles.NoteInput("草稿")
        return circles.create_draft(self.simulation.circles, by, self.circle_id, key or self.key(by), note_input).id

    def delete(self, draft_id: str) -> None:
        circles.delete_draft(self.simulation.circles, MEI, self.circle_id, draft_id)


def test_c13_a_member_has_at_most_50_drafts_in_a_circle() -> None:
    desk = Desk()
    keys = [desk.key() for _ in range(50)]
    drafts = [desk.create(key) for key in keys]
    with pytest.raises(DraftLimitReached) as error:
        desk.create()
    assert error.value.facts == {"limit": 50}
    assert [desk.create(key) for key in keys] == drafts
    assert desk.create(by=HAO)
    desk.delete(drafts[7])
    circles.publish_draft(desk.simulation.circles, MEI, desk.circle_id, drafts[8])
    assert [desk.create() for _ in range(2)]
    with pytest.raises(DraftLimitReached):
        desk.create()


def fail_between_limit_and_draft(desk: Desk, key: IdempotencyKey) -> None:
    with mock.patch("services.shared.table.creating.save", side_effect=Throttled), pytest.raises(Throttled):
        desk.create(key)


def test_c13_a_draft_whose_creation_can_be_in_progress_counts() -> None:
    desk = Desk()
    with overridden(settings, max_open_drafts=1):
        fail_between_limit_and_draft(desk, desk.key())
        desk.simulation.clock.advance(seconds=59)
        with pytest.raises(DraftLimitReached):
            desk.create()
        desk.simulation.clock.advance(seconds=1)
        assert desk.create()


def test_c13_a_repeat_counts_again_before_what_its_first_try_opened_can_be_removed() -> None:
    at, draft_id = Simulation().clock(), new_id("drf")
    opened = OpenDrafts(()).add(draft_id, at=at)
    assert opened.add(draft_id, at=at + timedelta(seconds=29)) == opened
    later = at + timedelta(seconds=30)
    assert opened.add(draft_id, at=later) == OpenDrafts(()).add(draft_id, at=later)


def test_c13_requests_that_failed_are_not_repeated_beyond_the_limit() -> None:
    desk = Desk()
    with overridden(settings, max_open_drafts=3):
        keys = [desk.key() for _ in range(3)]
        for key in keys:
            fail_between_limit_and_draft(desk, key)
        desk.create(keys[0])
        desk.simulation.clock.advance(minutes=1)
        drafts = [desk.create() for _ in range(2)]
        for key in keys[1:]:
            with pytest.raises(DraftLimitReached):
                desk.create(key)
        desk.delete(drafts[0])
        assert desk.create(keys[1])


def test_c13_drafts_that_are_deleted_again_never_fill_the_limit() -> None:
    desk = Desk()
    with overridden(settings, max_open_drafts=3):
        for _ in range(20):
            desk.delete(desk.create())
        for _ in range(3):
            desk.create()
        with pytest.raises(DraftLimitReached):
            desk.create()


def test_c13_parallel_drafts_do_not_exceed_the_limit() -> None:
    desk = Desk()
    with overridden(settings, max_open_drafts=4):
        created, errors = split_results(race(partial(desk.create, desk.key()) for _ in range(30)))
    assert (len(created), {type(error) for error in errors}) == (4, {DraftLimitReached})


def test_c13_drafts_at_once_are_at_most_the_burst() -> None:
    reset_settings()
    desk = Desk()
    created, errors = split_results(race(partial(desk.create, desk.key()) for _ in range(50)))
    assert (len(created), {type(error) for error in errors}) == (settings().draft_burst, {RateLimitReached})


def test_c26_the_limit_of_drafts_is_deleted_with_the_member_data() -> None:
    desk = Desk()
    desk.create()
    assert list(delete_member_items(desk.simulation.circles_table, desk.circle_id, MEI.user_id))
    items = desk.simulation.memory("circles").all_items()
    assert not [item for item in items if item["pk"].endswith(f"#USER#{MEI.user_id}")]
