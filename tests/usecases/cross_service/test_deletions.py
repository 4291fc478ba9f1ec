"""A6: what is left of a deleted account is what docs/privacy.md lists, in every table and bucket."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from services.chat import usecases as chat
from services.circles import usecases as circles
from services.circles.domain import ContentState, MemberState
from services.circles.domain.deletion import ContentChoice
from services.circles.repository.circles import circle_key, find_member
from services.shared.kernel.ids import derive_id
from services.shared.kernel.pages import PageRequest
from services.shared.pictures.checks import picture_to_item
from services.shared.security.auth import Caller
from services.shared.table.purging import SECOND_PURGE_AFTER
from simulation.registry import REGISTRY
from tests.contracts.test_readmes import documented_items
from tests.kill.actions import CIRCLE, HAO, LIN, MEI, ROOM, YAN
from tests.support.archives import kind_of
from tests.support.deletions import delete_account, finish_orders
from tests.support.filled_accounts import FilledAccounts
from tests.support.filled_circle import NAMES, as_text

PRIVACY = Path(__file__).parents[3] / "docs" / "privacy.md"
PASSING = {("JOBS", "ERASE"), ("EXPORT", "PARTS")}  # named below the table: they end by themselves
DELETED = (MEI, YAN)
Kind = tuple[str, str, str]


class Left(NamedTuple):
    """A row of the table of what stays. text: `-`, `yes`, `keep` or `open cases`."""

    kind: Kind
    text: str


@pytest.fixture
def filled() -> FilledAccounts:
    return fill_accounts(decided=0)


def fill_accounts(decided: int) -> FilledAccounts:
    """Return accounts with exports and finished orders. decided: how many cases are upheld, so that their content is down."""
    filled = FilledAccounts()
    filled.decide_cases(decided)
    for user in DELETED:
        filled.export_account(user)
        filled.export(user)
    finish_orders(filled)
    return filled


def listed() -> dict[Kind, str]:
    """Return what stays, from the document: the text of each kind of item."""
    rows = re.findall(
        r"^\| (\w+) \| `([^`]+)`(?: / `([^`]+)`)? \| [^|]+ \| ([^|]+) \|", PRIVACY.read_text("utf-8"), re.MULTILINE
    )
    return {(service, pk, sk): text.strip() for service, pk, sk, text in rows}


def items_left(filled: FilledAccounts, user: Caller) -> list[tuple[Kind, str]]:
    """Return each item with the user's id or a text that the user wrote, with the item as text."""
    marks = (user.user_id, f'"{NAMES[user.user_id]}: ')
    found = [(kind_of(service, item), as_text(item)) for service, item in filled.items()]
    return [(kind, text) for kind, text in found if any(mark in text for mark in marks) and kind[1:] not in PASSING]


def has_text_of(user: Caller, text: str) -> bool:
    return f'"{NAMES[user.user_id]}: ' in text


def erase_late_events(filled: FilledAccounts) -> None:
    """Run the second erasure of each service."""
    filled.driver.clock.now += SECOND_PURGE_AFTER
    filled.run_schedules()


@pytest.mark.parametrize("content", ContentChoice)
@pytest.mark.parametrize("user", DELETED, ids=lambda user: NAMES[user.user_id])
def test_a6_what_is_left_of_a_deleted_account_is_what_the_document_lists(user: Caller, content: ContentChoice) -> None:
    filled = fill_accounts(decided=2)
    delete_account(filled, user, content)
    erase_late_events(filled)
    stays = listed()
    assert {kind for kind, _ in items_left(filled, user)} <= stays.keys()
    allowed = {"yes", "open cases", *(["keep"] if content is ContentChoice.KEEP else [])}
    assert {kind for kind, text in items_left(filled, user) if has_text_of(user, text) and stays[kind] not in allowed} == set()
    decided = [text for kind, text in items_left(filled, user) if kind[1:] == ("CASE", "CASE") and '"outcome"' in text]
    assert [text for text in decided if has_text_of(user, text)] == []
    own = f"{NAMES[user.user_id]}: report of"
    assert [kind for kind, text in items_left(filled, user) if own in text] == [], "an open case has what others reported"


def cases_with_text_of(filled: FilledAccounts, user: Caller) -> list[str]:
    """Return the cases about what other users wrote in which a text of the user is, as text."""
    items = [item for service, item in filled.items() if kind_of(service, item)[1:] == ("CASE", "CASE")]
    return [as_text(item) for item in items if item["author"] != user.user_id and has_text_of(user, as_text(item))]


@pytest.mark.parametrize("content", ContentChoice)
@pytest.mark.parametrize("user", DELETED, ids=lambda user: NAMES[user.user_id])
def test_c27_no_text_of_a_deleted_account_is_left_beside_a_reported_message_once_its_case_is_decided(
    user: Caller, content: ContentChoice
) -> None:
    filled = fill_accounts(decided=0)
    assert [item for service, item in filled.items() if service == "chat" and "surroundings" in item] == []
    delete_account(filled, user, content)
    assert cases_with_text_of(filled, user), "an open case keeps what was around the message, also after the deletion"
    filled.decide_cases()
    assert cases_with_text_of(filled, user) == []
    erase_late_events(filled)
    in_review = [kind for kind, text in items_left(filled, user) if kind[0] == "review" and has_text_of(user, text)]
    assert in_review == []


@pytest.mark.parametrize("user", DELETED, ids=lambda user: NAMES[user.user_id])
def test_a6_no_file_of_a_deleted_account_is_left(user: Caller) -> None:
    filled = fill_accounts(decided=2)
    before = [name for name, data in filled.files().items() if user.user_id in name or f"{NAMES[user.user_id]}: " in data]
    assert len(before) > 5
    delete_account(filled, user)
    left = [name for name, data in filled.files().items() if user.user_id in name or f"{NAMES[user.user_id]}: " in data]
    assert left == []


def test_a6_kept_content_keeps_its_pictures_and_no_others(filled: FilledAccounts) -> None:
    note = circles.get_note(filled.simulation.circles, LIN, CIRCLE, filled.notes[MEI.user_id]).note
    delete_account(filled, MEI, ContentChoice.KEEP)
    kept = {picture.id for picture in note.content.pictures}
    left = {name.rpartition("/")[2] for name in filled.driver.bucket.files if MEI.user_id in name}
    assert (left, len(kept)) == (kept, 1)
    messages = [item for item in filled.driver.tables["chat"].all_items() if item["sk"].startswith("MSG#")]
    sent = {picture_id for item in messages if item["sender"] == MEI.user_id for picture_id, *_ in item.get("pictures", ())}
    assert {name.rpartition("/")[2] for name in filled.driver.chat_bucket.files if MEI.user_id in name} == sent != set()


def test_a6_no_log_has_a_name_or_a_text_of_a_deleted_account(
    filled: FilledAccounts, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    delete_account(filled, MEI)
    written = capsys.readouterr()
    logs = written.out + written.err + caplog.text + as_text([vars(record) for record in caplog.records])
    assert "AccountDeleted" in logs
    assert "mei: " not in logs


def test_a6_every_row_of_the_document_is_of_items_that_a_readme_lists() -> None:
    kinds = {(name, kind.partition, kind.sort) for name in REGISTRY for kind in documented_items(name)}
    derived = ("HEADS", "LEDGER", "AUDIT", "COUNTED")  # written by several services in the same way
    assert {kind for kind in listed() if not kind[1].startswith(derived) and kind not in kinds} == set()


# Content


def test_a6_deleted_content_looks_like_that_of_an_author_who_deleted_it(filled: FilledAccounts) -> None:
    ports, note_id = filled.simulation.circles, filled.notes[HAO.user_id]
    before = circles.get_note(ports, LIN, CIRCLE, note_id).note
    delete_account(filled, MEI)
    after = circles.get_note(ports, LIN, CIRCLE, note_id).note
    assert (before.comments, after.comments, before.likes, after.likes) == (2, 0, 1, 0)
    comments = circles.list_comments(ports, LIN, CIRCLE, note_id, PageRequest(10)).items
    assert [(comment.state, comment.text, comment.author) for comment in comments] == [(ContentState.DELETED, "", "")] * 2
    notes = circles.list_notes(ports, LIN, CIRCLE, PageRequest(100)).items
    assert MEI.user_id not in {view.note.author for view in notes}
    highlights = circles.list_highlights(ports, LIN, CIRCLE, "", PageRequest(10)).items
    assert MEI.user_id not in {view.note.author for view in highlights}


def test_a6_erased_messages_are_voids_and_no_number_is_missing(filled: FilledAccounts) -> None:
    ports = filled.simulation.chat
    before, _ = chat.list_messages(ports, LIN, CIRCLE, ROOM, 0, 100)
    delete_account(filled, MEI)
    after, _ = chat.list_messages(ports, LIN, CIRCLE, ROOM, 0, 100)
    assert [entry.message.seq for entry in after] == [entry.message.seq for entry in before]
    erased = [entry.message for entry in after if entry.message.kind == "void"]
    own = sum(entry.message.sender == MEI.user_id for entry in before)
    assert (len(erased), own) == (6, 5), "also the one that she had recalled, which names no sender"
    assert {(message.sender, message.text) for message in erased} == {("", "")}
    second = derive_id("rom", filled.second)
    rooms = chat.list_own_rooms(ports, HAO, PageRequest(10)).items
    shown = [entry.room.head.last for entry in rooms if entry.room.id in (ROOM, second)]
    assert MEI.user_id not in {last.sender for last in shown if last}


def test_a6_kept_content_has_an_author_without_a_name(filled: FilledAccounts) -> None:
    ports = filled.simulation.circles
    delete_account(filled, MEI, ContentChoice.KEEP)
    assert circles.get_note(ports, LIN, CIRCLE, filled.notes[MEI.user_id]).note.content.text == "mei: edited note"
    (person,) = circles.get_people(ports, LIN, CIRCLE, [MEI.user_id])
    assert (person.member.is_account_deleted, person.avatar) == (True, None)
    assert "mei" not in person.member.appearance.name.text


# What follows the user


def test_a6_a_ban_stays_and_every_membership_has_ended(filled: FilledAccounts) -> None:
    delete_account(filled, YAN)
    states = [find_member(filled.simulation.circles_table, circle_id, YAN.user_id) for circle_id in (CIRCLE, filled.second)]
    assert [(member.state, member.erased) for member in states if member] == [
        (MemberState.LEFT, True),
        (MemberState.KICKED, True),
    ]
    passcodes = [item for _, item in filled.items() if item["pk"].startswith("PASSCODE#")]
    assert passcodes


def test_a6_no_sign_in_of_a_deleted_account_counts_in_any_service(filled: FilledAccounts) -> None:
    delete_account(filled, MEI)
    assert filled.simulation.user_pool.deleted == [MEI.user_id]
    statuses = [item for _, item in filled.items() if (item["pk"], item["sk"]) == (f"USER#{MEI.user_id}", "ACCOUNT_STATUS")]
    assert len(statuses) == 4
    assert all(item["signed_out_at"] > filled.driver.clock.now.timestamp() + 10**9 for item in statuses)


def test_a6_the_cover_of_a_circle_belongs_to_the_circle(filled: FilledAccounts) -> None:
    note = circles.get_note(filled.simulation.circles, LIN, CIRCLE, filled.notes[MEI.user_id]).note
    (picture,) = note.content.pictures
    cover = {**picture_to_item(picture), "author": MEI.user_id}
    filled.driver.tables["circles"].update(
        circle_key(CIRCLE), set={"cover": cover, "page_revision": 1, "count_visible_to": "members"}, when=None
    )
    delete_account(filled, MEI)
    left = {name for name in filled.driver.bucket.files if MEI.user_id in name}
    assert left == {f"{folder}/{CIRCLE}/{MEI.user_id}/{picture.id}" for folder in ("shown", "thumb")}
