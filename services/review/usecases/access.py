"""What reviewers and operators read about users: without a conflict of interest, limited, and recorded."""

from __future__ import annotations

from collections.abc import Iterable

from services.review.domain import Reviewer
from services.review.errors import ConflictOfInterest
from services.review.settings import settings
from services.review.usecases.conflicts import has_conflict_of_interest
from services.review.usecases.ports import Ports
from services.shared.security.access_logs import AccessLog, put_access


def record_access(ports: Ports, reader: Reviewer, subject: str, users: Iterable[str], *, case_id: str = "") -> AccessLog:
    """Require that a reviewer or operator can read about these users, record it before the data is returned, return the log.

    Every use case that returns personal data, or content that is not public, to a reviewer or operator calls this. The routes
    are in `READS` of tests/app/test_staff_reads.py. The limit is of the identity: a second user of it has no reads of its own.

    reader: an operator who is no reviewer has no identity; the user counts.
    subject: an application, case or succession, or whose record it is.

    case_id: a case that no user of the reader may have reported.

    Cost: 1 write unit and 1 read unit, and those of `has_conflict_of_interest`.
    Raises: ConflictOfInterest, ReadLimitReached.
    """
    if has_conflict_of_interest(ports, reader, users, case_id=case_id):
        raise ConflictOfInterest
    limit = settings().max_reads_per_hour
    return put_access(ports, reader.identity_hash or reader.user_id, subject, by=reader.user_id, limit=limit)
