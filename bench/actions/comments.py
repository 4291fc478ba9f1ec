"""Every action of circles on comments and likes: how to run it, and its floor."""

from __future__ import annotations

from functools import partial
from typing import Any

from bench.dataset import HAO, LIN, MEI, BenchDataset
from bench.measure import Action
from services.circles import usecases as circles
from services.circles.usecases import Ports
from services.shared.kernel.pages import PageRequest
from services.shared.security.auth import Caller
from simulation.setup.requests import change
from simulation.streams import handle_new_changes
from simulation.users import caller

_action = partial(Action, "circles")


def next_guest(dataset: BenchDataset) -> Any:
    """Return the next of the n guests, of at most 50. After the last one the first comes again."""
    dataset.counter += 1
    return caller(f"guest-{dataset.counter % min(dataset.n, 50)}")


def _like(dataset: BenchDataset, on: bool) -> None:
    call = circles.like_note if on else circles.unlike_note
    call(dataset.simulation.circles, next_guest(dataset), dataset.circle, dataset.ids["note"])


def _liked_by_ten(dataset: BenchDataset) -> None:
    for _ in range(10):
        _like(dataset, True)
    handle_new_changes(dataset.simulation, "circles")  # so that the likes of the author are counted
    dataset.counter = 0


def _liked_by_ten_yesterday(dataset: BenchDataset) -> None:
    _liked_by_ten(dataset)
    dataset.simulation.clock.advance(days=1)


def _comment(dataset: BenchDataset) -> None:
    member = next_guest(dataset)
    key = dataset.key(member)
    circles.add_comment(
        dataset.simulation.circles, member, dataset.circle, dataset.ids["note"], key, text="好" * 60, parent_id=None
    )


def _commented(dataset: BenchDataset) -> None:
    """Add a comment of Mei."""
    key = dataset.key(MEI)
    comment = circles.add_comment(
        dataset.simulation.circles, MEI, dataset.circle, dataset.ids["note"], key, text="好" * 60, parent_id=None
    )
    dataset.objects["comment"] = comment


def _on_comment(dataset: BenchDataset, by: Caller) -> tuple[Ports, Caller, str, str, str]:
    return dataset.simulation.circles, by, dataset.circle, dataset.ids["note"], dataset.objects["comment"].id


def _update_comment(dataset: BenchDataset) -> None:
    circles.update_comment(*_on_comment(dataset, MEI), change(dataset.objects["comment"].version), "改" * 60)


def _edited(dataset: BenchDataset) -> None:
    _commented(dataset)
    _update_comment(dataset)
    handle_new_changes(dataset.simulation, "circles")


def _list_comment_revisions(dataset: BenchDataset) -> None:
    circles.list_comment_revisions(*_on_comment(dataset, MEI), PageRequest(20))


COMMENTS = (
    _action("comment (50 at once)", _comment, (2.02, 0.5), times=50),
    _action("comment (alone)", _comment),
    _action(
        "comments, 20", lambda d: circles.list_comments(d.simulation.circles, HAO, d.circle, d.ids["note"], PageRequest(20))
    ),
    _action("edit a comment", _update_comment, (2, 0.5), _commented),
    _action("delete a comment", lambda d: circles.delete_comment(*_on_comment(d, MEI)), (1, 0), _commented),
    _action("remove a comment", lambda d: circles.remove_comment(*_on_comment(d, LIN), "广告。"), (3, 0), _commented),
    _action("earlier texts of a comment", _list_comment_revisions, None, _edited),
    _action("like (10 at once)", lambda d: _like(d, True), (1.1, 0.5), times=10),
    _action("like (alone)", lambda d: _like(d, True)),
    _action("unlike (10 at once)", lambda d: _like(d, False), (1.1, 0.5), _liked_by_ten_yesterday, 10),
    _action("unlike within a day (10 at once)", lambda d: _like(d, False), (1.1, 0.5), _liked_by_ten, 10),
)
