"""The events that the chat service publishes, and the builder of each from the item that carries it."""

from services.shared.messaging.erasure import erased_event_builder
from services.shared.messaging.events import MessageReported, MessageReportedData, MessagesErased, MessagesExported
from services.shared.messaging.exports import parts_event_builder
from services.shared.messaging.outbox import Publications
from services.shared.messaging.reports import report_event_builder

PUBLICATIONS: Publications = {
    "MessageReported": report_event_builder(MessageReported, MessageReportedData),
    "MessagesExported": parts_event_builder(MessagesExported),
    "MessagesErased": erased_event_builder(MessagesErased),
}
