"""Passing a passcode on: the text to share, and the picture."""

from __future__ import annotations

import base64
import io
from datetime import timedelta

import pytest
import segno

from services.circles import usecases as circles
from services.circles.domain import Passcode, parse_passcode
from services.circles.domain.passcode import share_texts
from services.circles.schemas import IssuedPasscode
from simulation.setup.common import open_circle
from simulation.simulation import World, person, wish

LIN, MEI = person("lin"), person("mei")


def issue_with_row(world: World, circle_id: str) -> tuple[str, Passcode]:
    world.clock.advance(milliseconds=1)
    key = wish(LIN, now=world.clock.now)
    return circles.issue_passcode(world.circles, LIN, circle_id, key, timedelta(hours=72), 50)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_c8_what_a_code_is_passed_on_with_opens_the_circle_as_it_is(language: str) -> None:
    world = World()
    circle_id = open_circle(world, LIN)
    for _ in range(200):
        text, passcode = issue_with_row(world, circle_id)
        shared = share_texts(text, passcode.ends_at)[language]
        assert parse_passcode(shared) == text.replace("-", "")
    assert "城市观鸟圈" not in shared
    assert circles.join_circle(world.circles, MEI, shared).circle_id == circle_id


def test_c5_a_new_code_comes_with_a_picture_of_it_and_of_nothing_else() -> None:
    world = World()
    text, passcode = issue_with_row(world, open_circle(world, LIN))
    shown = IssuedPasscode.showing(text, passcode)
    picture = base64.b64decode(shown.qr.removeprefix("data:image/png;base64,"))
    wanted = io.BytesIO()
    segno.make(text, error="m", micro=False).save(wanted, kind="png", scale=6)
    assert picture == wanted.getvalue()
