"""Who works here: enrolled reviewers, known by the real name behind the account, and operators."""

from __future__ import annotations

import hashlib
import hmac

from services.review.domain import Reviewer, Statement
from services.review.domain.identity import read_statement
from services.review.errors import NotEnrolled, OperatorsOnly
from services.review.repository import people
from services.review.usecases.ports import Ports
from services.shared.auth import Caller


def enrol_reviewer(ports: Ports, caller: Caller, user_id: str, real_name_token: str) -> None:
    """Let an account review; the real name behind it, by the verifier's word, is what the two-person rule compares."""
    require_operator(caller)
    statement = verified(ports, user_id, real_name_token)
    people.save_reviewer(ports.table, Reviewer(user_id, person_digest(ports, statement.person)))


def verified(ports: Ports, user_id: str, real_name_token: str) -> Statement:
    """The verifier's statement about that very account."""
    return read_statement(real_name_token, ports.verifier_keys.newest_first(), user_id, ports.clock())


def person_digest(ports: Ports, person: str) -> str:
    """The verifier's pseudonym tells humans apart, and only its keyed hash is kept."""
    return hmac.new(ports.person_keys.newest, person.encode(), hashlib.sha256).hexdigest()[:32]


def require_reviewer(ports: Ports, caller: Caller) -> Reviewer:
    """A group in the token is not enough: an operator must have enrolled the account."""
    reviewer = people.find_reviewer(ports.table, caller.user_id) if caller.is_reviewer else None
    if reviewer is None:
        raise NotEnrolled
    return reviewer


def is_enrolled(ports: Ports, caller: Caller) -> bool:
    return caller.is_reviewer and people.find_reviewer(ports.table, caller.user_id) is not None


def require_operator(caller: Caller) -> None:
    if not caller.is_operator:
        raise OperatorsOnly
