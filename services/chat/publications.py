"""The events that the chat service publishes, and the builder of each from the item that carries it."""

from datetime import date

from services.shared.messaging.erasure import erased_event_builder
from services.shared.messaging.events import (
    MemberActive,
    MemberDayData,
    MessageReported,
    MessageReportedData,
    MessagesErased,
    MessagesExported,
)
from services.shared.messaging.exports import parts_event_builder
from services.shared.messaging.outbox import PendingEvent, Publications
from services.shared.messaging.reports import report_event_builder
from services.shared.table.items import Item


def member_active(item: Item, pending: PendingEvent) -> MemberActive:
    circle_id, user_id, day = item["circle_id"], item["user_id"], date.fromisoformat(item["day"])
    data = MemberDayData(circle_id=circle_id, user_id=user_id, day=day)
    return MemberActive(**pending.envelope(f"{circle_id}/{user_id}/{day}"), data=data)


PUBLICATIONS: Publications = {
    "MemberActive": member_active,
    "MessageReported": report_event_builder(MessageReported, MessageReportedData),
    "MessagesExported": parts_event_builder(MessagesExported),
    "MessagesErased": erased_event_builder(MessagesErased),
}
