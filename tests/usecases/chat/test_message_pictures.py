"""H24: pictures in messages, checked and made anew as those of notes; each is of one message, and its files follow it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from demo.pictures import dawn
from services.chat import usecases as chat
from services.chat.domain import Message, MessageKind, MessageRequest, moderators_room_id
from services.chat.errors import CircleReadOnly, MessageConflict, RoomNotFound
from services.chat.repository.messages import find_message
from services.chat.schemas import MessageResponse, SendMessageRequest, SentMessageResponse
from services.chat.settings import settings
from services.chat.usecases.pushes import message_frame
from services.shared.kernel.errors import CallerMuted, NewcomerLimitExceeded, PictureNotFound, PicturesInvalid, PicturesNotReady
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from services.shared.pictures.upload import PictureType, UploadState
from services.shared.security.auth import Caller
from services.shared.table.items import Key
from simulation.settings import overridden
from simulation.setup.chat import HAO, LIN, MEI, Lobby, set_chat_members, set_circle_state
from simulation.streams import handle_new_changes
from simulation.users import new_key
from tests.support.imaging import clean
from tests.usecases.chat.test_chat_list import mute

PNG = dawn()


def upload(room: Lobby, by: Caller = MEI, data: bytes = PNG, room_id: str = "") -> str:
    """Upload a picture, which the worker has not processed yet, and return its id."""
    key = new_key(by, now=room.simulation.clock.now)
    where = (room.simulation.chat, by, room.circle_id, room_id or room.id)
    picture_id, form = chat.create_room_upload(*where, key, PictureType.PNG, len(data))
    room.simulation.chat_bucket.files[form.fields["key"]] = ("image/png", data)
    return picture_id


def process_uploads(room: Lobby) -> None:
    for object_key in [name for name in room.simulation.chat_bucket.files if name.startswith("raw/")]:
        chat.process_upload(room.simulation.chat, object_key, clean)


def uploaded(room: Lobby, by: Caller = MEI, count: int = 1) -> tuple[str, ...]:
    """Return the ids of pictures that are ready."""
    ids = []
    for _ in range(count):
        ids.append(upload(room, by))
        process_uploads(room)
        room.simulation.clock.advance(minutes=1)  # the share of the worker is per minute
    return tuple(ids)


def send(room: Lobby, *picture_ids: str, by: Caller = MEI, text: str = "", msg_id: str = "", after: int = 0) -> Message:
    room.simulation.clock.advance(seconds=5)
    room.count += 1
    request = MessageRequest(msg_id or f"pictures-{room.count}", after, text, picture_ids=picture_ids)
    return chat.send_message(room.simulation.chat, by, room.circle_id, room.id, request)[0]


def delete_checks(room: Lobby) -> None:
    """Delete the checks of all pictures, as the table does after 2 days."""
    for item in room.simulation.memory("chat").all_items():
        if item["sk"].startswith("PICTURE#"):
            room.simulation.chat_table.delete(Key.of(item), when=None)


def codes(error: pytest.ExceptionInfo[Any]) -> list[tuple[str, str]]:
    return [(field.at, field.code) for field in error.value.fields]


def test_h24_a_message_has_pictures_after_the_worker_processed_them() -> None:
    room = Lobby()
    picture_id = upload(room)
    with pytest.raises(PicturesNotReady) as error:
        send(room, picture_id, msg_id="message-0001")
    assert (error.value.retry_after, codes(error)) == (1, [("/pictures/0", "picture-processing")])
    process_uploads(room)
    message = send(room, picture_id, msg_id="message-0001")
    assert (message.kind, message.text, message.seq) == (MessageKind.PICTURES, "", 1)
    (picture,) = message.pictures
    assert (picture.id, picture.type, picture.width, picture.height) == (picture_id, PictureType.PNG, 96, 64)
    assert room.list_messages(HAO) == [message]
    folders = {name.partition("/")[0] for name in room.simulation.chat_bucket.files}
    assert folders == {"shown", "thumb"}, "the upload is deleted"
    assert room.simulation.bucket.files == {}, "the bucket of circles has nothing of chat"


def test_h24_response_frame_and_history_have_the_same_signed_addresses() -> None:
    room = Lobby()
    room.subscribe(HAO, "conn-hao")
    room.subscribe(LIN, "conn-lin")
    message = send(room, *uploaded(room, count=2), text="看这个")
    addresses = chat.picture_addresses(room.simulation.chat)
    frame = message_frame(message, None, addresses)["message"]
    assert frame == SentMessageResponse.of(message, None, addresses).model_dump(mode="json")
    for connection_id in ("conn-hao", "conn-lin"):
        (pushed,) = room.simulation.sockets.pushes[connection_id]
        assert pushed["messages"] == [frame]
    entries, _ = chat.list_messages(room.simulation.chat, HAO, room.circle_id, room.id, 0, 10)
    history = MessageResponse.of_entry(entries[0], addresses)
    assert history.model_dump(mode="json")["pictures"] == frame["pictures"]
    assert [f"/{folder}/{room.id}/{MEI.user_id}/" in frame["pictures"][0][name] for folder, name in NAMED] == [True, True]
    lifetime = addresses.period.ends_at - room.simulation.clock()
    assert timedelta(0) < lifetime <= timedelta(minutes=15)


NAMED = (("thumb", "thumbnail_url"), ("shown", "url"))


def test_h24_a_chat_list_shows_that_the_last_message_has_pictures() -> None:
    room = Lobby()
    send(room, *uploaded(room))
    last = room.own_room(HAO).last
    assert last
    assert (last.kind, last.text) == (MessageKind.PICTURES, "")


def test_h24_each_picture_that_cannot_be_sent_is_named_with_its_reason() -> None:
    room = Lobby()
    other = Lobby(room.simulation)
    wrong = upload(room, data=b"<svg onload=alert(1)>")
    of_hao, of_other_room = upload(room, HAO), upload(other)
    process_uploads(room)
    key = new_key(MEI, now=room.simulation.clock.now)
    awaited, _ = chat.create_room_upload(room.simulation.chat, MEI, room.circle_id, room.id, key, PictureType.PNG, 9)
    (good,) = uploaded(room)
    with pytest.raises(PicturesInvalid) as error:
        send(room, good, wrong, of_hao, of_other_room, new_id("pic"), awaited)
    assert codes(error) == [
        ("/pictures/1", "picture-type-wrong"),
        ("/pictures/2", "must-be-own-upload"),
        ("/pictures/3", "must-be-own-upload"),
        ("/pictures/4", "must-be-own-upload"),
        ("/pictures/5", "picture-awaiting-upload"),
    ]
    assert room.list_messages() == []
    assert send(room, good), "a picture of a message that was denied is not used"


def test_h24_a_picture_is_of_one_message() -> None:
    room = Lobby()
    first, second = uploaded(room, count=2)
    sent = send(room, first, msg_id="message-0001")
    with pytest.raises(PicturesInvalid) as error:
        send(room, second, first)
    assert codes(error) == [("/pictures/1", "picture-used")]
    assert send(room, first, msg_id="message-0001") == sent, "a retry has its own picture"
    assert send(room, second).seq == 2


def test_h24_a_retry_with_other_pictures_is_a_conflict() -> None:
    room = Lobby()
    first, second = uploaded(room, count=2)
    send(room, first, msg_id="message-0001")
    with pytest.raises(MessageConflict):
        send(room, second, msg_id="message-0001")
    assert send(room, second), "the picture was not used"


def test_h24_a_retry_after_the_check_has_expired_returns_the_message() -> None:
    room = Lobby()
    (picture_id,) = uploaded(room)
    sent = send(room, picture_id, msg_id="message-0001", text="早")
    room.send(MEI, "别的")
    delete_checks(room)
    assert send(room, picture_id, msg_id="message-0001", text="早") == sent
    with pytest.raises(PicturesInvalid):
        send(room, picture_id, msg_id="message-0001", text="晚")


def test_h24_the_state_of_an_upload_is_for_its_sender() -> None:
    room = Lobby()
    picture_id = upload(room)
    where = (room.circle_id, room.id, picture_id)
    assert chat.get_room_picture(room.simulation.chat, MEI, *where).state is UploadState.PROCESSING
    process_uploads(room)
    assert chat.get_room_picture(room.simulation.chat, MEI, *where).state is UploadState.READY
    with pytest.raises(PictureNotFound):
        chat.get_room_picture(room.simulation.chat, HAO, *where)


def test_h24_who_cannot_send_in_a_room_cannot_upload_to_it() -> None:
    room = Lobby()
    room.simulation.clock.advance(seconds=1)
    set_chat_members(room.simulation, room.circle_id, LIN, role="moderator")
    moderators = moderators_room_id(room.circle_id)
    with pytest.raises(RoomNotFound):
        upload(room, room_id=moderators)
    assert upload(room, LIN, room_id=moderators)
    with pytest.raises(RoomNotFound):
        upload(room, room_id=Lobby(room.simulation).id)
    room.simulation.clock.advance(seconds=1)
    mute(room.simulation, room.circle_id, MEI, room.simulation.clock.now + timedelta(hours=1))
    with pytest.raises(CallerMuted):
        upload(room)
    set_circle_state(room.simulation, room.circle_id, "read_only")
    with pytest.raises(CircleReadOnly):
        upload(room, HAO)


@pytest.mark.parametrize(("pictures", "text", "is_valid"), [(9, "", True), (10, "", False), (1, "好", True), (0, "", False)])
def test_h24_a_message_has_a_text_or_up_to_9_pictures(pictures: int, text: str, is_valid: bool) -> None:
    body = {"client_msg_id": "message-0001", "after_seq": 0, "text": text, "pictures": [new_id("pic") for _ in range(pictures)]}
    if is_valid:
        assert len(SendMessageRequest.model_validate(body).to_request().picture_ids) == pictures
    else:
        with pytest.raises(ValueError, match=r"pictures|text"):
            SendMessageRequest.model_validate(body)


def test_h24_a_newcomer_sends_one_picture() -> None:
    room = Lobby()
    room.simulation.clock.advance(seconds=1)
    set_chat_members(room.simulation, room.circle_id, HAO, role="newcomer")
    pictures = uploaded(room, HAO, count=2)
    with pytest.raises(NewcomerLimitExceeded) as error:
        send(room, *pictures, by=HAO)
    assert error.value.facts["max_pictures"] == 1
    assert send(room, pictures[0], by=HAO)
    with overridden(settings, max_pictures_of_newcomer=0), pytest.raises(NewcomerLimitExceeded):
        send(room, pictures[1], by=HAO)


def test_h24_a_blocked_sender_and_a_void_have_no_pictures() -> None:
    room = Lobby()
    message = send(room, *uploaded(room))
    assert message.hide().pictures == ()


def test_h24_the_files_of_an_upload_that_no_message_used_end_with_its_check() -> None:
    room = Lobby()
    (unused,) = uploaded(room)
    (used,) = uploaded(room)
    send(room, used)
    handle_new_changes(room.simulation, "chat")
    delete_checks(room)
    handle_new_changes(room.simulation, "chat")
    assert {name.rpartition("/")[2] for name in room.simulation.chat_bucket.files} == {used}
    assert find_message(room.simulation.chat_table, room.circle_id, room.id, 1)
    assert unused != used
    assert chat.list_own_rooms(room.simulation.chat, MEI, PageRequest(10)).items
