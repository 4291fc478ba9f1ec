"""The events of this service, each built from the item that carries its fact."""

from services.shared.events import MessageReported
from services.shared.facts import Publications
from services.shared.reports import reported

PUBLICATIONS: Publications = {"MessageReported": reported(MessageReported)}
