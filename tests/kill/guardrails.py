"""The scenarios of the guardrails: an ordinary post of the owner, posts with a product, an edit into one, and the brake."""

from __future__ import annotations

from typing import Any

from services.chat import usecases as chat
from services.chat.domain import MessageRequest
from services.chat.settings import settings as chat_settings
from services.circles import usecases as circles
from services.circles.settings import settings as circles_settings
from simulation.settings import GUARDRAILS, overridden
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.users import new_key
from tests.kill.actions import CIRCLE, LIN, MEI, ROOM
from tests.kill.scenario import Scenario

NOTE, AD, EDIT = new_key(LIN), new_key(LIN), new_key(LIN)
PRODUCT = "看 lst_01KJY2E1KX7BMZ758QWDX6V9QC"


def post_as_owner(simulation: Simulation) -> Any:
    return circles.post_note(simulation.circles, LIN, CIRCLE, NOTE, circles.NoteInput("今早的苇莺"))


def post_ad(simulation: Simulation) -> Any:
    with overridden(circles_settings, **GUARDRAILS):
        return circles.post_note(simulation.circles, LIN, CIRCLE, AD, circles.NoteInput(PRODUCT))


def edit_into_ad(simulation: Simulation) -> Any:
    view = post_as_owner(simulation)
    with overridden(circles_settings, **GUARDRAILS):
        request = change(view.note.version, EDIT.value)
        return circles.update_note(simulation.circles, LIN, CIRCLE, view.note.id, request, PRODUCT, ())


def send_ad(simulation: Simulation) -> Any:
    with overridden(chat_settings, **GUARDRAILS):
        return chat.send_message(simulation.chat, LIN, CIRCLE, ROOM, MessageRequest("ad-0001", 0, PRODUCT))


def pull_brake(simulation: Simulation) -> Any:
    """Pull the brake where one pull is enough, so that sales pause."""
    with overridden(circles_settings, min_brake_pulls=1, brake_percent=1):
        return circles.pull_brake(simulation.circles, MEI, CIRCLE)


GUARDED = (
    Scenario("post-as-owner", post_as_owner, "add-members"),
    Scenario("edit-into-ad", edit_into_ad, "post-as-owner"),
    Scenario("post-ad", post_ad, "add-members"),
    Scenario("send-ad", send_ad, "add-members"),
    Scenario("pull-brake", pull_brake, "add-members"),
    Scenario("read-guardrails", lambda simulation: circles.get_guardrails(simulation.circles, MEI, CIRCLE), "post-ad"),
    Scenario(
        "read-room-guardrails", lambda simulation: chat.get_room_guardrails(simulation.chat, MEI, CIRCLE, ROOM), "send-ad"
    ),
)
