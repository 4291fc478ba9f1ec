"""The demo scenario of the README, on deployed templates, and what `make up` ends with."""

from __future__ import annotations

import gzip
import io
import json
import re
from collections import Counter

import pytest
from rich.console import Console

from demo import texts
from demo.client import wait_until
from demo.run import Summary, run_demo
from demo.view import get_view, print_view
from infra.cloud import Cloud
from tests.browser.browser import Browser
from tests.browser.pages import page_of

pytestmark = pytest.mark.cloud

# How often each event occurs in a scenario; those of the asserts below are left out.
EVENTS = {
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
    "ExportRequested": 1,
    "MessagesExported": 1,
    "TradesExported": 1,
    "ReportsExported": 1,
    "AccountStatusChanged": 2,
    "ListingChanged": 2,
    "OrderChanged": 5,
    "MemberActive": 4,
    "MemberOpened": 5,
    "NotePosted": 4,
    "CampaignConsentChanged": 6,
    "CampaignMessageSent": 5,
    "OrderAttributed": 1,
    "OrderPartlyRefunded": 1,
    "ReceiptChanged": 3,
}


@pytest.fixture(scope="module")
def summaries(deployed: Cloud) -> list[Summary]:
    """The first run, and a second one with new users."""
    return [run_demo(deployed, Console(file=io.StringIO())) for _ in range(2)]


def test_the_scenario_succeeds_and_again_with_new_users(summaries: list[Summary]) -> None:
    # The second scenario has the same reviewers, who are verified and enrolled already.
    for summary, verified, enrolled in zip(summaries, (6, 3), ({"ReviewerChanged": 3}, {}), strict=True):
        assert summary.is_good, summary
        assert (summary.sent, summary.stored, summary.delivered) == (7, 7, 7)
        # The first like is published at once, and later ones of its minute after it: of the first run in the second.
        assert 1 <= summary.events.pop("NoteLiked") <= 3
        # A job publishes the outcomes of 3 cases each minute, in the second run also those of the first; 2 of them are
        # reversed before it, between or after it.
        assert 0 <= summary.events.pop("ReportsDecided", 0) <= 10
        # The schedule completes the return 5 minutes after its receipt: of the first run perhaps in the second.
        assert 4 <= summary.events.pop("ReturnChanged") <= 5
        assert dict(summary.events) == EVENTS | enrolled | {"AccountVerified": verified}


@pytest.mark.usefixtures("summaries")
def test_m20_the_archive_of_facts_has_what_the_members_did(deployed: Cloud) -> None:
    """Tests that run beside it use the same cloud, so there can be more facts than those of the two runs."""
    s3, bucket = deployed.client("s3"), deployed.outputs["review"]["FactsName"]
    expected = Counter(active=8, opened=10, note=8, circle=4)

    def has_expected() -> bool | None:
        names = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket, Prefix="facts/day=").get("Contents", [])]
        files = [gzip.decompress(s3.get_object(Bucket=bucket, Key=name)["Body"].read()) for name in names]
        facts = {(fact["kind"], fact["key"]) for file in files for fact in map(json.loads, file.splitlines())}
        return expected <= Counter(kind for kind, _ in facts) or None

    wait_until(has_expected, 30, "the archive of facts", pause=1)


@pytest.mark.usefixtures("summaries")
def test_make_up_ends_with_a_user_whose_avatar_and_picture_a_browser_shows(deployed: Cloud, browser: Browser) -> None:
    view, output = get_view(deployed), io.StringIO()
    print_view(view, Console(file=output, width=110))
    printed = output.getvalue()
    assert re.fullmatch(r"mei-\d+@example\.com", view.email), "the member of the second run"
    for text in (view.email, "小梅看苇莺", f"{texts.NEW_NAME} 2, 4 members", texts.DESCRIPTION):
        assert text in printed
    addresses = dict(re.findall(r"^  (\w+) +(http\S+)$", printed, re.MULTILINE))
    assert [*addresses] == ["avatar", "picture"]
    loaded = browser.load(page_of(addresses), "make-up")
    assert (loaded.size_of("avatar"), loaded.size_of("picture")) == ((180, 180), (480, 320))
    assert f"until {view.expires_at.astimezone():%H:%M}" in printed
    pool = {"UserPoolId": deployed.outputs["platform"]["UserPoolId"], "Username": view.email}
    user = deployed.client("cognito-idp").admin_get_user(**pool)
    assert user["UserStatus"] == "CONFIRMED"
