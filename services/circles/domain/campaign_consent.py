"""The consent of a user to messages of other circles, and the interests that are collected while it is in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from services.circles.domain.days import member_day
from services.circles.errors import ConsentTextChanged
from services.circles.settings import settings
from services.shared.kernel.clock import next_version

MAX_INTERESTS = 30  # of one user: a withdrawal deletes them all


@dataclass(frozen=True, slots=True)
class Interest:
    """An interest in a tag. days: on how many days the user read something with it. last: the last of these days."""

    days: int
    last: date


@dataclass(frozen=True, slots=True)
class CampaignConsent:
    """A user's choice. Without one, nothing is collected and no campaign finds the user.

    revision: of the text that the user agreed to. choice: the version of the last choice, which identifies a consent: another
        one after a withdrawal has another. 0 if the user never chose.
    interests: by the slug of the tag; none without consent.
    """

    user_id: str
    is_given: bool = False
    revision: int = 0
    choice: int = 0
    interests: Mapping[str, Interest] = field(default_factory=dict)
    version: int = 0

    @property
    def is_in_force(self) -> bool:
        """Whether the consent is given, and to the text of now: another text needs another consent."""
        return self.is_given and self.revision == settings().campaign_consent_revision

    def give(self, revision: int, *, at: datetime) -> CampaignConsent:
        """Give the consent. Unchanged if it is in force. Raises: ConsentTextChanged (the user read another text)."""
        if revision != settings().campaign_consent_revision:
            raise ConsentTextChanged(revision=settings().campaign_consent_revision)
        if self.is_in_force:
            return self
        version = next_version(self.version, at)
        return replace(self, is_given=True, revision=revision, choice=version, version=version)

    def withdraw(self, *, at: datetime) -> CampaignConsent:
        """Withdraw the consent, and delete the interests. Unchanged if it is not given."""
        if not self.is_given:
            return self
        version = next_version(self.version, at)
        return replace(self, is_given=False, choice=version, interests={}, version=version)

    def add_interests(self, slugs: Iterable[str], *, at: datetime) -> CampaignConsent:
        """Add a day of reading to these interests, each once a day. Unchanged without consent.

        Interests of before the window are deleted, and beyond 30 those that are the longest ago.
        """
        today = member_day(at)
        new = [slug for slug in dict.fromkeys(slugs) if self._last_day(slug) < today]
        if not new or not self.is_in_force:
            return self
        interests = {slug: interest for slug, interest in self.interests.items() if _is_recent(interest, at)}
        interests |= {slug: Interest(interests[slug].days + 1 if slug in interests else 1, today) for slug in new}
        kept = sorted(interests.items(), key=lambda one: (one[1].last, one[1].days), reverse=True)[:MAX_INTERESTS]
        return replace(self, interests=dict(kept), version=next_version(self.version, at))

    def matches(self, slugs: Sequence[str], min_days: int, *, at: datetime) -> bool:
        """Whether the user consents and read something with one of these tags on so many days, the last one in the window."""
        found = [self.interests[slug] for slug in slugs if slug in self.interests]
        return self.is_in_force and any(one.days >= min_days and _is_recent(one, at) for one in found)

    def _last_day(self, slug: str) -> date:
        return self.interests[slug].last if slug in self.interests else date.min


def _is_recent(interest: Interest, at: datetime) -> bool:
    return member_day(at) - interest.last <= settings().interest_window
