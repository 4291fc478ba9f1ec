"""The story of the README, told against deployed templates."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from demo.story import Ending, tell
from infra.cloud import Cloud

pytestmark = pytest.mark.cloud


def told(cloud: Cloud) -> Ending:
    return tell(cloud, Console(file=io.StringIO()))


def test_the_story_ends_well_and_again_with_new_people(deployed: Cloud) -> None:
    for _ in range(2):
        ending = told(deployed)
        assert ending.is_good, ending
        assert (ending.sent, ending.loaded, ending.delivered) == (6, 6, 6)
        assert dict(ending.events) == {
            "ApplicationSubmitted": 5,
            "InformationRequested": 1,
            "ApplicationRejected": 1,
            "SeatGranted": 2,
            "CircleActivated": 1,
            "CircleChanged": 2,
            "MembershipChanged": 12,
            "NoteReported": 1,
            "AccountStatusChanged": 2,
            "ListingChanged": 2,
            "OrderChanged": 4,
        }
