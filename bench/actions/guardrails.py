"""Every action about the guardrails of the owner's commerce: how to run it."""

from __future__ import annotations

from functools import partial

from bench.dataset import LIN, MEI, BenchDataset
from bench.measure import Action
from services.chat import usecases as chat
from services.circles import usecases as circles
from services.circles.domain import Role
from services.circles.settings import settings
from simulation.settings import GUARDRAILS, overridden
from simulation.setup.circles import set_role

_circles, _chat = partial(Action, "circles"), partial(Action, "chat")


def _make_mei_buyer(dataset: BenchDataset) -> None:
    """Make Mei a buyer: a newcomer cannot pull the brake."""
    set_role(dataset.simulation, LIN, dataset.circle, MEI.user_id, Role.BUYER)


def _post_product(dataset: BenchDataset) -> None:
    """Post a note with a product as the owner, whose guardrails permit it."""
    content = circles.NoteInput("看 lst_01KJY2E1KX7BMZ758QWDX6V9QC")
    with overridden(settings, **GUARDRAILS):
        circles.post_note(dataset.simulation.circles, LIN, dataset.circle, dataset.key(LIN), content)


GUARDED = (
    _circles("read the guardrails", lambda d: circles.get_guardrails(d.simulation.circles, MEI, d.circle)),
    _circles("pull the brake", lambda d: circles.pull_brake(d.simulation.circles, MEI, d.circle), None, _make_mei_buyer),
    _circles("post a note with a product", _post_product),
    _chat("read the guardrails", lambda d: chat.get_room_guardrails(d.simulation.chat, LIN, d.circle, d.ids["room"])),
)
