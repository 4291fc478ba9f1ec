"""Every action of circles: its floor, and how to do it."""

from __future__ import annotations

import contextlib
from datetime import time, timedelta
from typing import Any

from bench.measure import Act, Action
from bench.scene import HAO, LIN, MEI, NEW, NOTE_TEXT, Scene
from services.circles import usecases as circles
from services.circles.domain import Role, SanctionKind
from services.circles.domain.digest import next_digest
from services.circles.domain.export import ExportKind
from services.circles.errors import PasscodeRejected
from services.circles.repository.circles import find_circle, member_key
from services.circles.repository.highlights import keep_archived
from services.shared.table.reports import ReportIn, ReportReason
from simulation.simulation import person

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
    draft = circles.create_draft(scene.world.circles, MEI, scene.circle, scene.key(MEI), _write(scene))
    scene.kept["draft"] = draft


def _edit(scene: Scene) -> None:
    circles.update_note(scene.world.circles, MEI, scene.circle, scene.ids["note"], "改了。", ("观鸟",))


def _archive(scene: Scene) -> None:
    circles.highlight_note(scene.world.circles, LIN, scene.circle, scene.ids["note"], on=True)


def _archived(scene: Scene) -> None:
    """All the circle's notes are among its best."""
    memory, note = scene.memory("circles"), scene.ids["note"]
    for (_, sk), item in list(memory._items.items()):
        if sk.startswith("NOTE#"):
            keep_archived(memory, scene.circle, item["id"], (item["text"][:600],))
    keep_archived(memory, scene.circle, note, ("白鹭" * 100,))


def _views(scene: Scene) -> None:
    """A page of the feed was read."""
    circles.record_views(scene.world.circles, HAO, scene.circle, scene.kept["page"])


def _page(scene: Scene) -> None:
    shown, _ = circles.list_notes(scene.world.circles, HAO, scene.circle, 18, None)
    scene.kept["page"] = [one.note.id for one in shown]


def _tease(scene: Scene) -> None:
    circles.set_teaser(scene.world.circles, LIN, scene.circle, "城市里看得到的野鸟。", ("观鸟",))


def _trusted(scene: Scene) -> None:
    scene.memory("circles").update(member_key(scene.circle, MEI.user_id), set={"trust": 1}, when=None)


def _export(scene: Scene) -> None:
    circles.create_export(scene.world.circles, HAO, scene.circle, scene.key(HAO), ExportKind.OWN)


def _write_archive(scene: Scene) -> None:
    for _ in range(10):
        circles.handle_schedule(scene.world.circles)


def _evening(scene: Scene) -> None:
    scene.world.clock.now = next_digest(scene.world.clock.now)


def _look_after(scene: Scene) -> None:
    circles.handle_schedule(scene.world.circles)


def _measure(scene: Scene) -> None:
    circles.take_health(scene.world.circles, find_circle(scene.memory("circles"), scene.circle).entity, scene.world.clock())


def _ended(scene: Scene) -> None:
    circles.close_circle(scene.world.circles, LIN, scene.circle, timedelta(days=30))
    scene.world.clock.advance(days=30)


def _issue(scene: Scene) -> None:
    circles.issue_passcode(scene.world.circles, LIN, scene.circle, scene.key(LIN), timedelta(hours=72), 50)


def _sanction_member(scene: Scene, kind: SanctionKind) -> None:
    until = scene.world.clock() + timedelta(days=1) if kind is SanctionKind.MUTE else None
    circles.impose_member_sanction(scene.world.circles, LIN, scene.circle, HAO.user_id, kind, reason="x", until=until)


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


def _c(name: str, act: Act, floor: tuple[float, float] | None = None, before: Act | None = None, times: int = 1) -> Action:
    return Action("circles", name, act, floor, before, times)


CIRCLES = (
    Action("circles", "look after a circle", _look_after, None, _evening, door="none", people=False),
    Action("circles", "measure its health", _measure, None, door="none", people=False, item_count_change=True),
    Action("circles", "write an archive", _write_archive, None, _export, door="none", people=False, item_count_change=True),
    Action("circles", "clear a circle away", _look_after, None, _ended, door="none", people=False, item_count_change=True),
    _c("read a circle", lambda s: circles.get_circle(s.world.circles, HAO, s.circle)),
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
    _c("let somebody in", lambda s: circles.approve_member(s.world.circles, LIN, s.circle, NEW.user_id), before=_answered),
    _c("offer an upload", lambda s: circles.create_upload(s.world.circles, MEI, s.circle, PNG, 1000)),
    _c("post a note (10 at once)", _post, (1, 0.5), times=10),
    _c("post a note (alone)", _post),
    _c("feed page of 20", lambda s: circles.list_notes(s.world.circles, HAO, s.circle, 20, None), (0, 3.0)),
    _c("block somebody", lambda s: circles.block_user(s.world.circles, HAO, NEW.user_id)),
    _c("list whom one blocked", lambda s: circles.list_blocks(s.world.circles, HAO)),
    _c("keep a draft", _draft),
    _c("publish it", lambda s: circles.publish_draft(s.world.circles, MEI, s.circle, s.kept["draft"].id), None, _draft),
    _c("list drafts", lambda s: circles.list_drafts(s.world.circles, MEI, s.circle, 20, None), None, _draft),
    _c("edit a note", _edit),
    _c("pin a note", lambda s: circles.pin_note(s.world.circles, LIN, s.circle, s.ids["note"])),
    _c("archive a note", _archive),
    _c("archive page of 20", lambda s: circles.list_highlights(s.world.circles, HAO, s.circle, "", 20, None), None, _archived),
    _c(
        "search the archive",
        lambda s: circles.list_highlights(s.world.circles, HAO, s.circle, "白鹭", 20, None),
        None,
        _archived,
    ),
    _c("report 18 notes as read", _views, None, _page),
    _c("check in", lambda s: circles.check_in(s.world.circles, HAO, s.circle)),
    _c("search tags", lambda s: circles.search_tags(s.world.circles, "guanniao", "", 20, None)),
    _c("read a tag", lambda s: circles.get_tag(s.world.circles, "birdwatching")),
    _c("read a recap", lambda s: circles.get_recap(s.world.circles, HAO, s.circle)),
    _c("choose a digest", lambda s: circles.set_digest_choice(s.world.circles, HAO, s.circle, False, time(22), time(7))),
    _c("show a teaser", _tease),
    _c("read a teaser", lambda s: circles.get_teaser(s.world.circles, s.circle), None, _tease),
    _c("knock", lambda s: circles.request_to_join(s.world.circles, NEW, s.circle, "想加入"), None, _tease),
    _c("offer the circle", lambda s: circles.offer_ownership(s.world.circles, LIN, s.circle, MEI.user_id), None, _trusted),
    _c("give notice", lambda s: circles.close_circle(s.world.circles, LIN, s.circle, timedelta(days=30))),
    _c("ask for an archive", _export),
    _c("report a note", lambda s: circles.report_note(s.world.circles, HAO, s.circle, s.ids["note"], REPORT)),
    _c("read a note", lambda s: circles.get_note(s.world.circles, HAO, s.circle, s.ids["note"])),
    _c("remove a note", lambda s: circles.remove_note(s.world.circles, MEI, s.circle, s.ids["note"])),
    _c("comment (50 at once)", _comment, (1.02, 0.5), times=50),
    _c("comment (alone)", _comment),
    _c("comments, 20", lambda s: circles.list_comments(s.world.circles, HAO, s.circle, s.ids["note"], 20, None)),
    _c("like (10 at once)", lambda s: _like(s, True), (1.1, 0.5), times=10),
    _c("like (alone)", lambda s: _like(s, True)),
    _c("unlike (10 at once)", lambda s: _like(s, False), (1.1, 0.5), _ten_likes, 10),
)
