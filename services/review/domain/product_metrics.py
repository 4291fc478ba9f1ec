"""The product metrics: the definition of each, and its numbers for one circle and month, from facts.

`product_metrics.sql` has the same definitions for an archive of facts. A test compares the two with numbers found by hand.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from services.review.domain.product_facts import EXCLUDED_BY, Fact, FactKind, month_of_day, newest_facts
from services.shared.kernel.clock import shift_month

VERSION = 1  # of the definitions: a change of one of them is a new version
MIN_PEOPLE = 5  # a figure about fewer people is not shown. No setting: no operator can lower it
CHAT_WINDOW, CONTENT_WINDOW = timedelta(days=7), timedelta(days=30)  # those of attribution
FIRST_REPLY_MILLIS = 24 * 3600 * 1000
SURVIVAL_AGE = timedelta(days=90)
MONTHS_BEFORE, MONTHS_AFTER = 2, 1  # whose facts a month needs


@dataclass(frozen=True, slots=True)
class Figure:
    """numerator, denominator: of the metric. people: how many it is about; the smaller group, if it compares two."""

    numerator: int
    denominator: int
    people: int

    @property
    def is_shown(self) -> bool:
        return self.people >= MIN_PEOPLE and self.denominator > 0

    @property
    def has_circles(self) -> bool:
        """Whether a figure that counts circles is about at least 5 of them."""
        return self.denominator >= MIN_PEOPLE

    def __add__(self, other: Figure) -> Figure:
        """Return the figure of two circles. A member of both can be one person, so people are not added up."""
        people = max(self.people, other.people)
        return Figure(self.numerator + other.numerator, self.denominator + other.denominator, people)


@dataclass(frozen=True, slots=True)
class MonthFacts:
    """The facts of a circle that count for a month, by kind, and by kind and month.

    chat_days, open_days: the days on which each user wrote in chats, and read.
    """

    month: str
    by_kind: Mapping[FactKind, list[Fact]]
    by_month: Mapping[tuple[FactKind, str], list[Fact]]
    chat_days: Mapping[str, set[date]]
    open_days: Mapping[str, set[date]]

    @classmethod
    def of(cls, facts: Iterable[Fact], month: str) -> MonthFacts:
        by_kind: dict[FactKind, list[Fact]] = defaultdict(list)
        by_month: dict[tuple[FactKind, str], list[Fact]] = defaultdict(list)
        newest = newest_facts(facts)
        excluding = {(fact.kind, fact.key) for fact in newest if not fact.counts}
        for fact in newest:
            if fact.counts and (EXCLUDED_BY.get(fact.kind), fact.key) not in excluding:
                by_kind[fact.kind].append(fact)
                by_month[fact.kind, month_of_day(fact.day)].append(fact)
        return cls(month, by_kind, by_month, _days(by_kind[FactKind.ACTIVE]), _days(by_kind[FactKind.OPENED]))

    def within(self, kind: FactKind, first: int = 0, last: int = 0) -> list[Fact]:
        """Return the facts of a kind from the month `first` to the month `last`, as offsets to this month."""
        months = [shift_month(self.month, offset) for offset in range(first, last + 1)]
        return [fact for month in months for fact in self.by_month.get((kind, month), ())]

    def users(self, kind: FactKind, first: int = 0, last: int = 0) -> set[str]:
        return {fact.user for fact in self.within(kind, first, last)}


def _days(facts: Iterable[Fact]) -> dict[str, set[date]]:
    days: dict[str, set[date]] = defaultdict(set)
    for fact in facts:
        days[fact.user].add(fact.day)
    return days


def repurchase(facts: MonthFacts) -> Figure:
    return _repurchase(facts, facts.users(FactKind.ORDER, -MONTHS_BEFORE))


def chat_repurchase(facts: MonthFacts) -> Figure:
    return _repurchase(facts, facts.users(FactKind.ACTIVE, -MONTHS_BEFORE))


def _repurchase(facts: MonthFacts, users: set[str]) -> Figure:
    orders = Counter(order.user for order in facts.within(FactKind.ORDER, -MONTHS_BEFORE) if order.user in users)
    return Figure(sum(number >= 2 for number in orders.values()), len(orders), len(orders))


def closed_loop(facts: MonthFacts) -> Figure:
    content_days: dict[str, set[date]] = defaultdict(set)
    for user, days in facts.open_days.items():
        content_days[user] |= days
    for comment in facts.by_kind.get(FactKind.COMMENT, ()):
        content_days[comment.user].add(comment.day)
    orders = facts.within(FactKind.ORDER)

    def is_closed(order: Fact) -> bool:
        chatted = _has_day(facts.chat_days.get(order.user, ()), order.day, CHAT_WINDOW)
        return chatted or _has_day(content_days.get(order.user, ()), order.day, CONTENT_WINDOW)

    return Figure(sum(map(is_closed, orders)), len(orders), len({order.user for order in orders}))


def _has_day(days: Iterable[date], until: date, window: timedelta) -> bool:
    return any(until - window <= day <= until for day in days)


def interest_chats(facts: MonthFacts) -> Figure:
    is_interest = any(circle.number for circle in facts.by_kind.get(FactKind.CIRCLE, ()))
    days = len(facts.within(FactKind.ACTIVE))
    return Figure(days if is_interest else 0, days, len(facts.users(FactKind.ACTIVE)))


def chat_opens(facts: MonthFacts) -> Figure:
    members = facts.users(FactKind.ACTIVE)
    opened = sum(fact.user in members for fact in facts.within(FactKind.OPENED))
    return Figure(opened, len(members), len(members))


def other_opens(facts: MonthFacts) -> Figure:
    others = facts.users(FactKind.OPENED) - facts.users(FactKind.ACTIVE)
    opened = sum(fact.user in others for fact in facts.within(FactKind.OPENED))
    return Figure(opened, len(others), len(others))


def comments_per_note(facts: MonthFacts) -> Figure:
    authors = facts.users(FactKind.NOTE) | facts.users(FactKind.COMMENT)
    return Figure(len(facts.within(FactKind.COMMENT)), len(facts.within(FactKind.NOTE)), len(authors))


def pictures_per_note(facts: MonthFacts) -> Figure:
    notes = facts.within(FactKind.NOTE)
    return Figure(sum(note.number for note in notes), len(notes), len({note.user for note in notes}))


def chat_growth(facts: MonthFacts) -> Figure:
    people = min(len(facts.users(FactKind.ACTIVE)), len(facts.users(FactKind.ACTIVE, -1, -1)))
    return Figure(len(facts.within(FactKind.ACTIVE)), len(facts.within(FactKind.ACTIVE, -1, -1)), people)


def first_reply(facts: MonthFacts) -> Figure:
    newcomers = facts.users(FactKind.JOINED, -MONTHS_BEFORE)
    first: dict[str, Fact] = {}
    for note in sorted(facts.within(FactKind.NOTE, -MONTHS_BEFORE), key=lambda note: (note.at, note.key)):
        first.setdefault(note.user, note)
    notes = {note.key: note for user, note in first.items() if user in newcomers and month_of_day(note.day) == facts.month}
    replied = {
        comment.subject
        for comment in facts.by_kind.get(FactKind.COMMENT, ())
        if comment.subject in notes and _is_first_reply(comment, notes[comment.subject])
    }
    return Figure(len(replied), len(notes), len(notes))


def _is_first_reply(comment: Fact, note: Fact) -> bool:
    return comment.user != note.user and 0 <= comment.at - note.at <= FIRST_REPLY_MILLIS


def retention_after_1_month(facts: MonthFacts) -> Figure:
    return _retention(facts, 1)


def retention_after_2_months(facts: MonthFacts) -> Figure:
    return _retention(facts, 2)


def _retention(facts: MonthFacts, months: int) -> Figure:
    cohort = facts.users(FactKind.JOINED, -months, -months)
    return Figure(len(cohort & _present(facts)), len(cohort), len(cohort))


def survival(facts: MonthFacts) -> Figure:
    end = date.fromisoformat(f"{shift_month(facts.month, 1)}-01")
    is_old = any(circle.day <= end - SURVIVAL_AGE for circle in facts.by_kind.get(FactKind.CIRCLE, ()))
    present = len(_present(facts))
    return Figure(int(is_old and present >= MIN_PEOPLE), int(is_old), present)


def _present(facts: MonthFacts) -> set[str]:
    return facts.users(FactKind.ACTIVE) | facts.users(FactKind.OPENED)


METRICS: Mapping[str, Callable[[MonthFacts], Figure]] = {
    "repurchase": repurchase,
    "chat_repurchase": chat_repurchase,
    "closed_loop": closed_loop,
    "interest_chats": interest_chats,
    "chat_opens": chat_opens,
    "other_opens": other_opens,
    "comments_per_note": comments_per_note,
    "pictures_per_note": pictures_per_note,
    "chat_growth": chat_growth,
    "first_reply": first_reply,
    "retention_after_1_month": retention_after_1_month,
    "retention_after_2_months": retention_after_2_months,
    "survival": survival,
}


def compute_figures(facts: Iterable[Fact], month: str) -> dict[str, Figure]:
    """Return the figures of a circle in a month, from its activation and its facts from 2 months before to 1 month after it.

    Repeated facts and older versions change nothing.
    """
    of_month = MonthFacts.of(facts, month)
    return {metric: compute(of_month) for metric, compute in METRICS.items()}


def count_days(facts: Iterable[Fact], month: str) -> dict[date, tuple[int, int]]:
    """Return for each day of a month with members who wrote in chats or read how many wrote, and how many read."""
    of_month = MonthFacts.of(facts, month)
    chat = Counter(fact.day for fact in of_month.within(FactKind.ACTIVE))
    read = Counter(fact.day for fact in of_month.within(FactKind.OPENED))
    return {day: (chat[day], read[day]) for day in sorted(chat.keys() | read.keys())}
