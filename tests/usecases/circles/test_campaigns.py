"""Campaigns of a circle: their six numbers, who reads them, their pause, their end and what a crash changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import Role
from services.circles.domain.campaign import STAGES, Campaign, CampaignEndReason, CampaignState, Stage
from services.circles.repository.campaigns import RUN_CAMPAIGN
from services.circles.repository.recipients import delete_recipients
from services.circles.usecases.campaign_runs import run_campaign
from services.circles.usecases.campaign_stages import record_stage
from services.shared.kernel.ids import deterministic_id
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import CampaignMessageSent, Event, OrderChanged, OrderSuspected
from services.shared.security.auth import Caller
from services.shared.table.jobs import Job
from simulation.setup.campaigns import AUTHOR, OWNER, TOPIC, CampaignCircle
from simulation.setup.circles import join_circle, post_note, set_role, set_teaser
from simulation.simulation import Simulation
from simulation.streams import all_changes, deliver, handle_new_changes, published_events
from simulation.users import caller, new_key

MEI, OPERATOR = caller("mei"), caller("operator", "operator")


def reach(of: CampaignCircle, stage: Stage, *users: Caller) -> None:
    of.simulation.clock.advance(milliseconds=1)
    for user in users:
        record_stage(of.simulation.circles, of.circle_id, user.user_id, stage, of.simulation.clock.now)


def steps_of(of: CampaignCircle, campaign: Campaign) -> Iterator[None]:
    """Return the steps of the next run of a campaign."""
    return run_campaign(of.simulation.circles, Job(RUN_CAMPAIGN, f"{of.circle_id}/{campaign.id}", campaign.due_at))


def test_m19_a_campaign_counts_distinct_people_at_six_stages() -> None:
    of = CampaignCircle(readers=26)
    campaign = of.start()
    of.run()
    assert of.people(campaign) == [25, 25, 0, 0, 0, 0]
    of.join(*of.readers[:21])
    for stage, people in ((Stage.ACTIVE, 17), (Stage.NOTED, 11), (Stage.ORDERED, 6)):
        reach(of, stage, *of.readers[:people])
        reach(of, stage, *of.readers[:people])  # none counts twice
    of.run(days=1)
    assert of.people(campaign) == [25, 25, 20, 15, 10, 5]
    of.run(days=13)
    ended = of.current(campaign)
    assert (ended.state, ended.end_reason, list(ended.people)) == (
        CampaignState.ENDED,
        CampaignEndReason.FINISHED,
        [25, 25, 20, 15, 10, 5],
    )
    assert of.recipients(campaign) == []  # the numbers stay, the people do not


def test_m19_a_person_counts_only_with_all_stages_before_in_any_order_of_events() -> None:
    of = CampaignCircle(readers=5)
    campaign = of.start()
    of.run()
    reach(of, Stage.ORDERED, *of.readers)
    reach(of, Stage.NOTED, *of.readers)
    of.join(*of.readers)
    of.run(days=1)
    assert of.people(campaign) == [5, 5, 5, 0, 0, 0]
    reach(of, Stage.ACTIVE, *of.readers)
    of.run(days=1)
    assert of.people(campaign) == [5, 5, 5, 5, 5, 5]


@pytest.mark.parametrize("order", [*permutations(range(3)), (0, 1, 2, 1, 0), (2, 0, 1, 0)])
def test_m21_a_person_whose_orders_are_suspected_has_not_ordered_in_any_order_of_events(order: Sequence[int]) -> None:
    of = CampaignCircle(readers=5)
    campaign = of.start()
    of.run()
    of.join(*of.readers)
    for stage in (Stage.ACTIVE, Stage.NOTED):
        reach(of, stage, *of.readers)
    first = [order_event(of, "suspected", 2), order_event(of, "paid", 1), order_event(of, "fake", 3)]
    for index in order:
        deliver(of.simulation, "circles", first[index])
    assert ordered(of, campaign) == set()
    (reached,) = [one.reached for one in of.recipients(campaign) if one.orders]
    assert Stage.ORDERED in reached, "the export of the person does not show the suspicion"
    deliver(of.simulation, "circles", order_event(of, "paid", 1, "second"))
    assert ordered(of, campaign) == {of.readers[0].user_id}


@pytest.mark.parametrize("order", [*permutations(range(3))])
def test_m21_a_genuine_order_counts_again(order: Sequence[int]) -> None:
    of = CampaignCircle(readers=5)
    campaign = of.start()
    of.run()
    of.join(*of.readers)
    for stage in (Stage.ACTIVE, Stage.NOTED):
        reach(of, stage, *of.readers)
    events = [order_event(of, "suspected", 2), order_event(of, "paid", 1), order_event(of, "genuine", 3)]
    for index in order:
        deliver(of.simulation, "circles", events[index])
    assert ordered(of, campaign) == {of.readers[0].user_id}


def order_event(of: CampaignCircle, state: str, version: int, name: str = "first") -> Event:
    """Return an event about an order of the first reader: that it was paid, or about its suspicion."""
    order_id = deterministic_id("ord", 1, name)
    envelope = {"id": f"evt_{name}{version}", "entity_id": order_id, "entity_version": version, "correlation_id": "test"}
    data = {
        "order_id": order_id,
        "circle_id": of.circle_id,
        "buyer_id": of.readers[0].user_id,
        "seller_id": "seller",
        "state": state,
    }
    kind = OrderChanged if state == "paid" else OrderSuspected
    more: dict[str, Any] = {"lines": []} if state == "paid" else {"owner_id": "owner"}
    return kind.model_validate({**envelope, "occurred_at": of.simulation.clock.now, "data": data | more})


def ordered(of: CampaignCircle, campaign: Campaign) -> set[str]:
    """Return the people who count at the last stage."""
    return {one.user_id for one in of.recipients(campaign) if one.stages == len(STAGES)}


def test_m19_notes_and_memberships_are_recorded_from_the_stream() -> None:
    of = CampaignCircle(readers=5)
    campaign = of.start()
    of.run()
    of.join(*of.readers)
    for reader in of.readers:
        post_note(of.simulation, of.circle_id, reader, "第一次来。")
    of.run()
    assert all(one.reached == {Stage.JOINED, Stage.NOTED} for one in of.recipients(campaign))


def test_m19_what_came_before_the_message_is_no_stage() -> None:
    of = CampaignCircle(readers=5)
    campaign = of.start()
    before = of.simulation.clock.now
    of.run(minutes=1)
    record_stage(of.simulation.circles, of.circle_id, of.readers[0].user_id, Stage.JOINED, before)
    assert not any(one.reached for one in of.recipients(campaign))


def test_m19_fewer_than_five_people_get_no_message() -> None:
    of = CampaignCircle(readers=4)
    campaign = of.start()
    of.run()
    ended = of.current(campaign)
    assert (ended.state, ended.end_reason) == (CampaignState.ENDED, CampaignEndReason.AUDIENCE_TOO_SMALL)
    assert of.people(campaign) == [0] * 6
    assert of.recipients(campaign) == []


def test_m19_a_repeated_or_crashed_step_finds_and_notifies_each_person_once() -> None:
    of = CampaignCircle(readers=30)
    campaign = of.start()
    published: list[str] = []
    for _ in range(60):  # each run crashes after one step
        next(steps_of(of, campaign), None)
        handle_new_changes(of.simulation, "circles")
    for event in published_events("circles", all_changes(of.simulation, "circles")):
        published += [event.data.user_id] if isinstance(event, CampaignMessageSent) else []
    assert sorted(published) == sorted(reader.user_id for reader in of.readers)
    assert of.people(campaign)[:2] == [30, 30]


def test_m19_a_closed_circle_keeps_nothing_of_its_campaigns() -> None:
    of = CampaignCircle(readers=5)
    of.start()
    of.run()
    circles.close_circle(of.simulation.circles, OWNER, of.circle_id, timedelta(days=7))
    of.simulation.clock.advance(days=7)
    circles.purge_circle(of.simulation.circles, of.circle_id)
    of.run()
    kept = [item for item in of.simulation.memory("circles").all_items() if item["pk"].startswith(f"CIRCLE#{of.circle_id}#")]
    assert not [item for item in kept if item["pk"].endswith(("CAMPAIGNS", "AUDIENCE"))]


def test_m19_a_campaign_needs_a_teaser_an_owner_and_a_pause() -> None:
    simulation = Simulation()
    of = CampaignCircle(readers=5, simulation=simulation)
    join_circle(simulation, MEI, OWNER, of.circle_id)
    set_role(simulation, OWNER, of.circle_id, MEI.user_id, Role.CO_OWNER)
    with pytest.raises(errors.RoleNotAllowed):
        of.start(by=MEI)
    with pytest.raises(errors.CircleNotFound):
        of.start(by=AUTHOR)
    circles.delete_teaser(simulation.circles, OWNER, of.circle_id)
    with pytest.raises(errors.TeaserMissing):
        of.start()
    set_teaser(simulation, OWNER, of.circle_id, "野鸟。", TOPIC)
    key = new_key(OWNER, now=simulation.clock.now)
    campaign = circles.create_campaign(simulation.circles, OWNER, of.circle_id, key, 1)
    assert circles.create_campaign(simulation.circles, OWNER, of.circle_id, key, 1) == campaign
    with pytest.raises(errors.CampaignTooSoon) as denied:
        of.start()
    assert denied.value.retry_after == 14 * 86_400
    of.run()
    simulation.clock.advance(days=14)
    of.run()
    assert of.start().id != campaign.id


def test_m19_without_its_teaser_a_campaign_sends_nothing_more() -> None:
    of = CampaignCircle(readers=5)
    campaign = of.start()
    circles.delete_teaser(of.simulation.circles, OWNER, of.circle_id)
    of.run()
    assert (of.current(campaign).state, of.notified(campaign)) == (CampaignState.MEASURING, set())


def test_m19_a_stopped_campaign_keeps_its_numbers_and_deletes_its_people() -> None:
    of = CampaignCircle(readers=5)
    campaign = of.start()
    of.run()
    for _ in range(2):
        circles.stop_campaign(of.simulation.circles, OWNER, of.circle_id, campaign.id)
    of.run()
    stopped = of.current(campaign)
    assert (stopped.state, stopped.end_reason, stopped.people[:2]) == (CampaignState.ENDED, CampaignEndReason.STOPPED, (5, 5))
    assert of.recipients(campaign) == []
    other = CampaignCircle(readers=4)
    small = other.start()
    other.run()
    with pytest.raises(errors.CampaignEnded):
        circles.stop_campaign(other.simulation.circles, OWNER, other.circle_id, small.id)


def test_m19_owner_and_operator_read_numbers_and_no_other_user_does() -> None:
    of = CampaignCircle(readers=5)
    campaign = of.start()
    of.run()
    ports = of.simulation.circles
    assert circles.get_campaign(ports, OPERATOR, of.circle_id, campaign.id) == of.current(campaign)
    assert circles.list_campaigns(ports, OWNER, of.circle_id, PageRequest(20)).items == [of.current(campaign)]
    of.join(MEI)
    with pytest.raises(errors.RoleNotAllowed):
        circles.get_campaign(ports, MEI, of.circle_id, campaign.id)
    with pytest.raises(errors.CircleNotFound):
        circles.list_campaigns(ports, AUTHOR, of.circle_id, PageRequest(20))


def test_m19_a_later_campaign_keeps_its_people_when_an_earlier_one_is_cleaned_up() -> None:
    of = CampaignCircle(readers=5)
    earlier = of.start()
    of.run()
    of.run(days=14)
    for reader in of.readers:
        of.read(reader)
    later = of.start()
    of.run()
    for _ in delete_recipients(of.simulation.circles_table, of.circle_id, earlier.id):
        pass
    assert len(of.notified(later)) == 5
