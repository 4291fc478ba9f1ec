"""The parts of an application: its content, claim, decisions, question and appeal."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

from services.review.errors import RealNameMissing
from services.shared.kernel.errors import FieldError, Invalid
from services.shared.security.audit import canonical_json


class Reason(StrEnum):
    """The reason of a decision. Its text in both languages is in `schemas/texts.py`."""

    MEETS_CRITERIA = "meets_criteria"
    RESONANCE_WEAK = "resonance_weak"
    CIRCLE_VAGUE = "circle_vague"
    EARLY_BUILDING_UNCLEAR = "early_building_unclear"
    TOO_LITTLE_TIME = "too_little_time"
    EVIDENCE_LACKING = "evidence_lacking"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Content:
    """What an applicant sends. A draft can lack any of it.

    resonance, circle_definition, early_building, weekly_hours: the four criteria.
    evidence: keyed hashes of the links to the applicant's evidence.
    identity_hash: keyed hash of the verifier's pseudonym for the person; the same for all users of the person.
    """

    resonance: str = ""
    circle_name: str = ""
    circle_tags: tuple[str, ...] = ()
    circle_definition: str = ""
    early_building: str = ""
    weekly_hours: int = 0
    evidence: tuple[str, ...] = ()
    plan: str = ""
    identity_hash: str = ""

    def missing_fields(self) -> tuple[str, ...]:
        return tuple(field.name for field in fields(self) if not getattr(self, field.name))

    def require_complete(self) -> None:
        """Raises: RealNameMissing (nothing else is missing), Invalid (with one error per missing field)."""
        missing = self.missing_fields()
        if missing == ("identity_hash",):
            raise RealNameMissing(fields=(FieldError("/real_name_token", "verification-required"),))
        if missing:
            names = ("real_name_token" if name == "identity_hash" else name for name in missing)
            raise Invalid(fields=tuple(FieldError(f"/{name}", "required-to-submit") for name in names))

    def as_dict(self) -> dict[str, object]:
        return {field.name: _plain(getattr(self, field.name)) for field in fields(self)}

    @property
    def hash(self) -> str:
        """Identifies the text that a reviewer read, so that a decision applies to exactly that."""
        return hashlib.sha256(canonical_json(self.as_dict()).encode()).hexdigest()[:32]


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


@dataclass(frozen=True, slots=True)
class Reviewer:
    """A user who can review, and the identity behind the user."""

    user_id: str
    identity_hash: str

    def is_same_identity(self, other: Reviewer) -> bool:
        """Whether both are the same user, or users of the same identity."""
        return self.user_id == other.user_id or self.identity_hash == other.identity_hash


@dataclass(frozen=True, slots=True)
class DecisionInput:
    """The decision that a reviewer sends. `content_hash` identifies the text that the reviewer read."""

    approves: bool
    content_hash: str
    scores: dict[str, int]
    reasons: tuple[Reason, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision of one reviewer about one text.

    instance: 1 for the first review, 2 for an appeal.
    """

    reviewer: Reviewer
    approves: bool
    content_hash: str
    scores: Mapping[str, int]
    reasons: tuple[Reason, ...]
    note: str
    at: datetime
    instance: int = 1


@dataclass(frozen=True, slots=True)
class Question:
    """What a reviewer asks the applicant before a decision. `fields`: the fields of the content that it is about."""

    fields: tuple[str, ...]
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Appeal:
    """An appeal against one reason of the rejection. `cites`: that reason."""

    cites: Reason
    statement: str
    at: datetime
