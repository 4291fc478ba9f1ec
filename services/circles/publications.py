"""The events of this service, each built from the image of the item that carries its fact."""

from __future__ import annotations

from services.circles.domain.roles import ORDINARY, Role, Trust
from services.shared.clock import from_millis, parse
from services.shared.events import (
    CircleActivated,
    CircleChanged,
    CircleState,
    GuessingAlarmRaised,
    GuessingState,
    MembershipChanged,
    MembershipState,
    NoteReported,
)
from services.shared.facts import Fact, Publications
from services.shared.reports import reported
from services.shared.standing import Level
from services.shared.table import Item


def circle_activated(item: Item, fact: Fact) -> CircleActivated:
    return CircleActivated(**fact.envelope(item["id"]), data=_circle_state(item))


def circle_changed(item: Item, fact: Fact) -> CircleChanged:
    return CircleChanged(**fact.envelope(item["id"]), data=_circle_state(item))


def _circle_state(item: Item) -> CircleState:
    removed = item.get("owner_removed", False)
    read_only = removed or Level(item.get("owner_level", Level.NONE)).reaches(Level.SUSPENDED)
    ends = read_only and not removed and "owner_until" in item
    return CircleState(
        circle_id=item["id"],
        name=item["name"],
        owner_id=item["owner"],
        state="read_only" if read_only else item["state"],
        read_only_until=from_millis(item["owner_until"]) if ends else None,
    )


def membership_changed(item: Item, fact: Fact) -> MembershipChanged:
    """A membership is the entity `circle/user`."""
    data = MembershipState(
        circle_id=item["circle_id"],
        user_id=item["user_id"],
        role=_acts_as(item).value,
        state=item["state"],
        invited_by=item.get("invited_by", ""),
        muted_until=from_millis(item["mute"]["until"]) if "mute" in item else None,
    )
    return MembershipChanged(**fact.envelope(f"{item['circle_id']}/{item['user_id']}"), data=data)


def _acts_as(item: Item) -> Role:
    return ORDINARY[Trust(item.get("trust", 0))] if item["role"] == Role.MEMBER else Role(item["role"])


def guessing_alarm_raised(item: Item, fact: Fact) -> GuessingAlarmRaised:
    data = GuessingState(window_start=parse(item["sk"]), wrong=item["wrong"])
    return GuessingAlarmRaised(**fact.envelope(item["sk"]), data=data)


PUBLICATIONS: Publications = {
    "CircleActivated": circle_activated,
    "CircleChanged": circle_changed,
    "MembershipChanged": membership_changed,
    "NoteReported": reported(NoteReported),
    "GuessingAlarmRaised": guessing_alarm_raised,
}
