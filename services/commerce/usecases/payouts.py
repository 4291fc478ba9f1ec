"""Payouts of sellers and owners: request, read, cancel, send by the schedule, and the provider's answer."""

from __future__ import annotations

from functools import partial

from services.commerce.adapters.payments import ProviderDenied, ProviderFailed
from services.commerce.domain.money import Money
from services.commerce.domain.movement import Flaw
from services.commerce.domain.payout import (
    EndReason,
    Payout,
    PayoutSource,
    PayoutState,
    payout_paid_entry,
    payout_returned_entry,
)
from services.commerce.errors import (
    BalanceInsufficient,
    PayoutAccountMissing,
    PayoutAccountNotVerified,
    PayoutAccountOnHold,
    PayoutNotFound,
    PayoutsBlocked,
)
from services.commerce.repository import payouts as repository
from services.commerce.repository.balances import get_balances
from services.commerce.repository.ledger import append_entry
from services.commerce.repository.payees import get_payee
from services.commerce.repository.payout_accounts import get_payout_account, load_payout_account
from services.commerce.settings import settings
from services.commerce.usecases.ports import Ports
from services.commerce.usecases.reconciliation import report_flaw
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.observability import logger
from services.shared.kernel.pages import Page, PageRequest
from services.shared.messaging.events import PayoutChanged
from services.shared.security.auth import Caller
from services.shared.table.creating import create
from services.shared.table.rate_limits import Slot
from services.shared.table.versioned import Changed, Versioned, save, update

SUCCEEDED, FAILED = "payout.succeeded", "payout.failed"


def request_payout(ports: Ports, caller: Caller, key: IdempotencyKey, *, source: PayoutSource, amount: Money) -> Payout:
    """Take an amount from the caller's balance, to be paid to their account at the provider, and return the payout.

    One transaction: the payout, its ledger entry with the marker that it is counted, the balance under the condition that it
    is enough, and the day's sum on the account. So two at once never make the balance negative, and none goes to an account
    that changes at the same time. Above the limit of the day, two operators must approve it.
    A retry with the same key returns the payout of the first try.

    Cost: 17 write units and 5 read units.
    Raises: PayoutsBlocked, PayoutAccountMissing, PayoutAccountNotVerified, PayoutAccountOnHold, BalanceInsufficient, KeyReused,
    RateLimitReached.
    """

    def build() -> Changed[Payout]:
        at = ports.clock()
        if get_payee(ports.table, caller.user_id).is_payout_blocked(at):
            raise PayoutsBlocked
        account = load_payout_account(ports.table, caller.user_id)
        account.entity.require_payable(at)
        counted = account.entity.add_request(amount.amount, at=at)
        about = (key.id("pyt"), caller.user_id, source, amount, account.entity.account_id)
        payout = Payout.request(*about, needs_approval=counted.needs_approval, at=at)
        (balance,) = get_balances(ports.table, [(payout.ledger_account, amount.currency)], consistent_read=True)
        if -balance < amount.amount:
            raise BalanceInsufficient(available=-balance)
        return Changed(payout, [PayoutChanged], [account.write(ports, counted), *repository.request_writes(payout, at)])

    slot = Slot.of_key(ports, key, settings().rate("payout"))
    return create(ports, key, slot, repository.PAYOUTS, repository.payout_key(caller.user_id, key.id("pyt")), build)


def list_payouts(ports: Ports, caller: Caller, page: PageRequest) -> Page[Payout]:
    """Return a page of the caller's payouts, newest first.

    Cost: 2 read units for 20 payouts.
    """
    return repository.list_payouts(ports.table, caller.user_id, page)


def get_payout(ports: Ports, caller: Caller, payout_id: str) -> Payout:
    """Return a payout of the caller.

    Cost: 1.5 read units.
    Raises: PayoutNotFound.
    """
    return repository.get_payout(ports.table, caller.user_id, payout_id)


def cancel_payout(ports: Ports, caller: Caller, payout_id: str) -> Payout:
    """End a payout of the caller that was not sent to the provider, and return it. The amount is in the balance again.

    Unchanged if it is canceled.
    Cost: 5 write units and 1.5 read units.
    Raises: PayoutNotFound, PayoutStateConflict.
    """

    def change(payout: Payout) -> Payout | Changed[Payout]:
        is_canceled = payout.state is PayoutState.CANCELED
        return payout if is_canceled else ended(payout.cancel(EndReason.BY_USER, at=ports.clock()))

    return update(ports, partial(repository.load_payout, ports.table, caller.user_id, payout_id), change)


def ended(after: Payout) -> Changed[Payout]:
    """Return a payout that ended without being paid, with the ledger entry that returns its amount."""
    return Changed(after, [PayoutChanged], [append_entry(payout_returned_entry(after))])


def send_payout(ports: Ports, loaded: Versioned[Payout]) -> bool:
    """Send a due payout to the provider, or end it if it cannot be paid any more. False if it is not due.

    That it is being sent is stored before the provider is asked, so a payout that the provider can have paid is never
    canceled. The request is repeated with the same reference until the provider reports a result.
    """
    payout, at = loaded.entity, ports.clock()
    if not payout.is_due(at):
        return False
    if payout.state is PayoutState.REQUESTED:
        obstacle = _find_obstacle(ports, payout)
        save(ports, loaded, ended(payout.cancel(obstacle, at=at)) if obstacle else _sending(payout.start_sending(at=at)))
        return True
    try:
        ports.payments.pay_out(payout.account_id, payout.amount, payout.reference)
    except ProviderDenied:
        save(ports, loaded, ended(payout.fail(EndReason.DENIED, at=at)))
        return True
    except ProviderFailed:
        logger().warning("payout request failed", payout_id=payout.id)
    after = payout.schedule_retry(at=at)
    if after.is_reported:
        _report(ports, payout, Flaw.UNCONFIRMED, 0)
    save(ports, loaded, after)
    return True


def _sending(after: Payout) -> Changed[Payout]:
    return Changed(after, [PayoutChanged])


def _find_obstacle(ports: Ports, payout: Payout) -> EndReason | None:
    """Return why a payout cannot be sent any more; None if it can."""
    if get_payee(ports.table, payout.user_id).is_payout_blocked(ports.clock()):
        return EndReason.SANCTION
    account = get_payout_account(ports.table, payout.user_id, consistent_read=True)
    if account.account_id != payout.account_id:
        return EndReason.ACCOUNT_CHANGED
    try:
        account.require_payable(ports.clock())
    except PayoutAccountNotVerified:
        return EndReason.VERIFICATION
    except (PayoutAccountMissing, PayoutAccountOnHold):
        return EndReason.ACCOUNT_CHANGED
    return None


def record_payout_result(ports: Ports, type: str, reference: str, amount: Money) -> None:
    """Book what the provider reports of a payout: it is paid, or its amount returns to the balance. Once, however often.

    A result that contradicts an earlier one, or of another amount, changes no money: reviewers get a case.
    Unchanged for a payout that commerce does not know: the reconciliation finds it.
    Cost: 5 write units and 1 read unit.
    """
    user_id, _, payout_id = reference.rpartition("/")
    state = PayoutState.SUCCEEDED if type == SUCCEEDED else PayoutState.FAILED

    def change(payout: Payout) -> Payout | Changed[Payout]:
        if payout.state is state and payout.amount == amount:
            return payout
        if payout.state is not PayoutState.SENDING or payout.amount != amount:
            _report(ports, payout, Flaw.CONTRADICTED, -amount.amount if state is PayoutState.SUCCEEDED else 0)
            return payout
        if state is PayoutState.FAILED:
            return ended(payout.fail(EndReason.FAILED, at=ports.clock()))
        after = payout.succeed(at=ports.clock())
        return Changed(after, [PayoutChanged], [append_entry(payout_paid_entry(after))])

    try:
        update(ports, partial(repository.load_payout, ports.table, user_id, payout_id), change)
    except PayoutNotFound:
        logger().warning("unknown payout", payout_id=payout_id)


def _report(ports: Ports, payout: Payout, flaw: Flaw, at_provider: int) -> None:
    """Open a case of a payout, once. at_provider: the change of cash that the provider reports."""
    in_ledger = -payout.amount.amount if payout.state is PayoutState.SUCCEEDED else 0
    about = (f"payout:{payout.id}", flaw, payout.user_id, payout.id)
    report_flaw(ports, *about, (at_provider, in_ledger), payout.amount.currency)
