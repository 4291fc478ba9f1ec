"""Anchors of the audit chains of all services (R12, A8): what verification reports of a changed table or archive."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from services import SERVICES
from services.circles.domain import SanctionKind
from services.shared.kernel.ids import new_id
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.anchors import Anchor, anchor_hash
from services.shared.security.archive import DELETED, REPLACED
from services.shared.security.audit import GENESIS_HASH, AuditEntry, find_audit_entry
from services.shared.security.heads import hour_name, iter_heads, put_head
from services.shared.table.items import PRESENT, Key
from services.shared.table.settings import KEY as SETTINGS_KEY
from services.shared.table.settings import SettingsPorts, load_overrides, replace_overrides
from simulation.settings import SETTINGS
from simulation.setup.circles import create_circle, impose_sanction
from simulation.setup.requests import CHANGE_RATE
from simulation.simulation import Simulation
from simulation.streams import handle_new_changes
from simulation.users import caller
from tests.support.anchors import decide, names, reasons, two_hours, verify

LIN, MEI = caller("lin"), caller("mei")
SETTINGS_CHAIN = "SETTINGS|SETTINGS"


def test_r12_an_anchor_holds_every_changed_head_and_the_hash_of_the_previous_anchor() -> None:
    simulation, chain = two_hours()
    first, second = (json.loads(simulation.archive.texts[name]) for name in names(simulation))
    assert first["previous"] == GENESIS_HASH
    assert second["previous"] == anchor_hash(simulation.archive.texts[names(simulation)[0]])
    assert chain in {head[0] for head in second["heads"]}
    assert simulation.anchor_heads("review") == 0


def rewrite(simulation: Simulation, chain: str) -> None:
    """Replace a whole chain with another valid one, as an insider with access to the table could."""
    previous = GENESIS_HASH
    for index in range(1, 4):
        entry = AuditEntry(index, "2026-03-05T04:00:00.125Z", "someone", "approved", "0" * 64, previous)
        item = {"pk": f"AUDIT#{chain}", "sk": f"{index:010}", "entry": entry.json(), "hash": entry.hash}
        simulation.review_table.put(item, when=None)
        previous = entry.hash
    simulation.review_table.update(Key(*chain.split("|")), set={"audit_head": previous, "audit": entry.json()}, when=None)


def test_r12_a_chain_rewritten_with_its_head_differs_from_its_anchor() -> None:
    simulation, chain = two_hours()
    rewrite(simulation, chain)
    (broken,) = verify(simulation)  # the chain alone is valid
    assert (broken.state, broken.chain, broken.index) == ("broken", chain, 3)
    assert "differs from its anchor" in (broken.reason or "")


def test_r12_an_anchored_chain_without_an_entity_is_reported() -> None:
    simulation, chain = two_hours()
    simulation.review_table.update(Key(*chain.split("|")), remove=("audit_head",), when=None)
    assert reasons(simulation) == {chain: "it is anchored, but no entity has it any more"}


def test_r12_a_chain_that_was_cut_with_its_head_differs_from_its_anchor() -> None:
    simulation, chain = two_hours()
    simulation.review_table.delete(Key(f"AUDIT#{chain}", f"{3:010}"), when=None)
    last = find_audit_entry(simulation.review_table, chain, 2)
    assert last
    cut = {"audit_length": 2, "audit_head": last.hash, "audit": last.json()}
    simulation.review_table.update(Key(*chain.split("|")), set=cut, when=None)
    assert reasons(simulation) == {chain: "it differs from its anchor: the chain was rewritten"}


def test_r12_an_old_head_in_a_later_list_takes_nothing_back() -> None:
    """The redrive of a record adds its head to the list of the present hour."""
    simulation, chain = two_hours()
    first = find_audit_entry(simulation.review_table, chain, 1)
    assert first
    put_head(simulation.review_table, chain, 1, first.hash, simulation.clock())
    assert verify(simulation) == []
    simulation.clock.advance(hours=1)
    simulation.anchor_heads("review")
    assert verify(simulation) == []


# anchors that were changed, deleted, reordered, added or replaced


def change(simulation: Simulation, name: str) -> None:
    """Change a head of an anchor."""
    anchor = Anchor.parse(simulation.archive.texts[name])
    assert anchor
    heads = [(chain, length, "f" * 64) for chain, length, _ in anchor.heads]
    simulation.archive.texts[name] = replace(anchor, heads=heads).text()


def delete(simulation: Simulation, name: str) -> None:
    del simulation.archive.texts[name]


def damage(simulation: Simulation, name: str) -> None:
    simulation.archive.texts[name] = '{"hour": 7}'


@pytest.mark.parametrize("index", [0, 1])
@pytest.mark.parametrize("how", [change, delete, damage])
def test_r12_a_changed_deleted_or_damaged_anchor_is_named(how: Callable[[Simulation, str], None], index: int) -> None:
    simulation, _ = two_hours()
    first, second = names(simulation)
    how(simulation, (first, second)[index])
    found = reasons(simulation)
    assert (first, second)[index] in found
    if how is change and index == 1:
        assert found[second] == "anchor: it differs from its hash in the table"
    assert index == 1 or found[second] == "anchor: the previous anchor was changed or is missing"


def test_r12_an_anchor_whose_hash_was_not_stored_yet_is_no_finding() -> None:
    """A crash between the archive and the table leaves it so until the next run."""
    simulation, _ = two_hours()
    hour = names(simulation)[1].removeprefix("review/").removesuffix(".json")
    simulation.review_table.delete(Key("ANCHORS", hour), when=PRESENT)
    assert verify(simulation) == []


def test_r12_reordered_anchors_are_named() -> None:
    simulation, _ = two_hours()
    first, second = names(simulation)
    texts = simulation.archive.texts
    texts[first], texts[second] = texts[second], texts[first]
    assert {first, second} <= reasons(simulation).keys()


@pytest.mark.parametrize("name", ["{first}-b.json", "{hour}:30+00:00.json", "{future}.json"])
def test_r12_a_second_anchor_of_an_hour_and_one_of_a_future_hour_are_named(name: str) -> None:
    simulation, _ = two_hours()
    last = simulation.archive.texts[names(simulation)[-1]]
    parsed = Anchor.parse(last)
    assert parsed
    future = hour_name(simulation.clock())
    added = name.format(first=parsed.hour, hour=parsed.hour[:13], future=future)
    hour = future if added == f"{future}.json" else parsed.hour
    simulation.archive.texts[f"review/{added}"] = Anchor(hour, anchor_hash(last), []).text()
    assert f"review/{added}" in reasons(simulation)


def head(chain: object, length: object) -> str:
    """Return the text of an anchor with one head."""
    return json.dumps({"hour": "z", "previous": "y", "heads": [[chain, length, "f" * 64]]})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "junk",
        "[]",
        "[" * 10_000,
        '{"hour": "x", "previous": "y", "heads": [[1]]}',
        head("chain", float("inf")),
        head("chain", 10**400),
        head("chain", -1),
        head("chain", "1"),
        head("c" * 2100, 1),
        head("\ud800", 1),
        head("", 1),
    ],
)
def test_r12_a_text_that_is_no_anchor_is_named(text: str) -> None:
    simulation, _ = two_hours()
    simulation.archive.texts["review/z.json"] = text
    assert reasons(simulation) == {"review/z.json": "anchor: it is no anchor"}


@pytest.mark.parametrize("flaw", [REPLACED, DELETED])
def test_r12_what_was_done_to_an_anchor_since_is_named(flaw: str) -> None:
    simulation, _ = two_hours()
    name = names(simulation)[0]
    simulation.archive.flaws[name] = (flaw,)
    assert reasons(simulation) == {name: f"anchor: {flaw}"}


def test_r12_an_anchor_that_was_written_before_the_run_by_another_hand_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    simulation, _ = two_hours()
    last = anchor_hash(simulation.archive.texts[names(simulation)[-1]])
    chain, hour = decide(simulation, "hao"), hour_name(simulation.clock())
    simulation.archive.texts[f"review/{hour}.json"] = Anchor(hour, last, []).text()
    simulation.clock.advance(hours=1)
    simulation.anchor_heads("review")
    assert "AuditTampered" in capsys.readouterr().out
    assert reasons(simulation)[chain] == "its head is in no anchor and in no list of heads"
    decide(simulation, "an")
    simulation.clock.advance(hours=1)
    simulation.anchor_heads("review")
    assert not [name for name in reasons(simulation) if name.startswith("review/")], (
        "later anchors continue from the stored one"
    )


# every service


def moderate(simulation: Simulation) -> str:
    """Mute a member of a circle, and return the chain."""
    circle_id = create_circle(simulation, LIN, MEI)
    impose_sanction(simulation, LIN, circle_id, MEI, SanctionKind.MUTE, days=1)
    handle_new_changes(simulation, "circles")
    return f"CIRCLE#{circle_id}|MEMBER#{MEI.user_id}"


def change_settings(service: str, simulation: Simulation) -> str:
    ports = SettingsPorts(simulation.table(service), simulation.clock, new_id)
    settings = SETTINGS[service]
    name, value = next(
        (name, value + 1)
        for name, value in settings().model_dump(mode="json").items()
        if isinstance(value, int) and not isinstance(value, bool)
    )
    etag = str(load_overrides(ports).entity.version)
    request = ChangeRequest.if_match("ops", CHANGE_RATE, "PUT /settings", new_id("key"), new_id("body"), frozenset({etag}))
    replace_overrides(ports, settings, {name: value}, {}, actor="ops", reason="太少。", request=request)
    settings.reset()
    return SETTINGS_CHAIN


ACTS = {"moderation": ("circles", moderate)} | {
    f"settings of {service}": (service, partial(change_settings, service)) for service in SERVICES
}


@pytest.mark.parametrize("act", ACTS)
def test_r12_a8_the_head_of_every_audited_act_ends_in_an_anchor_of_its_service(act: str) -> None:
    service, run = ACTS[act]
    simulation = Simulation()
    chain = run(simulation)
    simulation.clock.advance(hours=1)
    assert simulation.anchor_heads(service) == 1
    (name,) = names(simulation)
    anchor = Anchor.parse(simulation.archive.texts[name])
    assert anchor and anchor.heads[0][:2] == (chain, 1)
    assert name.startswith(f"{service}/")
    assert verify(simulation, service) == []
    entry = AuditEntry(1, "2026-03-05T04:00:00.125Z", "other", "nothing", "0" * 64, GENESIS_HASH)
    forged = {"pk": f"AUDIT#{chain}", "sk": f"{1:010}", "entry": entry.json(), "hash": entry.hash}
    simulation.table(service).put(forged, when=None)
    simulation.table(service).update(Key(*chain.split("|")), set={"audit_head": entry.hash}, when=None)
    assert reasons(simulation, service) == {chain: "it differs from its anchor: the chain was rewritten"}


def test_r12_services_do_not_read_the_anchors_of_each_other() -> None:
    simulation, _ = two_hours()
    moderate(simulation)
    simulation.clock.advance(hours=1)
    simulation.anchor_heads("circles")
    assert {name.partition("/")[0] for name in names(simulation)} == {"review", "circles"}
    assert verify(simulation) == verify(simulation, "circles") == []


def test_a_change_of_settings_puts_its_head_in_its_own_transaction() -> None:
    """Chat and commerce derive no audit entries from their streams."""
    simulation = Simulation()
    change_settings("chat", simulation)
    item = simulation.chat_table.get(SETTINGS_KEY) or {}
    assert list(iter_heads(simulation.chat_table, simulation.clock())) == [(SETTINGS_CHAIN, 1, item["audit_head"])]
