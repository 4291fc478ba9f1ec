"""Every action of the four services: its floor, how to do it, and what it may cost."""

from __future__ import annotations

import contextlib
from datetime import time, timedelta
from typing import Any

from bench.measure import Act, Action
from bench.scene import HAO, LIN, MEI, NEW, NOTE_TEXT, OPERATOR, RUI, SHAN, Scene, place
from services.chat import usecases as chat
from services.chat.domain import Draft
from services.circles import usecases as circles
from services.circles.domain import Role, SanctionKind
from services.circles.domain.digest import next_digest
from services.circles.domain.export import ExportKind
from services.circles.errors import PasscodeRejected
from services.circles.repository.circles import find_circle, member_key
from services.circles.repository.highlights import keep_archived
from services.commerce import usecases as commerce
from services.commerce.domain import Kind, Order
from services.commerce.repository.orders import order_from
from services.commerce.usecases import Notice
from services.review import usecases as review
from services.review.domain import Lane, Reason
from services.review.domain import Outcome as CaseOutcome
from services.review.domain.tenure import Outcome as Assessed
from services.shared.money import Money
from services.shared.reports import ReportIn, ReportReason
from services.shared.standing import Level
from tests.support.scenes import hear, judgement, note_reported, started
from tests.support.worlds import person, token, user_id

REPORT = ReportIn(reason=ReportReason.SPAM, words="反复发广告。")
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
    circles.post_note(scene.world.circles, MEI, scene.circle, scene.key(MEI), _write(scene))


def _write(scene: Scene) -> circles.Words:
    return circles.Words(NOTE_TEXT, ("观鸟",))


def _draft(scene: Scene) -> None:
    draft = circles.start_draft(scene.world.circles, MEI, scene.circle, scene.key(MEI), _write(scene))
    scene.kept["draft"] = draft


def _edit(scene: Scene) -> None:
    circles.edit_note(scene.world.circles, MEI, scene.circle, scene.ids["note"], "改了。", ("观鸟",))


def _archive(scene: Scene) -> None:
    circles.archive_note(scene.world.circles, LIN, scene.circle, scene.ids["note"], on=True)


def _archived(scene: Scene) -> None:
    """All the circle's notes are among its best."""
    memory, note = scene.memory("circles"), scene.ids["note"]
    for (_, sk), item in list(memory._items.items()):
        if sk.startswith("NOTE#"):
            keep_archived(memory, scene.circle, item["id"], (item["text"][:600],))
    keep_archived(memory, scene.circle, note, ("白鹭" * 100,))


def _views(scene: Scene) -> None:
    """A page of the feed was read."""
    circles.report_views(scene.world.circles, HAO, scene.circle, scene.kept["page"])


def _page(scene: Scene) -> None:
    shown, _ = circles.list_notes(scene.world.circles, HAO, scene.circle, 18, None)
    scene.kept["page"] = [one.note.id for one in shown]


def _tease(scene: Scene) -> None:
    circles.set_teaser(scene.world.circles, LIN, scene.circle, "城市里看得到的野鸟。", ("观鸟",))


def _trusted(scene: Scene) -> None:
    scene.memory("circles").update(member_key(scene.circle, MEI.user_id), set={"trust": 1}, when=None)


def _export(scene: Scene) -> None:
    circles.start_export(scene.world.circles, HAO, scene.circle, scene.key(HAO), ExportKind.OWN)


def _write_archive(scene: Scene) -> None:
    for _ in range(10):
        circles.run_exports(scene.world.circles)


def _evening(scene: Scene) -> None:
    scene.world.clock.now = next_digest(scene.world.clock.now)


def _look_after(scene: Scene) -> None:
    circles.run_schedule(scene.world.circles)


def _measure(scene: Scene) -> None:
    circles.take_health(scene.world.circles, find_circle(scene.memory("circles"), scene.circle).entity, scene.world.clock())


def _ended(scene: Scene) -> None:
    circles.close_circle(scene.world.circles, LIN, scene.circle, timedelta(days=30))
    scene.world.clock.advance(days=30)


def _issue(scene: Scene) -> None:
    circles.issue_passcode(scene.world.circles, LIN, scene.circle, scene.key(LIN), timedelta(hours=72), 50)


def _sanction_member(scene: Scene, kind: SanctionKind) -> None:
    until = scene.world.clock() + timedelta(days=1) if kind is SanctionKind.MUTE else None
    circles.sanction_member(scene.world.circles, LIN, scene.circle, HAO.user_id, kind, reason="x", until=until)


def _rotate(scene: Scene) -> None:
    (passcode, *_), _ = circles.list_passcodes(scene.world.circles, LIN, scene.circle, 1, None)
    circles.rotate_passcode(scene.world.circles, LIN, scene.circle, passcode.id, scene.key(LIN), timedelta(hours=24))


def _quarantine(scene: Scene) -> None:
    (passcode, *_), _ = circles.list_passcodes(scene.world.circles, LIN, scene.circle, 1, None)
    circles.quarantine_passcode(scene.world.circles, LIN, scene.circle, passcode.id)


def _screen(scene: Scene) -> None:
    circles.set_screening(scene.world.circles, LIN, scene.circle, "不公布巢址。", ("常去哪里看鸟？",), approval=True)


def _wait(scene: Scene) -> None:
    _screen(scene)
    circles.join_circle(scene.world.circles, NEW, scene.kept["code"])


def _answer(scene: Scene) -> None:
    circles.answer_screening(scene.world.circles, NEW, scene.circle, 1, ("江边",))


def _answered(scene: Scene) -> None:
    _wait(scene)
    _answer(scene)


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


def _r(name: str, act: Act, floor: tuple[float, float] | None = None, before: Act | None = None, **more: Any) -> Action:
    return Action("review", name, act, floor, before, **more)


def _c(name: str, act: Act, floor: tuple[float, float] | None = None, before: Act | None = None, times: int = 1) -> Action:
    return Action("circles", name, act, floor, before, times)


def _m(name: str, act: Act, floor: tuple[float, float] | None = None, before: Act | None = None, **more: Any) -> Action:
    return Action("chat", name, act, floor, before, **more)


def _o(name: str, act: Act, floor: tuple[float, float] | None = None, before: Act | None = None, **more: Any) -> Action:
    return Action("commerce", name, act, floor, before, **more)


def _kept(scene: Scene, name: str) -> str:
    return str(scene.kept[name].id)


def _ask(scene: Scene) -> None:
    review.request_information(scene.world.review, RUI, _kept(scene, "waiting"), scene.key(RUI), ("plan",), "请补充。")


def _asked(scene: Scene) -> None:
    _claim(scene)
    _ask(scene)


def _rejected(scene: Scene) -> None:
    _claim(scene)
    waiting = scene.kept["waiting"]
    review.decide_application(scene.world.review, RUI, waiting.id, scene.key(RUI), judgement(waiting, approves=False))


def _appeal(scene: Scene) -> None:
    key = scene.key(LIN)
    review.appeal_application(scene.world.review, LIN, _kept(scene, "waiting"), key, Reason.CIRCLE_VAGUE, "已写明。")


def _sanction(scene: Scene, level: Level, emergency: bool = False) -> None:
    ports, whom = scene.world.review, HAO.user_id
    how: dict[str, Any] = {"level": level, "until": None, "reason": "刷屏", "emergency": emergency}
    scene.kept["sanction"] = review.sanction_person(ports, RUI, whom, **how)


def _report(scene: Scene, who: Any = None) -> None:
    scene.fresh += 1
    review.file_report(scene.world.review, note_reported(scene.world, who or person(f"reporter-{scene.fresh}")))


def _case(scene: Scene) -> str:
    return review.list_cases(scene.world.review, RUI, 1, None)[0][0].id


def _reported(scene: Scene) -> None:
    _report(scene)
    scene.kept["case"] = _case(scene)


def _assess(scene: Scene) -> None:
    review.assess_owner(scene.world.review, RUI, _kept(scene, "granted"), scene.key(RUI), Assessed.RENEW, "好。")


def _overdue(scene: Scene) -> None:
    """One review is late; the others were handed in later."""
    memory = scene.memory("review")
    for place_, item in list(memory._items.items()):
        if "gsi2pk" in item and item.get("id") != _kept(scene, "waiting"):
            memory._items[place_] = {**item, "gsi2sk": f"2999-01-01T00:00:00.000Z#{item['id']}"}
    scene.world.clock.advance(days=9)


def _anchored(scene: Scene) -> None:
    review.run_anchors(scene.world.review)
    scene.world.clock.advance(hours=1)
    _claim(scene)
    _decide(scene)
    hear(scene.world)
    scene.world.clock.advance(hours=2)


REVIEW = (
    _r("start an application", lambda s: started(s.world, LIN, human="a third")),
    _r("submit it", lambda s: review.submit_application(s.world.review, LIN, _kept(s, "draft")), (2, 0.5)),
    _r("answer a question", lambda s: review.submit_application(s.world.review, LIN, _kept(s, "waiting")), None, _asked),
    _r("read one's own", lambda s: review.read_application(s.world.review, LIN, _kept(s, "draft"))),
    _r("read as a reviewer", lambda s: review.read_application(s.world.review, RUI, _kept(s, "waiting"))),
    _r("list one's own, 20", lambda s: review.list_applications(s.world.review, LIN, 20, None)),
    _r("withdraw", lambda s: review.withdraw_application(s.world.review, LIN, _kept(s, "waiting"))),
    _r("appeal", _appeal, None, _rejected),
    _r("queue page of 20", lambda s: review.list_queue(s.world.review, RUI, Lane.REVIEW, 20, None)),
    _r("claim", _claim),
    _r("extend a claim", lambda s: review.extend_claim(s.world.review, RUI, _kept(s, "waiting")), None, _claim),
    _r("release a claim", lambda s: review.release_claim(s.world.review, RUI, _kept(s, "waiting")), None, _claim),
    _r(
        "hand a claim over",
        lambda s: review.hand_over_claim(s.world.review, RUI, _kept(s, "waiting"), SHAN.user_id),
        None,
        _claim,
    ),
    _r("ask the applicant", _ask, None, _claim),
    _r("decide", _decide, (3, 0.5), _claim),
    _r("decide, with the seat", lambda s: _decide(s, SHAN), (6, 0.5), _decided_once),
    _r("assess an owner", _assess),
    _r("read the cohort", lambda s: review.read_cohort(s.world.review, LIN)),
    _r(
        "enrol a reviewer",
        lambda s: review.enrol_reviewer(s.world.review, OPERATOR, user_id("zoe"), token(user_id("zoe"))),
    ),
    _r("mute a person", lambda s: _sanction(s, Level.MUTED)),
    _r("propose a suspension", lambda s: _sanction(s, Level.SUSPENDED)),
    _r(
        "ratify it",
        lambda s: review.ratify_sanction(s.world.review, SHAN, HAO.user_id, s.kept["sanction"].pending.id),
        None,
        lambda s: _sanction(s, Level.SUSPENDED),
    ),
    _r("suspend in an emergency", lambda s: _sanction(s, Level.SUSPENDED, True)),
    _r(
        "lift a sanction",
        lambda s: review.lift_sanction(s.world.review, RUI, HAO.user_id, "误判"),
        None,
        lambda s: _sanction(s, Level.MUTED),
    ),
    _r("take a first report", _report, door="none", people=False),
    _r("take a further report", _report, None, _report, door="none", people=False),
    _r("list one's reports, 20", lambda s: review.list_reports(s.world.review, HAO, 20, None), None, lambda s: _report(s, HAO)),
    _r("list cases, 20", lambda s: review.list_cases(s.world.review, RUI, 20, None), None, _report),
    _r(
        "decide a case",
        lambda s: review.decide_case(s.world.review, RUI, s.kept["case"], CaseOutcome.DISMISSED, "无"),
        None,
        _reported,
    ),
    _r("read a month's figures", lambda s: review.read_figures(s.world.review, OPERATOR, "2026-03")),
    _r("escalate", lambda s: review.run_schedule(s.world.review), None, _overdue, door="none", people=False),
    _r("anchor an hour", lambda s: review.run_anchors(s.world.review), None, _anchored, door="none", people=False),
)
CIRCLES = (
    Action("circles", "look after a circle", _look_after, None, _evening, door="none", people=False),
    Action("circles", "measure its health", _measure, None, door="none", people=False, grows=True),
    Action("circles", "write an archive", _write_archive, None, _export, door="none", people=False, grows=True),
    Action("circles", "clear a circle away", _look_after, None, _ended, door="none", people=False, grows=True),
    _c("read a circle", lambda s: circles.read_circle(s.world.circles, HAO, s.circle)),
    _c("list my circles (1)", lambda s: circles.list_circles(s.world.circles, HAO, 20, None)),
    _c("issue a passcode", _issue),
    _c("list passcodes", lambda s: circles.list_passcodes(s.world.circles, LIN, s.circle, 20, None)),
    _c("rotate a passcode", _rotate),
    _c("quarantine a passcode", _quarantine),
    _c("join", lambda s: circles.join_circle(s.world.circles, NEW, s.kept["code"]), (5, 0)),
    _c("a wrong code (10 at once)", _wrong, (2, 0.5), times=10),
    _c("a wrong code (alone)", _wrong),
    _c("list members, 20", lambda s: circles.list_members(s.world.circles, LIN, s.circle, 20, None)),
    _c("leave", lambda s: circles.leave_circle(s.world.circles, HAO, s.circle)),
    _c("set a role", lambda s: circles.set_role(s.world.circles, LIN, s.circle, HAO.user_id, Role.MODERATOR)),
    _c("kick", lambda s: _sanction_member(s, SanctionKind.KICK)),
    _c("mute", lambda s: _sanction_member(s, SanctionKind.MUTE)),
    _c(
        "pardon",
        lambda s: circles.pardon_member(s.world.circles, LIN, s.circle, HAO.user_id, "误判"),
        before=lambda s: _sanction_member(s, SanctionKind.MUTE),
    ),
    _c("ask of newcomers", _screen),
    _c("join, screened", lambda s: circles.join_circle(s.world.circles, NEW, s.kept["code"]), before=_screen),
    _c("answer", _answer, before=_wait),
    _c("list who waits", lambda s: circles.list_pending(s.world.circles, LIN, s.circle, 20, None), before=_wait),
    _c("let somebody in", lambda s: circles.admit_member(s.world.circles, LIN, s.circle, NEW.user_id), before=_answered),
    _c("offer an upload", lambda s: circles.offer_upload(s.world.circles, MEI, s.circle, PNG, 1000)),
    _c("post a note (10 at once)", _post, (1, 0.5), times=10),
    _c("post a note (alone)", _post),
    _c("feed page of 20", lambda s: circles.list_notes(s.world.circles, HAO, s.circle, 20, None), (0, 3.0)),
    _c("keep a draft", _draft),
    _c("publish it", lambda s: circles.publish_draft(s.world.circles, MEI, s.circle, s.kept["draft"].id), None, _draft),
    _c("list drafts", lambda s: circles.list_drafts(s.world.circles, MEI, s.circle, 20, None), None, _draft),
    _c("edit a note", _edit),
    _c("pin a note", lambda s: circles.pin_note(s.world.circles, LIN, s.circle, s.ids["note"])),
    _c("archive a note", _archive),
    _c("archive page of 20", lambda s: circles.list_archive(s.world.circles, HAO, s.circle, "", 20, None), None, _archived),
    _c("search the archive", lambda s: circles.list_archive(s.world.circles, HAO, s.circle, "白鹭", 20, None), None, _archived),
    _c("report 18 notes as read", _views, None, _page),
    _c("check in", lambda s: circles.check_in(s.world.circles, HAO, s.circle)),
    _c("search tags", lambda s: circles.search_tags(s.world.circles, "guanniao", "", 20, None)),
    _c("read a tag", lambda s: circles.read_tag(s.world.circles, "birdwatching")),
    _c("read a recap", lambda s: circles.read_recap(s.world.circles, HAO, s.circle)),
    _c("choose a digest", lambda s: circles.choose_digest(s.world.circles, HAO, s.circle, False, time(22), time(7))),
    _c("show a teaser", _tease),
    _c("read a teaser", lambda s: circles.read_teaser(s.world.circles, s.circle), None, _tease),
    _c("knock", lambda s: circles.request_to_join(s.world.circles, NEW, s.circle, "想加入"), None, _tease),
    _c("offer the circle", lambda s: circles.offer_circle(s.world.circles, LIN, s.circle, MEI.user_id), None, _trusted),
    _c("give notice", lambda s: circles.close_circle(s.world.circles, LIN, s.circle, timedelta(days=30))),
    _c("ask for an archive", _export),
    _c("report a note", lambda s: circles.report_note(s.world.circles, HAO, s.circle, s.ids["note"], REPORT)),
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
    _o("report it", lambda s: commerce.report_listing(s.world.commerce, HAO, s.circle, s.listing.id, REPORT)),
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
