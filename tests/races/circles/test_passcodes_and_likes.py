"""Passcodes, guesses, likes and retried writes under many hands at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from services.circles import usecases as circles
from services.circles.domain import Member, Passcode, PasscodeAttempts, Role
from services.circles.errors import PasscodeLocked, PasscodeRejected
from services.circles.repository import notes, passcodes
from services.circles.settings import CirclesSettings
from services.review import usecases as review
from services.shared.kernel.errors import KeyReused
from services.shared.kernel.pages import PageRequest
from services.shared.table.items import Key, Query
from simulation.setup.applications import application_input
from simulation.setup.circles import issue_passcode, join_circle, open_circle, set_role
from simulation.simulation import Simulation
from simulation.users import caller, new_key
from tests.races.conftest import Rounds
from tests.support.races import HookedTable, race, split_results, types_of

MAX_WRONG_GUESSES = CirclesSettings().max_wrong_guesses

pytestmark = pytest.mark.cloud

OWNER, MEI = caller("owner"), caller("mei")


def joining(simulation: Simulation, name: str, code: str) -> Callable[[], Member]:
    return partial(circles.join_circle, simulation.circles, caller(name), code)


def only_code(simulation: Simulation, circle_id: str) -> Passcode:
    (found,), _ = circles.list_passcodes(simulation.circles, OWNER, circle_id, PageRequest(10))
    return found


def members(simulation: Simulation, circle_id: str) -> list[Member]:
    return circles.list_memberships(simulation.circles, OWNER, circle_id, PageRequest(100))[0]


def guesses(simulation: Simulation, name: str) -> PasscodeAttempts:
    return passcodes.load_attempts(simulation.circles_table, caller(name).user_id).entity


def test_c5_fifty_redeems_of_a_code_for_five_are_five_joins(rounds: Rounds) -> None:
    for simulation in rounds:
        circle_id = open_circle(simulation, OWNER)
        code = issue_passcode(simulation, OWNER, circle_id, max_uses=5)
        served, denied = split_results(race([joining(simulation, f"guest-{number}", code) for number in range(50)]))
        assert (len(served), Counter(map(type, denied))) == (5, {PasscodeRejected: 45})
        assert only_code(simulation, circle_id).uses == 5
        assert {one.user_id for one in members(simulation, circle_id)} == {OWNER.user_id, *(one.user_id for one in served)}


def test_c6_no_user_joins_after_the_demotion_of_the_issuer(rounds: Rounds) -> None:
    for simulation in rounds:
        circle_id = open_circle(simulation, OWNER)
        join_circle(simulation, MEI, OWNER, circle_id)
        set_role(simulation, OWNER, circle_id, MEI.user_id, Role.MODERATOR)
        code = issue_passcode(simulation, MEI, circle_id)
        demote = partial(_demote_and_try, simulation, circle_id, code)
        *joined, (active, rejected) = race([*(joining(simulation, f"guest-{number}", code) for number in range(20)), demote])
        assert types_of(joined) <= {Member, PasscodeRejected}
        assert rejected
        assert len(members(simulation, circle_id)) == active


def _demote_and_try(simulation: Simulation, circle_id: str, code: str) -> tuple[int, bool]:
    """Demote Mei, and return how many members there are then, and whether her passcode is rejected."""
    set_role(simulation, OWNER, circle_id, MEI.user_id, Role.MEMBER)
    active = len(members(simulation, circle_id))
    try:
        circles.join_circle(simulation.circles, caller("late"), code)
    except PasscodeRejected:
        return active, True
    return active, False


def test_c5_fifty_redeems_by_one_person_are_one_use(rounds: Rounds) -> None:
    for simulation in rounds:
        circle_id = open_circle(simulation, OWNER)
        code = issue_passcode(simulation, OWNER, circle_id, max_uses=5)
        served, denied = split_results(race([joining(simulation, "mei", code)] * 50))
        assert served
        assert types_of(denied) <= {PasscodeLocked}
        assert len({(one.user_id, one.version) for one in served}) == 1
        assert (only_code(simulation, circle_id).uses, len(members(simulation, circle_id))) == (1, 2)
        assert (guesses(simulation, "mei").attempts, guesses(simulation, "mei").locked_until) == ((), None)


def test_c5_leaving_and_coming_back_at_once_spends_each_use_once(rounds: Rounds) -> None:
    """200 calls: people who join and leave in turns; uses and joins agree."""
    for simulation in rounds:
        circle_id = open_circle(simulation, OWNER)
        code = issue_passcode(simulation, OWNER, circle_id, max_uses=60)
        joins = [joining(simulation, f"guest-{number % 50}", code) for number in range(100)]
        leaves = [
            partial(circles.leave_circle, simulation.circles, caller(f"guest-{number % 50}"), circle_id)
            for number in range(100)
        ]
        answers = race([call for pair in zip(joins, leaves, strict=True) for call in pair])
        joined = {(one.user_id, one.version) for one in answers[0::2] if isinstance(one, Member)}
        assert only_code(simulation, circle_id).uses == len(joined) <= 60


def looked_up(simulation: Simulation) -> list[Key]:
    """Keys of passcodes that are asked for from now on."""
    asked: list[Key] = []

    def note(name: str, key: Any, **_: Any) -> None:
        if name == "get" and key.pk.startswith("PASSCODE#"):
            asked.append(key)

    simulation.circles_table = HookedTable(
        simulation.circles_table, lambda name, *given, **named: note(name, given[0], **named)
    )
    return asked


WRONG = [f"ABCD-2345-{a}{b}XY" for a in "0123456789" for b in "ABCDE"]


def test_c7_fifty_guesses_at_once_are_five_and_a_lock(rounds: Rounds) -> None:
    for simulation in rounds:
        code = issue_passcode(simulation, OWNER, open_circle(simulation, OWNER))
        asked = looked_up(simulation)
        answers = race([joining(simulation, "qiu", wrong) for wrong in WRONG])
        assert Counter(map(type, answers)) == {PasscodeRejected: MAX_WRONG_GUESSES, PasscodeLocked: 45}
        assert len(asked) == MAX_WRONG_GUESSES
        assert len(guesses(simulation, "qiu").attempts) == MAX_WRONG_GUESSES
        assert types_of(race([joining(simulation, "qiu", code)] * 4)) == {PasscodeLocked}
        assert len(asked) == MAX_WRONG_GUESSES


def test_c7_right_codes_among_the_guesses_open_no_way_round(rounds: Rounds) -> None:
    """A right code gives only its own attempt back: wrong ones stay at five, whatever came in between."""
    for simulation in rounds:
        code = issue_passcode(simulation, OWNER, open_circle(simulation, OWNER))
        calls = [joining(simulation, "qiu", code if number % 5 == 2 else wrong) for number, wrong in enumerate(WRONG)]
        answers = race(calls)
        wrong = sum(isinstance(answer, PasscodeRejected) for answer in answers)
        assert types_of(answers) <= {PasscodeRejected, PasscodeLocked, Member}
        after = guesses(simulation, "qiu")
        assert wrong == len(after.attempts) <= MAX_WRONG_GUESSES
        assert (after.locked_until is not None) == (wrong == MAX_WRONG_GUESSES)
        for _ in range(MAX_WRONG_GUESSES - wrong):
            assert types_of(race([joining(simulation, "qiu", WRONG[0])])) == {PasscodeRejected}
        assert types_of(race([joining(simulation, "qiu", code)])) == {PasscodeLocked}


def test_c14_fifty_likes_by_one_person_are_one(rounds: Rounds) -> None:
    for simulation in rounds:
        circle_id = open_circle(simulation, OWNER)
        join_circle(simulation, MEI, OWNER, circle_id)
        note = circles.post_note(simulation.circles, OWNER, circle_id, new_key(OWNER), circles.NoteInput("白鹭")).note
        like, unlike = (
            partial(verb, simulation.circles, MEI, circle_id, note.id) for verb in (circles.like_note, circles.unlike_note)
        )
        assert set(race([like] * 50)) == {None}
        rows = simulation.circles_table.query(Query(pk=notes.like_key(circle_id, note.id, MEI.user_id).pk, limit=10)).items
        assert [row["note_id"] for row in rows] == [note.id]
        assert set(race([like, unlike] * 25)) == {None}
        assert set(race([unlike] * 50)) == {None}
        assert circles.get_note(simulation.circles, MEI, circle_id, note.id).liked is False


def test_all_fifty_posts_with_one_key_create_one_thing(rounds: Rounds) -> None:
    """Notes, comments, passcodes, applications: 200 calls, four requests, four things."""
    for simulation in rounds:
        circle_id = open_circle(simulation, OWNER)
        ports, key = simulation.circles, partial(new_key, OWNER)
        note = circles.post_note(ports, OWNER, circle_id, key("note"), circles.NoteInput("白鹭")).note
        requests: list[Callable[[], Any]] = [
            partial(circles.post_note, ports, OWNER, circle_id, key("a"), circles.NoteInput("苍鹭")),
            partial(circles.add_comment, ports, OWNER, circle_id, note.id, key("b"), text="好美", parent_id=None),
            partial(circles.issue_passcode, ports, OWNER, circle_id, key("c"), timedelta(hours=1), 5),
            partial(review.create_application, simulation.review, OWNER, key("d"), application_input(simulation, OWNER)),
        ]
        answers = race(requests * 50)
        for number in range(4):
            assert len(set(map(repr, answers[number::4]))) == 1
        assert len(circles.list_notes(ports, OWNER, circle_id, PageRequest(10))[0]) == 2
        assert len(circles.list_comments(ports, OWNER, circle_id, note.id, PageRequest(10))[0]) == 1
        assert len(circles.list_passcodes(ports, OWNER, circle_id, PageRequest(10))[0]) == 1
        assert len(review.list_applications(simulation.review, OWNER, PageRequest(10)).items) == 1


def test_all_requests_with_one_key_and_two_bodies_create_one_thing(rounds: Rounds) -> None:
    for simulation in rounds:
        circle_id = open_circle(simulation, OWNER)
        first = new_key(OWNER, "note", body="first")
        second = new_key(OWNER, "note", body="second", value=first.value)
        calls = [
            partial(circles.post_note, simulation.circles, OWNER, circle_id, key, circles.NoteInput(text))
            for _ in range(100)
            for key, text in ((first, "一"), (second, "二"))
        ]
        answers = race(calls)
        kept = [one.note.content.text for one in circles.list_notes(simulation.circles, OWNER, circle_id, PageRequest(10))[0]]
        assert len(kept) == 1
        winners, losers = (answers[0::2], answers[1::2]) if kept == ["一"] else (answers[1::2], answers[0::2])
        assert len(set(map(repr, winners))) == 1
        assert types_of(losers) == {KeyReused}
