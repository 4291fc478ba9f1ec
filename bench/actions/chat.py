"""Every action of chat: how to run it, and its floor."""

from __future__ import annotations

from functools import partial
from typing import Any

from bench.actions.sockets import CONNECTION, connected, subscribed
from bench.dataset import HAO, LIN, MEI, NEW, BenchDataset
from bench.measure import Action
from services.chat import usecases as chat
from services.chat.domain import MessageRequest
from services.chat.repository.messages import load_message
from services.chat.settings import settings
from services.shared.kernel.pages import PageRequest
from services.shared.pictures.clean import CleanPicture
from services.shared.pictures.upload import PictureType
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller, SignedIn
from services.shared.table.reports import ReportInput
from simulation.settings import overridden
from simulation.setup.chat import set_chat_members
from simulation.setup.requests import change
from simulation.streams import handle_new_changes
from simulation.users import caller

SENDERS = tuple(caller(f"sender {number}") for number in range(10))
REPORT = ReportInput("spam", "反复发广告。")


def _send(dataset: BenchDataset, client_msg_id: str = "", *, sender: Caller = MEI, pause: float = 2, **mentions: Any) -> None:
    """Send a message, a while after the one before: in a burst of one member, each costs one write unit more.

    A member who sends again within 10 seconds has the rate of their network read.
    """
    dataset.counter += 1
    dataset.simulation.clock.advance(seconds=pause)
    request = MessageRequest(client_msg_id or f"client-{dataset.counter:03}", dataset.n, "在吗" * 10, **mentions)
    # The write that counts 16 messages for a network is not measured: which message it is with depends on its time.
    with overridden(settings, network_sample=1000):
        chat.send_message(dataset.simulation.chat, sender, dataset.circle, dataset.ids["room"], request)


def _report(dataset: BenchDataset) -> None:
    """Report a message with 3 messages before and 3 after it."""
    chat.report_message(dataset.simulation.chat, LIN, dataset.circle, dataset.ids["room"], dataset.n - 3, REPORT)


def _send_as_another(dataset: BenchDataset) -> None:
    """Send a message as the next one of ten members who talk."""
    _send(dataset, sender=SENDERS[dataset.counter % len(SENDERS)])


def _senders(dataset: BenchDataset) -> None:
    set_chat_members(dataset.simulation, dataset.circle, *SENDERS)
    dataset.set_sent_today(*SENDERS)


def _send_once(dataset: BenchDataset) -> None:
    _send(dataset, "client-001")


def _sent_once(dataset: BenchDataset) -> None:
    _send_once(dataset)
    handle_new_changes(dataset.simulation, "chat")


def _send_in_burst(dataset: BenchDataset) -> None:
    """Send a message at nearly the same time as nine other members."""
    _send(dataset, sender=SENDERS[dataset.counter % len(SENDERS)], pause=0.02)


def _send_by_socket(dataset: BenchDataset) -> None:
    chat.authorize_socket(dataset.simulation.chat, CONNECTION, MEI.ip)
    _send(dataset)


def _send_rested_by_socket(dataset: BenchDataset) -> None:
    chat.authorize_socket(dataset.simulation.chat, CONNECTION, MEI.ip)
    _send(dataset, pause=12)


def _create_upload(dataset: BenchDataset) -> None:
    dataset.ids["pic"], _ = _upload(dataset)


def _upload(dataset: BenchDataset) -> tuple[str, str]:
    """Return the id of a new picture, and the object that its form uploads to."""
    key, room = dataset.key(MEI), dataset.ids["room"]
    upload = chat.create_room_upload(dataset.simulation.chat, MEI, dataset.circle, room, key, PictureType.PNG, 1000)
    return upload[0], upload[1].fields["key"]


def _uploaded(dataset: BenchDataset) -> None:
    """Upload 9 pictures of Mei, which are ready."""
    ids = []
    for _ in range(9):
        picture_id, object_key = _upload(dataset)
        dataset.simulation.chat_bucket.files[object_key] = ("image/png", b"raw")
        chat.process_upload(dataset.simulation.chat, object_key, lambda *_: CleanPicture(b"full", b"thumb", 1600, 1200))
        dataset.simulation.clock.advance(minutes=1)
        ids.append(picture_id)
    dataset.objects["pictures"] = tuple(ids)


def _send_pictures(dataset: BenchDataset, count: int) -> None:
    request = MessageRequest("pictures-0001", dataset.n, "在吗" * 10, picture_ids=dataset.objects["pictures"][:count])
    chat.send_message(dataset.simulation.chat, MEI, dataset.circle, dataset.ids["room"], request)


def _n_subscribed(dataset: BenchDataset) -> None:
    subscribed(dataset)
    dataset.multiply("chat", lambda i: i["pk"].startswith("S#"), lambda number: (CONNECTION, f"Kk8xYeIE{number:07}="))


def _n_subscribed_to_many(dataset: BenchDataset) -> None:
    _n_subscribed(dataset)
    _senders(dataset)
    _send(dataset)


def promote_owner(dataset: BenchDataset) -> None:
    set_chat_members(dataset.simulation, dataset.circle, LIN, role="owner")


def _pinned(dataset: BenchDataset) -> None:
    promote_owner(dataset)
    chat.pin_message(dataset.simulation.chat, LIN, dataset.circle, dataset.ids["room"], dataset.n)


def _five_pinned(dataset: BenchDataset) -> None:
    promote_owner(dataset)
    for seq in range(1, 6):
        chat.pin_message(dataset.simulation.chat, LIN, dataset.circle, dataset.ids["room"], seq)


def _sent(dataset: BenchDataset) -> None:
    """Send a message of Mei with the number n + 1, which the stream has processed."""
    promote_owner(dataset)
    _send(dataset)
    handle_new_changes(dataset.simulation, "chat")
    at = (dataset.circle, dataset.ids["room"], dataset.n + 1)
    dataset.objects["version"] = load_message(dataset.simulation.chat_table, *at).entity.version


def _replied(dataset: BenchDataset) -> None:
    """Send the messages n + 1 to n + 20, which answer 20 others."""
    for number in range(20):
        _send(dataset, sender=LIN, reply_to=max(1, dataset.n - number))
    handle_new_changes(dataset.simulation, "chat")


def _fetch_replies(dataset: BenchDataset) -> None:
    chat.list_messages(dataset.simulation.chat, LIN, dataset.circle, dataset.ids["room"], dataset.n, 20)


def _edit(dataset: BenchDataset) -> None:
    at = (dataset.circle, dataset.ids["room"], dataset.n + 1)
    chat.update_message(dataset.simulation.chat, MEI, *at, change(dataset.objects["version"]), "改好了" * 10)


def _edited(dataset: BenchDataset) -> None:
    _sent(dataset)
    _edit(dataset)
    handle_new_changes(dataset.simulation, "chat")


def _recall(dataset: BenchDataset) -> None:
    chat.recall_message(dataset.simulation.chat, MEI, dataset.circle, dataset.ids["room"], dataset.n + 1)


def _remove(dataset: BenchDataset) -> None:
    chat.remove_message(dataset.simulation.chat, LIN, dataset.circle, dataset.ids["room"], dataset.n + 1, "广告")


def _list_revisions(dataset: BenchDataset) -> None:
    at = (dataset.circle, dataset.ids["room"], dataset.n + 1)
    chat.list_message_revisions(dataset.simulation.chat, LIN, *at, PageRequest())


def _new_member(dataset: BenchDataset) -> None:
    set_chat_members(dataset.simulation, dataset.circle, NEW)


def _list_own_rooms(dataset: BenchDataset) -> None:
    """List the rooms as the route does: the account status is read with them."""
    chat.list_own_rooms(dataset.simulation.chat, SignedIn(HAO, ActionKind.READ), PageRequest(20))


def _list_at(dataset: BenchDataset, reader: Caller, **place: int) -> None:
    chat.list_messages(dataset.simulation.chat, reader, dataset.circle, dataset.ids["room"], None, 50, **place)


def _slow_room(dataset: BenchDataset) -> None:
    promote_owner(dataset)
    at = (dataset.circle, dataset.ids["room"])
    chat.update_room(dataset.simulation.chat, LIN, *at, change(0), {"slow_mode_seconds": 1})
    _send(dataset)


_action = partial(Action, "chat")


CHAT = (
    _action("send a message (10 at once)", _send_as_another, (3, 0.5), _senders, 10),
    _action("send again within 10 seconds (10 at once)", _send, (3, 0.5), _send, 10),
    _action("send a message (alone)", _send),
    _action("send by socket (10 at once)", _send_rested_by_socket, (3, 0.5), connected, 10, trigger="socket", authorizes=False),
    _action("send to n connected", _send_by_socket, None, _n_subscribed, trigger="socket", grows=True, authorizes=False),
    _action("send to n connected (10 at once)", _send_in_burst, None, _n_subscribed_to_many, 10, grows=True),
    _action("send in a slow room (10 at once)", _send, None, _slow_room, times=10),
    _action("retry a send", _send_once, None, _sent_once),
    _action("create an upload in a room", _create_upload),
    _action(
        "get a picture of a room",
        lambda d: chat.get_room_picture(d.simulation.chat, MEI, d.circle, d.ids["room"], d.ids["pic"]),
        None,
        _create_upload,
    ),
    _action("send a picture", lambda d: _send_pictures(d, 1), None, _uploaded),
    _action("send 9 pictures", lambda d: _send_pictures(d, 9), None, _uploaded),
    _action("send a mention", lambda d: _send(d, mentions=(HAO.user_id,))),
    _action("send a reply", lambda d: _send(d, sender=LIN, reply_to=d.n), None, promote_owner),
    _action("send a mention of all", lambda d: _send(d, sender=LIN, mentions_all=True), None, promote_owner),
    _action("fetch 50", lambda d: chat.list_messages(d.simulation.chat, LIN, d.circle, d.ids["room"], 0, 50)),
    _action("fetch 50 at the end", lambda d: _list_at(d, NEW), None, _new_member),
    _action("fetch 50 before a number", lambda d: _list_at(d, LIN, before_seq=max(2, d.n - 20))),
    _action("fetch 50 around a message", lambda d: _list_at(d, LIN, around=max(2, d.n - 30))),
    _action("fetch the newest", lambda d: chat.list_messages(d.simulation.chat, LIN, d.circle, d.ids["room"], d.n - 1, 50)),
    _action("fetch 20 replies", _fetch_replies, None, _replied),
    _action("report a message", _report),
    _action("edit a message", _edit, None, _sent),
    _action("recall a message", _recall, None, _sent),
    _action("remove a message", _remove, None, _sent),
    _action("earlier texts of a message", _list_revisions, None, _edited),
    _action(
        "pin a message", lambda d: chat.pin_message(d.simulation.chat, LIN, d.circle, d.ids["room"], d.n), None, promote_owner
    ),
    _action(
        "unpin a message", lambda d: chat.unpin_message(d.simulation.chat, LIN, d.circle, d.ids["room"], d.n), None, _pinned
    ),
    _action(
        "list 5 pins", lambda d: chat.list_pinned_messages(d.simulation.chat, LIN, d.circle, d.ids["room"]), None, _five_pinned
    ),
    _action("mark as read", lambda d: chat.mark_read(d.simulation.chat, LIN, d.circle, d.ids["room"], d.n)),
    _action("list rooms", lambda d: chat.list_rooms(d.simulation.chat, LIN, d.circle, PageRequest())),
    _action("chat list of 12 rooms", _list_own_rooms, (0, 6.5), authorizes=False),
)
