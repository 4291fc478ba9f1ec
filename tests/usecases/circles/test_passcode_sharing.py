"""Sharing a passcode: the text and the QR code."""

from __future__ import annotations

import base64
import io
from datetime import timedelta

import pytest
import segno

from services.circles import usecases as circles
from services.circles.domain import Passcode, parse_passcode
from services.circles.domain.passcode import share_texts
from services.circles.schemas import IssuedPasscodeResponse
from simulation.setup.circles import open_circle
from simulation.simulation import Simulation
from simulation.users import caller, new_key

LIN, MEI = caller("lin"), caller("mei")


def issue_passcode_with_state(simulation: Simulation, circle_id: str) -> tuple[str, Passcode]:
    simulation.clock.advance(milliseconds=1)
    key = new_key(LIN, now=simulation.clock.now)
    return circles.issue_passcode(simulation.circles, LIN, circle_id, key, timedelta(hours=72), 50)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_c8_the_shared_text_can_be_pasted_to_join(language: str) -> None:
    simulation = Simulation()
    circle_id = open_circle(simulation, LIN)
    for _ in range(200):
        text, passcode = issue_passcode_with_state(simulation, circle_id)
        shared = share_texts(text, passcode.expires_at)[language]
        assert parse_passcode(shared) == text.replace("-", "")
    assert "城市观鸟圈" not in shared
    assert circles.join_circle(simulation.circles, MEI, shared).circle_id == circle_id


def test_c5_the_qr_code_contains_the_passcode_alone() -> None:
    simulation = Simulation()
    text, passcode = issue_passcode_with_state(simulation, open_circle(simulation, LIN))
    response = IssuedPasscodeResponse.with_text(text, passcode)
    picture = base64.b64decode(response.qr.removeprefix("data:image/png;base64,"))
    expected = io.BytesIO()
    segno.make(text, error="m", micro=False).save(expected, kind="png", scale=6)
    assert picture == expected.getvalue()
