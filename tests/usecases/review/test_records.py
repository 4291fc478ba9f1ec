"""Audit chains with their anchors and access logs (R12), and personal data: minimal, encrypted and erased (R17)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from services.review import errors
from services.review import usecases as review
from services.review.domain import Application, Content, State
from services.review.repository import applications as repository
from services.review.repository.anchors import NEXT_HOUR
from services.review.usecases.anchors import verify_anchors
from services.shared.security.audit import GENESIS_HASH, AuditEntry, chain_of, verify_chain
from services.shared.table.items import Key
from simulation.memory import MemoryTable
from simulation.setup.applications import (
    CONTENT,
    EVIDENCE,
    OPERATOR,
    application_input,
    decide_application,
    enrol_reviewer,
    submit_application,
)
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.streams import handle_new_changes
from simulation.users import caller

LIN = caller("lin")


def dump(simulation: Simulation) -> str:
    assert isinstance(simulation.review_table, MemoryTable)
    return json.dumps(simulation.review_table.all_items(), ensure_ascii=False)


def anchored() -> tuple[Simulation, Application]:
    """Decide one application in each of two hours, and anchor them."""
    simulation = Simulation()
    rui, shan = enrol_reviewer(simulation, "rui"), enrol_reviewer(simulation, "shan")
    for name in ("lin", "mei"):
        application = submit_application(simulation, caller(name))
        for reviewer in (rui, shan):
            decide_application(simulation, reviewer, application)
        handle_new_changes(simulation, "review")
        simulation.clock.advance(hours=1)
        assert review.anchor_audit_heads(simulation.review) > 0
    return simulation, application


def chain_name(application: Application) -> str:
    key = repository.application_key(application.id)
    return f"{key.pk}|{key.sk}"


def test_r12_an_anchor_holds_every_changed_head_and_the_hash_of_the_previous_anchor() -> None:
    simulation, application = anchored()
    first, second = (json.loads(text) for _, text in simulation.archive.all_items())
    assert first["previous"] == GENESIS_HASH
    texts = [text for _, text in simulation.archive.all_items()]
    assert second["previous"] == hashlib.sha256(texts[0].encode()).hexdigest()
    assert chain_name(application) in {head[0] for head in second["heads"]}
    assert verify_anchors(simulation.review_table, simulation.archive) == []
    assert review.anchor_audit_heads(simulation.review) == 0


def rewrite(simulation: Simulation, application: Application) -> None:
    """Replace a whole chain with another valid one, as an insider with access to the table could."""
    chain, previous = chain_name(application), GENESIS_HASH
    for index in range(1, 4):
        entry = AuditEntry(index, "2026-03-05T04:00:00.125Z", "someone", "approved", "0" * 64, previous)
        item = {"pk": f"AUDIT#{chain}", "sk": f"{index:010}", "entry": entry.json(), "hash": entry.hash}
        simulation.review_table.put(item, when=None)
        previous = entry.hash
    key = repository.application_key(application.id)
    simulation.review_table.update(key, set={"audit_head": previous, "audit": entry.json()}, when=None)


def test_r12_a_chain_rewritten_with_its_head_differs_from_its_anchor() -> None:
    simulation, application = anchored()
    rewrite(simulation, application)
    item = simulation.review_table.get(repository.application_key(application.id)) or {}
    assert verify_chain(simulation.review_table, item).state == "intact"  # the chain alone is valid
    (broken,) = verify_anchors(simulation.review_table, simulation.archive)
    assert (broken.state, broken.chain, broken.index) == ("broken", chain_name(application), 3)


@pytest.mark.parametrize("how", ["changed", "deleted"])
def test_r12_a_changed_or_deleted_anchor_is_reported(how: str) -> None:
    simulation, _ = anchored()
    first = min(simulation.archive.texts)
    if how == "deleted":
        del simulation.archive.texts[first]
    else:
        simulation.archive.texts[first] = simulation.archive.texts[first].replace('"previous":"0', '"previous":"1')
    assert "anchor" in (verify_anchors(simulation.review_table, simulation.archive)[0].reason or "")


def test_r12_anchoring_continues_after_a_crash() -> None:
    simulation, _ = anchored()
    before = dict(simulation.archive.texts)
    for hour in before:
        simulation.review_table.delete(Key("ANCHORS", hour.removeprefix("anchors/").removesuffix(".json")), when=None)
    simulation.review_table.delete(NEXT_HOUR, when=None)
    review.anchor_audit_heads(simulation.review)
    assert simulation.archive.texts == before
    assert verify_anchors(simulation.review_table, simulation.archive) == []


def test_r12_access_to_personal_data_is_recorded_in_a_chain_per_reader() -> None:
    simulation = Simulation()
    application, rui = submit_application(simulation, LIN), enrol_reviewer(simulation, "rui")
    for _ in range(3):
        review.get_application(simulation.review, rui, application.id)
    review.get_application(simulation.review, LIN, application.id)  # access to the own application is not recorded
    handle_new_changes(simulation, "review")
    assert isinstance(simulation.review_table, MemoryTable)
    (item,) = (item for item in simulation.review_table.all_items() if item["sk"] == "ACCESS_LOG")
    assert verify_chain(simulation.review_table, item).length == 3
    partition = f"AUDIT#{chain_of(item)}"
    entries = [item["entry"] for item in simulation.review_table.all_items() if item["pk"] == partition]
    assert len(entries) == 3
    assert all(f"read {application.id}" in entry and rui.user_id in entry for entry in entries)


def test_r12_a_reviewer_reads_at_most_sixty_applications_per_hour() -> None:
    """Over all users of the reviewer's identity."""
    simulation = Simulation()
    application, rui = submit_application(simulation, LIN), enrol_reviewer(simulation, "rui", "rui")
    rui_too = enrol_reviewer(simulation, "rui-too", "rui")
    for number in range(60):
        review.get_application(simulation.review, (rui, rui_too)[number % 2], application.id)
    for by in (rui, rui_too):
        with pytest.raises(errors.ReadLimitReached):
            review.get_application(simulation.review, by, application.id)
    review.get_application(simulation.review, enrol_reviewer(simulation, "shan"), application.id)
    simulation.clock.advance(hours=1)
    review.get_application(simulation.review, rui, application.id)


def test_r12_a_clock_set_back_does_not_break_a_chain() -> None:
    simulation = Simulation()
    application = submit_application(simulation, LIN)
    decide_application(simulation, enrol_reviewer(simulation, "rui"), application)
    simulation.clock.advance(minutes=-5)
    after = decide_application(simulation, enrol_reviewer(simulation, "shan"), application)
    handle_new_changes(simulation, "review")
    assert after.state is State.ACTIVE
    assert review.audit_application(simulation.review, OPERATOR, application.id).state == "intact"


def test_r12_anchoring_skips_no_hour_after_a_long_outage() -> None:
    simulation, _ = anchored()
    application = submit_application(simulation, caller("late"))
    handle_new_changes(simulation, "review")
    simulation.clock.advance(days=50)
    assert [review.anchor_audit_heads(simulation.review) for _ in range(3)] == [1, 0, 0]
    assert chain_name(application) in "".join(simulation.archive.texts.values())
    assert verify_anchors(simulation.review_table, simulation.archive) == []


# R17


def test_r17_a_dump_of_the_table_contains_no_personal_data() -> None:
    simulation = Simulation()
    submit_application(simulation, LIN)
    rejected = submit_application(simulation, caller("mei"))
    decide_application(simulation, enrol_reviewer(simulation, "rui"), rejected, approves=False)
    handle_new_changes(simulation, "review")
    text = dump(simulation)
    for private in ("林", *EVIDENCE, LIN.user_id + "'s name"):
        assert private not in text
    assert "real_name" not in text


def test_r17_encrypted_data_is_decrypted_only_for_its_application() -> None:
    simulation = Simulation()
    own, other = submit_application(simulation, LIN), submit_application(simulation, caller("mei"))
    _, private = review.get_application(simulation.review, LIN, own.id)
    assert (private.masked_name, private.evidence) == ("林*", EVIDENCE)
    item = simulation.review_table.get(repository.application_key(own.id)) or {}
    simulation.review_table.put({**item, "encrypted_data": other.encrypted_data}, when=None)
    with pytest.raises(AssertionError, match="another context"):
        review.get_application(simulation.review, LIN, own.id)


def end_application(simulation: Simulation, how: str) -> Application:
    first = submit_application(simulation, LIN)
    new = application_input(simulation, LIN, replace(CONTENT, plan="改为每周两次。"))
    first = review.update_application(simulation.review, LIN, first.id, change(first.applicant_version), new)
    if how == "withdrawn":
        return review.withdraw_application(simulation.review, LIN, first.id)
    return decide_application(simulation, enrol_reviewer(simulation, "rui"), first, approves=False)


@pytest.mark.parametrize("how", ["rejected", "withdrawn"])
def test_r17_personal_data_is_erased_after_180_days_and_the_chain_stays_valid(how: str) -> None:
    simulation = Simulation()
    after = end_application(simulation, how)
    handle_new_changes(simulation, "review")
    simulation.clock.advance(days=180, seconds=-1)
    assert review.handle_schedule(simulation.review) == 0
    simulation.clock.advance(seconds=1)
    assert [review.handle_schedule(simulation.review) for _ in range(2)] == [1, 0]
    handle_new_changes(simulation, "review")
    erased = repository.load_application(simulation.review_table, after.id).entity
    assert (erased.content, erased.encrypted_data, erased.trail.salt) == (Content(), "", "")
    assert erased.trail.last and erased.trail.last.action == "erased"
    text = dump(simulation)
    for sentence in (CONTENT.resonance, CONTENT.plan, "改为每周两次。", "写得清楚。"):
        assert sentence not in text
    assert review.audit_application(simulation.review, OPERATOR, after.id).state == "intact"


def test_r17_a_granted_application_is_not_erased() -> None:
    simulation = Simulation()
    application: Any = submit_application(simulation, LIN)
    for name in ("rui", "shan"):
        application = decide_application(simulation, enrol_reviewer(simulation, name), application)
    simulation.clock.advance(days=400)
    review.handle_schedule(simulation.review)
    assert repository.load_application(simulation.review_table, application.id).entity.content == application.content
