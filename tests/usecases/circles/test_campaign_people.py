"""Who gets the message of a campaign: by consent, interests and behaviour, once a week, and none that a rule protects."""

from __future__ import annotations

from collections.abc import Iterator

from services.circles import usecases as circles
from services.circles.domain import SanctionKind
from services.circles.domain.campaign import Campaign, CampaignEndReason, CampaignState
from services.circles.repository.campaigns import RUN_CAMPAIGN
from services.circles.settings import settings
from services.circles.usecases.campaign_runs import run_campaign
from services.shared.messaging.events import (
    AccountStatusChanged,
    AccountStatusChangedData,
    AccountVerified,
    AccountVerifiedData,
)
from services.shared.table.jobs import Job
from simulation.settings import overridden
from simulation.setup.campaigns import OWNER, CampaignCircle, consent
from simulation.setup.circles import impose_sanction
from simulation.setup.events import envelope
from simulation.streams import deliver
from simulation.users import caller

MEI, OPERATOR = caller("mei"), caller("operator", "operator")


def test_m19_without_consent_no_user_is_found_and_nothing_is_collected() -> None:
    of = CampaignCircle(readers=4)
    of.add_reader(MEI, consents=False)
    campaign = of.start()
    of.run()
    assert of.current(campaign).end_reason is CampaignEndReason.AUDIENCE_TOO_SMALL
    stored = [item for item in of.simulation.memory("circles").all_items() if item["pk"].startswith("INTEREST#")]
    assert MEI.user_id not in {item["sk"].removeprefix("USER#") for item in stored}


def test_m19_a_new_text_of_the_consent_needs_another_consent() -> None:
    of = CampaignCircle(readers=5)
    with overridden(settings, campaign_consent_revision=2):
        campaign = of.start()
        of.run()
        assert of.current(campaign).end_reason is CampaignEndReason.AUDIENCE_TOO_SMALL
        assert not circles.get_campaign_consent(of.simulation.circles, of.readers[0]).is_in_force
        consent(of.simulation, of.readers[0])
        assert circles.get_campaign_consent(of.simulation.circles, of.readers[0]).is_in_force


def test_m19_behaviour_is_the_number_of_days_with_reading() -> None:
    of = CampaignCircle(readers=6)
    of.simulation.clock.advance(days=1)
    for reader in of.readers[:5]:
        of.read(reader)
    campaign = of.start(min_days=2)
    of.run()
    assert of.notified(campaign) == {reader.user_id for reader in of.readers[:5]}


def test_m19_an_interest_ends_after_its_window() -> None:
    of = CampaignCircle(readers=5)
    of.simulation.clock.advance(days=31)
    campaign = of.start()
    of.run()
    assert of.current(campaign).end_reason is CampaignEndReason.AUDIENCE_TOO_SMALL


def test_m19_a_person_gets_one_message_a_week_of_all_campaigns() -> None:
    first = CampaignCircle(readers=6)
    second = CampaignCircle(readers=0, simulation=first.simulation)
    one, other = first.start(), second.start()
    first.run()
    assert (len(first.notified(one)), second.notified(other)) == (6, set())
    first.simulation.clock.advance(days=6, hours=23, minutes=59)
    third = CampaignCircle(readers=0, simulation=first.simulation)
    too_soon = third.start()
    first.run()
    assert third.current(too_soon).end_reason is CampaignEndReason.AUDIENCE_TOO_SMALL
    fourth = CampaignCircle(readers=0, simulation=first.simulation)
    next_week = fourth.start()
    first.run(minutes=1)
    assert len(fourth.notified(next_week)) == 6


def steps_of(of: CampaignCircle, campaign: Campaign) -> Iterator[None]:
    """Return the steps of the next run of a campaign."""
    return run_campaign(of.simulation.circles, Job(RUN_CAMPAIGN, f"{of.circle_id}/{campaign.id}", campaign.due_at))


def test_m19_a_withdrawal_after_the_search_prevents_the_message() -> None:
    of = CampaignCircle(readers=7)
    campaign = of.start()
    steps = steps_of(of, campaign)
    while of.current(campaign).state is CampaignState.FINDING:
        next(steps)
    circles.withdraw_campaign_consent(of.simulation.circles, of.readers[0])
    circles.withdraw_campaign_consent(of.simulation.circles, of.readers[1])
    consent(of.simulation, of.readers[1])  # it found the user by the earlier consent
    of.read(of.readers[1])
    for _ in steps:
        pass
    assert of.notified(campaign) == {reader.user_id for reader in of.readers[2:]}
    assert of.people(campaign) == [5, 5, 0, 0, 0, 0]


def test_m19_users_of_one_identity_are_one_person() -> None:
    of = CampaignCircle(readers=6)
    for reader in of.readers[:2]:
        data = AccountVerifiedData(user_id=reader.user_id, identity_id="identity", adult_on=None)
        deliver(of.simulation, "circles", AccountVerified(**envelope(of.simulation, reader.user_id), data=data))
    campaign = of.start()
    of.run()
    assert of.people(campaign) == [5, 5, 0, 0, 0, 0]
    [notified] = of.notified(campaign) & {reader.user_id for reader in of.readers[:2]}
    [other] = [reader for reader in of.readers[:2] if reader.user_id != notified]
    of.join(other, *of.readers[2:])  # the person joins with another user
    of.run(days=1)
    assert of.people(campaign)[2] == 5


def test_m19_a_suspended_user_gets_no_message() -> None:
    of = CampaignCircle(readers=6)
    data = AccountStatusChangedData(user_id=of.readers[0].user_id, level="suspended", until=None, valid_after=1)
    deliver(of.simulation, "circles", AccountStatusChanged(**envelope(of.simulation, of.readers[0].user_id), data=data))
    campaign = of.start()
    of.run()
    assert of.notified(campaign) == {reader.user_id for reader in of.readers[1:]}


def test_m19_an_interest_counts_once_a_day_and_also_by_the_tags_of_the_circle() -> None:
    of = CampaignCircle(readers=1)
    [reader] = of.readers
    of.read(reader, tags=("手冲咖啡",))
    of.read(reader, tags=("手冲咖啡",))
    interests = circles.get_campaign_consent(of.simulation.circles, reader).interests
    assert {slug: interest.days for slug, interest in interests.items()} == {"birdwatching": 1, "pour-over-coffee": 1}


def test_m19_a_withdrawal_ends_the_counting() -> None:
    of = CampaignCircle(readers=12)
    campaign = of.start()
    of.run()
    circles.withdraw_campaign_consent(of.simulation.circles, of.readers[0])
    of.run()
    assert of.readers[0].user_id not in of.notified(campaign)
    of.join(*of.readers[:3])
    of.run(days=1)
    assert of.people(campaign)[0] == 10  # 11 people
    for reader in of.readers[1:3]:
        circles.withdraw_campaign_consent(of.simulation.circles, reader)
        consent(of.simulation, reader)  # another consent brings no earlier stage back
    of.run(days=1)
    assert of.people(campaign)[0] == 5  # 9 people
    assert circles.get_campaign_consent(of.simulation.circles, of.readers[0]).interests == {}


def test_m19_members_past_members_and_banned_users_get_no_message() -> None:
    of = CampaignCircle(readers=9)
    of.join(*of.readers[:3])
    circles.leave_circle(of.simulation.circles, of.readers[1], of.circle_id)
    impose_sanction(of.simulation, OWNER, of.circle_id, of.readers[2], SanctionKind.BAN)
    campaign = of.start()
    of.run()
    assert of.notified(campaign) == {reader.user_id for reader in of.readers[3:]}


def test_m19_blocks_in_either_direction_prevent_the_message() -> None:
    of = CampaignCircle(readers=7)
    circles.block_user(of.simulation.circles, of.readers[0], OWNER.user_id)
    circles.block_user(of.simulation.circles, OWNER, of.readers[1].user_id)
    campaign = of.start()
    of.run()
    assert of.notified(campaign) == {reader.user_id for reader in of.readers[2:]}


def test_m19_the_audience_has_a_limit() -> None:
    of = CampaignCircle(readers=8)
    with overridden(settings, max_people_of_campaign=5):
        campaign = of.start()
        of.run()
    assert len(of.notified(campaign)) == 5
