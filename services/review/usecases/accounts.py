"""Who is behind an account: shown by its owner, under the verifier's word, and told to others as an opaque name."""

from __future__ import annotations

import hashlib
import hmac

from services.review.repository import people
from services.review.usecases.ports import Ports
from services.review.usecases.profiles import change_applicant
from services.review.usecases.staff import person_digest, verified
from services.shared.kernel.clock import next_version
from services.shared.messaging.events import AccountVerified
from services.shared.security.auth import Caller
from services.shared.table.versioned import Versioned, retry_on_write_conflict, save


def verify_account(ports: Ports, caller: Caller, real_name_token: str) -> None:
    """Show who one is. All accounts of one human are known together; other services learn only that two accounts are the same
    human's, by a name that is made for them. Shown again, nothing changes."""
    person = person_digest(ports, verified(ports, caller.user_id, real_name_token).person)
    identity_id = hmac.new(ports.person_keys.newest, f"told {person}".encode(), hashlib.sha256).hexdigest()[:32]
    change_applicant(ports, person, lambda applicant: applicant.seen_as(caller.user_id))
    retry_on_write_conflict(lambda: _tell(ports, caller.user_id, identity_id))


def _tell(ports: Ports, account: str, identity_id: str) -> None:
    item = people.find_identity(ports.table, account)
    if item is None or item["identity_id"] != identity_id:
        version = next_version(item["version"] if item else 0, ports.clock())
        save(
            ports.table,
            Versioned(identity_id, item).put(
                people.identity_to_item(account, identity_id, version), ports.new_id, AccountVerified
            ),
        )
