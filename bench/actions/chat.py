"""Every action of chat: its floor, and how to do it."""

from __future__ import annotations

from typing import Any

from bench.measure import Act, Action
from bench.scene import HAO, LIN, MEI, Scene
from services.chat import usecases as chat
from services.chat.domain import Draft
from services.shared.table.reports import ReportIn, ReportReason

REPORT = ReportIn(reason=ReportReason.SPAM, words="反复发广告。")


def _say(scene: Scene, wish: str = "wish-00001") -> None:
    draft = Draft(wish, scene.n, "在吗" * 10)
    chat.send_message(scene.world.chat, MEI, scene.circle, scene.ids["room"], draft)


def _say_on_socket(scene: Scene) -> None:
    chat.identify_socket(scene.world.chat, "c1")
    _say(scene)


def _subscribe(scene: Scene) -> None:
    socket, _ = chat.identify_socket(scene.world.chat, "c1")
    chat.subscribe_socket(scene.world.chat, socket, scene.circle, scene.ids["room"])


def _connect(scene: Scene) -> None:
    ticket, _ = chat.create_ticket(scene.world.chat, LIN)
    scene.kept["ticket"] = ticket


def _socket(scene: Scene) -> None:
    _connect(scene)
    scene.kept["socket"] = chat.connect_socket(scene.world.chat, scene.kept["ticket"], "c1")


def _listen(scene: Scene) -> None:
    _socket(scene)
    chat.subscribe_socket(scene.world.chat, scene.kept["socket"], scene.circle, scene.ids["room"])


def _crowd_listens(scene: Scene) -> None:
    _listen(scene)
    scene.multiply("chat", lambda i: i["pk"].startswith("LISTEN#"), lambda number: ("c1", f"c{number + 2}"))


def _m(name: str, act: Act, floor: tuple[float, float] | None = None, before: Act | None = None, **more: Any) -> Action:
    return Action("chat", name, act, floor, before, **more)


CHAT = (
    _m("send a message", _say, (3, 0.5)),
    _m("send by socket", _say_on_socket, (3, 0.5), _socket, door="socket", people=False),
    _m("send to n connected", _say_on_socket, None, _crowd_listens, door="socket", item_count_change=True, people=False),
    _m("repeat a send", _say, None, _say),
    _m("fetch 50", lambda s: chat.list_messages(s.world.chat, LIN, s.circle, s.ids["room"], 0, 50)),
    _m("fetch the newest", lambda s: chat.list_messages(s.world.chat, LIN, s.circle, s.ids["room"], s.n - 1, 50)),
    _m("report a message", lambda s: chat.report_message(s.world.chat, LIN, s.circle, s.ids["room"], s.n, REPORT)),
    _m("move a marker", lambda s: chat.mark_read(s.world.chat, LIN, s.circle, s.ids["room"], s.n)),
    _m("list rooms", lambda s: chat.list_rooms(s.world.chat, LIN, s.circle)),
    _m("unread of 12 rooms", lambda s: chat.list_own_rooms(s.world.chat, HAO, 20, None), (0, 1.0)),
    _m("get a ticket", lambda s: chat.create_ticket(s.world.chat, LIN)),
    _m(
        "connect",
        lambda s: chat.connect_socket(s.world.chat, s.kept["ticket"], "c1"),
        None,
        _connect,
        door="socket",
        people=False,
    ),
    _m("subscribe", _subscribe, None, _socket, door="socket", people=False),
    _m("disconnect", lambda s: chat.disconnect_socket(s.world.chat, "c1"), None, _listen, door="socket", people=False),
)
