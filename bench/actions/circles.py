"""Every action of circles: how to run it, and its floor."""

from __future__ import annotations

import contextlib
from datetime import time, timedelta
from functools import partial

from bench.actions.comments import next_guest
from bench.dataset import HAO, LIN, MEI, NEW, NOTE_TEXT, BenchDataset
from bench.measure import Action
from services.circles import usecases as circles
from services.circles.domain import PictureType, Role, SanctionKind
from services.circles.domain.digest import next_digest_at
from services.circles.domain.export import ExportKind
from services.circles.errors import PasscodeRejected
from services.circles.repository.circles import load_circle, load_member, member_key
from services.circles.repository.highlights import put_highlight
from services.circles.repository.notes import note_from_item
from services.shared.kernel.pages import PageRequest
from services.shared.kernel.remaining_time import always
from services.shared.table.reports import ReportInput
from simulation.setup.requests import change
from simulation.streams import handle_new_changes

NOTE_INPUT = circles.NoteInput(NOTE_TEXT, ("观鸟",))
REPORT = ReportInput("spam", "反复发广告。")
_action = partial(Action, "circles")


def _join_with_wrong_passcode(dataset: BenchDataset) -> None:
    with contextlib.suppress(PasscodeRejected):
        circles.join_circle(dataset.simulation.circles, next_guest(dataset), "ABCD-EFGH-JKMN")


def _list_highlights(dataset: BenchDataset, text: str) -> None:
    circles.list_highlights(dataset.simulation.circles, HAO, dataset.circle, text, PageRequest(20))


def _post_note(dataset: BenchDataset) -> None:
    circles.post_note(dataset.simulation.circles, MEI, dataset.circle, dataset.key(MEI), NOTE_INPUT)


def _create_upload(dataset: BenchDataset) -> None:
    ports, key = dataset.simulation.circles, dataset.key(MEI)
    dataset.ids["pic"] = circles.create_upload(ports, MEI, dataset.circle, key, PictureType.PNG, 1000)[0]


def _create_draft(dataset: BenchDataset) -> None:
    draft = circles.create_draft(dataset.simulation.circles, MEI, dataset.circle, dataset.key(MEI), NOTE_INPUT)
    dataset.objects["draft"] = draft


def _publish_draft(dataset: BenchDataset) -> None:
    circles.publish_draft(dataset.simulation.circles, MEI, dataset.circle, dataset.objects["draft"].id)


def _update_note(dataset: BenchDataset) -> None:
    request = change(dataset.objects["note"].version)
    circles.update_note(dataset.simulation.circles, MEI, dataset.circle, dataset.ids["note"], request, "改了。", ("观鸟",))


def _remove_note(dataset: BenchDataset) -> None:
    circles.remove_note(dataset.simulation.circles, LIN, dataset.circle, dataset.ids["note"], "广告。")


def _highlight(dataset: BenchDataset) -> None:
    circles.highlight_note(dataset.simulation.circles, LIN, dataset.circle, dataset.ids["note"])


def _all_highlighted(dataset: BenchDataset) -> None:
    """Highlight all notes of the circle."""
    memory = dataset.memory("circles")
    for item in (item for item in memory.all_items() if item["sk"].startswith("NOTE#")):
        put_highlight(memory, note_from_item(item), (item["text"][:600],))
    put_highlight(memory, dataset.objects["note"], ("白鹭" * 100,))


def _record_views(dataset: BenchDataset) -> None:
    """Record the views of a page of the feed."""
    circles.record_views(dataset.simulation.circles, HAO, dataset.circle, dataset.objects["page"])


def _feed_page(dataset: BenchDataset) -> None:
    shown, _ = circles.list_notes(dataset.simulation.circles, HAO, dataset.circle, PageRequest(18))
    dataset.objects["page"] = [one.note.id for one in shown]


def _set_teaser(dataset: BenchDataset) -> None:
    circles.set_teaser(dataset.simulation.circles, LIN, dataset.circle, change(0), "城市里看得到的野鸟。", ("观鸟",))


def _trusted(dataset: BenchDataset) -> None:
    dataset.memory("circles").update(member_key(dataset.circle, MEI.user_id), set={"trust": 1}, when=None)


def _request_export(dataset: BenchDataset) -> None:
    circles.create_export(dataset.simulation.circles, HAO, dataset.circle, dataset.key(HAO), ExportKind.OWN)


def _write_export(dataset: BenchDataset) -> None:
    for _ in range(10):
        circles.handle_schedule(dataset.simulation.circles)


def _at_digest_time(dataset: BenchDataset) -> None:
    dataset.simulation.clock.now = next_digest_at(dataset.simulation.clock.now)


def _run_schedule(dataset: BenchDataset) -> None:
    circles.handle_schedule(dataset.simulation.circles)


def _plan_recount(dataset: BenchDataset) -> None:
    circles.plan_recount(dataset.simulation.circles, dataset.circle)


def _recount_notes(dataset: BenchDataset) -> None:
    circles.recount_notes(dataset.simulation.circles, always)


def _measure_health(dataset: BenchDataset) -> None:
    circles.measure_circle_health(
        dataset.simulation.circles, load_circle(dataset.memory("circles"), dataset.circle).entity, dataset.simulation.clock()
    )


def _closed(dataset: BenchDataset) -> None:
    circles.close_circle(dataset.simulation.circles, LIN, dataset.circle, timedelta(days=30))
    dataset.simulation.clock.advance(days=30)


def _issue_passcode(dataset: BenchDataset) -> None:
    circles.issue_passcode(dataset.simulation.circles, LIN, dataset.circle, dataset.key(LIN), timedelta(hours=72), 50)


def _impose_sanction(dataset: BenchDataset, kind: SanctionKind) -> None:
    until = dataset.simulation.clock() + timedelta(days=1) if kind is SanctionKind.MUTE else None
    circles.impose_member_sanction(dataset.simulation.circles, LIN, dataset.circle, HAO.user_id, kind, reason="x", until=until)


def _rotate(dataset: BenchDataset) -> None:
    (passcode, *_), _ = circles.list_passcodes(dataset.simulation.circles, LIN, dataset.circle, PageRequest(1))
    circles.rotate_passcode(dataset.simulation.circles, LIN, dataset.circle, passcode.id, dataset.key(LIN), timedelta(hours=24))


def _quarantine(dataset: BenchDataset) -> None:
    (passcode, *_), _ = circles.list_passcodes(dataset.simulation.circles, LIN, dataset.circle, PageRequest(1))
    circles.quarantine_passcode(dataset.simulation.circles, LIN, dataset.circle, passcode.id)


def _set_role(dataset: BenchDataset) -> None:
    request = change(load_member(dataset.memory("circles"), dataset.circle, HAO.user_id).entity.version)
    circles.set_role(dataset.simulation.circles, LIN, dataset.circle, HAO.user_id, request, Role.MODERATOR)


def _accept_role(dataset: BenchDataset) -> None:
    circles.accept_role(dataset.simulation.circles, HAO, dataset.circle, Role.MODERATOR)


def _moderated(dataset: BenchDataset) -> None:
    """Mute a member 24 times, each time until another moment."""
    for day in range(1, 25):
        until = dataset.simulation.clock() + timedelta(days=day)
        circles.impose_member_sanction(
            dataset.simulation.circles, LIN, dataset.circle, HAO.user_id, SanctionKind.MUTE, reason="广告" * 30, until=until
        )
        handle_new_changes(dataset.simulation, "circles")


def _list_moderation_log(dataset: BenchDataset) -> None:
    circles.list_moderation_log(dataset.simulation.circles, LIN, dataset.circle, PageRequest(20))


def _set_screening(dataset: BenchDataset) -> None:
    questions = ("常去哪里看鸟？",)
    circles.set_screening(dataset.simulation.circles, LIN, dataset.circle, change(0), "不公布巢址。", questions, approval=True)


def _joined_screened(dataset: BenchDataset) -> None:
    _set_screening(dataset)
    circles.join_circle(dataset.simulation.circles, NEW, dataset.objects["code"])


def _answer_screening(dataset: BenchDataset) -> None:
    circles.answer_screening(dataset.simulation.circles, NEW, dataset.circle, 1, ("江边",))


def _screening_answered(dataset: BenchDataset) -> None:
    _joined_screened(dataset)
    _answer_screening(dataset)


CIRCLES = (
    Action("circles", "run the schedule", _run_schedule, None, _at_digest_time, trigger="none", authorizes=False),
    Action("circles", "measure the health", _measure_health, None, trigger="none", authorizes=False, grows=True),
    Action("circles", "write an export", _write_export, None, _request_export, trigger="none", authorizes=False, grows=True),
    Action("circles", "recount the notes", _recount_notes, None, _plan_recount, trigger="none", authorizes=False, grows=True),
    Action("circles", "delete a closed circle", _run_schedule, None, _closed, trigger="none", authorizes=False, grows=True),
    _action("read a circle", lambda d: circles.get_circle(d.simulation.circles, HAO, d.circle)),
    _action("list own circles (1)", lambda d: circles.list_circles(d.simulation.circles, HAO, PageRequest(20))),
    _action("issue a passcode", _issue_passcode),
    _action("list passcodes", lambda d: circles.list_passcodes(d.simulation.circles, LIN, d.circle, PageRequest(20))),
    _action("rotate a passcode", _rotate),
    _action("quarantine a passcode", _quarantine),
    _action("join", lambda d: circles.join_circle(d.simulation.circles, NEW, d.objects["code"]), (5, 0)),
    _action("a wrong passcode (10 at once)", _join_with_wrong_passcode, (2, 0.5), times=10),
    _action("a wrong passcode (alone)", _join_with_wrong_passcode),
    _action("list memberships, 20", lambda d: circles.list_memberships(d.simulation.circles, LIN, d.circle, PageRequest(20))),
    _action("leave", lambda d: circles.leave_circle(d.simulation.circles, HAO, d.circle)),
    _action("set a role", _set_role),
    _action("accept a role", _accept_role, (4, 0), _set_role),
    _action("decline a role", lambda d: circles.decline_role(d.simulation.circles, HAO, d.circle), (1, 0), _set_role),
    _action("moderation log, 20", _list_moderation_log, None, _moderated),
    _action("kick", lambda d: _impose_sanction(d, SanctionKind.KICK)),
    _action("mute", lambda d: _impose_sanction(d, SanctionKind.MUTE)),
    _action(
        "lift a member sanction",
        lambda d: circles.lift_member_sanction(d.simulation.circles, LIN, d.circle, HAO.user_id, "误判"),
        before=lambda d: _impose_sanction(d, SanctionKind.MUTE),
    ),
    _action("set the screening", _set_screening),
    _action(
        "join, screened", lambda d: circles.join_circle(d.simulation.circles, NEW, d.objects["code"]), before=_set_screening
    ),
    _action("answer the screening", _answer_screening, before=_joined_screened),
    _action(
        "list pending members",
        lambda d: circles.list_pending_members(d.simulation.circles, LIN, d.circle, PageRequest(20)),
        before=_joined_screened,
    ),
    _action(
        "approve a member",
        lambda d: circles.approve_member(d.simulation.circles, LIN, d.circle, NEW.user_id),
        before=_screening_answered,
    ),
    _action("create an upload", _create_upload),
    _action(
        "get a picture", lambda d: circles.get_picture(d.simulation.circles, MEI, d.circle, d.ids["pic"]), None, _create_upload
    ),
    _action("post a note (10 at once)", _post_note, (2, 0.5), times=10),
    _action("post a note (alone)", _post_note),
    _action("feed page of 20", lambda d: circles.list_notes(d.simulation.circles, HAO, d.circle, PageRequest(20)), (0, 3.0)),
    _action("block a user", lambda d: circles.block_user(d.simulation.circles, HAO, NEW.user_id)),
    _action("list blocks", lambda d: circles.list_blocks(d.simulation.circles, HAO)),
    _action("sign out everywhere", lambda d: circles.sign_out_everywhere(d.simulation.circles, HAO), (1, 0)),
    _action("create a draft", _create_draft),
    _action("publish a draft", _publish_draft, None, _create_draft),
    _action(
        "list drafts", lambda d: circles.list_drafts(d.simulation.circles, MEI, d.circle, PageRequest(20)), None, _create_draft
    ),
    _action("edit a note", _update_note),
    _action("pin a note", lambda d: circles.pin_note(d.simulation.circles, LIN, d.circle, d.ids["note"])),
    _action("highlight a note", _highlight),
    _action("highlights page of 20", lambda d: _list_highlights(d, ""), None, _all_highlighted),
    _action("search the highlights", lambda d: _list_highlights(d, "白鹭"), None, _all_highlighted),
    _action("record 18 views", _record_views, None, _feed_page),
    _action("check in", lambda d: circles.check_in(d.simulation.circles, HAO, d.circle)),
    _action("search tags", lambda d: circles.search_tags(d.simulation.circles, "guanniao", "", PageRequest(20))),
    _action("read a tag", lambda d: circles.get_tag(d.simulation.circles, "birdwatching")),
    _action("read a recap", lambda d: circles.get_recap(d.simulation.circles, HAO, d.circle)),
    _action(
        "set the digest",
        lambda d: circles.set_digest_preference(d.simulation.circles, HAO, d.circle, change(0), False, time(22), time(7)),
    ),
    _action("set a teaser", _set_teaser),
    _action("read a teaser", lambda d: circles.get_teaser(d.simulation.circles, d.circle), None, _set_teaser),
    _action(
        "request to join", lambda d: circles.request_to_join(d.simulation.circles, NEW, d.circle, "想加入"), None, _set_teaser
    ),
    _action(
        "offer ownership", lambda d: circles.offer_ownership(d.simulation.circles, LIN, d.circle, MEI.user_id), None, _trusted
    ),
    _action("close a circle", lambda d: circles.close_circle(d.simulation.circles, LIN, d.circle, timedelta(days=30))),
    _action("request an export", _request_export),
    _action("report a note", lambda d: circles.report_note(d.simulation.circles, HAO, d.circle, d.ids["note"], REPORT)),
    _action("read a note", lambda d: circles.get_note(d.simulation.circles, HAO, d.circle, d.ids["note"])),
    _action("delete a note", lambda d: circles.delete_note(d.simulation.circles, MEI, d.circle, d.ids["note"]), (1, 0)),
    _action(
        "remove a note", lambda d: circles.remove_note(d.simulation.circles, LIN, d.circle, d.ids["note"], "广告。"), (2, 0)
    ),
)
