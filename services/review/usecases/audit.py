"""The audit chains of applications."""

from __future__ import annotations

from services.review.repository import applications
from services.review.usecases.ports import Ports
from services.shared.security.audit import ChainVerification
from services.shared.security.auth import Caller


def audit_application(ports: Ports, caller: Caller, application_id: str) -> ChainVerification:
    """Verify the audit chain of an application.

    Raises: OperatorRequired, ApplicationNotFound.
    """
    caller.require_operator()
    return applications.verify_audit_chain(ports.table, application_id)
