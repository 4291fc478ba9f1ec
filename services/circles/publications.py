"""The events of this service, each built from the image of the item that carries its fact."""

from __future__ import annotations

from services.shared.clock import parse
from services.shared.events import (
    CircleActivated,
    CircleState,
    GuessingAlarmRaised,
    GuessingState,
    MembershipChanged,
    MembershipState,
)
from services.shared.facts import Fact, Publications
from services.shared.table import Item


def circle_activated(item: Item, fact: Fact) -> CircleActivated:
    data = CircleState(circle_id=item["id"], name=item["name"], owner_id=item["owner"], state=item["state"])
    return CircleActivated(**fact.envelope(item["id"]), data=data)


def membership_changed(item: Item, fact: Fact) -> MembershipChanged:
    """A membership is the entity `circle/user`."""
    data = MembershipState(circle_id=item["circle_id"], user_id=item["user_id"], role=item["role"], state=item["state"])
    return MembershipChanged(**fact.envelope(f"{item['circle_id']}/{item['user_id']}"), data=data)


def guessing_alarm_raised(item: Item, fact: Fact) -> GuessingAlarmRaised:
    data = GuessingState(window_start=parse(item["sk"]), wrong=item["wrong"])
    return GuessingAlarmRaised(**fact.envelope(item["sk"]), data=data)


PUBLICATIONS: Publications = {
    "CircleActivated": circle_activated,
    "MembershipChanged": membership_changed,
    "GuessingAlarmRaised": guessing_alarm_raised,
}
