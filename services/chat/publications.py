"""The events of this service, each built from the item that carries its fact."""

from services.shared.messaging.events import MessageReported
from services.shared.messaging.outbox import Publications
from services.shared.table.reports import report_event_builder

PUBLICATIONS: Publications = {"MessageReported": report_event_builder(MessageReported)}
