"""Passcodes, guesses, likes and retried writes under many hands at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from services.circles import usecases as circles
from services.circles.domain import Guesses, Member, Passcode
from services.circles.domain.guesses import MAX_WRONG
from services.circles.errors import PasscodeLocked, PasscodeRejected
from services.circles.repository import notes, passcodes
from services.review import usecases as review
from services.shared.kernel.errors import KeyReused
from services.shared.table.port import Key, Query
from simulation.setup.common import (
    form,
    issue,
    join,
    open_circle,
)
from simulation.simulation import World, person, wish
from tests.races.conftest import Rounds
from tests.support.races import Hooked, apart, kinds, race

pytestmark = pytest.mark.cloud

OWNER, MEI = person("owner"), person("mei")


def joining(world: World, name: str, code: str) -> Callable[[], Member]:
    return partial(circles.join_circle, world.circles, person(name), code)


def only_code(world: World, circle_id: str) -> Passcode:
    (found,), _ = circles.list_passcodes(world.circles, OWNER, circle_id, 10, None)
    return found


def members(world: World, circle_id: str) -> list[Member]:
    return circles.list_members(world.circles, OWNER, circle_id, 100, None)[0]


def guesses(world: World, name: str) -> Guesses:
    return passcodes.find_guesses(world.circles_table, person(name).user_id).entity


def test_c5_fifty_redeems_of_a_code_for_five_are_five_joins(rounds: Rounds) -> None:
    for world in rounds:
        circle_id = open_circle(world, OWNER)
        code = issue(world, OWNER, circle_id, max_uses=5)
        served, refused = apart(race([joining(world, f"guest-{number}", code) for number in range(50)]))
        assert (len(served), Counter(map(type, refused))) == (5, {PasscodeRejected: 45})
        assert only_code(world, circle_id).uses == 5
        assert {one.user_id for one in members(world, circle_id)} == {OWNER.user_id, *(one.user_id for one in served)}


def test_c5_fifty_redeems_by_one_person_are_one_use(rounds: Rounds) -> None:
    for world in rounds:
        circle_id = open_circle(world, OWNER)
        code = issue(world, OWNER, circle_id, max_uses=5)
        served, refused = apart(race([joining(world, "mei", code)] * 50))
        assert served
        assert kinds(refused) <= {PasscodeLocked}
        assert len({(one.user_id, one.version) for one in served}) == 1
        assert (only_code(world, circle_id).uses, len(members(world, circle_id))) == (1, 2)
        assert (guesses(world, "mei").attempts, guesses(world, "mei").locked_until) == ((), None)


def test_c5_leaving_and_coming_back_at_once_spends_each_use_once(rounds: Rounds) -> None:
    """200 calls: people who join and leave in turns; uses and joins agree."""
    for world in rounds:
        circle_id = open_circle(world, OWNER)
        code = issue(world, OWNER, circle_id, max_uses=60)
        joins = [joining(world, f"guest-{number % 50}", code) for number in range(100)]
        leaves = [
            partial(circles.leave_circle, world.circles, person(f"guest-{number % 50}"), circle_id) for number in range(100)
        ]
        answers = race([call for pair in zip(joins, leaves, strict=True) for call in pair])
        joined = {(one.user_id, one.version) for one in answers[0::2] if isinstance(one, Member)}
        assert only_code(world, circle_id).uses == len(joined) <= 60


def looked_up(world: World) -> list[Key]:
    """Keys of passcodes that are asked for from now on."""
    asked: list[Key] = []

    def note(name: str, key: Any, **_: Any) -> None:
        if name == "get" and key.pk.startswith("PASSCODE#"):
            asked.append(key)

    world.circles_table = Hooked(world.circles_table, lambda name, *given, **named: note(name, given[0], **named))
    return asked


WRONG = [f"ABCD-2345-{a}{b}XY" for a in "0123456789" for b in "ABCDE"]


def test_c7_fifty_guesses_at_once_are_five_and_a_lock(rounds: Rounds) -> None:
    for world in rounds:
        code = issue(world, OWNER, open_circle(world, OWNER))
        asked = looked_up(world)
        answers = race([joining(world, "qiu", wrong) for wrong in WRONG])
        assert Counter(map(type, answers)) == {PasscodeRejected: MAX_WRONG, PasscodeLocked: 45}
        assert len(asked) == MAX_WRONG
        assert len(guesses(world, "qiu").attempts) == MAX_WRONG
        assert kinds(race([joining(world, "qiu", code)] * 4)) == {PasscodeLocked}
        assert len(asked) == MAX_WRONG


def test_c7_right_codes_among_the_guesses_open_no_way_round(rounds: Rounds) -> None:
    """A right code gives only its own attempt back: wrong ones stay at five, whatever came in between."""
    for world in rounds:
        code = issue(world, OWNER, open_circle(world, OWNER))
        calls = [joining(world, "qiu", code if number % 5 == 2 else wrong) for number, wrong in enumerate(WRONG)]
        answers = race(calls)
        wrong = sum(isinstance(answer, PasscodeRejected) for answer in answers)
        assert kinds(answers) <= {PasscodeRejected, PasscodeLocked, Member}
        after = guesses(world, "qiu")
        assert wrong == len(after.attempts) <= MAX_WRONG
        assert (after.locked_until is not None) == (wrong == MAX_WRONG)
        for _ in range(MAX_WRONG - wrong):
            assert kinds(race([joining(world, "qiu", WRONG[0])])) == {PasscodeRejected}
        assert kinds(race([joining(world, "qiu", code)])) == {PasscodeLocked}


def test_c14_fifty_likes_by_one_person_are_one(rounds: Rounds) -> None:
    for world in rounds:
        circle_id = open_circle(world, OWNER)
        join(world, MEI, OWNER, circle_id)
        note = circles.post_note(world.circles, OWNER, circle_id, wish(OWNER), circles.Words("白鹭")).note
        like, unlike = (
            partial(verb, world.circles, MEI, circle_id, note.id) for verb in (circles.like_note, circles.unlike_note)
        )
        assert set(race([like] * 50)) == {None}
        rows = world.circles_table.query(Query(pk=notes.like_key(circle_id, note.id, MEI.user_id).pk, limit=10)).items
        assert [row["note_id"] for row in rows] == [note.id]
        assert set(race([like, unlike] * 25)) == {None}
        assert set(race([unlike] * 50)) == {None}
        assert circles.get_note(world.circles, MEI, circle_id, note.id).liked is False


def test_all_fifty_posts_with_one_key_make_one_thing(rounds: Rounds) -> None:
    """Notes, comments, passcodes, applications: 200 calls, four wishes, four things."""
    for world in rounds:
        circle_id = open_circle(world, OWNER)
        ports, key = world.circles, partial(wish, OWNER)
        note = circles.post_note(ports, OWNER, circle_id, key("note"), circles.Words("白鹭")).note
        wishes: list[Callable[[], Any]] = [
            partial(circles.post_note, ports, OWNER, circle_id, key("a"), circles.Words("苍鹭")),
            partial(circles.add_comment, ports, OWNER, circle_id, note.id, key("b"), text="好美", parent_id=None),
            partial(circles.issue_passcode, ports, OWNER, circle_id, key("c"), timedelta(hours=1), 5),
            partial(review.create_application, world.review, OWNER, key("d"), form(world, OWNER)),
        ]
        answers = race(wishes * 50)
        for number in range(4):
            assert len(set(map(repr, answers[number::4]))) == 1
        assert len(circles.list_notes(ports, OWNER, circle_id, 10, None)[0]) == 2
        assert len(circles.list_comments(ports, OWNER, circle_id, note.id, 10, None)[0]) == 1
        assert len(circles.list_passcodes(ports, OWNER, circle_id, 10, None)[0]) == 1
        assert len(review.list_applications(world.review, OWNER, 10, None)[0]) == 1


def test_all_one_key_with_two_bodies_is_one_thing_and_refusals(rounds: Rounds) -> None:
    for world in rounds:
        circle_id = open_circle(world, OWNER)
        first = wish(OWNER, "note", body="first")
        second = wish(OWNER, "note", body="second", value=first.value)
        calls = [
            partial(circles.post_note, world.circles, OWNER, circle_id, key, circles.Words(text))
            for _ in range(100)
            for key, text in ((first, "一"), (second, "二"))
        ]
        answers = race(calls)
        kept = [one.note.content.text for one in circles.list_notes(world.circles, OWNER, circle_id, 10, None)[0]]
        assert len(kept) == 1
        winners, losers = (answers[0::2], answers[1::2]) if kept == ["一"] else (answers[1::2], answers[0::2])
        assert len(set(map(repr, winners))) == 1
        assert kinds(losers) == {KeyReused}
