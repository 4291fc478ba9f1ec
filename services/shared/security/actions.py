"""What an account status and a mute in a circle permit: one table for all services, by kind of action.

Every route and every request frame declares its kind. Every action inside a circle has one too, in the `KINDS` of the service.
The table says nothing about roles: those are in each service's `domain/permissions.py`. See decision 33.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from services.shared.kernel.errors import AccountSuspended, CallerMinor, CallerMuted, CallerRestricted, DomainError
from services.shared.security.account_status import SanctionLevel


class ActionKind(StrEnum):
    """What a user does with one request.

    read: gets what the caller can see, over HTTP or by subscribing.
    participate: anything without a text: join, like, check in, invite, buy, pay, ship, confirm receipt.
    speak: a text or picture that another member, a moderator or a reviewer will read. A report is one.
    sell: create or change a listing. Its title is a text.
    moderate: decide about other members and their content, in a circle.
    staff: the work of reviewers and operators.
    appeal: object to a decision about oneself. Only reviewers read the text.
    own_data: leave, withdraw, and delete what is one's own.
    account: what a suspended user can still do: read the own account status and why, appeal it, and export what is theirs.
    """

    READ = "read"
    PARTICIPATE = "participate"
    SPEAK = "speak"
    SELL = "sell"
    MODERATE = "moderate"
    STAFF = "staff"
    APPEAL = "appeal"
    OWN_DATA = "own_data"
    ACCOUNT = "account"


Denials = Mapping[SanctionLevel, type[DomainError]]

_NO_ACCESS: Denials = {SanctionLevel.SUSPENDED: AccountSuspended, SanctionLevel.BANNED: AccountSuspended}
_SILENT: Denials = {SanctionLevel.MUTED: CallerMuted, SanctionLevel.RESTRICTED: CallerMuted, **_NO_ACCESS}

# The levels that deny a kind, each with its error. A level that is not listed permits it: `none` and `warned` permit all.
DENIALS: Mapping[ActionKind, Denials] = {
    ActionKind.READ: _NO_ACCESS,
    ActionKind.PARTICIPATE: _NO_ACCESS,
    ActionKind.SPEAK: _SILENT,
    ActionKind.SELL: {**_SILENT, SanctionLevel.RESTRICTED: CallerRestricted},
    # The reasons of a moderator are texts, and who is muted for their conduct does not decide about that of others.
    ActionKind.MODERATE: _SILENT,
    # One reviewer alone can mute. If a mute ended reviews, one reviewer could silence all the others.
    ActionKind.STAFF: _NO_ACCESS,
    ActionKind.APPEAL: _NO_ACCESS,
    ActionKind.OWN_DATA: _NO_ACCESS,
    # A user who is denied everything else must be able to read why, object, and leave with their data.
    ActionKind.ACCOUNT: {},
}

# What a mute in a circle denies there.
DENIED_BY_CIRCLE_MUTE = frozenset({ActionKind.SPEAK, ActionKind.SELL, ActionKind.MODERATE})


# What a minor cannot do, in a service that stores ages. Buying has a limit of its own, in commerce.
DENIED_TO_MINORS = frozenset({ActionKind.SELL})


def require_permitted(level: SanctionLevel, kind: ActionKind, *, is_minor: bool = False) -> None:
    """Require that a platform sanction and the age permit this kind of action.

    Raises: AccountSuspended, CallerMuted, CallerRestricted, as the table says; CallerMinor.
    """
    if error := DENIALS[kind].get(level):
        raise error
    if is_minor and kind in DENIED_TO_MINORS:
        raise CallerMinor


def require_not_muted(kind: ActionKind, *, is_muted: bool) -> None:
    """Require that a member of a circle can do this there: everything, unless they are muted in it. Raises: CallerMuted."""
    if is_muted and kind in DENIED_BY_CIRCLE_MUTE:
        raise CallerMuted


def errors_of(kind: ActionKind) -> tuple[type[DomainError], ...]:
    """Return the errors that a sanction or the age can cause, for the documents."""
    return (*dict.fromkeys(DENIALS[kind].values()), *([CallerMinor] if kind in DENIED_TO_MINORS else []))
