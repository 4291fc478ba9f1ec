"""What a user wants to be notified of, when nothing is pushed, and until when the user has read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta

from services.chat.settings import settings
from services.shared.kernel.clock import from_millis, in_china, is_time_within, is_within_hours, next_china_time, next_version

MAX_DIGEST_DELAY = timedelta(hours=1)  # a digest that is later than this is left out: the next one counts the same
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class NotificationPreferences:
    """The choices of one user.

    unlisted, unpushed: the kinds that are not listed, and those that are not pushed.
    quiet: whether there are quiet hours. quiet_from, quiet_until: in China time; nothing is pushed in between. If
    `quiet_from` is the later one, the hours span midnight.
    daily_digest: whether a push says once a day how many notifications are unread. digest_at: when, in China time.
    read_until: everything up to this moment is read. pushed_until: everything up to this moment was pushed.
    withdrawn_at: the version, as a moment, at which the consent to campaigns was withdrawn last.
    """

    user_id: str
    unlisted: frozenset[str] = frozenset()
    unpushed: frozenset[str] = frozenset()
    quiet: bool = True
    quiet_from: time = field(default_factory=lambda: time(settings().quiet_from_hour))
    quiet_until: time = field(default_factory=lambda: time(settings().quiet_until_hour))
    daily_digest: bool = False
    digest_at: time = field(default_factory=lambda: time(settings().digest_hour))
    version: int = 0
    read_until: datetime = NEVER
    pushed_until: datetime = NEVER
    withdrawn_at: datetime = NEVER

    def update(self, chosen: NotificationPreferences, *, at: datetime) -> NotificationPreferences:
        """Return these choices with the markers of now. Unchanged if the same choices are stored."""
        after = replace(chosen, version=self.version, read_until=self.read_until, pushed_until=self.pushed_until)
        after = replace(after, withdrawn_at=self.withdrawn_at)
        return self if self.version and after == self else replace(after, version=next_version(self.version, at))

    def is_quiet(self, at: datetime) -> bool:
        return self.quiet and is_within_hours(at, self.quiet_from, self.quiet_until)

    def has_consented(self, consent_version: int) -> bool:
        """Whether a consent to campaigns was not withdrawn since; its version is lower than that of its withdrawal."""
        return from_millis(consent_version) > self.withdrawn_at

    @property
    def digest_time(self) -> time:
        """The time of the daily digest in China: as chosen, or the end of the quiet hours if that is in them."""
        is_in_quiet_hours = self.quiet and is_time_within(self.digest_at, self.quiet_from, self.quiet_until)
        return self.quiet_until if is_in_quiet_hours else self.digest_at

    def next_digest_at(self, at: datetime) -> datetime:
        """Return the first moment of a daily digest after `at`."""
        return next_china_time(at, self.digest_time).astimezone(UTC)

    def is_digest_due(self, due_at: datetime, at: datetime) -> bool:
        """Whether a digest that was planned for `due_at` can be sent at `at`: soon after it, and not in quiet hours."""
        return self.has_digest_at(due_at) and due_at <= at < due_at + MAX_DIGEST_DELAY and not self.is_quiet(at)

    def has_digest_at(self, due_at: datetime) -> bool:
        """Whether the user wants a daily digest at this moment; not if it was planned for choices that have changed."""
        return self.daily_digest and in_china(due_at).time() == self.digest_time

    @property
    def push_start(self) -> datetime:
        """The moment after which a notification is neither read nor pushed."""
        return max(self.read_until, self.pushed_until)

    def next_push_at(self, at: datetime) -> datetime:
        """Return when a notification of `at` is pushed: in the next minute, or at the end of the quiet hours."""
        due = at.replace(second=0, microsecond=0) + timedelta(minutes=1)
        return next_china_time(due, self.quiet_until).astimezone(UTC) if self.is_quiet(due) else due
