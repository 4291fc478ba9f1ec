"""Claims of applications: leases, how many an identity has had of one application, and how many applications it has claimed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.review.domain.content import Reviewer
from services.review.errors import ClaimLimitReached, LeaseLimitReached
from services.review.settings import settings

Leases = tuple[tuple[str, tuple[datetime, ...]], ...]  # per identity, when its last leases of an application began
MAX_CLAIMING = timedelta(seconds=30)  # longer than any function runs (29 s): after that a claim is stored, or has failed


@dataclass(frozen=True, slots=True)
class Claim:
    """The lease of one reviewer on an application. Other reviewers cannot work on it until it expires."""

    reviewer: str
    identity_hash: str
    until: datetime
    extensions: int = 0

    def is_active(self, at: datetime) -> bool:
        return at < self.until


def count_lease(leases: Leases, reviewer: Reviewer, *, at: datetime) -> Leases:
    """Count one more lease of the reviewer's identity: a claim, an extension, or a claim that was handed over.

    Released claims count too. Otherwise a reviewer could release and claim an application again for ever.

    Raises: LeaseLimitReached.
    """
    window = settings().lease_window
    recent = {identity: tuple(began for began in all_began if at - began < window) for identity, all_began in leases}
    own = recent.get(reviewer.identity_hash, ())
    if len(own) >= settings().max_leases:
        free_at = own[-settings().max_leases] + window
        raise LeaseLimitReached(limit=settings().max_leases, retry_after=seconds_until(free_at, at))
    recent[reviewer.identity_hash] = (*own, at)
    return tuple((identity, all_began) for identity, all_began in recent.items() if all_began)


@dataclass(frozen=True, slots=True)
class ClaimList:
    """The applications that one identity has claimed, with the moment of each claim.

    An application is added before it is claimed, and stays when the claim ends. Only a full list is compared with the
    applications themselves, so the end of a claim writes nothing here.
    """

    identity_hash: str
    claims: tuple[tuple[str, datetime], ...] = ()
    version: int = 0

    @property
    def is_full(self) -> bool:
        return len(self.claims) >= settings().max_claims

    def add(self, application_id: str, *, at: datetime) -> ClaimList:
        """Add an application that is about to be claimed. Unchanged if it was added a moment ago."""
        if any(claimed == application_id and at - claimed_at < MAX_CLAIMING for claimed, claimed_at in self.claims):
            return self
        others = tuple(claim for claim in self.claims if claim[0] != application_id)
        return replace(self, claims=(*others, (application_id, at)), version=self.version + 1)

    def require_room(self, ends: Iterable[tuple[str, datetime]], *, at: datetime) -> ClaimList:
        """Return the list without the claims that have ended.

        ends: the applications that the identity has claimed now, and when their leases end.

        Raises: ClaimLimitReached (as many claims have not ended as an identity can have).
        """
        # A claim that is being stored at this moment is not in the application yet.
        active = {claimed: began + MAX_CLAIMING for claimed, began in self.claims if at - began < MAX_CLAIMING} | dict(ends)
        if len(active) >= settings().max_claims:
            raise ClaimLimitReached(limit=settings().max_claims, retry_after=seconds_until(min(active.values()), at))
        return replace(self, claims=tuple(claim for claim in self.claims if claim[0] in active))


def seconds_until(moment: datetime, at: datetime) -> int:
    """Return the whole seconds after which the moment has passed."""
    return int((moment - at).total_seconds()) + 1
