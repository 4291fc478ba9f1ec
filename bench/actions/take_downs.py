"""The take-downs of review, in each service that shows content, and of the names that are its own: how to apply them."""

from __future__ import annotations

from functools import partial
from typing import Any

from bench.actions.review import provision
from bench.dataset import LIN, MEI, RUI, BenchDataset
from bench.measure import Action
from services.chat import usecases as chat
from services.circles import usecases as circles
from services.circles.names.pinyin import name_of
from services.commerce import usecases as commerce
from services.review import usecases as review
from services.review.domain import CaseOutcome
from services.review.usecases.circle_names import take_circle_name_down
from services.shared.kernel.ids import derive_id
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import ListingRemoved
from services.shared.security.violations import Violation
from services.shared.table.reports import ReportInput
from simulation.setup.chat import set_chat_members
from simulation.setup.events import note_reported, take_down_changed
from simulation.setup.requests import change
from simulation.streams import all_changes, deliver, handle_new_changes, published_events
from simulation.users import caller

SPAM = ReportInput("spam")


def _take_down(dataset: BenchDataset, service: str, kind: str, subject_id: str) -> None:
    deliver(dataset.simulation, service, take_down_changed(dataset.simulation, service, kind, subject_id, dataset.circle))


def _commented_and_reported(dataset: BenchDataset) -> None:
    """Report a comment of Mei, as every comment of a case was."""
    at = (dataset.circle, dataset.ids["note"])
    comment = circles.add_comment(dataset.simulation.circles, MEI, *at, dataset.key(MEI), text="好" * 60, parent_id=None)
    circles.report_comment(dataset.simulation.circles, LIN, *at, comment.id, SPAM)
    handle_new_changes(dataset.simulation, "circles")
    dataset.ids["comment"] = comment.id


def _described(dataset: BenchDataset) -> None:
    circles.update_circle(dataset.simulation.circles, LIN, dataset.circle, change(0), {"description": "广告" * 20})


def _name_upheld(dataset: BenchDataset) -> None:
    """Uphold a case about the name of a circle; what the stream derives from it is measured."""
    provision(dataset)
    granted, ports = dataset.objects["granted"], dataset.simulation.review
    circle_id, evidence = derive_id("cir", granted.id), {"name": granted.content.circle_name}
    reported = note_reported(dataset.simulation, caller("reporter"))
    about = {"kind": "circle_name", "subject_id": f"{circle_id}/name", "circle_id": circle_id, "evidence": evidence}
    review.apply_content_reported(ports, reported.model_copy(update={"data": reported.data.model_copy(update=about)}))
    (case,) = review.list_cases(ports, RUI, PageRequest(1)).items
    dataset.objects["case"] = review.decide_case(ports, RUI, case.id, CaseOutcome.UPHELD, "核实。", violation=Violation.SPAM)


def _named(dataset: BenchDataset) -> None:
    """Give Mei a name, which her circle shows."""
    circles.update_profile(dataset.simulation.circles, MEI, change(0), {"name": name_of("广告")})
    handle_new_changes(dataset.simulation, "circles")


def _pinned(dataset: BenchDataset) -> None:
    """Pin the newest message, which the head shows as the last one too."""
    set_chat_members(dataset.simulation, dataset.circle, LIN, role="owner")
    chat.pin_message(dataset.simulation.chat, LIN, dataset.circle, dataset.ids["room"], dataset.n)


_action = partial(Action, trigger="none", authorizes=False)


def _removed(dataset: BenchDataset) -> None:
    """Remove Mei's listing, as its moderator."""
    commerce.remove_listing(dataset.simulation.commerce, LIN, dataset.circle, dataset.listing.id, "假货")
    changes = all_changes(dataset.simulation, "commerce")
    published = published_events("commerce", changes)
    (dataset.objects["removed"],) = (event for event in published if isinstance(event, ListingRemoved))


def _open_removal_case(dataset: BenchDataset) -> None:
    deliver(dataset.simulation, "review", dataset.objects["removed"])


def _reverse_removal(dataset: BenchDataset) -> None:
    data = dataset.objects["removed"].data
    how: dict[str, Any] = {"case_id": data.case_id, "is_active": False}
    event = take_down_changed(dataset.simulation, "commerce", "listing_removal", data.listing_id, dataset.circle, **how)
    deliver(dataset.simulation, "commerce", event)


TAKE_DOWNS = (
    _action("circles", "take a note down", lambda d: _take_down(d, "circles", "note", d.ids["note"])),
    _action(
        "circles",
        "take a comment down",
        lambda d: _take_down(d, "circles", "comment", d.ids["comment"]),
        before=_commented_and_reported,
    ),
    _action(
        "circles",
        "take the page of a circle down",
        lambda d: _take_down(d, "circles", "circle_page", d.circle),
        before=_described,
    ),
    _action(
        "circles",
        "take a profile down",
        lambda d: _take_down(d, "circles", "profile", f"{d.circle}/{MEI.user_id}"),
        before=_named,
    ),
    _action(
        "review",
        "take the name of a circle down",
        lambda d: take_circle_name_down(d.simulation.review, d.objects["case"]),
        before=_name_upheld,
    ),
    _action(
        "chat", "take a message down", lambda d: _take_down(d, "chat", "message", f"{d.ids['room']}/{d.n}"), before=_pinned
    ),
    _action("commerce", "take a listing down", lambda d: _take_down(d, "commerce", "listing", d.listing.id)),
    Action("review", "open the case of a removal", _open_removal_case, None, _removed, trigger="none", authorizes=False),
    Action("commerce", "reverse a removal", _reverse_removal, None, _removed, trigger="none", authorizes=False),
)
