"""Races of campaigns: one message a week of all of them, one campaign per pause, and a withdrawal while messages are sent."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain.campaign import Campaign
from services.circles.domain.days import member_day
from services.circles.repository.campaigns import find_campaign, run_write
from services.circles.repository.keys import user_item_key
from services.circles.repository.reading_activity import READING
from services.circles.repository.recipients import iter_recipients
from services.circles.usecases.campaign_consents import add_interests
from services.circles.usecases.campaign_runs import run_campaigns
from services.shared.kernel.remaining_time import always
from services.shared.messaging.stream import Change
from services.shared.security.auth import Caller
from services.shared.table.items import Put
from simulation.setup.campaigns import AUTHOR, OWNER, TOPIC, consent
from simulation.setup.circles import create_circle, set_teaser
from simulation.simulation import Simulation
from simulation.users import caller, new_key
from tests.races.conftest import Rounds
from tests.support.races import race, split_results, types_of

pytestmark = pytest.mark.cloud

READERS = [caller(f"reader-{number}") for number in range(6)]
WORKERS = 4


def inviting_circle(simulation: Simulation, owner: Caller = OWNER) -> str:
    circle_id = create_circle(simulation, owner)
    set_teaser(simulation, owner, circle_id, "城市里看得到的野鸟。", TOPIC)
    return circle_id


def read_elsewhere(simulation: Simulation) -> None:
    """Let six users consent, and read about the topic in another circle."""
    elsewhere = create_circle(simulation, AUTHOR)
    for reader in READERS:
        consent(simulation, reader)
        key, day = user_item_key(elsewhere, reader.user_id, READING), member_day(simulation.clock.now).isoformat()
        read = {"circle_id": elsewhere, "user_id": reader.user_id, "day": day, "views": {"birdwatching": 1}}
        add_interests(simulation.circles, Change("1", key, None, key.attributes() | read))


def start(simulation: Simulation, circle_id: str, owner: Caller = OWNER) -> Campaign:
    return circles.create_campaign(simulation.circles, owner, circle_id, new_key(owner, now=simulation.clock.now), 1)


def run(simulation: Simulation) -> Any:
    return partial(run_campaigns, simulation.circles, always)


def notified(simulation: Simulation, campaign: Campaign) -> set[str]:
    people = iter_recipients(simulation.circles_table, campaign.circle_id, campaign.id)
    return {recipient.user_id for recipient in people if recipient.notified_at}


def test_m19_of_campaigns_that_send_at_once_each_person_gets_one_message(rounds: Rounds) -> None:
    """Several workers run two campaigns that find the same people."""
    for simulation in rounds:
        read_elsewhere(simulation)
        first, second = (start(simulation, inviting_circle(simulation)) for _ in range(2))
        race([run(simulation)] * WORKERS)
        for _ in range(3):
            run_campaigns(simulation.circles, always)  # continues what had a conflict
        of_first, of_second = notified(simulation, first), notified(simulation, second)
        assert of_first.isdisjoint(of_second)
        assert of_first | of_second == {reader.user_id for reader in READERS}


def test_m19_of_campaigns_that_start_at_once_one_is_created(rounds: Rounds) -> None:
    for simulation in rounds:
        circle_id = inviting_circle(simulation)
        starts: list[Any] = [partial(start, simulation, circle_id) for _ in range(10)]
        created, denied = split_results(race(starts))
        assert [type(result) for result in created] == [Campaign]
        assert types_of(denied) == {errors.CampaignTooSoon}


def test_m19_after_a_withdrawal_while_messages_are_sent_no_other_message_follows(rounds: Rounds) -> None:
    for simulation in rounds:
        read_elsewhere(simulation)
        campaign = start(simulation, inviting_circle(simulation))
        withdrawals: list[Any] = [
            partial(circles.withdraw_campaign_consent, simulation.circles, reader) for reader in READERS[:3]
        ]
        _, denied = split_results(race([run(simulation)] * WORKERS + withdrawals))
        assert denied == []
        before = notified(simulation, campaign)
        loaded = find_campaign(simulation.circles_table, campaign.circle_id, campaign.id)
        assert loaded is not None
        planned = run_write(loaded.entity)
        assert isinstance(planned, Put)
        simulation.circles_table.put(planned.item, when=None)
        for _ in range(3):
            run_campaigns(simulation.circles, always)
        withdrawn = {reader.user_id for reader in READERS[:3]}
        assert notified(simulation, campaign) & withdrawn <= before & withdrawn
