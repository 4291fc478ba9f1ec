"""What is said on either side of an application: its content, who judges it, what they find, ask, and are told in return."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

from services.shared.security.audit import canonical


class Reason(StrEnum):
    """Why a decision fell as it did; each has its words in both languages in `schemas.py`."""

    MEETS_CRITERIA = "meets_criteria"
    RESONANCE_WEAK = "resonance_weak"
    CIRCLE_VAGUE = "circle_vague"
    EARLY_BUILDING_UNCLEAR = "early_building_unclear"
    TOO_LITTLE_TIME = "too_little_time"
    EVIDENCE_LACKING = "evidence_lacking"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Content:
    """What an applicant tells: the four criteria (resonance, a definite circle, early building, time), the evidence of
    experience (digests of its links), the plan, and the digest of the real name. A draft may lack any of it."""

    resonance: str = ""
    circle_name: str = ""
    circle_tags: tuple[str, ...] = ()
    circle_definition: str = ""
    early_building: str = ""
    weekly_hours: int = 0
    evidence: tuple[str, ...] = ()
    plan: str = ""
    person: str = ""

    def missing(self) -> tuple[str, ...]:
        return tuple(one.name for one in fields(self) if not getattr(self, one.name))

    def as_dict(self) -> dict[str, object]:
        return {one.name: _plain(getattr(self, one.name)) for one in fields(self)}

    @property
    def hash(self) -> str:
        """The version that a reviewer read, and that an approval is bound to."""
        return hashlib.sha256(canonical(self.as_dict()).encode()).hexdigest()[:32]


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


@dataclass(frozen=True, slots=True)
class Reviewer:
    """A person who may decide; `person` is the digest of the real name behind the account."""

    user_id: str
    person: str

    def is_same_as(self, other: Reviewer) -> bool:
        """One human, by account or by real name."""
        return self.user_id == other.user_id or self.person == other.person


@dataclass(frozen=True, slots=True)
class Claim:
    """One reviewer's lease on an application."""

    reviewer: str
    until: datetime
    extensions: int = 0

    def is_live(self, at: datetime) -> bool:
        return at < self.until


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a reviewer sends in: the verdict with scores, coded reasons, words, and the hash of the version it is about."""

    approves: bool
    content_hash: str
    scores: dict[str, int]
    reasons: tuple[Reason, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What one reviewer found, of which version, and why."""

    reviewer: Reviewer
    approves: bool
    content_hash: str
    scores: Mapping[str, int]
    reasons: tuple[Reason, ...]
    note: str
    at: datetime
    instance: int = 1
    wish: str = ""  # the idempotency key it came by


@dataclass(frozen=True, slots=True)
class Question:
    """What a reviewer asks an applicant for before deciding."""

    fields: tuple[str, ...]
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Appeal:
    """Which reason of the rejection an applicant contests, and why."""

    cites: Reason
    statement: str
    at: datetime
