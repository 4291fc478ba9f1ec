"""A6: the archive of an account has what is the user's own from all services and circles, and nothing else."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.settings import settings
from services.shared.kernel.errors import KeyReused, RateLimitReached
from services.shared.security.auth import Caller
from services.shared.table.items import Key
from simulation.meter import MeteredTable
from simulation.settings import overridden
from simulation.users import caller, new_key
from tests.kill.actions import CIRCLE, HAO, LIN, MEI, NEW, YAN
from tests.support.archives import EXCLUDED_OF_ACCOUNT, is_account_line_of, items_naming
from tests.support.deletions import request_deletion
from tests.support.filled_accounts import FilledAccounts
from tests.support.filled_circle import MEMBERS, NAMES, as_text
from tests.usecases.cross_service.test_archives import EXPORTED

USERS = (*MEMBERS, NEW)
UNKNOWN = "exp_00000000000000000000000000"


@pytest.fixture
def filled() -> FilledAccounts:
    return FilledAccounts()


def name_of(user: Caller) -> str:
    return NAMES[user.user_id]


@pytest.mark.parametrize("user", USERS, ids=name_of)
def test_a6_every_item_of_a_user_in_any_table_is_in_the_archive_or_excluded_with_a_reason(
    filled: FilledAccounts, user: Caller
) -> None:
    if user is MEI:
        request_deletion(filled, user)
    lines = filled.export_account(user)
    missing = [
        (kind, item)
        for kind, item in items_naming(filled, user)
        if kind not in EXCLUDED_OF_ACCOUNT and not any(is_account_line_of(line, kind[0], item) for line in lines)
    ]
    assert missing == []


def test_a6_every_exclusion_is_of_items_that_exist(filled: FilledAccounts) -> None:
    request_deletion(filled, MEI)
    for user in USERS:
        filled.request_account_export(user)
        filled.request_export(user)
    filled.run_schedules()
    assert {kind for user in USERS for kind, _ in items_naming(filled, user)} >= EXCLUDED_OF_ACCOUNT.keys()


@pytest.mark.parametrize("user", USERS, ids=name_of)
def test_a6_every_text_that_a_user_wrote_in_any_circle_is_in_the_archive_and_no_other(
    filled: FilledAccounts, user: Caller
) -> None:
    lines = filled.export_account(user)
    own, archive = f"{NAMES[user.user_id]}: ", as_text(lines)
    written = set(re.findall(rf'"{own}([^"]*)"', as_text([item for _, item in filled.items()])))
    of_circle = {"teaser", "rules", "question"}  # texts of the circle: their author is not stored
    sealed = {"recipient", "street"} if user is not NEW else set()  # of the address, which no table has as a text
    assert set(re.findall(rf'"{own}([^"]*)"', archive)) - sealed == written - of_circle - {"recalled message"}, (
        "a recalled text is stored for moderators alone"
    )
    assert not sealed & written and all(f"{own}{what}" in archive for what in sealed)
    others = [line for line in lines if any(f"{name}: " in as_text(line) for name in NAMES.values() if f"{name}: " != own)]
    assert {line["kind"] for line in others} <= {"order"}, "what was bought, which buyer and seller agreed to"
    named = [line for line in lines if any(other in as_text(line) for other in NAMES if other != user.user_id)]
    assert {line["kind"] for line in named} <= {"blocks"}


def test_a6_the_archives_have_each_kind_of_line_from_each_service(filled: FilledAccounts) -> None:
    request_deletion(filled, MEI)
    kinds = {(line["service"], line["kind"]) for user in MEMBERS for line in filled.export_account(user)}
    expected = {(service, kind) for service, exported in EXPORTED.items() for kind in exported}
    assert kinds == expected - {("review", "application_revision"), ("circles", "circle"), ("review", "take_down")}


@pytest.mark.parametrize("user", MEMBERS, ids=name_of)
def test_a6_an_archive_has_all_that_the_archive_of_each_circle_has_and_each_line_once(
    filled: FilledAccounts, user: Caller
) -> None:
    of_circle, of_account = (Counter(map(as_text, lines)) for lines in (filled.export(user), filled.export_account(user)))
    assert of_circle.keys() <= of_account.keys()
    assert {line for line, times in of_account.items() if times > 1 and '"kind": "passcode"' not in line} == set()


@pytest.mark.parametrize(("user", "state"), [(MEI, "ended"), (YAN, "ended"), (LIN, "ended"), (HAO, "member"), (NEW, "pending")])
def test_a6_an_archive_has_circles_that_the_user_left_or_waits_to_join(
    filled: FilledAccounts, user: Caller, state: str
) -> None:
    lines = filled.export_account(user)
    states = {line["circle_id"]: line["state"] for line in lines if line["kind"] == "membership"}
    assert states[filled.second] == state
    written = {line["text"] for line in lines if line.get("circle_id") == filled.second and "text" in line}
    kinds = () if user is NEW else ("note", "comment", "message")
    assert written == {f"{NAMES[user.user_id]}: {kind} in the second circle" for kind in kinds}


def test_a6_an_archive_has_the_avatar_and_the_pictures_of_all_circles(filled: FilledAccounts) -> None:
    export = filled.request_account_export(MEI)
    filled.run_schedules()
    folders = tuple(f"{service}/account/{export.id}/pictures/" for service in ("circles", "chat", "commerce"))
    names = [name for name in filled.files() if name.startswith(folders)]
    assert [filled.files()[name].partition(": ")[0] for name in names] == ["mei"] * 5
    ports = filled.simulation.circles
    for name in names:
        circles.get_account_export_picture_url(ports, MEI, export.id, name.rpartition("/")[2])
        with pytest.raises(errors.ExportNotFound):
            circles.get_account_export_picture_url(ports, HAO, export.id, name.rpartition("/")[2])
    assert circles.get_account_export(ports, MEI, export.id).pictures == len(names)


def test_a6_an_archive_has_of_a_closed_circle_what_still_exists(filled: FilledAccounts) -> None:
    circles.close_circle(filled.simulation.circles, LIN, CIRCLE, settings().closing_notice)
    filled.driver.run()
    filled.driver.clock.now += settings().closing_notice
    filled.run_schedules()
    lines = [line for line in filled.export_account(MEI) if line.get("circle_id") == CIRCLE]
    kinds = {line["kind"] for line in lines}
    assert kinds >= {"membership", "passcode", "order", "sale", "read_marker", "report"}, "orders and tombstones stay"
    assert not kinds & {"note", "comment", "draft", "message", "listing", "like"}
    assert {line["state"] for line in lines if line["kind"] == "membership"} == {"ended"}


def test_a6_an_unlisted_attribute_or_item_of_any_service_is_not_exported(filled: FilledAccounts) -> None:
    for service in EXPORTED:
        table = filled.driver.tables[service]
        for item in table.all_items():
            table.update(Key.of(item), set={"other": "secret"}, when=None)
    lines = filled.export_account(LIN)
    assert "secret" not in as_text(lines)
    assert [line for line in lines if not line.keys() - {"service", "kind"} <= {*EXPORTED[line["service"]][line["kind"]]}] == []


def test_a6_an_archive_has_no_identity_hash_and_no_reviewer(filled: FilledAccounts) -> None:
    links = [item for service, item in filled.items() if (service, item["pk"]) == ("review", f"USER#{LIN.user_id}")]
    hashes = [item["sk"].removeprefix("IDENTITY#") for item in links if item["sk"].startswith("IDENTITY#")]
    archive = as_text(filled.export_account(LIN))
    assert hashes
    assert [secret for secret in (*hashes, "identity_id", "rui", "shan", "audit") if secret in archive] == []


# Who can request and read one


def test_a6_one_export_of_an_account_runs_at_a_time(filled: FilledAccounts) -> None:
    ports, key = filled.simulation.circles, new_key(MEI, now=filled.driver.clock.now)
    first = circles.create_account_export(ports, key)
    for _ in range(20):
        filled.driver.clock.advance(hours=1)
        assert circles.create_account_export(ports, key) == first
        with pytest.raises(errors.ExportRunning) as running:
            filled.request_account_export(MEI)
        assert running.value.facts == {"export_id": first.id}
    exports = [item for _, item in filled.items() if item["pk"] == f"USER#{MEI.user_id}" and item["sk"].startswith("EXPORT#")]
    assert len(exports) == 1


def test_a6_exports_of_an_account_are_limited(filled: FilledAccounts) -> None:
    with overridden(settings, export_burst=2):
        for _ in range(2):
            assert filled.export_account(MEI)
        with pytest.raises(RateLimitReached):
            filled.request_account_export(MEI)


def test_a6_an_export_of_a_circle_and_one_of_the_account_run_side_by_side(filled: FilledAccounts) -> None:
    of_account, of_circle = filled.request_account_export(MEI), filled.request_export(MEI)
    filled.run_schedules()
    assert filled.lines_of_account(MEI, of_account.id)
    assert filled.lines_of(MEI, of_circle.id)
    with pytest.raises(errors.ExportNotFound):
        circles.get_account_export(filled.simulation.circles, MEI, of_circle.id)
    with pytest.raises(errors.ExportNotFound):
        circles.get_export(filled.simulation.circles, MEI, CIRCLE, of_account.id)


def test_a6_an_export_of_another_account_looks_like_an_unknown_one(filled: FilledAccounts) -> None:
    export, stranger, meters = filled.request_account_export(MEI), caller("stranger"), []
    filled.run_schedules()
    for export_id in (export.id, UNKNOWN):
        filled.simulation.circles_table = meter = MeteredTable(filled.driver.tables["circles"])
        for read in (
            lambda ports, export_id: circles.get_account_export(ports, stranger, export_id),
            lambda ports, export_id: circles.get_account_export_part_url(ports, stranger, export_id, 0),
            lambda ports, export_id: circles.get_account_export_picture_url(ports, stranger, export_id, "pic_1"),
        ):
            with pytest.raises(errors.ExportNotFound):
                read(filled.simulation.circles, export_id)
        meters.append((meter.total.reads, meter.total.writes))
    assert meters[0] == meters[1]


def test_a6_the_files_of_an_export_can_be_downloaded_until_it_expires(filled: FilledAccounts) -> None:
    ports, export = filled.simulation.circles, filled.request_account_export(MEI)
    with pytest.raises(errors.ExportNotFound):
        circles.get_account_export_part_url(ports, MEI, export.id, 0)
    filled.run_schedules()
    ready = circles.get_account_export(ports, MEI, export.id)
    assert "manifest.json" in circles.get_account_export_part_url(ports, MEI, export.id, 0)
    for index, part in enumerate(ready.parts, 1):
        assert f"{part.service}/account/{export.id}/{part.name}" in circles.get_account_export_part_url(
            ports, MEI, export.id, index
        )
    with pytest.raises(errors.ExportNotFound):
        circles.get_account_export_part_url(ports, MEI, export.id, len(ready.parts) + 1)
    filled.driver.clock.now += settings().export_lifetime
    with pytest.raises(errors.ExportNotFound):
        circles.get_account_export(ports, MEI, export.id)


def test_a6_a_key_of_another_export_is_not_reused(filled: FilledAccounts) -> None:
    key = new_key(MEI, now=filled.driver.clock.now)
    circles.create_account_export(filled.simulation.circles, key)
    assert circles.create_account_export(filled.simulation.circles, key)
    with pytest.raises(KeyReused):
        circles.create_account_export(filled.simulation.circles, _with_another_body(key))


def _with_another_body(key: Any) -> Any:
    return replace(key, body_hash="0" * len(key.body_hash))
