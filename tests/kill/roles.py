"""The scenarios of roles: proposed, accepted, declined, and lost by a moderator who is connected."""

from __future__ import annotations

from typing import Any

from services.chat import usecases as chat
from services.chat.domain import moderators_room_id
from services.circles import usecases as circles
from services.circles.domain import Role
from services.shared.kernel.pages import PageRequest
from simulation.setup.circles import propose_role
from simulation.simulation import Simulation
from tests.kill.actions import CIRCLE, LIN, MEI, YAN
from tests.kill.scenario import Scenario


def propose(simulation: Simulation) -> Any:
    return propose_role(simulation, LIN, CIRCLE, YAN.user_id, Role.MODERATOR)


def subscribe_moderator(simulation: Simulation) -> None:
    """Mei connects and subscribes to the moderators' room. Each try has a connection of its own."""
    ticket, _ = chat.create_ticket(simulation.chat, MEI)
    socket = chat.connect_socket(simulation.chat, ticket, f"connection of {ticket}")
    chat.subscribe_socket(simulation.chat, socket, CIRCLE, moderators_room_id(CIRCLE))


def demote(simulation: Simulation) -> Any:
    return propose_role(simulation, LIN, CIRCLE, MEI.user_id, Role.MEMBER)


OF_ROLES = (
    Scenario("propose-role", propose, "add-members"),
    Scenario(
        "accept-role", lambda simulation: circles.accept_role(simulation.circles, YAN, CIRCLE, Role.MODERATOR), "propose-role"
    ),
    Scenario("decline-role", lambda simulation: circles.decline_role(simulation.circles, YAN, CIRCLE), "propose-role"),
    Scenario(
        "read-moderation-log",
        lambda simulation: circles.list_moderation_log(simulation.circles, LIN, CIRCLE, PageRequest(20)),
        "accept-role",
    ),
    Scenario("subscribe-moderator", subscribe_moderator, "add-members"),
    Scenario("demote", demote, "subscribe-moderator"),
)
