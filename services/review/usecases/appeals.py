"""Appeals: users appeal a take-down or a sanction, and other reviewers decide."""

from __future__ import annotations

from functools import partial

from services.review.domain import AppealOutcome, AppealState, Case, Reviewer, SanctionRecord, UserAppeal
from services.review.errors import CaseNotFound, SanctionNotInForce, TakeDownNotFound
from services.review.repository import appeals, cases, people
from services.review.usecases.access import record_access
from services.review.usecases.cases import erasure_writes
from services.review.usecases.conflicts import has_conflict_of_interest
from services.review.usecases.ports import Ports
from services.review.usecases.reviewers import require_reviewer
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.messaging.events import AccountStatusChanged, AppealDecided, TakeDownChanged
from services.shared.security.auth import Caller
from services.shared.table.port import Write
from services.shared.table.versioned import Changed, Versioned, update


def get_own_account_status(ports: Ports, caller: Caller) -> SanctionRecord | None:
    """Return the caller's own sanction record; None if no sanction was ever imposed or proposed.

    The response shows what is in force, and nothing of proposals and reviewers.
    Cost: 1 read unit.
    """
    return people.find_sanction_record(ports.table, caller.user_id)


def appeal_sanction(ports: Ports, caller: Caller, key: IdempotencyKey, statement: str) -> SanctionRecord:
    """Appeal the caller's last final sanction, once, and return the sanction record.

    A sanction that has ended can be appealed too, for its strike. An emergency cannot: it ends soon, or is ratified.
    Unchanged if the request was applied before (same key, same body).

    Cost: 11 write units and 1.5 read units.
    Raises: SanctionNotInForce (there is none), DecisionAlreadyAppealed, AppealPeriodExpired, KeyReused.
    """

    def change(before: SanctionRecord) -> Changed[SanctionRecord]:
        at = ports.clock()
        record = before.expire_pending(at=at)  # the schedule may be late
        sanction = record.find_appealable()
        if sanction is None:
            raise SanctionNotInForce
        after = record.submit_appeal(at=at)
        appeal_id, salt = appeals.sanction_appeal_id(caller.user_id, sanction.id), ports.new_id("salt")
        appeal = UserAppeal.submit(appeal_id, caller.user_id, statement, sanction.deciders, at=at, salt=salt, sanction=sanction)
        events = [AccountStatusChanged] if after.account_status != before.account_status else []
        return Changed(after, events, [_new(ports, appeal)])

    load = partial(people.load_sanction_record, ports.table, caller.user_id, ports.new_id)
    return update(ports, load, change, request=ChangeRequest.of_key(key, rate=None))  # a sanction is appealed once


def list_take_downs(ports: Ports, caller: Caller, page: PageRequest) -> Page[Case]:
    """Return a page of the cases that took the caller's own content down, newest first.

    Cost: 1.5 read units for one case, and 0.5 for each further one.
    """
    return cases.list_take_downs(ports.table, caller.user_id, page)


def appeal_take_down(ports: Ports, caller: Caller, case_id: str, key: IdempotencyKey, statement: str) -> Case:
    """Appeal the take-down of the caller's own content, once, and return its case.

    Unchanged if the request was applied before (same key, same body).

    Cost: 13 write units and 1.5 read units.
    Raises: TakeDownNotFound (also for another user's content), DecisionAlreadyAppealed, AppealPeriodExpired, KeyReused.
    """

    def change(before: Case) -> Changed[Case]:
        at = ports.clock()
        after = before.submit_appeal(at=at)
        deciders = (before.decided_by,) if before.decided_by else ()
        appeal_id, salt = appeals.take_down_appeal_id(case_id), ports.new_id("salt")
        appeal = UserAppeal.submit(appeal_id, caller.user_id, statement, deciders, at=at, salt=salt, case_id=case_id)
        return Changed(after, also=[_new(ports, appeal)])

    load = partial(_load_own_take_down, ports, caller, case_id)
    return update(ports, load, change, request=ChangeRequest.of_key(key, rate=None))  # a take-down is appealed once


def _load_own_take_down(ports: Ports, caller: Caller, case_id: str) -> Versioned[Case]:
    try:
        loaded = cases.load_case(ports.table, case_id)
    except CaseNotFound:
        raise TakeDownNotFound from None
    if loaded.entity.author != caller.user_id or loaded.entity.appeal_until is None:
        raise TakeDownNotFound
    return loaded


def _new(ports: Ports, appeal: UserAppeal) -> Write:
    return appeals.APPEALS.new(appeal).write(ports, appeal)


def list_appeals(ports: Ports, caller: Caller, page: PageRequest) -> Page[UserAppeal]:
    """Return a page of the open appeals: the overdue ones first, then the earliest due. The response names no user.

    Cost: 2.5 read units for one appeal, and 0.5 for each further one.
    Raises: ReviewerNotEnrolled.
    """
    require_reviewer(ports, caller)
    return appeals.list_open_appeals(ports.table, page)


def get_appeal(ports: Ports, caller: Caller, appeal_id: str) -> tuple[UserAppeal, Case | None]:
    """Return an appeal, and the case with its evidence if it is against a take-down.

    The access is limited per hour and is recorded before the appeal is returned.
    Cost: 3 write units and 7 read units.
    Raises: ReviewerNotEnrolled, AppealNotFound, ConflictOfInterest (as for a decision), ReadLimitReached.
    """
    by = require_reviewer(ports, caller)
    appeal = appeals.load_appeal(ports.table, appeal_id).entity
    record_access(ports, by, appeal_id, appeal.parties, case_id=appeal.case_id)
    return appeal, cases.find_case(ports.table, appeal.case_id) if appeal.case_id else None


def decide_appeal(ports: Ports, caller: Caller, appeal_id: str, outcome: AppealOutcome, note: str) -> UserAppeal:
    """Decide an appeal, or grant it as one of two reviewers, and return it.

    A granted appeal restores the content, reverses the removal of a listing, or lifts the sanction as a mistake. If two
    reviewers decided the sanction, two must grant. The first reviewer who upholds the decision makes it final. A sanction that
    has ended or was replaced loses its strike.
    The end of the appeal is published, so that its user is notified.
    Unchanged if this reviewer has decided exactly this.

    Cost: 18 write units and 6 read units for the decision that ends the appeal; 17 write units and 5 read units for a sanction.
    Raises: ReviewerNotEnrolled, AppealNotFound, AppealClosed, ConflictOfInterest (as for the first decision, or the reviewer
    decided before under another identity), SecondReviewerRequired (the reviewer's identity decided before).
    """
    by = require_reviewer(ports, caller)

    def change(before: UserAppeal) -> UserAppeal | Changed[UserAppeal]:
        if before.has_decision(by, outcome, note):
            return before
        previous = before.reviewers
        conflict = has_conflict_of_interest(ports, by, before.parties, previous=previous, case_id=before.case_id)
        after = before.decide(by, outcome, note, has_conflict=conflict, at=ports.clock())
        events = [] if after.state is AppealState.OPEN else [AppealDecided]
        return Changed(after, events, _writes_of_end(ports, after, by, note))

    return update(ports, partial(appeals.load_appeal, ports.table, appeal_id), change)


def _writes_of_end(ports: Ports, appeal: UserAppeal, by: Reviewer, note: str) -> list[Write]:
    """Return what the end of an appeal changes, in the transaction with it; nothing while it is open."""
    if appeal.state is AppealState.OPEN:
        return []
    return _writes_of_case(ports, appeal, by, note) if appeal.case_id else [_write_of_record(ports, appeal, by, note)]


def _writes_of_case(ports: Ports, appeal: UserAppeal, by: Reviewer, note: str) -> list[Write]:
    loaded, at = cases.load_case(ports.table, appeal.case_id), ports.clock()
    after = loaded.entity.end_appeal(appeal.state, by, note, at=at)
    events = [TakeDownChanged] if appeal.state is AppealState.GRANTED else []
    return [loaded.write(ports, after, *events), *erasure_writes(after, at)]


def _write_of_record(ports: Ports, appeal: UserAppeal, by: Reviewer, note: str) -> Write:
    loaded = people.load_sanction_record(ports.table, appeal.user_id, ports.new_id)
    if appeal.sanction is None:
        raise RuntimeError("an appeal is against a case or a sanction")
    after = loaded.entity.end_appeal(appeal.sanction, appeal.state, by, note, at=ports.clock())
    is_changed = after.account_status != loaded.entity.account_status
    return loaded.write(ports, after, *([AccountStatusChanged] if is_changed else []))


def escalate_appeal(ports: Ports, appeal_id: str) -> bool:
    """Mark an overdue appeal, so that it is listed first, and return whether it is marked. It is marked once."""

    def change(before: UserAppeal) -> UserAppeal:
        return before.escalate(at=ports.clock())

    return update(ports, partial(appeals.load_appeal, ports.table, appeal_id), change).escalated


def erase_appeal(ports: Ports, case_id: str) -> None:
    """Erase the texts of the appeal against the take-down of a case. Unchanged if there is none, or if they are erased."""
    appeal_id = appeals.take_down_appeal_id(case_id)
    if appeals.find_appeal(ports.table, appeal_id):
        load = partial(appeals.load_appeal, ports.table, appeal_id)
        update(ports, load, lambda appeal: appeal.erase(at=ports.clock()))
