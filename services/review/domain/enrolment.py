"""The enrolment of a reviewer, with the audit trail of all its changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from services.review.domain.content import Reviewer
from services.shared.kernel.clock import next_version
from services.shared.security.audit import AuditTrail


@dataclass(frozen=True, slots=True)
class Enrolment:
    """The enrolment of a user as a reviewer. It stays when it has ended.

    identity_id: the identity of the reviewer, as other services receive it.
    """

    reviewer: Reviewer
    trail: AuditTrail
    ended: bool = True
    version: int = 0
    identity_id: str = ""

    @classmethod
    def none(cls, user_id: str, salt: str) -> Enrolment:
        """Return the enrolment of a user who was never enrolled."""
        return cls(Reviewer(user_id, ""), AuditTrail(salt))

    def enrol(self, reviewer: Reviewer, by: str, *, identity_id: str, at: datetime) -> Enrolment:
        """Enrol the user. Unchanged if the user is enrolled under this identity."""
        if not self.ended and self.reviewer == reviewer:
            return self
        return replace(self._log("enrolled", by, reviewer, at), reviewer=reviewer, ended=False, identity_id=identity_id)

    def dismiss(self, by: str, *, at: datetime) -> Enrolment:
        """End the enrolment. Unchanged if the user is not enrolled."""
        return self if self.ended else replace(self._log("dismissed", by, self.reviewer, at), ended=True)

    def _log(self, action: str, by: str, reviewer: Reviewer, at: datetime) -> Enrolment:
        trail = self.trail.extend(action, actor=by, at=at, identity_hash=reviewer.identity_hash)
        return replace(self, trail=trail, version=next_version(self.version, at))
