"""The scenarios in a room, with their actions: a send that crashed, the reads and sends after it, lists, pins and reports."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.chat import usecases as chat
from services.chat.domain import MessageRequest, Senders, SequenceBlock
from services.chat.repository.messages import load_message, reserve_sequence_number
from services.review import usecases as review
from services.review.domain import CaseOutcome
from services.shared.kernel.ids import deterministic_id
from services.shared.kernel.pages import PageRequest
from services.shared.security.auth import Caller
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.users import new_key
from tests.kill.actions import CIRCLE, HAO, LIN, MEI, REPORT, ROOM, RUI, YAN, Action, send, suspend_owner
from tests.kill.jobs import run_jobs
from tests.kill.scenario import Scenario

CRASHED = MessageRequest("crashed-0001", 0, "在吗")
TOPIC_KEY = new_key(LIN)
TOPIC = TOPIC_KEY.id("rom")


def send_as(sender: Caller, client_msg_id: str) -> Action:
    request = MessageRequest(client_msg_id, 0, "在吗")
    return lambda simulation: chat.send_message(simulation.chat, sender, CIRCLE, ROOM, request)


def crash_send(simulation: Simulation) -> None:
    """Reserve a number for a message of Hao that is never stored."""
    token = CRASHED.idempotency_token(HAO.user_id)
    reserve_sequence_number(simulation.chat.table, CIRCLE, ROOM, SequenceBlock(0), token, at=simulation.clock.now)


def retry_crashed(simulation: Simulation) -> Any:
    return chat.send_message(simulation.chat, HAO, CIRCLE, ROOM, CRASHED)


def read_room(simulation: Simulation) -> Any:
    return chat.list_messages(simulation.chat, MEI, CIRCLE, ROOM, 0, 50)


def send_and_read(simulation: Simulation) -> None:
    """Send a message and read it at once, with the void before it."""
    send_as(LIN, "after-0001")(simulation)
    history, _ = read_room(simulation)
    assert [entry.message.seq for entry in history] == [1, 2, 3]


def list_rooms(simulation: Simulation) -> None:
    """List the room with a message that follows a crashed send. Its head was behind; the list stores the void."""
    own = next(own for own in chat.list_own_rooms(simulation.chat, MEI, PageRequest()).items if own.room.id == ROOM)
    assert (own.last_seq, own.unread) == (3, 1)


def edit_message(simulation: Simulation) -> Any:
    message = load_message(simulation.chat.table, CIRCLE, ROOM, 1).entity
    request = change(message.version, "edit-message")
    return chat.update_message(simulation.chat, MEI, CIRCLE, ROOM, 1, request, "改好了")


def recall_message(simulation: Simulation) -> Any:
    return chat.recall_message(simulation.chat, MEI, CIRCLE, ROOM, 1)


def remove_message(simulation: Simulation) -> Any:
    return chat.remove_message(simulation.chat, LIN, CIRCLE, ROOM, 1, "人身攻击。")


def report_message(simulation: Simulation) -> None:
    chat.report_message(simulation.chat, HAO, CIRCLE, ROOM, 1, REPORT)


def decide_reported_message(simulation: Simulation) -> Any:
    case_id = deterministic_id("cas", 0, "chat", "message", f"{ROOM}/1", "0")
    return review.decide_case(simulation.review, RUI, case_id, CaseOutcome.DISMISSED, "未发现违规。")


def send_mention(simulation: Simulation) -> Any:
    request = MessageRequest("mention-0001", 0, "看这里", mentions=(HAO.user_id, YAN.user_id), mentions_all=True)
    return chat.send_message(simulation.chat, LIN, CIRCLE, ROOM, request)


def edit_mention(simulation: Simulation) -> Any:
    message = load_message(simulation.chat.table, CIRCLE, ROOM, 2).entity
    request = change(message.version, "edit-mention")
    return chat.update_message(simulation.chat, LIN, CIRCLE, ROOM, 2, request, "看这里", (MEI.user_id, HAO.user_id))


def send_reply(simulation: Simulation) -> Any:
    request = MessageRequest("reply-0001", 0, "好的", reply_to=1)
    return chat.send_message(simulation.chat, HAO, CIRCLE, ROOM, request)


def react(simulation: Simulation) -> None:
    for name in ("like", "love"):
        chat.add_reaction(simulation.chat, HAO, CIRCLE, ROOM, 1, name)


def take_reaction_back(simulation: Simulation) -> Any:
    return chat.remove_reaction(simulation.chat, HAO, CIRCLE, ROOM, 1, "like")


def list_highlights(simulation: Simulation) -> None:
    """List the highlight that a purge has left."""
    page = chat.list_highlighted_messages(simulation.chat, HAO, CIRCLE, TOPIC, PageRequest())
    assert [entry.message.seq for entry in page.items] == [1]


def highlight_in_topic(simulation: Simulation) -> Any:
    return chat.highlight_message(simulation.chat, LIN, CIRCLE, TOPIC, 1)


def unhighlight_in_topic(simulation: Simulation) -> Any:
    return chat.unhighlight_message(simulation.chat, LIN, CIRCLE, TOPIC, 1)


def highlight_message(simulation: Simulation) -> Any:
    return chat.highlight_message(simulation.chat, LIN, CIRCLE, ROOM, 1)


def change_topic(version: int, **changes: Any) -> Action:
    return lambda simulation: chat.update_room(simulation.chat, LIN, CIRCLE, TOPIC, change(version), changes)


def send_to_topic(simulation: Simulation) -> Any:
    return chat.send_message(simulation.chat, HAO, CIRCLE, TOPIC, MessageRequest("slow-0001", 0, "在吗"))


def react_in_topic(simulation: Simulation) -> Any:
    return chat.add_reaction(simulation.chat, MEI, CIRCLE, TOPIC, 1, "like")


IN_A_ROOM = (
    Scenario(
        "open-topic", lambda simulation: chat.open_topic(simulation.chat, LIN, CIRCLE, "湿地", "", TOPIC_KEY), "subscribe"
    ),
    Scenario("change-topic", change_topic(0, notice="今晚有雨。", senders=Senders.REGULARS), "open-topic"),
    Scenario("suspend-owner-of-topic", suspend_owner, "open-topic"),
    Scenario("slow-topic", change_topic(0, slow_mode_seconds=30), "open-topic"),
    Scenario("send-slowly", send_to_topic, "slow-topic"),
    Scenario("retain-topic", change_topic(1, retention_days=1), "send-slowly"),
    Scenario("purge-topic", run_jobs("chat"), "retain-topic", timedelta(days=2)),
    Scenario("react-in-topic", react_in_topic, "send-slowly"),
    Scenario("retain-reactions", change_topic(1, retention_days=1), "react-in-topic"),
    Scenario("purge-reactions", run_jobs("chat"), "retain-reactions", timedelta(days=2)),
    Scenario("highlight-in-topic", highlight_in_topic, "send-slowly"),
    Scenario("retain-highlight", change_topic(1, retention_days=1), "highlight-in-topic"),
    Scenario("purge-around-highlight", run_jobs("chat"), "retain-highlight", timedelta(days=2)),
    Scenario("list-highlights", list_highlights, "purge-around-highlight"),
    Scenario("unhighlight-in-topic", unhighlight_in_topic, "purge-around-highlight"),
    Scenario("purge-after-highlight", run_jobs("chat"), "unhighlight-in-topic", timedelta(hours=2)),
    Scenario("archive-topic", change_topic(0, is_archived=True), "open-topic"),
    Scenario("reopen-topic", change_topic(1, is_archived=False), "archive-topic"),
    Scenario("send-message", send("在吗"), "subscribe"),
    Scenario("crash-send", crash_send, "send-message"),
    Scenario("read-after-crash", read_room, "crash-send", timedelta(seconds=16)),
    Scenario("retry-after-void", retry_crashed, "read-after-crash"),
    Scenario("send-after-crash", send_and_read, "crash-send", timedelta(seconds=16)),
    Scenario("send-over-crash", send_as(LIN, "over-0001"), "crash-send"),
    Scenario("list-own-rooms", list_rooms, "send-over-crash", timedelta(seconds=16)),
    Scenario("pin-message", lambda simulation: chat.pin_message(simulation.chat, LIN, CIRCLE, ROOM, 1), "send-message"),
    Scenario("unpin-message", lambda simulation: chat.unpin_message(simulation.chat, LIN, CIRCLE, ROOM, 1), "pin-message"),
    Scenario("edit-message", edit_message, "pin-message"),
    Scenario("highlight-message", highlight_message, "edit-message"),
    Scenario("recall-highlight", recall_message, "highlight-message"),
    Scenario("remove-highlight", remove_message, "highlight-message"),
    Scenario("recall-message", recall_message, "edit-message"),
    Scenario("remove-message", remove_message, "edit-message"),
    Scenario("send-mention", send_mention, "send-message"),
    Scenario("edit-mention", edit_mention, "send-mention"),
    Scenario("recall-mention", lambda simulation: chat.recall_message(simulation.chat, LIN, CIRCLE, ROOM, 2), "edit-mention"),
    Scenario("send-reply", send_reply, "send-message"),
    Scenario("recall-answered", recall_message, "send-reply"),
    Scenario("react", react, "send-message"),
    Scenario("take-reaction-back", take_reaction_back, "react"),
    Scenario("recall-with-reactions", recall_message, "react"),
    Scenario("mark-read", lambda simulation: chat.mark_read(simulation.chat, HAO, CIRCLE, ROOM, 1), "send-message"),
    Scenario("report-message", report_message, "send-message"),
    Scenario("send-beside", send_as(LIN, "beside-0001"), "send-message"),
    Scenario("report-with-surroundings", report_message, "send-beside"),
    Scenario("decide-reported-message", decide_reported_message, "report-with-surroundings"),
)
