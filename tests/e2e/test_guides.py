"""The snippets of the guide to pictures, which need a bucket."""

from __future__ import annotations

import pytest

from demo.pictures import dawn
from infra.cloud import Cloud
from tests.support.deployed_circle import build_deployed_fixture
from tests.support.guides import GUIDES, run_python

pytestmark = pytest.mark.cloud


def test_the_python_of_the_guide_to_pictures(deployed: Cloud) -> None:
    fixture = build_deployed_fixture(deployed, guests=0)
    ids = {"circle_id": fixture.path.rpartition("/")[2], "room_id": fixture.room.rpartition("/")[2]}
    note = run_python(GUIDES / "pictures.md", {"client": fixture.clients["lin"].api, **ids, "picture": dawn()})["note"]
    assert len(note["pictures"]) == 1
    assert [len(message["pictures"]) for message in fixture.list_messages()] == [1]
