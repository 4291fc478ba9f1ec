"""The daily reconciliation: each movement that the provider lists has an entry in the ledger, and the other way round.

A job of each day reads the provider's list a page at a time, and confirms the entry of each movement. An entry is counted after
its movement, so those that were counted by the end of the day, and that no list has confirmed, are not at the provider.
Each difference is a case of the reviewers, once, and counts for an alarm.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from services.commerce.adapters.payments import Movement, MovementKind
from services.commerce.domain.money import Money
from services.commerce.domain.movement import Difference, Flaw
from services.commerce.repository import reconciling as repository
from services.commerce.repository.differences import list_differences, put_difference, resolve_difference
from services.commerce.repository.payouts import find_payee_id
from services.commerce.settings import settings
from services.commerce.usecases.ports import Ports
from services.shared.kernel.clock import next_version
from services.shared.kernel.observability import logger, record_metric
from services.shared.table.jobs import Job, job_write
from services.shared.table.port import ConditionFailed, Table

RECONCILE = "RECONCILE"
DAY = timedelta(days=1)


def plan_reconciliation(table: Table, now: datetime) -> None:
    """Plan the job of the first day that is not reconciled, once its list counts as complete. A repeat plans the same one.

    Cost: 1 read unit without a job.
    """
    day = repository.find_next_day(table) or now.astimezone(UTC).date() - DAY
    due_at = _end_of(day) + settings().reconciliation_delay
    if now >= due_at:
        write = job_write(Job(RECONCILE, day.isoformat(), due_at))
        table.put(write.item, when=write.when)


def reconcile_day(ports: Ports, job: Job) -> Iterator[None]:
    """Compare the provider's list of a day with the ledger. A step is a page of the list, or an entry that it does not have.

    An interrupted job continues at the page where it stopped. To confirm a movement again changes nothing.

    Cost: 2 write units per movement.
    """
    day = date.fromisoformat(job.id)
    cursor = repository.find_cursor(ports.table, day)
    while cursor is not None:
        page = ports.payments.list_movements(day, cursor)
        for movement in page.movements:
            _confirm(ports, movement)
        cursor = page.next_cursor or None
        repository.put_cursor(ports.table, day, cursor, ports.clock())
        yield
    for counted in repository.iter_unreconciled(ports.table, _end_of(day)):
        _report_missing(ports, counted)
        yield
    repository.put_next_day(ports.table, day + DAY)


def _confirm(ports: Ports, movement: Movement) -> None:
    """Confirm the entry of a movement, or report that it is missing or has another amount."""
    _, _, subject = movement.reference.rpartition("/")
    in_ledger = 0
    for entry_id in _entry_ids(movement):
        name, money = name_of(movement), movement.amount
        try:
            found = repository.confirm_cash(ports.table, subject, entry_id, movement.cash_change, money.currency, name)
        except ConditionFailed:
            continue
        if found is None:
            return
        in_ledger += found.cash if found.movement == name else 0
    report_difference(ports, movement, in_ledger)


def _entry_ids(movement: Movement) -> tuple[str, ...]:
    """Return the ids that the entry of a movement can have. A capture that pays its order is the one without a subject."""
    match movement.kind:
        case MovementKind.CAPTURE:
            money = movement.amount
            return f"capture:{movement.payment_id}:{money.amount}:{money.currency}", "capture"
        case MovementKind.PAYOUT:
            return ("payout_paid",)
        case _:
            return (f"{movement.kind}:{movement.id}",)


def name_of(movement: Movement) -> str:
    """Return the name of a movement, as `movement_of` returns it for its entry."""
    match movement.kind:
        case MovementKind.CAPTURE:
            return f"capture:{movement.payment_id}"
        case MovementKind.PAYOUT:
            return f"payout:{movement.reference.rpartition('/')[2]}"
        case _:
            return f"{movement.kind}:{movement.id}"


def report_difference(ports: Ports, movement: Movement, in_ledger: int) -> None:
    """Report a movement that the ledger has with another amount, or not at all (0)."""
    user_id, _, subject = movement.reference.rpartition("/")
    flaw = Flaw.AMOUNT_DIFFERS if in_ledger else Flaw.NOT_IN_LEDGER
    sums = (movement.cash_change, in_ledger)
    report_flaw(ports, name_of(movement), flaw, user_id, subject, sums, movement.amount.currency)


def report_flaw(
    ports: Ports, movement: str, flaw: Flaw, user_id: str, subject: str, sums: tuple[int, int], currency: str
) -> None:
    """Open the case of a difference, once, and count it for the alarm. sums: at the provider, and in the ledger."""
    at = ports.clock()
    at_provider, in_ledger = (Money(sum_, currency) for sum_ in sums)
    difference = Difference(movement, flaw, user_id, subject, at_provider, in_ledger, at, next_version(0, at))
    if put_difference(ports, difference):
        record_metric("LedgerDiffers", 1)
        logger().warning("ledger differs", movement=movement, flaw=str(flaw))


def _report_missing(ports: Ports, counted: repository.CountedCash) -> None:
    """Report an entry that the provider does not have, unless the lack of its entry was reported: then it came late."""
    earlier = list_differences(ports.table, counted.movement)
    for difference in earlier:
        if difference.flaw is Flaw.NOT_IN_LEDGER and difference.at_provider == Money(counted.cash, counted.currency):
            resolve_difference(ports.table, difference)
    if not any(each.flaw in (Flaw.NOT_IN_LEDGER, Flaw.AMOUNT_DIFFERS) for each in earlier):
        user_id = find_payee_id(ports.table, counted.subject)
        about = (counted.movement, Flaw.NOT_AT_PROVIDER, user_id, counted.subject)
        report_flaw(ports, *about, (0, counted.cash), counted.currency)
    repository.close_cash(ports.table, counted)


def _end_of(day: date) -> datetime:
    """Return the end of a day in UTC, in which the provider lists its movements."""
    return datetime.combine(day + DAY, time(), UTC)
