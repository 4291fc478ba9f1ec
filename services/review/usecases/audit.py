"""The audit chains of applications, and the hourly anchors of all chains."""

from __future__ import annotations

from services.review.repository import applications
from services.review.usecases.anchors import anchor_heads
from services.review.usecases.ports import Ports
from services.shared.kernel.remaining_time import HasTime, always
from services.shared.security.audit import ChainVerification
from services.shared.security.auth import Caller


def audit_application(ports: Ports, caller: Caller, application_id: str) -> ChainVerification:
    """Verify the audit chain of an application.

    Raises: OperatorRequired, ApplicationNotFound.
    """
    caller.require_operator()
    return applications.verify_audit_chain(ports.table, application_id)


def anchor_audit_heads(ports: Ports, has_time: HasTime = always) -> int:
    """Write the audit heads of past hours to the locked bucket, and return their number.

    Cost: 3 write units, 5 read units.
    """
    return anchor_heads(ports.table, ports.archive, ports.clock(), has_time)
