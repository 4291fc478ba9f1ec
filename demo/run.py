"""One run of the demo scenario, from the first application to the summary."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass

from rich.console import Console

from demo import texts
from demo.accounts import sign_up
from demo.activity import use_circle
from demo.campaigns import run_campaigns
from demo.care import take_down
from demo.chat import chat
from demo.client import Client, wait_until
from demo.events import EventCounter, count_failed_messages
from demo.founding import apply_and_review, open_circle, rename_circle, write_page
from demo.members import join_with_passcode, mute_and_kick
from demo.notes import post_notes
from demo.people import choose_profiles
from demo.refunds import refund_and_return
from demo.review import appeal, submit_one_to_review, suspend
from demo.scenario import EVENT_TIMEOUT_SECONDS, Scenario
from demo.shop import sell
from demo.shows import lose_badge, post_show
from infra.cloud import Cloud

STEPS = (
    sign_up,
    apply_and_review,
    appeal,
    open_circle,
    write_page,
    join_with_passcode,
    choose_profiles,
    rename_circle,
    post_notes,
    chat,
    use_circle,
    run_campaigns,
    sell,
    post_show,
    refund_and_return,
    lose_badge,
    mute_and_kick,
    suspend,
    take_down,
    submit_one_to_review,
)
# The events that one run publishes. The summary waits for them, because the relay publishes asynchronously.
EXPECTED_EVENTS = Counter(
    {
        "ApplicationSubmitted": 5,
        "InformationRequested": 1,
        "ApplicationRejected": 1,
        "SeatGranted": 2,
        "CircleActivated": 2,
        "CircleNameChanged": 3,
        "CircleChanged": 5,
        "MembershipChanged": 14,
        "NoteReported": 3,
        "MessageReported": 1,
        "TakeDownChanged": 6,
        "AppealDecided": 3,
        "CommentChanged": 3,
        "NoteChanged": 2,
        "NoteLiked": 1,
        "AccountStatusChanged": 2,
        "ListingChanged": 2,
        "OrderChanged": 5,
        "OrderPartlyRefunded": 1,
        "ReceiptChanged": 3,
        "ReturnChanged": 4,
        "MemberActive": 4,
        "MemberOpened": 5,
        "NotePosted": 4,
        "CampaignConsentChanged": 6,
        "CampaignMessageSent": 5,
    }
)


@dataclass(frozen=True)
class Summary:
    """The counts at the end of a run.

    sent, loaded, delivered: messages that were sent, are in the history, and were pushed to every member.
    """

    events: Counter[str]
    failed_messages: int
    audit: str
    ledger_sum: int
    shares: dict[str, int]
    sent: int
    stored: int
    delivered: int
    seconds: float

    @property
    def is_good(self) -> bool:
        has_all_messages = self.sent == self.stored == self.delivered
        return has_all_messages and self.failed_messages == self.ledger_sum == 0 and self.audit == "intact"


def run_demo(cloud: Cloud, console: Console | None = None) -> Summary:
    """Run the scenario once and return its summary. The first run uses the demo accounts, a later one new users.

    Raises: UnexpectedResponse.
    """
    console = console or Console(highlight=False)
    counter = EventCounter(cloud)
    try:
        scenario = Scenario(cloud, console)
        for step in STEPS:
            step(scenario)
        summary = summarize(scenario, counter)
    finally:
        counter.close()
    console.print(texts.summary_table(vars(summary)))
    return summary


def summarize(scenario: Scenario, counter: EventCounter) -> Summary:
    """Close the sockets, verify the audit chains and count."""
    with scenario.step("核对审计链和消息数", "the audit chains are verified, events and messages counted"):
        ops, mei = scenario.users_named("ops", "mei")
        audit = wait_until(lambda: _find_audit_state(ops, scenario), EVENT_TIMEOUT_SECONDS, "the audit chain")
        history = mei.call("GET", scenario.room("/messages"))["items"]
        stored = [message["seq"] for message in history if message["seq"] in scenario.sent]
        pushed = [{push["seq"] for push in socket.pushes} for socket in scenario.sockets.values()]
        for socket in scenario.sockets.values():
            socket.close()
        return Summary(
            events=counter.count(EXPECTED_EVENTS, EVENT_TIMEOUT_SECONDS),
            failed_messages=count_failed_messages(scenario.cloud),
            audit=audit,
            ledger_sum=scenario.ledger_sum,
            shares=scenario.shares,
            sent=len(scenario.sent),
            stored=len(stored),
            delivered=len(set.intersection(*pushed)),
            seconds=time.monotonic() - scenario.started,
        )


def _find_audit_state(ops: Client, scenario: Scenario) -> str | None:
    """Return "intact" once the audit chains of both applications are."""
    paths = [f"/applications/{scenario.application_id}", scenario.contested]
    states = {ops.call("GET", f"{path}/audit")["state"] for path in paths}
    return "intact" if states == {"intact"} else None
