"""The events of this service, each built from the item that carries its fact."""

from services.shared.messaging.events import MessageReported
from services.shared.messaging.outbox import Publications
from services.shared.table.reports import reported

PUBLICATIONS: Publications = {"MessageReported": reported(MessageReported)}
