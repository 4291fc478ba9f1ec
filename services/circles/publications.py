"""The events of this service, each built from the image of the item that carries its fact."""

from __future__ import annotations

from typing import Any

from services.circles.domain.roles import ORDINARY, Role, Trust
from services.shared.kernel.clock import from_millis, parse
from services.shared.messaging.events import (
    CircleActivated,
    CircleChanged,
    CircleData,
    CircleDormant,
    ContentReportedData,
    DigestChosen,
    DigestChosenData,
    DigestReady,
    DigestReadyData,
    GuessingAlarmRaised,
    GuessingAlarmRaisedData,
    HealthMeasured,
    HealthMeasuredData,
    MembershipChanged,
    MembershipChangedData,
    NoteReported,
    SuccessionOffered,
    SuccessionOfferedData,
)
from services.shared.messaging.outbox import PendingEvent, Publications
from services.shared.security.account_status import SanctionLevel
from services.shared.table.port import Item
from services.shared.table.reports import report_event_builder


def circle_activated(item: Item, pending: PendingEvent) -> CircleActivated:
    return CircleActivated(**pending.envelope(item["id"]), data=_circle_state(item))


def circle_changed(item: Item, pending: PendingEvent) -> CircleChanged:
    return CircleChanged(**pending.envelope(item["id"]), data=_circle_state(item))


def _circle_state(item: Item) -> CircleData:
    removed = item.get("owner_removed", False)
    sunset = item["state"] == "sunset"
    read_only = (
        sunset or removed or SanctionLevel(item.get("owner_level", SanctionLevel.NONE)).includes(SanctionLevel.SUSPENDED)
    )
    ends = read_only and not sunset and not removed and "owner_until" in item
    return CircleData(
        circle_id=item["id"],
        name=item["name"],
        owner_id=item["owner"],
        state="closed" if item["state"] == "closed" else "read_only" if read_only else item["state"],
        read_only_until=from_millis(item["owner_until"]) if ends else None,
    )


def succession_offered(item: Item, pending: PendingEvent) -> SuccessionOffered:
    offer = item["offer"]
    data = SuccessionOfferedData(
        succession_id=offer["id"],
        circle_id=item["id"],
        owner_id=item["owner"],
        candidate_id=offer["to"],
        kind=offer["kind"],
        state="withdrawn" if offer["state"] == "withdrawn" else "offered",
        ends_at=from_millis(offer["ends_at"]),
    )
    return SuccessionOffered(**pending.envelope(item["id"]), data=data)


def membership_changed(item: Item, pending: PendingEvent) -> MembershipChanged:
    """A membership is the entity `circle/user`."""
    data = MembershipChangedData(
        circle_id=item["circle_id"],
        user_id=item["user_id"],
        role=_acts_as(item).value,
        state=item["state"],
        invited_by=item.get("invited_by", ""),
        muted_until=from_millis(item["mute"]["until"]) if "mute" in item else None,
    )
    return MembershipChanged(**pending.envelope(f"{item['circle_id']}/{item['user_id']}"), data=data)


def _acts_as(item: Item) -> Role:
    return ORDINARY[Trust(item.get("trust", 0))] if item["role"] == Role.MEMBER else Role(item["role"])


def digest_ready(item: Item, pending: PendingEvent) -> DigestReady:
    data = DigestReadyData(circle_id=item["circle_id"], day=item["day"], notes=item["notes"], note_ids=item["note_ids"])
    return DigestReady(**pending.envelope(f"{item['circle_id']}/{item['day']}"), data=data)


def digest_chosen(item: Item, pending: PendingEvent) -> DigestChosen:
    data = DigestChosenData.model_validate({name: item[name] for name in DigestChosenData.model_fields})
    return DigestChosen(**pending.envelope(f"{item['circle_id']}/{item['user_id']}"), data=data)


def health_measured(item: Item, pending: PendingEvent) -> HealthMeasured:
    return HealthMeasured(
        **pending.envelope(item["circle_id"]), data=HealthMeasuredData(owner_id=item["owner"], **_metrics(item))
    )


def circle_dormant(item: Item, pending: PendingEvent) -> CircleDormant:
    """A report without a reporter."""
    circle_id, metrics = item["circle_id"], _metrics(item)
    data = ContentReportedData(
        service="circles",
        kind="circle",
        subject_id=circle_id,
        circle_id=circle_id,
        author_id=item["owner"],
        reporter_id=NOBODY,
        reason="other",
        words="",
        evidence={name: figure for name, figure in metrics.items() if name != "circle_id"},
    )
    return CircleDormant(**pending.envelope(circle_id), data=data)


def _metrics(item: Item) -> dict[str, Any]:
    return {name: item[name] for name in HealthMeasuredData.model_fields if name in item}


NOBODY = "00000000-0000-0000-0000-000000000000"


def guessing_alarm_raised(item: Item, pending: PendingEvent) -> GuessingAlarmRaised:
    data = GuessingAlarmRaisedData(window_start=parse(item["sk"]), wrong=item["wrong"])
    return GuessingAlarmRaised(**pending.envelope(item["sk"]), data=data)


PUBLICATIONS: Publications = {
    "CircleActivated": circle_activated,
    "CircleChanged": circle_changed,
    "SuccessionOffered": succession_offered,
    "MembershipChanged": membership_changed,
    "DigestReady": digest_ready,
    "DigestChosen": digest_chosen,
    "HealthMeasured": health_measured,
    "CircleDormant": circle_dormant,
    "NoteReported": report_event_builder(NoteReported),
    "GuessingAlarmRaised": guessing_alarm_raised,
}
