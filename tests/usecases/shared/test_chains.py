"""Verification of one audit chain (R12): each property of a stored entry, where all others are as they should be."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from services.shared.messaging.stream import Change
from services.shared.security.audit import (
    AWAITING,
    GENESIS_HASH,
    AuditEntry,
    AuditTrail,
    ChainVerification,
    audit_entry_item,
    put_audit_entries,
    verify_chain,
)
from services.shared.security.heads import iter_heads, put_head
from services.shared.table.items import Item, Key
from simulation.clock import NOON, FakeClock
from simulation.memory import MemoryTable

CHAIN = "THING#1|THING"
ENTITY = Key("THING#1", "THING")


def images() -> list[Item]:
    """Return an entity as it is after each of three audited acts."""
    trail, found = AuditTrail("salt"), []
    for action in ("create", "change", "close"):
        trail = trail.extend(action, actor="lin", at=NOON, text="早。")
        found.append({**ENTITY.attributes(), **trail.to_item()})
    return found


def changes() -> list[Change]:
    before: list[Item | None] = [None, *images()]
    return [Change(str(index), ENTITY, before[index], image) for index, image in enumerate(images())]


def stored() -> MemoryTable:
    table = MemoryTable()
    put_audit_entries(table, changes(), NOON)
    assert verify_chain(table, images()[-1]).state == "intact"
    return table


def forge(table: MemoryTable, which: int, **other: Any) -> Item:
    """Change fields of an entry and hash everything after it again; return the entity with the new head."""
    previous = GENESIS_HASH
    for position in range(1, 4):
        item = table.get(Key(f"AUDIT#{CHAIN}", f"{position:010}")) or {}
        entry = replace(AuditEntry(*json.loads(item["entry"])), previous=previous)
        entry = replace(entry, **other) if position == which else entry
        table.put({**item, "entry": entry.json(), "hash": entry.hash}, when=None)
        previous = entry.hash
    return {**images()[-1], "audit_head": previous}


def move(table: MemoryTable, index: int, sort_key: str) -> None:
    item = table.get(Key(f"AUDIT#{CHAIN}", f"{index:010}")) or {}
    table.delete(Key.of(item), when=None)
    table.put({**item, "sk": sort_key}, when=None)


@pytest.mark.parametrize(("index", "sort_key"), [(3, "0000000004"), (3, "3"), (3, "0000000003x"), (1, "0000000000"), (1, "")])
def test_r12_an_entry_under_another_sort_key_is_reported(index: int, sort_key: str) -> None:
    """Its index, its hashes and the head are right: only its place differs."""
    table = stored()
    move(table, index, sort_key or "0")
    result = verify_chain(table, images()[-1])
    assert result == ChainVerification(CHAIN, 3, "broken", index, "missing or out of order")


@pytest.mark.parametrize("index", [1, 2, 3])
@pytest.mark.parametrize("other", [{"index": 7}, {"index": 0}])
def test_r12_an_entry_with_another_index_in_a_chain_that_was_hashed_again_is_reported(
    index: int, other: dict[str, Any]
) -> None:
    table = stored()
    entity = forge(table, index, **other)
    result = verify_chain(table, entity)
    assert result == ChainVerification(CHAIN, 3, "broken", index, "missing or out of order")


@pytest.mark.parametrize("index", [1, 2, 3])
def test_r12_an_entry_with_another_previous_hash_in_a_chain_that_was_hashed_again_is_reported(index: int) -> None:
    table = stored()
    result = verify_chain(table, forge(table, index, previous="f" * 64))
    assert result == ChainVerification(CHAIN, 3, "broken", index, "changed")


@pytest.mark.parametrize("field", ["at", "actor", "action", "details_hash"])
@pytest.mark.parametrize("index", [1, 2, 3])
def test_r12_every_field_of_an_entry_is_hashed(index: int, field: str) -> None:
    table = stored()
    assert verify_chain(table, {**forge(table, index, **{field: "other"}), **images()[-1]}).state == "broken"


@pytest.mark.parametrize("length", [0, 2, 4])
def test_r12_another_length_in_the_entity_is_reported_although_its_head_is_right(length: int) -> None:
    result = verify_chain(stored(), {**images()[-1], "audit_length": length})
    assert result == ChainVerification(CHAIN, length, "broken", 4, "missing at the end, or not yet written")


def test_r12_another_head_in_the_entity_is_reported_although_its_length_is_right() -> None:
    result = verify_chain(stored(), {**images()[-1], "audit_head": "f" * 64})
    assert result == ChainVerification(CHAIN, 3, "broken", 3, "the head differs")


@pytest.mark.parametrize("length", [None, "3"])
def test_r12_an_entity_whose_length_is_no_number_is_reported_as_such(length: Any) -> None:
    result = verify_chain(stored(), {**images()[-1], "audit_length": length})
    assert result == ChainVerification(CHAIN, 0, "broken", 0, "the entity has no length of its chain")


def test_r12_a_marker_without_a_hash_is_reported() -> None:
    table = stored()
    move(table, 2, f"{2:010}{AWAITING}")
    marker = Key(f"AUDIT#{CHAIN}", f"{2:010}{AWAITING}")
    table.put(marker.attributes(), when=None)
    result = verify_chain(table, images()[-1])
    assert result == ChainVerification(CHAIN, 3, "broken", 2, "changed")


def test_r12_a_stored_entry_is_never_replaced_and_the_difference_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    table = MemoryTable()
    forged = {**audit_entry_item(images()[0]), "hash": "f" * 64}
    table.put(forged, when=None)
    put_audit_entries(table, changes(), NOON)
    assert table.get(Key.of(forged)) == forged
    assert capsys.readouterr().out.count("AuditTampered") == 2  # the metric and its name in the list of metrics
    put_audit_entries(table, changes()[1:], NOON)
    assert "AuditTampered" not in capsys.readouterr().out


def test_r12_a_write_without_a_new_entry_adds_neither_entry_nor_head() -> None:
    table, clock = stored(), FakeClock(NOON)
    clock.advance(hours=1)
    before = len(table.stream)
    put_audit_entries(table, [Change("9", ENTITY, images()[-1], {**images()[-1], "name": "new"})], clock())
    assert len(table.stream) == before
    assert list(iter_heads(table, clock())) == []


def replay(table: MemoryTable) -> None:
    put_audit_entries(table, changes()[:1], NOON)


def put_equal(table: MemoryTable) -> None:
    put_head(table, CHAIN, 3, "f" * 64, NOON)


@pytest.mark.parametrize("late", [replay, put_equal])
def test_r12_a_head_is_never_replaced_by_an_older_or_an_equal_one(late: Callable[[MemoryTable], None]) -> None:
    table = stored()
    late(table)
    assert list(iter_heads(table, NOON)) == [(CHAIN, 3, images()[-1]["audit_head"])]


def test_r12_details_are_hashed_with_the_salt_of_the_entity() -> None:
    entries = [AuditTrail(salt).extend("change", actor="lin", at=NOON, text="早。").last for salt in ("a", "b")]
    assert entries[0] and entries[1]
    assert entries[0].details_hash != entries[1].details_hash
