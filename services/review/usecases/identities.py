"""The verified person behind a user: real-name tokens, and the identity that other services receive."""

from __future__ import annotations

import hashlib
import hmac

from services.review.domain import Applicant, Statement
from services.review.domain.identity import parse_statement
from services.review.repository import people
from services.review.usecases.ports import Ports
from services.review.usecases.profiles import update_applicant
from services.shared.security.auth import Caller


def verify_identity(ports: Ports, caller: Caller, real_name_token: str) -> None:
    """Link the caller's user to the verified person. Unchanged if the user is already linked to this person.

    Raises: Invalid (the token is not a current statement about this user).
    """
    link_identity(ports, caller.user_id, real_name_token)


def link_identity(ports: Ports, user_id: str, real_name_token: str) -> tuple[Statement, str]:
    """Link a user to the verified person for ever, and return the verifier's statement and the person's hash.

    Every use case that takes a real-name token calls this, so review and, by AccountVerified, the other services know all
    users of a person, whatever they were verified for. Unchanged if the user is linked already.

    Cost: 1 read unit; with a new link also 2 write units.
    Raises: Invalid (not a current statement about this user).
    """
    statement = parse_statement(real_name_token, ports.verifier_keys.newest_first(), user_id, ports.clock())
    identity_hash = hash_pseudonym(ports, statement.pseudonym)

    def step(applicant: Applicant) -> Applicant:
        # The user's link is first: once the person has the user, both links exist, also after a crash between them.
        if user_id not in applicant.user_ids:
            identity_id = get_identity_id(ports, identity_hash)
            people.put_identity_link(ports, user_id, identity_hash, identity_id, statement.adult_on)
        return applicant.add_user(user_id)

    update_applicant(ports, identity_hash, step)
    return statement, identity_hash


def get_identity_id(ports: Ports, identity_hash: str) -> str:
    """Return the id of the identity that other services receive.

    They learn only which users belong to the same person, not the hash that applications are linked by.
    """
    return hmac.new(ports.identity_keys.newest, f"identity {identity_hash}".encode(), hashlib.sha256).hexdigest()[:32]


def hash_pseudonym(ports: Ports, pseudonym: str) -> str:
    """Return the keyed hash of the verifier's pseudonym for a person.

    The pseudonym itself is never stored.
    """
    return hmac.new(ports.identity_keys.newest, pseudonym.encode(), hashlib.sha256).hexdigest()[:32]
