"""Every action of the four services: its floor, how to do it, and what it may cost."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import Any

from bench.measure import Act, Action
from bench.scene import HAO, LIN, MEI, NEW, NOTE_TEXT, OPERATOR, RUI, SHAN, Scene, place
from services.chat import usecases as chat
from services.chat.domain import Draft
from services.circles import usecases as circles
from services.circles.domain import Role
from services.circles.errors import PasscodeRejected
from services.commerce import usecases as commerce
from services.commerce.domain import Kind, Order
from services.commerce.repository.orders import order_from
from services.commerce.usecases import Notice
from services.review import usecases as review
from services.shared.money import Money
from tests.support.scenes import CONTENT, judgement
from tests.support.worlds import person, user_id

PNG: Any = "image/png"


def _wrong(scene: Scene) -> None:
    with contextlib.suppress(PasscodeRejected):
        circles.join_circle(scene.world.circles, _crowd(scene), "ABCD-EFGH-JKMN")


def _crowd(scene: Scene) -> Any:
    """Another of the guests, who exist n times; with ten, some come again to another note."""
    scene.fresh += 1
    return person(f"guest-{scene.fresh % min(scene.n, 50)}")


def _like(scene: Scene, on: bool) -> None:
    do = circles.like_note if on else circles.unlike_note
    do(scene.world.circles, _crowd(scene), scene.circle, scene.ids["note"])


def _ten_likes(scene: Scene) -> None:
    for _ in range(10):
        _like(scene, True)
    scene.fresh = 0


def _comment(scene: Scene) -> None:
    who = _crowd(scene)
    key = scene.key(who)
    circles.add_comment(scene.world.circles, who, scene.circle, scene.ids["note"], key, text="好" * 60, parent_id=None)


def _post(scene: Scene) -> None:
    circles.post_note(scene.world.circles, MEI, scene.circle, scene.key(MEI), text=NOTE_TEXT, tags=(), picture_ids=())


def _issue(scene: Scene) -> None:
    circles.issue_passcode(scene.world.circles, LIN, scene.circle, scene.key(LIN), timedelta(hours=72), 50)


def _kick(scene: Scene) -> None:
    circles.sanction_member(scene.world.circles, LIN, scene.circle, HAO.user_id, ban=False, reason="x", until=None)


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


def _claim(scene: Scene, who: Any = RUI) -> None:
    review.claim_application(scene.world.review, who, scene.kept["waiting"].id)


def _decide(scene: Scene, who: Any = RUI) -> None:
    waiting = scene.kept["waiting"]
    review.decide_application(scene.world.review, who, waiting.id, scene.key(who), judgement(waiting))


def _decided_once(scene: Scene) -> None:
    _claim(scene)
    _decide(scene)
    _claim(scene, SHAN)


def _paid(scene: Scene) -> None:
    _capture(scene, scene.kept["order"])


def _next_paid(scene: Scene) -> None:
    """The next of the n orders that wait for their money."""
    rows = scene.memory("commerce")._items.values()
    _capture(scene, order_from(next(item for item in rows if item.get("state") == "reserved")))


def _capture(scene: Scene, order: Order) -> None:
    reference = f"{order.buyer}/{order.id}"
    payment = scene.world.payments.start(reference, order.total)
    commerce.take_notice(scene.world.commerce, Notice("payment.captured", payment.id, reference, order.total))


def _shipped(scene: Scene) -> None:
    _paid(scene)
    commerce.ship_order(scene.world.commerce, MEI, scene.kept["order"].id)


def _one_due(scene: Scene) -> None:
    """One reservation is over; the others were made later."""
    memory = scene.memory("commerce")
    keep = scene.kept["order"].id
    for place_, item in list(memory._items.items()):
        if "gsi2pk" in item and item["id"] != keep:
            memory._items[place_] = {**item, "gsi2sk": f"2999-01-01T00:00:00.000Z#{item['id']}"}
    scene.world.clock.advance(minutes=16)


def _r(name: str, act: Act, floor: tuple[float, float] | None = None, before: Act | None = None) -> Action:
    return Action("review", name, act, floor, before)


def _c(name: str, act: Act, floor: tuple[float, float] | None = None, before: Act | None = None, times: int = 1) -> Action:
    return Action("circles", name, act, floor, before, times)


def _m(name: str, act: Act, floor: tuple[float, float] | None = None, before: Act | None = None, **more: Any) -> Action:
    return Action("chat", name, act, floor, before, **more)


def _o(name: str, act: Act, floor: tuple[float, float] | None = None, before: Act | None = None, **more: Any) -> Action:
    return Action("commerce", name, act, floor, before, **more)


REVIEW = (
    _r("start an application", lambda s: review.start_application(s.world.review, LIN, s.key(LIN), CONTENT)),
    _r("submit it", lambda s: review.submit_application(s.world.review, LIN, s.kept["draft"].id), (2, 0.5)),
    _r("read it", lambda s: review.read_application(s.world.review, LIN, s.kept["draft"].id)),
    _r("list one's own, 20", lambda s: review.list_applications(s.world.review, LIN, 20, None)),
    _r("queue page of 20", lambda s: review.list_queue(s.world.review, RUI, 20, None)),
    _r("claim", _claim),
    _r("extend a claim", lambda s: review.extend_claim(s.world.review, RUI, s.kept["waiting"].id), None, _claim),
    _r("release a claim", lambda s: review.release_claim(s.world.review, RUI, s.kept["waiting"].id), None, _claim),
    _r("decide", _decide, (3, 0.5), _claim),
    _r("decide, with the seat", lambda s: _decide(s, SHAN), (6, 0.5), _decided_once),
    _r("read the cohort", lambda s: review.read_cohort(s.world.review, LIN)),
    _r("enrol a reviewer", lambda s: review.enrol_reviewer(s.world.review, OPERATOR, user_id("zoe"), "token")),
    _r("suspend a person", lambda s: review.suspend_person(s.world.review, OPERATOR, HAO.user_id, True, "x")),
)
CIRCLES = (
    _c("read a circle", lambda s: circles.read_circle(s.world.circles, HAO, s.circle)),
    _c("list my circles (1)", lambda s: circles.list_circles(s.world.circles, HAO, 20, None)),
    _c("issue a passcode", _issue),
    _c("list passcodes", lambda s: circles.list_passcodes(s.world.circles, LIN, s.circle, 20, None)),
    _c("join", lambda s: circles.join_circle(s.world.circles, NEW, s.kept["code"]), (5, 0)),
    _c("a wrong code (10 at once)", _wrong, (2, 0.5), times=10),
    _c("a wrong code (alone)", _wrong),
    _c("list members, 20", lambda s: circles.list_members(s.world.circles, LIN, s.circle, 20, None)),
    _c("leave", lambda s: circles.leave_circle(s.world.circles, HAO, s.circle)),
    _c("set a role", lambda s: circles.set_role(s.world.circles, LIN, s.circle, HAO.user_id, Role.MODERATOR)),
    _c("kick", _kick),
    _c("offer an upload", lambda s: circles.offer_upload(s.world.circles, MEI, s.circle, PNG, 1000)),
    _c("post a note", _post, (1, 0.5)),
    _c("feed page of 20", lambda s: circles.list_notes(s.world.circles, HAO, s.circle, 20, None), (0, 3.0)),
    _c("read a note", lambda s: circles.read_note(s.world.circles, HAO, s.circle, s.ids["note"])),
    _c("remove a note", lambda s: circles.remove_note(s.world.circles, MEI, s.circle, s.ids["note"])),
    _c("comment (50 at once)", _comment, (1.02, 0.5), times=50),
    _c("comment (alone)", _comment),
    _c("comments, 20", lambda s: circles.list_comments(s.world.circles, HAO, s.circle, s.ids["note"], 20, None)),
    _c("like (10 at once)", lambda s: _like(s, True), (1.1, 0.5), times=10),
    _c("like (alone)", lambda s: _like(s, True)),
    _c("unlike (10 at once)", lambda s: _like(s, False), (1.1, 0.5), _ten_likes, 10),
)
CHAT = (
    _m("send a message", _say, (3, 0.5)),
    _m("send by socket", _say_on_socket, (3, 0.5), _socket, door="socket", people=False),
    _m("send to n connected", _say_on_socket, None, _crowd_listens, door="socket", grows=True, people=False),
    _m("repeat a send", _say, None, _say),
    _m("fetch 50", lambda s: chat.fetch_messages(s.world.chat, LIN, s.circle, s.ids["room"], 0, 50)),
    _m("fetch the newest", lambda s: chat.fetch_messages(s.world.chat, LIN, s.circle, s.ids["room"], s.n - 1, 50)),
    _m("move a marker", lambda s: chat.mark_read(s.world.chat, LIN, s.circle, s.ids["room"], s.n)),
    _m("list rooms", lambda s: chat.list_rooms(s.world.chat, LIN, s.circle)),
    _m("unread of 12 rooms", lambda s: chat.list_my_rooms(s.world.chat, HAO, 20, None), (0, 1.0)),
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
EDIT: dict[str, Any] = {"title": "望远镜", "price": Money(9_900, "CNY"), "on_sale": True}
OFFER: dict[str, Any] = {"kind": Kind.C2C, "title": "望远镜", "price": Money(12_900, "CNY"), "stock": 1}
COMMERCE = (
    _o("offer a listing", lambda s: commerce.offer_listing(s.world.commerce, MEI, s.circle, s.key(MEI), **OFFER)),
    _o("edit it", lambda s: commerce.edit_listing(s.world.commerce, MEI, s.circle, s.listing.id, **EDIT)),
    _o("read it", lambda s: commerce.read_listing(s.world.commerce, HAO, s.circle, s.listing.id)),
    _o("listings, 20", lambda s: commerce.list_listings(s.world.commerce, HAO, s.circle, 20, None)),
    _o("place an order", place, (4, 0.5)),
    _o("start its payment", lambda s: commerce.start_payment(s.world.commerce, HAO, s.kept["order"].id)),
    _o("captured (10 at once)", _next_paid, (4, 0.5), people=False, times=10),
    _o("captured (alone)", _paid, people=False),
    _o("ship", lambda s: commerce.ship_order(s.world.commerce, MEI, s.kept["order"].id), None, _paid),
    _o("confirm receipt", lambda s: commerce.confirm_receipt(s.world.commerce, HAO, s.kept["order"].id), None, _shipped),
    _o("read an order", lambda s: commerce.read_order(s.world.commerce, HAO, s.kept["order"].id)),
    _o("list orders, 20", lambda s: commerce.list_orders(s.world.commerce, HAO, 20, None)),
    _o("list sales, 20", lambda s: commerce.list_sales(s.world.commerce, MEI, 20, None)),
    _o("expire", lambda s: commerce.run_schedule(s.world.commerce), None, _one_due, door="none", people=False),
    _o("list accounts", lambda s: commerce.list_accounts(s.world.commerce, OPERATOR, 20, None)),
)
ACTIONS = (*REVIEW, *CIRCLES, *CHAT, *COMMERCE)
