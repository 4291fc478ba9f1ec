"""Fingerprints of rejected applications, to find similar ones."""

from __future__ import annotations

from collections.abc import Iterable

from services.shared.table.items import Item, Query
from services.shared.table.port import Table

MAX_MATCHES = 5  # per fingerprint


def put_fingerprints(
    table: Table, application_id: str, identity_hash: str, fingerprints: Iterable[str], expires_at: int
) -> None:
    """Store the fingerprints of an application. The table deletes them after `expires_at`, in seconds."""
    for fingerprint in fingerprints:
        item: Item = {
            "pk": f"FINGERPRINT#{fingerprint}",
            "sk": application_id,
            "identity_hash": identity_hash,
            "expires_at": expires_at,
        }
        table.put(item, when=None)


def find_similar(table: Table, application_id: str, identity_hash: str, fingerprints: Iterable[str]) -> list[str]:
    """Return the applications of other identities that share a fingerprint, the most similar ones first."""
    shared: dict[str, int] = {}
    for fingerprint in fingerprints:
        for item in table.query(Query(pk=f"FINGERPRINT#{fingerprint}", limit=MAX_MATCHES)).items:
            if item["identity_hash"] != identity_hash and item["sk"] != application_id:
                shared[item["sk"]] = shared.get(item["sk"], 0) + 1
    return sorted(shared, key=lambda similar_id: (-shared[similar_id], similar_id))
