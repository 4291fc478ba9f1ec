"""A room over real sockets: resumed after losses, replaced in time, ended by a kick, and sends that are stored once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from coterie_client import ApiError, Client, Connection, ConnectionLost, RenewedToken, RoomClosed, SubscriptionEnded
from coterie_client.connection import PONG_SECONDS
from coterie_client.models import MessageResponse

from services.chat.domain import VOID_AFTER, MessageRequest, SequenceBlock
from services.chat.domain.sequence import SEQUENCE_BLOCK_SIZE
from services.chat.repository.messages import reserve_sequence_number
from services.chat.settings import settings
from simulation.api.gateway import ApiUser
from simulation.settings import overridden
from simulation.users import user_id
from tests.client.conftest import ServedLobby
from tests.client.streams import streams_of
from tests.support.chaos import ChaosProxy, Faults
from tests.support.served_api import ServedApi

CALM = Faults(delayed=0, repeated=0, lost_pushes=0)


@pytest.fixture
def lobby(served: ServedApi) -> ServedLobby:
    return ServedLobby(served, ("lin", "mei", "hao"))


@contextmanager
def proxied(lobby: ServedLobby, name: str, faults: Faults = CALM, **options: Any) -> Iterator[tuple[ChaosProxy, Connection]]:
    """Yield a proxy and the connection of a user through it."""
    with ChaosProxy(lobby.served.http_port, lobby.served.socket_port, faults).running() as proxy:
        url, socket_url = f"http://127.0.0.1:{proxy.http_port}/v1", f"ws://127.0.0.1:{proxy.socket_port}/live"
        client = lobby.client(name, url=url, socket_url=socket_url)
        with client.connect(**{"first": 0.02, "cap": 0.2, **options}) as connection:
            yield proxy, connection


def wait_for(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_members_talk_and_read_what_was_sent_before(lobby: ServedLobby) -> None:
    with lobby.client("mei").connect() as mei, lobby.client("hao").connect() as hao:
        talk = mei.room(lobby.circle_id, lobby.room_id)
        assert [talk.send(text).seq for text in ("早", "在吗")] == [1, 2]
        room = hao.room(lobby.circle_id, lobby.room_id)
        room.wait_until_subscribed(10)
        talk.send("看到白鹭了")
        assert [room.next(10).text for _ in range(3)] == ["早", "在吗", "看到白鹭了"]
        with pytest.raises(TimeoutError):
            room.next(0.05)
        room.mark_read()
        (own,) = (own for own in lobby.client("hao").iterate("/rooms") if own["room_id"] == lobby.room_id)
        assert (own["read_seq"], own["unread"]) == (3, 0)


def test_an_application_resumes_after_the_number_that_it_stored(lobby: ServedLobby) -> None:
    with lobby.client("mei").connect() as mei:
        talk = mei.room(lobby.circle_id, lobby.room_id)
        for number in range(5):
            talk.send(f"{number}")
        with lobby.client("hao").connect() as hao:
            assert hao.room(lobby.circle_id, lobby.room_id, after_seq=3).next(10).text == "3"


def test_what_was_sent_during_a_cut_is_read_from_the_history(lobby: ServedLobby) -> None:
    with proxied(lobby, "hao") as (proxy, hao), lobby.client("mei").connect() as mei:
        room, talk = hao.room(lobby.circle_id, lobby.room_id), mei.room(lobby.circle_id, lobby.room_id)
        room.wait_until_subscribed(10)
        talk.send("1")
        assert room.next(10).text == "1"
        proxy.cut()
        for text in ("2", "3"):
            talk.send(text)
        assert [room.next(10).text for _ in range(2)] == ["2", "3"]
        wait_for(lambda: hao.connects == 2)  # the history can be read before the new connection is there


def test_a_lost_push_is_found_by_the_check_and_the_connection_is_pinged(lobby: ServedLobby) -> None:
    frames: list[dict[str, Any]] = []
    lossy = Faults(delayed=0, repeated=0, lost_pushes=1)
    with proxied(lobby, "hao", lossy, on_frame=frames.append) as (_, hao), lobby.client("mei").connect() as mei:
        room = hao.room(lobby.circle_id, lobby.room_id, check=0.5)
        room.wait_until_subscribed(10)
        with pytest.raises(TimeoutError):
            room.next(0.1)
        mei.room(lobby.circle_id, lobby.room_id).send("一")
        assert room.next(10).text == "一"
        wait_for(lambda: any(frame["type"] == "pong" for frame in frames))
    assert room.counts.pushed == 0


def test_a_connection_is_replaced_before_its_lifetime_ends(lobby: ServedLobby) -> None:
    with lobby.client("hao").connect(lifetime=1.0, first=0.02) as hao, lobby.client("mei").connect() as mei:
        room, talk = hao.room(lobby.circle_id, lobby.room_id), mei.room(lobby.circle_id, lobby.room_id)
        for number in range(20):
            talk.send(f"{number}")
            time.sleep(0.15)
        assert [room.next(10).seq for _ in range(20)] == list(range(1, 21))
        assert hao.connects >= 3


def test_a_connection_is_replaced_before_its_token_expires(lobby: ServedLobby) -> None:
    token = lobby.served.sign_in(ApiUser(user_id("hao")))
    tokens = RenewedToken(lambda: (token, PONG_SECONDS + 0.6), margin=PONG_SECONDS)
    client = Client(lobby.served.url, tokens, socket_url=lobby.served.socket_url)
    with client.connect(first=0.02, cap=0.2) as hao:
        wait_for(lambda: hao.connects >= 3)


def test_h2_a_void_is_skipped(lobby: ServedLobby) -> None:
    table, crashed = lobby.served.gateway.cloud.tables["chat"], datetime.now(UTC) - VOID_AFTER
    token = MessageRequest("abandoned", 0, "").idempotency_token(user_id("mei"))
    reserve_sequence_number(table, lobby.circle_id, lobby.room_id, SequenceBlock(0), token, at=crashed)
    with lobby.client("mei").connect() as mei, lobby.client("hao").connect() as hao:
        room = hao.room(lobby.circle_id, lobby.room_id)
        assert mei.room(lobby.circle_id, lobby.room_id).send("一").seq == 2
        assert room.next(10).seq == 2
        assert room.counts.voids == 1


def test_an_idle_connection_pings(lobby: ServedLobby) -> None:
    frames: list[dict[str, Any]] = []
    with lobby.client("hao").connect(ping=0.2, on_frame=frames.append) as hao:
        wait_for(lambda: len([frame for frame in frames if frame["type"] == "pong"]) >= 2)
        assert hao.connects == 1


def test_a_silent_connection_is_replaced(lobby: ServedLobby, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coterie_client.connection.PONG_SECONDS", 0.3)
    with proxied(lobby, "hao", ping=0.2) as (proxy, hao):
        wait_for(lambda: hao.is_open)
        proxy.silence(True)
        wait_for(lambda: not hao.is_open)
        proxy.silence(False)
        wait_for(lambda: hao.is_open)


def test_a_kicked_reader_gets_a_clear_exception_and_other_rooms_go_on(served: ServedApi, lobby: ServedLobby) -> None:
    other = ServedLobby(served, ("hao", "mei"))
    with lobby.client("hao").connect(first=0.02) as hao, lobby.client("mei").connect() as mei:
        room, remaining = hao.room(lobby.circle_id, lobby.room_id), hao.room(other.circle_id, other.room_id)
        for subscribed in (room, remaining):
            subscribed.wait_until_subscribed(10)
        lobby.kick("hao")
        with pytest.raises(SubscriptionEnded) as raised:
            room.next(10)
        assert isinstance(raised.value.problem, ApiError)
        assert raised.value.problem.code == "not-found"
        with pytest.raises(ApiError):
            room.send("还在吗")
        mei.room(other.circle_id, other.room_id).send("在")
        assert remaining.next(10).text == "在"
        with pytest.raises(SubscriptionEnded):
            room.next(1)


def test_a_user_who_is_not_a_member_cannot_subscribe(lobby: ServedLobby) -> None:
    with lobby.client("qiu").connect() as qiu, pytest.raises(SubscriptionEnded):
        qiu.room(lobby.circle_id, lobby.room_id).wait_until_subscribed(10)


def test_a_sign_in_that_is_denied_ends_the_rooms(lobby: ServedLobby) -> None:
    client = lobby.client("hao")
    lobby.served.users.clear()
    other = ServedLobby(lobby.served, ("hao",))
    with client.connect() as hao:
        with pytest.raises(SubscriptionEnded):
            hao.room(lobby.circle_id, lobby.room_id).next(10)
        with pytest.raises(SubscriptionEnded):
            hao.room(other.circle_id, other.room_id).next(10)
        with pytest.raises(ConnectionLost):
            hao.ask("ping")


def test_an_iteration_ends_when_the_room_is_closed(lobby: ServedLobby) -> None:
    with lobby.client("hao").connect() as hao:
        room, messages = hao.room(lobby.circle_id, lobby.room_id), list[MessageResponse]()
        reader = threading.Thread(target=lambda: messages.extend(room))
        reader.start()
        room.wait_until_subscribed(10)
        room.send("一")
        wait_for(lambda: room.last_seq == 1)
        room.close()
        reader.join(10)
        assert not reader.is_alive()
        with pytest.raises(RoomClosed):
            room.next(1)
        hao.room(lobby.circle_id, lobby.room_id)  # it can be received again
    assert [message.text for message in messages] == ["一"]


def test_h1_a_send_whose_response_is_lost_is_stored_once(lobby: ServedLobby) -> None:
    with proxied(lobby, "mei") as (proxy, mei):
        talk = mei.room(lobby.circle_id, lobby.room_id)
        talk.wait_until_subscribed(10)
        for number in range(10):
            proxy.cut_after_next_frame()
            talk.send(f"{number}")
            wait_for(lambda: mei.is_open)
        assert [message.text for message in talk.history()] == [f"{number}" for number in range(10)]
        assert proxy.counts["cuts"] >= 8


def test_h12_a_sender_is_slowed_down_by_the_rate_limit_and_loses_nothing(lobby: ServedLobby) -> None:
    slow = {"send_interval": timedelta(milliseconds=400), "send_burst": timedelta(milliseconds=400)}
    with overridden(settings, **slow), lobby.client("mei").connect() as mei:
        talk = mei.room(lobby.circle_id, lobby.room_id)
        talk.wait_until_subscribed(10)
        assert [talk.send(f"{number}").seq for number in range(4)] == [1, 2, 3, 4]


def test_an_error_of_a_send_is_raised_with_its_code(lobby: ServedLobby) -> None:
    with lobby.client("mei").connect() as mei:
        talk = mei.room(lobby.circle_id, lobby.room_id)
        talk.wait_until_subscribed(10)
        with pytest.raises(ApiError) as raised:
            talk.send("")
        assert (raised.value.code, raised.value.errors[0].at) == ("invalid", "/text")
        talk.send("一", client_msg_id="message-0001", after_seq=0)
        assert talk.send("一", client_msg_id="message-0001", after_seq=0).seq == 1
        with pytest.raises(ApiError) as raised:
            talk.send("二", client_msg_id="message-0001", after_seq=0)
        assert raised.value.status == 422


def test_a_sender_who_is_far_behind_finds_out_whether_the_message_is_stored(
    lobby: ServedLobby, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.chat.usecases.numbering.MAX_BLOCKS_PER_SEND", 2)
    with lobby.client("mei").connect() as mei, lobby.client("hao").connect() as hao:
        talk, other = (connection.room(lobby.circle_id, lobby.room_id) for connection in (mei, hao))
        earlier = talk.send("最早的一条", client_msg_id="message-0001", after_seq=0)
        for number in range(2 * SEQUENCE_BLOCK_SIZE):
            other.send(f"{number}")
        assert talk.send("最早的一条", client_msg_id="message-0001", after_seq=0).seq == earlier.seq
        assert talk.send("新的一条", after_seq=0).seq == 2 * SEQUENCE_BLOCK_SIZE + 2


def test_messages_of_a_burst_arrive_in_frames_with_many(lobby: ServedLobby) -> None:
    frames: list[dict[str, Any]] = []
    client = lobby.client("hao")
    with client.connect(on_frame=frames.append) as hao, lobby.client("mei").connect() as mei, streams_of(lobby.served):
        room, talk = hao.room(lobby.circle_id, lobby.room_id), mei.room(lobby.circle_id, lobby.room_id)
        room.wait_until_subscribed(10)
        for number in range(100):
            talk.send(f"{number}")
        assert [room.next(20).seq for _ in range(100)] == list(range(1, 101))
    sizes = [len(frame["messages"]) for frame in frames if frame["type"] == "messages"]
    assert max(sizes) > 1, "several messages in one frame"


def test_a_slow_reader_gets_everything_from_a_small_buffer(lobby: ServedLobby) -> None:
    with lobby.client("hao").connect() as hao, lobby.client("mei").connect() as mei:
        room, talk = hao.room(lobby.circle_id, lobby.room_id, buffer=10), mei.room(lobby.circle_id, lobby.room_id)
        room.wait_until_subscribed(10)
        for number in range(150):
            talk.send(f"{number}")
        assert [room.next(10).seq for _ in range(150)] == list(range(1, 151))
        assert room.counts.pushed <= 11
