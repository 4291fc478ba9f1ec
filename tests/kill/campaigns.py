"""The actions of the scenarios with a campaign: from the consents to its end, with a person who joins and writes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.circles import usecases as circles
from services.circles.domain.days import member_day
from services.circles.repository.keys import user_item_key
from services.circles.repository.reading_activity import READING
from services.circles.settings import settings
from services.circles.usecases.campaign_consents import add_interests
from services.shared.kernel.remaining_time import always
from services.shared.messaging.stream import Change
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.users import caller, new_key
from tests.kill.actions import CIRCLE, LIN
from tests.kill.rooms import send_as
from tests.kill.scenario import Scenario

READERS = [caller(f"reader-{number}") for number in range(6)]
CAMPAIGN_KEY, INVITATION_KEY = new_key(LIN), new_key(LIN)
ELSEWHERE = "cir_01KJY2E1KX7BMZ758QWDX6V9QC"


def consent(simulation: Simulation) -> None:
    """Let six users consent, who then read about the topic of the circle elsewhere."""
    revision = settings().campaign_consent_revision
    for reader in READERS:
        circles.set_campaign_consent(simulation.circles, reader, change(0, "consent"), True, revision)
        key, day = user_item_key(ELSEWHERE, reader.user_id, READING), member_day(simulation.clock.now).isoformat()
        read = {"circle_id": ELSEWHERE, "user_id": reader.user_id, "day": day, "views": {"birdwatching": 1}}
        add_interests(simulation.circles, Change("1", key, None, key.attributes() | read))


def create_campaign(simulation: Simulation) -> Any:
    return circles.create_campaign(simulation.circles, LIN, CIRCLE, CAMPAIGN_KEY, 1)


def run_campaigns(simulation: Simulation) -> None:
    """Run the worker 20 times: a later run continues what had a conflict before."""
    for _ in range(20):
        circles.run_campaigns(simulation.circles, always)


def join_invited(simulation: Simulation) -> Any:
    text, _ = circles.issue_passcode(simulation.circles, LIN, CIRCLE, INVITATION_KEY, timedelta(hours=72), 3)
    return circles.join_circle(simulation.circles, READERS[0], text)


def stop_campaign(simulation: Simulation) -> None:
    circles.stop_campaign(simulation.circles, LIN, CIRCLE, CAMPAIGN_KEY.id("cmp"))


def withdraw_consent(simulation: Simulation) -> None:
    circles.withdraw_campaign_consent(simulation.circles, READERS[0])


CAMPAIGNS = (
    Scenario("consent", consent, "set-teaser"),
    Scenario("create-campaign", create_campaign, "consent"),
    Scenario("send-campaign", run_campaigns, "create-campaign"),
    Scenario("join-invited", join_invited, "send-campaign", timedelta(minutes=1)),
    Scenario("write-as-invited", send_as(READERS[0], "invited-0001"), "join-invited"),
    Scenario("count-campaign", run_campaigns, "write-as-invited", timedelta(days=1)),
    Scenario("end-campaign", run_campaigns, "count-campaign", timedelta(days=14)),
    Scenario("stop-campaign", stop_campaign, "send-campaign"),
    Scenario("withdraw-consent", withdraw_consent, "send-campaign", timedelta(minutes=1)),
)
