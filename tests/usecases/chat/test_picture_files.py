"""H24: the files of a message's pictures follow the message: through take-downs, reports and exports, to its end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from unittest import mock

import pytest

from services.chat import usecases as chat
from services.chat.errors import MessageNotFound
from services.chat.repository.message_items import message_key
from services.chat.repository.messages import find_message
from services.chat.usecases import picture_files
from services.chat.usecases.picture_files import delete_files
from services.shared.erasure.jobs import plan_erasure
from services.shared.exports.jobs import plan_export
from services.shared.messaging.events import AccountDeleted, AccountDeletedData, ExportRequested, ExportRequestedData
from services.shared.pictures.files import move_picture
from services.shared.table.purging import plan_purge
from services.shared.table.reports import ReportInput, find_evidence
from simulation.setup.chat import HAO, MEI, Lobby
from simulation.setup.events import envelope, take_down_changed
from simulation.streams import deliver, handle_all_changes, handle_new_changes, new_changes
from tests.usecases.chat.test_message_pictures import send, upload, uploaded

FRAUD = ReportInput("fraud")


def lobby(count: int = 1) -> Lobby:
    """A lobby whose only message, of Mei, has pictures."""
    room = Lobby()
    send(room, *uploaded(room, count=count), text="加我看更多")
    handle_new_changes(room.simulation, "chat")
    return room


def reachable(room: Lobby) -> set[str]:
    """Return the names of the files that addresses can reach."""
    return {name for name in room.simulation.chat_bucket.files if name.startswith(("shown/", "thumb/"))}


def take_down(room: Lobby, *, is_active: bool = True) -> None:
    room.simulation.clock.advance(seconds=1)
    event = take_down_changed(room.simulation, "chat", "message", f"{room.id}/1", room.circle_id, is_active=is_active)
    deliver(room.simulation, "chat", event)


def test_a4_no_address_reaches_the_files_of_a_message_that_is_down_and_an_appeal_brings_them_back() -> None:
    room = lobby(2)
    before = reachable(room)
    assert len(before) == 4
    take_down(room)
    handle_new_changes(room.simulation, "chat")
    assert reachable(room) == set()
    (message,) = room.list_messages(MEI)
    assert (message.text, message.pictures) == ("加我看更多", ()), "its author gets the text alone"
    take_down(room, is_active=False)
    handle_new_changes(room.simulation, "chat")
    assert reachable(room) == before
    handle_all_changes(room.simulation, "chat")
    assert reachable(room) == before, "a repeat of the stream leaves the files as the message is now"


@pytest.mark.parametrize("ends", ["restored", "deleted"])
def test_a4_an_event_between_reading_and_moving_leaves_the_files_as_the_message_is(ends: str) -> None:
    room = lobby()
    before = reachable(room)
    take_down(room)
    (record,) = [change for change in new_changes(room.simulation, "chat") if change.key.sk.startswith("MSG#")]

    def interrupted(*arguments: object, **named: object) -> None:
        patched.stop()
        if ends == "restored":
            take_down(room, is_active=False)
        else:
            room.simulation.chat_table.delete(message_key(room.circle_id, room.id, 1), when=None)
        handle_new_changes(room.simulation, "chat")
        move_picture(*arguments, **named)  # type: ignore[arg-type]

    patched = mock.patch.object(picture_files, "move_picture", interrupted)
    patched.start()
    picture_files.update_files(room.simulation.chat, [record])
    assert reachable(room) == (before if ends == "restored" else set())
    assert ends == "restored" or room.simulation.chat_bucket.files == {}


def delete_message(room: Lobby) -> None:
    room.simulation.chat_table.delete(message_key(room.circle_id, room.id, 1), when=None)


def delete_with_files(room: Lobby) -> None:
    message = find_message(room.simulation.chat_table, room.circle_id, room.id, 1)
    assert message
    for _ in range(2):  # a repeat changes nothing
        delete_files(room.simulation.chat, message)
    delete_message(room)


def delete_account(room: Lobby) -> None:
    data = AccountDeletedData(user_id=MEI.user_id, content="delete")
    plan_erasure(room.simulation.chat, AccountDeleted(**envelope(room.simulation, MEI.user_id), data=data))
    chat.handle_jobs(room.simulation.chat)


def purge_circle(room: Lobby) -> None:
    plan_purge(room.simulation.chat_table, room.circle_id, room.simulation.clock())
    chat.handle_jobs(room.simulation.chat)


@pytest.mark.parametrize("end", [delete_message, delete_with_files, delete_account, purge_circle])
@pytest.mark.parametrize("is_down", [True, False])
def test_h24_the_files_end_with_their_message(end: Callable[[Lobby], None], is_down: bool) -> None:
    room = lobby(2)
    if is_down:
        take_down(room)
        handle_new_changes(room.simulation, "chat")
    assert room.simulation.chat_bucket.files
    end(room)
    handle_new_changes(room.simulation, "chat")
    assert room.simulation.chat_bucket.files == {}


@pytest.mark.parametrize("content", ["keep", "delete"])
def test_a6_a_deleted_account_leaves_no_upload_that_no_message_has(content: str) -> None:
    room = lobby()
    sent = reachable(room)
    uploaded(room)
    upload(room)
    of_hao = uploaded(room, HAO)
    data = AccountDeletedData.model_validate({"user_id": MEI.user_id, "content": content})
    plan_erasure(room.simulation.chat, AccountDeleted(**envelope(room.simulation, MEI.user_id), data=data))
    chat.handle_jobs(room.simulation.chat)
    handle_new_changes(room.simulation, "chat")
    left = {name for name in room.simulation.chat_bucket.files if of_hao[0] not in name}
    assert left == (sent if content == "keep" else set())
    items = [item for item in room.simulation.memory("chat").all_items() if item["pk"].startswith(("PICTURES#", "UPLOADER#"))]
    assert not [item for item in items if MEI.user_id in item["pk"]]


def test_c27_a_report_copies_the_pictures_which_stay_when_the_message_ends() -> None:
    room = lobby(2)
    message = room.list_messages()[0]
    chat.report_message(room.simulation.chat, HAO, room.circle_id, room.id, 1, FRAUD)
    evidence = find_evidence(room.simulation.chat_table, room.circle_id, f"{room.id}/1")
    assert evidence
    assert evidence["pictures"] == [picture.id for picture in message.pictures]
    delete_message(room)
    handle_new_changes(room.simulation, "chat")
    copies = {f"{evidence['picture_folder']}/{picture.id}" for picture in message.pictures}
    assert room.simulation.evidence.files.keys() == copies
    assert all(name.startswith("chat/") for name in copies)


def test_c27_a_report_of_a_message_that_ends_meanwhile_is_one_of_an_unknown_message() -> None:
    """So no report is without the pictures that its reporter saw."""
    room = lobby(2)
    message = room.list_messages()[0]
    with mock.patch("services.chat.repository.messages.get_message", return_value=message), pytest.raises(MessageNotFound):
        delete_message(room)
        handle_new_changes(room.simulation, "chat")
        chat.report_message(room.simulation.chat, HAO, room.circle_id, room.id, 1, FRAUD)
    assert find_evidence(room.simulation.chat_table, room.circle_id, f"{room.id}/1") is None


@pytest.mark.parametrize("is_down", [True, False])
def test_c26_an_export_of_own_messages_has_their_pictures(is_down: bool) -> None:
    room = lobby(2)
    send(room, *uploaded(room, HAO), by=HAO)
    if is_down:
        take_down(room)
        handle_new_changes(room.simulation, "chat")
    now = room.simulation.clock()
    data = ExportRequestedData(
        export_id="exp_1", circle_id=room.circle_id, user_id=MEI.user_id, requested_at=now, expires_at=now + timedelta(days=7)
    )
    plan_export(room.simulation.chat, ExportRequested(**envelope(room.simulation, "exp_1"), data=data))
    chat.handle_jobs(room.simulation.chat)
    folder = f"chat/{room.circle_id}/exp_1/"
    files = room.simulation.exports.files
    (lines,) = [data.decode() for name, (_, data) in files.items() if name.endswith(".jsonl")]
    message = find_message(room.simulation.chat_table, room.circle_id, room.id, 1)
    assert message
    assert all(picture.id in lines for picture in message.pictures)
    copied = {name.removeprefix(f"{folder}pictures/") for name in files if name.startswith(f"{folder}pictures/")}
    assert copied == (set() if is_down else {picture.id for picture in message.pictures})
    (parts,) = [item for item in room.simulation.memory("chat").all_items() if item["sk"] == "PARTS"]
    assert parts["pictures"] == len(copied)
