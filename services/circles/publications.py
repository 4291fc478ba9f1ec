"""The events of this service, each built from the image of the item that carries its fact."""

from __future__ import annotations

from typing import Any

from services.circles.domain.roles import ORDINARY, Role, Trust
from services.shared.kernel.clock import from_millis, parse
from services.shared.messaging.events import (
    CircleActivated,
    CircleChanged,
    CircleDormant,
    CircleState,
    DigestChoiceState,
    DigestChosen,
    DigestReady,
    DigestState,
    GuessingAlarmRaised,
    GuessingState,
    HealthMeasured,
    HealthState,
    MembershipChanged,
    MembershipState,
    NoteReported,
    OfferState,
    ReportState,
    SuccessionOffered,
)
from services.shared.messaging.outbox import Fact, Publications
from services.shared.security.account_status import Level
from services.shared.table.port import Item
from services.shared.table.reports import reported


def circle_activated(item: Item, fact: Fact) -> CircleActivated:
    return CircleActivated(**fact.envelope(item["id"]), data=_circle_state(item))


def circle_changed(item: Item, fact: Fact) -> CircleChanged:
    return CircleChanged(**fact.envelope(item["id"]), data=_circle_state(item))


def _circle_state(item: Item) -> CircleState:
    removed = item.get("owner_removed", False)
    sunset = item["state"] == "sunset"
    read_only = sunset or removed or Level(item.get("owner_level", Level.NONE)).reaches(Level.SUSPENDED)
    ends = read_only and not sunset and not removed and "owner_until" in item
    return CircleState(
        circle_id=item["id"],
        name=item["name"],
        owner_id=item["owner"],
        state="closed" if item["state"] == "closed" else "read_only" if read_only else item["state"],
        read_only_until=from_millis(item["owner_until"]) if ends else None,
    )


def succession_offered(item: Item, fact: Fact) -> SuccessionOffered:
    offer = item["offer"]
    data = OfferState(
        succession_id=offer["id"],
        circle_id=item["id"],
        owner_id=item["owner"],
        candidate_id=offer["to"],
        kind=offer["kind"],
        state="withdrawn" if offer["state"] == "withdrawn" else "offered",
        ends_at=from_millis(offer["ends_at"]),
    )
    return SuccessionOffered(**fact.envelope(item["id"]), data=data)


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


def digest_ready(item: Item, fact: Fact) -> DigestReady:
    data = DigestState(circle_id=item["circle_id"], day=item["day"], notes=item["notes"], note_ids=item["note_ids"])
    return DigestReady(**fact.envelope(f"{item['circle_id']}/{item['day']}"), data=data)


def digest_chosen(item: Item, fact: Fact) -> DigestChosen:
    data = DigestChoiceState.model_validate({name: item[name] for name in DigestChoiceState.model_fields})
    return DigestChosen(**fact.envelope(f"{item['circle_id']}/{item['user_id']}"), data=data)


def health_measured(item: Item, fact: Fact) -> HealthMeasured:
    return HealthMeasured(**fact.envelope(item["circle_id"]), data=HealthState(owner_id=item["owner"], **_figures(item)))


def circle_dormant(item: Item, fact: Fact) -> CircleDormant:
    """A report without a reporter."""
    circle_id, figures = item["circle_id"], _figures(item)
    data = ReportState(
        service="circles",
        kind="circle",
        subject_id=circle_id,
        circle_id=circle_id,
        author_id=item["owner"],
        reporter_id=NOBODY,
        reason="other",
        words="",
        evidence={name: figure for name, figure in figures.items() if name != "circle_id"},
    )
    return CircleDormant(**fact.envelope(circle_id), data=data)


def _figures(item: Item) -> dict[str, Any]:
    return {name: item[name] for name in HealthState.model_fields if name in item}


NOBODY = "00000000-0000-0000-0000-000000000000"


def guessing_alarm_raised(item: Item, fact: Fact) -> GuessingAlarmRaised:
    data = GuessingState(window_start=parse(item["sk"]), wrong=item["wrong"])
    return GuessingAlarmRaised(**fact.envelope(item["sk"]), data=data)


PUBLICATIONS: Publications = {
    "CircleActivated": circle_activated,
    "CircleChanged": circle_changed,
    "SuccessionOffered": succession_offered,
    "MembershipChanged": membership_changed,
    "DigestReady": digest_ready,
    "DigestChosen": digest_chosen,
    "HealthMeasured": health_measured,
    "CircleDormant": circle_dormant,
    "NoteReported": reported(NoteReported),
    "GuessingAlarmRaised": guessing_alarm_raised,
}
