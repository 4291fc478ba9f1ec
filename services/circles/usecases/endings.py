"""How a circle ends, if it must: told well ahead, readable to the last day, then gone; and how it comes back before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain, islice

from services.circles.domain import Action, Circle
from services.circles.repository import circles, teasers
from services.circles.repository import endings as repository
from services.circles.usecases.members import change_circle, change_member
from services.circles.usecases.ports import Ports
from services.shared.security.auth import Caller
from services.shared.table.port import Item, Key

STEPS = 2000  # rows that one run of the schedule clears at most
FOLDERS = ("raw", "shown", "thumb", "exports")


def close_circle(ports: Ports, caller: Caller, circle_id: str, notice: timedelta) -> Circle:
    """Give notice: from now on the circle can only be read and exported, and when the notice is over it is gone. Given again,
    the first one stands."""
    circles.require_member(ports.table, circle_id, caller.user_id).require(Action.CLOSE)
    teasers.delete_teaser(ports.table, circle_id)  # first: who dies here has only hidden it
    return change_circle(ports, circle_id, lambda circle: circle.close(notice, caller.user_id, at=ports.clock()), tell=True)


def reopen_circle(ports: Ports, caller: Caller, circle_id: str) -> Circle:
    """Take the notice back while it runs."""
    circles.require_member(ports.table, circle_id, caller.user_id).require(Action.CLOSE)
    return change_circle(ports, circle_id, lambda circle: circle.reopen(caller.user_id, at=ports.clock()), tell=True)


def purge_circle(ports: Ports, circle_id: str) -> Circle:
    """Clear away a circle whose notice is over, some rows a run. First nobody is in any more, then what was said goes.
    Whatever is cut off goes on from where it was: what is gone is gone, and who is forgotten is marked."""
    change_circle(ports, circle_id, lambda circle: circle.end(at=ports.clock()), tell=True)
    work = chain(
        _let_out(ports, circle_id),
        _forget_people(ports, circle_id),
        _forget_notes(ports, circle_id),
        _forget_rest(ports, circle_id),
        _forget_files(ports, circle_id),
    )
    gone = sum(1 for _ in islice(work, STEPS)) < STEPS
    return change_circle(ports, circle_id, lambda circle: circle.clear(gone, at=ports.clock()))


def _let_out(ports: Ports, circle_id: str) -> Iterator[None]:
    """Every membership ends. Its row stays: late news must not bring access back."""
    for row in _members(ports, circle_id):
        if row["state"] in ("member", "pending"):
            change_member(ports, circle_id, row["user_id"], lambda member: member.see_the_end(at=ports.clock()))
            yield


def _forget_people(ports: Ports, circle_id: str) -> Iterator[None]:
    """What members kept here, and what only their row knew of them."""
    for row in _members(ports, circle_id):
        if "forgotten" not in row:
            for pk in repository.partitions_of(circle_id, row["user_id"]):
                yield from _clear(ports, pk, None)
            change_member(ports, circle_id, row["user_id"], lambda member: member.forget(at=ports.clock()))
            yield


def _forget_notes(ports: Ports, circle_id: str) -> Iterator[None]:
    """What lies under a note goes before the note, by which it is found."""
    for row in repository.rows(ports.table, f"CIRCLE#{circle_id}", "NOTE#"):
        yield from _clear(ports, f"CIRCLE#{circle_id}#NOTE#{row['id']}", None)
        ports.table.delete(Key.of(row), when=None)
        yield


def _forget_rest(ports: Ports, circle_id: str) -> Iterator[None]:
    for pk, prefix in repository.rest_of(circle_id):
        yield from _clear(ports, pk, prefix)


def _forget_files(ports: Ports, circle_id: str) -> Iterator[None]:
    for folder in FOLDERS:
        while ports.pictures.delete_some(f"{folder}/{circle_id}/"):
            yield


def _members(ports: Ports, circle_id: str) -> Iterator[Item]:
    return circles.iter_members(ports.table, circle_id)


def _clear(ports: Ports, pk: str, prefix: str | None) -> Iterator[None]:
    for row in repository.rows(ports.table, pk, prefix):
        ports.table.delete(Key.of(row), when=None)
        yield
