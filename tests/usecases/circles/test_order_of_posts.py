"""Notes and comments carry the server's time: no client's clock, crash or repeat hides one from a reader who pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from services.circles import usecases as circles
from services.circles.domain import Comment, Note, SanctionKind
from services.circles.repository.notes import iter_notes_since
from services.shared.kernel.errors import CallerMuted, DomainError, KeyReused
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import PageRequest
from services.shared.table.items import Item, Query
from simulation.faults import Lost
from simulation.meter import MeteredTable
from simulation.setup.circles import create_circle, impose_sanction, post_note
from simulation.simulation import Simulation
from simulation.users import caller, new_key
from tests.support.races import HookedTable

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")
Post = Note | Comment


@dataclass
class Posts:
    """The notes of a circle, or the comments on one of its notes."""

    simulation: Simulation
    circle_id: str
    note_id: str = ""

    def create(self, key: IdempotencyKey, text: str = "好", ports: Any = None) -> Post:
        """Create one as MEI."""
        ports = ports or self.simulation.circles
        if not self.note_id:
            return circles.post_note(ports, MEI, self.circle_id, key, circles.NoteInput(text)).note
        return circles.add_comment(ports, MEI, self.circle_id, self.note_id, key, text=text, parent_id=None)

    def all(self) -> list[Post]:
        """Return all of them, oldest first."""
        if self.note_id:
            comments = circles.list_comments(self.simulation.circles, LIN, self.circle_id, self.note_id, PageRequest(100))
            return [*comments.items]
        return [view.note for view in reversed(self.notes())]

    def notes(self) -> list[Any]:
        return circles.list_notes(self.simulation.circles, LIN, self.circle_id, PageRequest(100)).items

    def ports_that(self, before: Callable[[Item], None]) -> Any:
        """Return ports that call `before` with the item right before one is put."""

        def hook(name: str, *arguments: Any, **_: Any) -> None:
            if name == "put" and arguments[0]["sk"].startswith("COMMENT#" if self.note_id else "NOTE#"):
                before(arguments[0])

        return replace(self.simulation.circles, table=HookedTable(self.simulation.circles_table, hook))

    def crash(self, key: IdempotencyKey, ports: Any = None) -> str:
        """Create one in a function that dies right before it is put, and return the id that it would have had."""
        ids: list[str] = []

        def die(item: Item) -> None:
            ids.append(item["id"])
            raise Lost("the function died")

        with pytest.raises(Lost):
            self.create(key, ports=self.ports_that(die))
        return ids[0]


@pytest.fixture(params=["notes", "comments"])
def posts(request: pytest.FixtureRequest) -> Posts:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI, HAO)
    posts = Posts(simulation, circle_id)
    if request.param == "comments":
        posts.note_id = post_note(simulation, circle_id, LIN).id
    simulation.clock.advance(hours=3)
    return posts


def key_made(simulation: Simulation, *, ago: timedelta = timedelta(0)) -> IdempotencyKey:
    """Return a key that MEI's client made some time ago, by a right clock, or now by one that is slow."""
    return new_key(MEI, now=simulation.clock.now - ago)


def test_c14_a_reader_who_pages_gets_a_comment_whose_key_is_two_hours_old(posts: Posts) -> None:
    """The client was offline for two hours. By the time of its key, the comment would be on a page that was read."""
    simulation, note = posts.simulation, post_note(posts.simulation, posts.circle_id, LIN)
    comments = replace(posts, note_id=note.id)
    earlier = []
    for _ in range(3):
        simulation.clock.advance(minutes=1)
        earlier.append(comments.create(key_made(simulation)).id)
    read = partial(circles.list_comments, simulation.circles, LIN, posts.circle_id, note.id)
    first = read(PageRequest(2))
    late = comments.create(key_made(simulation, ago=timedelta(hours=2)))
    second = read(PageRequest(2, first.next))
    assert [comment.id for comment in (*first.items, *second.items)] == [*earlier, late.id]
    assert late.created_at == simulation.clock()


def test_c14_a_reply_from_a_clock_ten_minutes_slow_is_listed_after_its_question() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI, HAO)
    note = post_note(simulation, circle_id, LIN)
    add = partial(circles.add_comment, simulation.circles)
    question = add(HAO, circle_id, note.id, new_key(HAO, now=simulation.clock.now), text="在哪里？", parent_id=None)
    simulation.clock.advance(seconds=20)
    slow = key_made(simulation, ago=timedelta(minutes=10))
    reply = add(MEI, circle_id, note.id, slow, text="在江边", parent_id=question.id)
    listed = circles.list_comments(simulation.circles, LIN, circle_id, note.id, PageRequest(20)).items
    assert listed == [question, reply]
    assert question.created_at < reply.created_at == simulation.clock()


def test_c14_posts_are_in_the_order_in_which_the_server_got_them(posts: Posts) -> None:
    created = []
    for ago in (timedelta(hours=23), timedelta(0), timedelta(minutes=-4), timedelta(hours=1), timedelta(minutes=10)):
        created.append(posts.create(key_made(posts.simulation, ago=ago)))
        posts.simulation.clock.advance(milliseconds=1)
    assert posts.all() == created


def test_c14_a_retry_completes_a_crashed_creation_under_the_same_id(posts: Posts) -> None:
    key, at = key_made(posts.simulation), posts.simulation.clock()
    crashed_id = posts.crash(key)
    assert posts.all() == []
    posts.simulation.clock.advance(seconds=59)
    completed = posts.create(key)
    assert (completed.id, completed.created_at) == (crashed_id, at)
    assert posts.create(key) == completed
    assert posts.all() == [completed]


def test_c14_a_creation_that_crashed_over_a_minute_ago_gets_a_new_id_and_time(posts: Posts) -> None:
    """A reader has paged past the id of the crashed creation."""
    key = key_made(posts.simulation)
    crashed_id = posts.crash(key)
    between = posts.create(key_made(posts.simulation), text="在这之间")
    posts.simulation.clock.advance(minutes=1, milliseconds=1)
    completed = posts.create(key)
    assert completed.id != crashed_id
    assert completed.created_at == posts.simulation.clock()
    assert posts.create(key) == completed
    assert posts.all() == [between, completed]


def test_c14_a_creation_that_crashes_again_and_again_makes_one_post(posts: Posts) -> None:
    key = key_made(posts.simulation)
    ids = []
    for _ in range(3):
        ids.append(posts.crash(key))
        posts.simulation.clock.advance(seconds=61)
    assert len(set(ids)) == 3, "each came more than a minute after the one before"
    completed = posts.create(key)
    assert posts.all() == [completed]


@pytest.mark.parametrize("crashed_before", [False, True])
def test_c14_two_requests_at_once_with_one_key_make_one_post(posts: Posts, crashed_before: bool) -> None:
    """The second runs completely right before the first puts its item."""
    key = key_made(posts.simulation)
    if crashed_before:
        posts.crash(key)
        posts.simulation.clock.advance(minutes=2)
    second: list[Post] = []
    first = posts.create(key, ports=posts.ports_that(lambda _: second.append(posts.create(key))))
    assert [first] == second == posts.all()


def test_c14_a_key_with_another_body_is_an_error(posts: Posts) -> None:
    key = key_made(posts.simulation)
    other = replace(key, body_hash="another")
    crashed_id = posts.crash(key)
    with pytest.raises(KeyReused):
        posts.create(other, text="不")
    completed = posts.create(key)
    with pytest.raises(KeyReused):
        posts.create(other, text="不")
    assert (completed.id, posts.all()) == (crashed_id, [completed])


def test_c14_a_retry_of_a_muted_user_creates_none(posts: Posts) -> None:
    """The mute comes first: the same response, whether the first try arrived or not."""
    created_key, crashed_key = key_made(posts.simulation), key_made(posts.simulation)
    created = posts.create(created_key)
    posts.crash(crashed_key)
    impose_sanction(posts.simulation, LIN, posts.circle_id, MEI, SanctionKind.MUTE, days=1)
    for key in (created_key, crashed_key):
        with pytest.raises(CallerMuted):
            posts.create(key)
    assert posts.all() == [created]
    posts.simulation.clock.advance(days=1)
    assert posts.create(created_key) == created


def test_c14_a_denied_request_stores_nothing(posts: Posts) -> None:
    """So a client that corrects its request can use the key again."""
    impose_sanction(posts.simulation, LIN, posts.circle_id, MEI, SanctionKind.MUTE, days=1)
    written = len(posts.simulation.memory("circles").stream)
    key = key_made(posts.simulation)
    with pytest.raises(DomainError):
        posts.create(key)
    assert len(posts.simulation.memory("circles").stream) == written


def test_c14_slot_with_id_and_post_cost_one_write_unit_each_and_a_repeat_none(posts: Posts) -> None:
    meter = MeteredTable(posts.simulation.circles_table)
    key, ports = key_made(posts.simulation), replace(posts.simulation.circles, table=meter)
    created = posts.create(key, ports=ports)
    assert meter.total.writes == 2
    assert posts.create(key, ports=ports) == created
    assert meter.total.writes == 2


def test_c21_notes_since_a_moment_are_exactly_those_created_after_it() -> None:
    """By the time of its key, a note that was sent late would be up to a day older than it is."""
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    posts = Posts(simulation, circle_id)
    simulation.clock.advance(days=2)
    notes = []
    for ago in (timedelta(0), timedelta(hours=23), timedelta(0), timedelta(minutes=-4)):
        simulation.clock.advance(milliseconds=1)
        notes.append(posts.create(key_made(simulation, ago=ago)))
    for number, note in enumerate(notes):
        since = iter_notes_since(simulation.circles_table, circle_id, note.created_at, 10)
        assert list(since) == notes[:number:-1]


def test_c21_notes_since_a_moment_are_found_without_reading_a_day_more() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    old = post_note(simulation, circle_id, LIN)
    simulation.clock.advance(minutes=2)
    queries: list[Query] = []

    def hook(_: str, query: Query) -> None:
        queries.append(query)

    table: Any = HookedTable(simulation.circles_table, hook)
    assert list(iter_notes_since(table, circle_id, simulation.clock(), 10)) == []
    assert [query.covers(f"NOTE#{old.id}") for query in queries] == [False]
