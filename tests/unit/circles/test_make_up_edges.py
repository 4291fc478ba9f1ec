"""The edges of the make-up card: the day in China, the age of the missed day, one card a month, and what it joins."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from services.circles.domain.check_ins import CheckIns
from services.circles.errors import MakeUpCardUsed, MakeUpDayNotEligible
from services.circles.settings import settings
from simulation.settings import overridden

DAY = timedelta(days=1)


def noon(day: date) -> datetime:
    """Return noon of a day in China."""
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


def checked_in(*days: date) -> CheckIns:
    check_ins = CheckIns("c", "u")
    for day in days:
        check_ins = check_ins.check_in(at=noon(day))
    return check_ins


def run_around(missed: date, today: date) -> CheckIns:
    """Check in on the two days before a missed day, and on every day after it until today."""
    after = [missed + number * DAY for number in range(1, (today - missed).days + 1)]
    return checked_in(missed - 2 * DAY, missed - DAY, *after)


@pytest.mark.parametrize(("age", "is_eligible"), [(1, True), (2, True), (6, True), (7, True), (8, False)])
def test_c18_a_day_of_the_last_7_days_can_be_made_up(age: int, is_eligible: bool) -> None:
    today = date(2026, 3, 20)
    missed, check_ins = today - age * DAY, run_around(today - age * DAY, today)
    if is_eligible:
        made_up = check_ins.make_up_day(missed, at=noon(today))
        assert (made_up.first, made_up.last, made_up.best, made_up.streak(noon(today))) == (
            missed - 2 * DAY,
            today,
            age + 3,
            age + 3,
        )
        assert (made_up.previous_run, made_up.total) == (None, age + 2)
    else:
        with pytest.raises(MakeUpDayNotEligible):
            check_ins.make_up_day(missed, at=noon(today))


def test_c18_the_age_of_a_day_that_can_be_made_up_is_a_setting() -> None:
    today = date(2026, 3, 20)
    with overridden(settings, max_make_up_age=2 * DAY):
        assert run_around(today - 2 * DAY, today).make_up_day(today - 2 * DAY, at=noon(today)).card_month == "2026-03"
        with pytest.raises(MakeUpDayNotEligible):
            run_around(today - 3 * DAY, today).make_up_day(today - 3 * DAY, at=noon(today))


@pytest.mark.parametrize(
    ("at", "today"),
    [
        (datetime(2026, 3, 20, 15, 59, 59, 999_000, tzinfo=UTC), date(2026, 3, 20)),
        (datetime(2026, 3, 20, 16, tzinfo=UTC), date(2026, 3, 21)),
    ],
)
def test_c18_the_age_of_a_missed_day_counts_days_in_china(at: datetime, today: date) -> None:
    for age, is_eligible in ((7, True), (8, False)):
        missed = today - age * DAY
        check_ins = run_around(missed, today - DAY).check_in(at=at)
        if is_eligible:
            assert check_ins.make_up_day(missed, at=at).streak(at) == age + 3
        else:
            with pytest.raises(MakeUpDayNotEligible):
                check_ins.make_up_day(missed, at=at)


@pytest.mark.parametrize("away", [0, 1, 2, 30])
def test_c18_neither_today_nor_a_day_to_come_can_be_made_up(away: int) -> None:
    today = date(2026, 3, 20)
    with pytest.raises(MakeUpDayNotEligible):
        checked_in(today - DAY).make_up_day(today + away * DAY, at=noon(today))


def test_c18_a_member_without_check_ins_has_no_day_to_make_up() -> None:
    with pytest.raises(MakeUpDayNotEligible):
        CheckIns("c", "u").make_up_day(date(2026, 3, 19), at=noon(date(2026, 3, 20)))


@pytest.mark.parametrize("missed", [1, 2, 3])
def test_c18_of_several_missed_days_in_a_row_none_can_be_made_up(missed: int) -> None:
    today = date(2026, 3, 20)
    check_ins = checked_in(today - 5 * DAY, today - DAY, today)
    with pytest.raises(MakeUpDayNotEligible):
        check_ins.make_up_day(today - (missed + 1) * DAY, at=noon(today))


def test_c18_of_two_missed_days_until_now_neither_can_be_made_up() -> None:
    today = date(2026, 3, 20)
    for back in (1, 2):
        with pytest.raises(MakeUpDayNotEligible):
            checked_in(today - 3 * DAY).make_up_day(today - back * DAY, at=noon(today))


def test_c18_yesterday_can_be_made_up_beside_an_older_run() -> None:
    today = date(2026, 3, 20)
    made_up = checked_in(today - 9 * DAY, today - 3 * DAY, today - 2 * DAY).make_up_day(today - DAY, at=noon(today))
    assert (made_up.first, made_up.last) == (today - 3 * DAY, today - DAY)
    assert made_up.previous_run == (today - 9 * DAY, today - 9 * DAY)
    assert (made_up.total, made_up.best, made_up.streak(noon(today))) == (3, 3, 3)


def test_c18_the_day_before_a_run_cannot_be_made_up_without_a_run_before_it() -> None:
    today = date(2026, 3, 20)
    for check_ins in (checked_in(today - DAY, today), checked_in(today - 5 * DAY, today - DAY, today)):
        with pytest.raises(MakeUpDayNotEligible):
            check_ins.make_up_day(today - 2 * DAY, at=noon(today))


@pytest.mark.parametrize("day", [date(2026, 3, 17), date(2026, 3, 18), date(2026, 3, 20)])
def test_c18_a_day_of_the_current_run_changes_nothing_and_uses_no_card(day: date) -> None:
    check_ins = checked_in(*(date(2026, 3, number) for number in (17, 18, 19, 20)))
    assert check_ins.make_up_day(day, at=noon(date(2026, 3, 20))) == check_ins


def test_c18_a_month_has_one_card_and_the_next_month_another() -> None:
    """The card is that of the month in which it is used, in China, whatever month the missed day is in."""
    last_of_march = datetime(2026, 3, 31, 15, 59, 59, 999_000, tzinfo=UTC)
    check_ins = checked_in(date(2026, 3, 26), date(2026, 3, 28), date(2026, 3, 29))
    check_ins = check_ins.make_up_day(date(2026, 3, 27), at=noon(date(2026, 3, 29)))
    assert check_ins.card_month == "2026-03"
    with pytest.raises(MakeUpCardUsed):
        check_ins.make_up_day(date(2026, 3, 30), at=last_of_march)
    check_ins = check_ins.check_in(at=last_of_march)
    first_of_april = last_of_march + timedelta(milliseconds=1)
    made_up = check_ins.make_up_day(date(2026, 3, 30), at=first_of_april)
    assert (made_up.card_month, made_up.streak(first_of_april), made_up.total) == ("2026-04", 6, 4)
    later = made_up.check_in(at=noon(date(2026, 4, 2)))
    with pytest.raises(MakeUpCardUsed):
        later.make_up_day(date(2026, 4, 1), at=noon(date(2026, 4, 2)))


def test_c18_the_same_month_of_another_year_has_a_card_of_its_own() -> None:
    check_ins = checked_in(date(2026, 3, 10), date(2026, 3, 12)).make_up_day(date(2026, 3, 11), at=noon(date(2026, 3, 12)))
    for day in (date(2027, 3, 10), date(2027, 3, 12)):
        check_ins = check_ins.check_in(at=noon(day))
    assert check_ins.make_up_day(date(2027, 3, 11), at=noon(date(2027, 3, 12))).card_month == "2027-03"


def test_c18_a_day_that_is_not_eligible_uses_no_card() -> None:
    today, check_ins = date(2026, 3, 20), run_around(date(2026, 3, 18), date(2026, 3, 20))
    with pytest.raises(MakeUpDayNotEligible):
        check_ins.make_up_day(date(2026, 3, 10), at=noon(today))
    assert check_ins.make_up_day(date(2026, 3, 18), at=noon(today)).card_month == "2026-03"


def test_c18_a_joined_run_continues_and_a_shorter_one_leaves_the_best() -> None:
    check_ins = checked_in(*(date(2026, 3, number) for number in (1, 2, 3, 4, 10, 12)))
    assert (check_ins.best, check_ins.streak(noon(date(2026, 3, 12)))) == (4, 1)
    made_up = check_ins.make_up_day(date(2026, 3, 11), at=noon(date(2026, 3, 12)))
    assert (made_up.best, made_up.streak(noon(date(2026, 3, 13))), made_up.streak(noon(date(2026, 3, 14)))) == (4, 3, 0)
    assert made_up.check_in(at=noon(date(2026, 3, 13))).streak(noon(date(2026, 3, 13))) == 4


def test_c18_a_server_whose_clock_is_behind_changes_no_run() -> None:
    """Midnight has passed for one function, and not for the next one that the member reaches."""
    today = date(2026, 3, 20)
    check_ins = checked_in(today - DAY, today, today + DAY)
    assert check_ins.check_in(at=noon(today)) == check_ins
    with pytest.raises(MakeUpDayNotEligible):
        checked_in(today - DAY, today + DAY).make_up_day(today, at=noon(today))


def test_c18_a_server_whose_clock_is_still_in_the_month_before_gives_no_second_card() -> None:
    check_ins = replace(checked_in(date(2026, 3, 28), date(2026, 3, 30)), card_month="2026-04")
    with pytest.raises(MakeUpCardUsed):
        check_ins.make_up_day(date(2026, 3, 29), at=noon(date(2026, 3, 31)))
