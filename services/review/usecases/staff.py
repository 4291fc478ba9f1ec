"""Who works here: enrolled reviewers, known by the real name behind the account, and operators."""

from __future__ import annotations

import hashlib
import hmac

from services.review.domain import Application, Reviewer, Statement
from services.review.domain.identity import parse_statement
from services.review.errors import NotEnrolled, OperatorsOnly
from services.review.repository import people
from services.review.usecases.ports import Ports
from services.shared.kernel.clock import next_version
from services.shared.security.auth import Caller
from services.shared.table.versioned import retry_on_write_conflict, save


def enrol_reviewer(ports: Ports, caller: Caller, user_id: str, real_name_token: str) -> None:
    """Let an account review; the real name behind it, by the verifier's word, is what the two-person rule compares. Enrolments
    are on record, and so is who enrolled whom."""
    require_operator(caller)
    reviewer = Reviewer(user_id, person_digest(ports, verified(ports, user_id, real_name_token).person))
    retry_on_write_conflict(lambda: _remember_account(ports, reviewer))
    if people.find_reviewer(ports.table, user_id) != reviewer:
        _enrol(ports, caller, reviewer, ended=False)


def dismiss_reviewer(ports: Ports, caller: Caller, user_id: str) -> None:
    """End an enrolment; what was decided under it stays."""
    require_operator(caller)
    if reviewer := people.find_reviewer(ports.table, user_id):
        _enrol(ports, caller, reviewer, ended=True)


def _enrol(ports: Ports, caller: Caller, reviewer: Reviewer, *, ended: bool) -> None:
    def attempt() -> None:
        at, loaded = ports.clock(), people.find_enrolment(ports.table, reviewer.user_id, ports.new_id)
        action = "dismissed" if ended else "enrolled"
        trail = loaded.entity.extend(action, actor=caller.user_id, at=at, person=reviewer.person)
        version = next_version(loaded.item["version"] if loaded.item else 0, at)
        save(ports.table, loaded.put(people.enrolment_to_item(reviewer, trail, version, ended=ended), ports.new_id))

    retry_on_write_conflict(attempt)


def _remember_account(ports: Ports, reviewer: Reviewer) -> None:
    """One human's accounts are known together, so that a tie of one is a tie of all."""
    loaded = people.find_applicant(ports.table, reviewer.person)
    after = loaded.entity.seen_as(reviewer.user_id)
    if after is not loaded.entity:
        save(ports.table, loaded.put(people.applicant_to_item(after), ports.new_id))


def verified(ports: Ports, user_id: str, real_name_token: str) -> Statement:
    """The verifier's statement about that very account."""
    return parse_statement(real_name_token, ports.verifier_keys.newest_first(), user_id, ports.clock())


def person_digest(ports: Ports, person: str) -> str:
    """The verifier's pseudonym tells humans apart, and only its keyed hash is kept."""
    return hmac.new(ports.person_keys.newest, person.encode(), hashlib.sha256).hexdigest()[:32]


def require_reviewer(ports: Ports, caller: Caller) -> Reviewer:
    """A group in the token is not enough: an operator must have enrolled the account."""
    reviewer = find_staff(ports, caller)
    if reviewer is None:
        raise NotEnrolled
    return reviewer


def find_staff(ports: Ports, caller: Caller) -> Reviewer | None:
    return people.find_reviewer(ports.table, caller.user_id) if caller.is_reviewer else None


def are_tied(ports: Ports, application: Application, user_id: str, person: str) -> bool:
    """Whether events told of anything between two humans, by any of their accounts."""
    theirs = people.accounts_of(ports.table, application.content.person, application.applicant)
    return accounts_tied(ports, theirs, people.accounts_of(ports.table, person, user_id))


def accounts_tied(ports: Ports, some: set[str], others: set[str]) -> bool:
    ties = [people.find_ties(ports.table, one) for one in sorted(some)]
    return any(one.bind(people.find_ties(ports.table, other)) for one in ties for other in sorted(others))


def require_operator(caller: Caller) -> None:
    if not caller.is_operator:
        raise OperatorsOnly
