"""The demo scenario of the README, on deployed templates."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from demo.run import run_demo
from infra.cloud import Cloud

pytestmark = pytest.mark.cloud


def test_the_scenario_succeeds_and_again_with_new_users(deployed: Cloud) -> None:
    for verified in (6, 3):  # the second scenario has the same reviewers, who are verified already
        summary = run_demo(deployed, Console(file=io.StringIO()))
        assert summary.is_good, summary
        assert (summary.sent, summary.stored, summary.delivered) == (6, 6, 6)
        assert dict(summary.events) == {
            "AccountVerified": verified,
            "ApplicationSubmitted": 5,
            "InformationRequested": 1,
            "ApplicationRejected": 1,
            "SeatGranted": 2,
            "CircleActivated": 1,
            "CircleNameChanged": 1,
            "CircleChanged": 3,
            "MembershipChanged": 12,
            "NoteReported": 1,
            "ExportRequested": 1,
            "MessagesExported": 1,
            "TradesExported": 1,
            "ReportsExported": 1,
            "AccountStatusChanged": 2,
            "ListingChanged": 2,
            "OrderChanged": 4,
        }
