"""The record of a reviewer's access to personal data, by which every such access passes."""

from __future__ import annotations

from services.review.repository import access_logs
from services.review.usecases.ports import Ports
from services.shared.table.versioned import update


def record_access(ports: Ports, reader: str, entity_id: str) -> None:
    """Count the access and add it to the reader's audit chain, before anything is shown. Raises: ReadLimitReached."""
    update(
        ports,
        lambda: access_logs.load_access_log(ports.table, reader, ports.clock(), ports.new_id),
        lambda log: log.record(entity_id, at=ports.clock()),
    )
