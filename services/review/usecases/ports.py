"""The ports that the use cases of the review service depend on."""

from __future__ import annotations

from dataclasses import dataclass

from services.review.adapters.evidence import Evidence
from services.shared.exports.format import ExportBucket
from services.shared.kernel.clock import Clock
from services.shared.kernel.ids import NewId
from services.shared.security.keys import KeyRing
from services.shared.security.vault import Vault
from services.shared.table.port import Table


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports of the review service.

    identity_keys: hash the pseudonym that the verifier gives a person.
    verifier_keys: check the verifier's signature on real-name tokens.
    grant_keys: sign read grants. metric_keys: make the pseudonyms in the facts of the product metrics.
    vault: encrypts applicants' personal data.
    evidence: the platform's bucket of reported pictures. exports: the platform's bucket of data exports.
    """

    table: Table
    clock: Clock
    new_id: NewId
    identity_keys: KeyRing
    verifier_keys: KeyRing
    grant_keys: KeyRing
    metric_keys: KeyRing
    vault: Vault
    evidence: Evidence
    exports: ExportBucket
