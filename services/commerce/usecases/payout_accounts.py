"""The account of a user at the provider: set by the user, verified by the provider."""

from __future__ import annotations

from functools import partial

from services.commerce.adapters.payments import ProviderAccount, ProviderDenied, ProviderFailed
from services.commerce.domain.payout_account import PayoutAccount, Verification
from services.commerce.repository import payout_accounts as repository
from services.commerce.usecases.ports import Ports
from services.shared.kernel.errors import FieldError, Invalid, Unavailable
from services.shared.kernel.requests import ChangeRequest
from services.shared.messaging.events import PayoutAccountChanged
from services.shared.security.auth import Caller
from services.shared.table.versioned import update


def get_payout_account(ports: Ports, caller: Caller) -> PayoutAccount:
    """Return the caller's account at the provider; one without an id if they have set none.

    Cost: 1.5 read units.
    """
    return repository.get_payout_account(ports.table, caller.user_id, consistent_read=True)


def set_payout_account(ports: Ports, caller: Caller, request: ChangeRequest, account_id: str) -> PayoutAccount:
    """Set where the caller is paid, and return it. A change holds payouts for 72 hours, and ends those that were not sent.

    The provider is asked after the request is checked. Unchanged for the same account, without a wait.
    Cost: 3 write units and 2 read units.
    Raises: PreconditionFailed (another version than the caller read), Invalid (the provider does not know the account),
    Unavailable (the provider failed), RateLimitReached.
    """

    def change(before: PayoutAccount) -> PayoutAccount:
        found = _find_account(ports, account_id)
        return before.set(account_id, Verification(str(found.state)), found.currently_due, at=ports.clock())

    load = partial(repository.load_payout_account, ports.table, caller.user_id)
    return update(ports, load, change, PayoutAccountChanged, request=request)


def refresh_payout_account(ports: Ports, account_id: str) -> None:
    """Store what the provider has verified, for each user with this account.

    The provider is asked, so events in any order leave the newest state. Unchanged for an account that no user has.
    Raises: Unavailable (the provider failed: it delivers the event again).
    """
    users = repository.list_account_users(ports.table, account_id)
    if not users:
        return
    found = _find_account(ports, account_id)

    def change(before: PayoutAccount) -> PayoutAccount:
        is_current = before.account_id == account_id
        return before.verify(Verification(str(found.state)), found.currently_due, at=ports.clock()) if is_current else before

    for user_id in users:
        update(ports, partial(repository.load_payout_account, ports.table, user_id), change, PayoutAccountChanged)


def _find_account(ports: Ports, account_id: str) -> ProviderAccount:
    """Raises: Invalid, Unavailable."""
    try:
        return ports.payments.get_account(account_id)
    except ProviderDenied:
        raise Invalid(fields=(FieldError("/account_id", "must-be-provider-account"),)) from None
    except ProviderFailed:
        raise Unavailable(retry_after=2) from None
