"""Verification of a service's anchors: each one alone, the chain that they form, and the audit chains against them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from services.shared.security.anchors import FIRST_RUN_PERIOD, Anchor, anchor_hash, anchor_name
from services.shared.security.archive import Archived, AuditArchive
from services.shared.security.audit import GENESIS_HASH, ChainVerification, find_audit_entry, is_awaiting_redrive
from services.shared.security.heads import HOUR, Head, find_next_hour, hour_name, iter_anchor_hashes, iter_heads, start_of_hour
from services.shared.table.port import Table

GRACE = HOUR  # after the end of an hour, until its heads must be anchored
Lengths = dict[str, int]  # of chains, as far as an anchor or a list of heads has them


def verify_anchors(
    table: Table, archive: AuditArchive, service: str, chains: Sequence[ChainVerification], now: datetime
) -> list[ChainVerification]:
    """Return what is broken in the anchors of a service, or differs from them.

    chains: the verifications of all audit chains of the service. The head of each must be in an anchor, or in a list of heads
    that is anchored next.
    """
    broken: list[ChainVerification] = []
    covered = _verify_archive(table, archive, service, now, broken)
    known = {chain.chain for chain in chains}
    broken += [_broken(chain, 0, "it is anchored, but no entity has it any more") for chain in sorted(covered.keys() - known)]
    for hour, heads in _iter_unanchored_hours(table, now):
        if heads and hour + HOUR + GRACE <= now:
            broken.append(_broken(anchor_name(service, hour_name(hour)), 0, "the hour has ended and is not anchored"))
        _extend(covered, heads)
    for chain in chains:
        if chain.state == "intact" and covered.get(chain.chain, 0) < chain.length:
            broken.append(_uncovered(table, chain))
    return broken


def _uncovered(table: Table, chain: ChainVerification) -> ChainVerification:
    if is_awaiting_redrive(table, chain.chain, chain.length):
        return replace(chain, state="awaiting redrive", index=chain.length, reason="head set aside; run make redrive")
    return _broken(chain.chain, chain.length, "its head is in no anchor and in no list of heads")


def _verify_archive(
    table: Table, archive: AuditArchive, service: str, now: datetime, broken: list[ChainVerification]
) -> Lengths:
    """Append what is broken in the archive, and return the lengths of the chains in it."""
    covered: Lengths = {}
    hashes, previous = dict(iter_anchor_hashes(table)), GENESIS_HASH
    for archived in archive.iter_texts(service):
        anchor, own_hash = Anchor.parse(archived.text), anchor_hash(archived.text)
        reasons = [*archived.flaws, *_flaws(archived, anchor, service, previous, now)]
        if anchor:
            if hashes.pop(anchor.hour, own_hash) != own_hash:
                reasons.append("it differs from its hash in the table")
            broken += _verify_heads(table, anchor.heads)
            _extend(covered, anchor.heads)
        broken += [_broken(archived.name, 0, f"anchor: {reason}") for reason in reasons]
        previous = own_hash
    broken += [_broken(anchor_name(service, hour), 0, "anchor: it is missing in the archive") for hour in sorted(hashes)]
    return covered


def _flaws(archived: Archived, anchor: Anchor | None, service: str, previous: str, now: datetime) -> Iterator[str]:
    if anchor is None:
        yield "it is no anchor"
        return
    if anchor_name(service, anchor.hour) != archived.name:
        yield "it is of another hour"
    if anchor.previous != previous:
        yield "the previous anchor was changed or is missing"
    if anchor.hour > hour_name(now - HOUR):
        yield "its hour has not ended"


def _verify_heads(table: Table, heads: Iterable[Head]) -> list[ChainVerification]:
    broken = []
    for chain, length, head in heads:
        entry = find_audit_entry(table, chain, length)
        if entry is None or entry.hash != head:
            broken.append(_broken(chain, length, "it differs from its anchor: the chain was rewritten"))
    return broken


def _iter_unanchored_hours(table: Table, now: datetime) -> Iterator[tuple[datetime, list[Head]]]:
    """Yield the hours that are not anchored yet, with their heads."""
    hour = find_next_hour(table) or start_of_hour(now - FIRST_RUN_PERIOD)
    while hour <= now:
        yield hour, list(iter_heads(table, hour))
        hour += HOUR


def _extend(covered: Lengths, heads: Iterable[Head]) -> None:
    for chain, length, _ in heads:
        covered[chain] = max(length, covered.get(chain, 0))


def _broken(chain: str, index: int, reason: str) -> ChainVerification:
    return ChainVerification(chain, index, "broken", index, reason)
