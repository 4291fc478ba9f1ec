"""A running course: the services with their surroundings, the cast, and what the actors have seen."""

from __future__ import annotations

import random
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from services.shared.kernel.clock import millis
from simulation.api.gateway import NO_BODY, Response
from simulation.clients import MemoryApi
from simulation.soak.actors import Actor, cast
from simulation.soak.course import NIGHTS, Step
from simulation.soak.faults import Died
from simulation.soak.observed import Observed, Push, item_of
from simulation.soak.requests import Call, send
from simulation.soak.surroundings import Surroundings
from simulation.users import real_name_token

Entry = TypeVar("Entry")
SKEWS_OF_FUNCTIONS = (0, 0, 0, 0, 3, -3, 40, -40, 900, -900)  # milliseconds
OUTSIDER_SHARE = 0.15  # of the actors in a circle: strangers, former members, second accounts
MASK = 2**64 - 1
ALWAYS_EFFECTIVE = ("advance_time", NIGHTS)
Seen = dict[str, list[tuple[Any, str]]]


def mixed(draw: int, name: str) -> int:
    """Return a number that a draw gives to a name: the same for the same two, and else as good as random."""
    mixing = (zlib.crc32(name.encode()) ^ draw) * 0x9E3779B97F4A7C15 & MASK
    return (mixing ^ mixing >> 29) * 0xBF58476D1CE4E5B9 & MASK


@dataclass
class Statistics:
    """What a course did.

    statuses: how often each action had each HTTP status. faults: how often each fault occurred in each action.
    judged: how often each invariant was judged. actions: how often each action was chosen.
    events: how often each event was published.
    """

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    faults: Counter[tuple[str, str]] = field(default_factory=Counter)
    judged: Counter[str] = field(default_factory=Counter)
    actions: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    steps: int = 0
    records: int = 0
    messages: int = 0
    pushes: int = 0


class Soak:
    """One course while it runs.

    seen: what actors know, by kind: ids of circles, passcodes, notes and so on, in the order in which they were learned, each
        with the step that it is from.
    effective: the positions of the steps that changed something. late: requests that arrive again later.
    journal: a line per step. has_faults: whether the network loses and repeats.
    """

    def __init__(self, driver: Surroundings, api: MemoryApi, seen: Seen | None = None) -> None:
        self.driver, self.api = driver, api
        self.actors = cast()
        self.by_user_id = {actor.user_id: actor for actor in self.actors}
        self.seen: Seen = defaultdict(list, {kind: list(entries) for kind, entries in (seen or {}).items()})
        self.effective: set[int] = set()
        self.late: list[Call] = []
        self.statistics, self.observed = Statistics(), Observed()
        self.journal: list[str] = []
        self.randomness = random.Random(0)
        self.step_number = self.step_seed = self._ordinal = 0
        self.has_faults = True
        self._depth = 0
        self._circles: dict[str, str] = {}  # by room
        driver.on_push = self._record_push

    def run(self, step: Step, actions: Mapping[str, Callable[[Soak], None]]) -> None:
        """Run one step, with its fault, and write its line into the journal."""
        before = self._extent()
        self.step_number += 1
        self.statistics.steps += 1
        self.statistics.actions[step.action] += 1
        self.observed.start_step(self.driver)
        self.driver.watch()
        inner = step.inner
        between = (lambda: self._act(inner, actions)) if inner else (lambda: None)
        self.driver.faults.arm(step.fault, step.at, between)
        self.journal.append(step.action)
        self._act(step, actions)
        self.observed.check_texts(self.driver)
        missed = self.driver.faults.disarm()
        if step.fault and not missed:
            self.statistics.faults[step.action, step.fault.value] += 1
            self.note(f"[{step.fault.value}, call {step.at}]")
        if self._extent() != before or step.action in ALWAYS_EFFECTIVE:
            self.effective.add(self.step_number - 1)

    def _extent(self) -> list[int]:
        """Return the sizes of everything that a step can add to."""
        driver = self.driver
        tables = (len(table.stream) for table in driver.tables.values())
        queues = (sum(message.tries + 1 for message in queue) for queue in driver.queues.values())
        seen = (len(entries) for entries in self.seen.values())
        others = (
            sum(driver.positions.values()),
            len(self.late),
            len(driver.payments.waiting),
            len(driver.sockets.disconnected),
        )
        return [*tables, *queues, sum(seen), *others]

    def _act(self, step: Step, actions: Mapping[str, Callable[[Soak], None]]) -> None:
        """Run the action of a step with the randomness of the step and a clock of its own."""
        before = self.randomness, self.driver.skewed_clock.skew, self.step_seed, self._ordinal
        self.randomness, self.step_seed, self._ordinal = random.Random(step.seed), step.seed, 0
        if self._depth == 0:
            self.driver.clock.advance(milliseconds=self.randomness.choice((1, 5, 40, 300, 2000, 20_000)))
        self.driver.skewed_clock.skew = timedelta(milliseconds=self.randomness.choice(SKEWS_OF_FUNCTIONS))
        self._depth += 1
        try:
            actions[step.action](self)
        except Died:
            self.note("died")
        finally:
            self._depth -= 1
            self.randomness, self.driver.skewed_clock.skew, self.step_seed, self._ordinal = before

    def note(self, text: str) -> None:
        self.journal[-1] += f"; {text}" if ";" in self.journal[-1] or ":" in self.journal[-1] else f": {text}"

    def choose(self, entries: Sequence[Entry]) -> Entry | None:
        return self.randomness.choice(entries) if entries else None

    def choose_actor(self, actors: Sequence[Actor]) -> Actor:
        """Choose an actor; the choice stays the same if others are added or left out."""
        draw = self.randomness.getrandbits(32)
        return max(actors, key=lambda actor: mixed(draw, actor.name))

    def recent(self, kind: str, among: int = 12, of: str = "") -> Any:
        """Return something that was learned, mostly lately; None if nothing of this kind is known.

        of: the circle that it must be of, where entries begin with their circle.

        The choice depends on the steps that each is from. So it stays the same in a course from which other steps are left out.
        """
        draw, is_recent = self.randomness.getrandbits(32), self.randomness.random() < 0.7
        entries = [entry for entry in self.seen[kind] if not of or entry[0][0] == of]
        entries = entries[-among:] if is_recent else entries
        if not entries:
            return None
        return max(entries, key=lambda entry: mixed(draw, entry[1]))[0]

    def known(self, kind: str, last: int = 0) -> list[Any]:
        """Return all that was learned of a kind, or the last few."""
        return [entry for entry, _ in self.seen[kind][-last:]]

    def chance(self, share: float) -> bool:
        return self.randomness.random() < share

    def text(self, about: str = "今早在江边看到夜鹭") -> str:
        """Return a text of a user, with a mark that no other text and no log line contains."""
        return f"{about} {self.mark()}"

    def mark(self) -> str:
        return f"zq{self.step_seed}x{self.next_ordinal()}qz"

    def next_ordinal(self) -> int:
        """Return 1, 2, 3 in a step: with the seed of the step, it names what the step makes."""
        self._ordinal += 1
        return self._ordinal

    def real_name_token(self, actor: Actor) -> str:
        return real_name_token(actor.user_id, actor.identity, now=self.driver.clock.now)

    def with_role(self, *roles: str) -> list[Actor]:
        return [actor for actor in self.actors if actor.role in roles]

    def with_second_account(self) -> list[Actor]:
        """Return the actors of the persons who have two accounts."""
        counts = Counter(actor.identity for actor in self.actors)
        return [actor for actor in self.actors if counts[actor.identity] > 1]

    def members_of(self, circle_id: str) -> list[Actor]:
        """Return all who ever joined a circle, also those who were removed since."""
        return [self.actors[index] for circle, index in self.known("joined") if circle == circle_id]

    def someone_in(self, circle_id: str) -> Actor:
        """Return an actor for something in a circle: mostly a member, else one who joined it once, or any."""
        joined = self.members_of(circle_id)
        if not joined or self.chance(OUTSIDER_SHARE / 2):
            return self.choose_actor(self.actors)
        return self.choose_actor(joined if self.chance(OUTSIDER_SHARE) else self._now_in(circle_id, joined) or joined)

    def _now_in(self, circle_id: str, joined: list[Actor]) -> list[Actor]:
        """Return those who are members of the circle now."""
        memberships = [
            (actor, item_of(self.driver, "circles", f"CIRCLE#{circle_id}", f"MEMBER#{actor.user_id}")) for actor in joined
        ]
        return [actor for actor, membership in memberships if membership and membership["state"] == "member"]

    def staff_of(self, circle_id: str) -> Actor:
        """Return an actor for moderation: mostly one who owns or moderates the circle, or did once."""
        staff = [self.actors[index] for circle, index in self.known("staff") if circle == circle_id]
        if not staff or self.chance(OUTSIDER_SHARE):
            return self.someone_in(circle_id)
        return self.choose_actor(staff if self.chance(OUTSIDER_SHARE) else self._now_in(circle_id, staff) or staff)

    def learn(self, kind: str, entry: Any) -> None:
        """Remember what a response showed, with the step that it is from."""
        if entry not in self.known(kind, 200):
            self.seen[kind].append((entry, f"{self.step_seed} {self.next_ordinal()}"))

    def call(
        self,
        actor: Actor,
        name: str,
        ids: dict[str, str] | None = None,
        body: Any = NO_BODY,
        *,
        query: str = "",
        etag: str = "",
    ) -> Response | None:
        """Call an operation as an actor's client does, with retries; None if the client never got a response."""
        return send(self, Call(actor, name, ids or {}, body, query, etag, self._new_key(actor)))

    def get(self, actor: Actor, name: str, ids: dict[str, str] | None = None, query: str = "") -> Any:
        """Return the body of a successful GET; None otherwise."""
        response = self.call(actor, name, ids, query=query)
        return response.body if response and response.status == 200 else None

    def _new_key(self, actor: Actor) -> str:
        """Return an Idempotency-Key with the time of the actor's device."""
        at = self.driver.clock.now + actor.skew + self._correction(actor)
        bits = millis(at) << 80 | self.step_seed << 32 | self.next_ordinal()
        alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
        return "".join(alphabet[bits >> shift & 31] for shift in range(125, -1, -5))

    def _correction(self, actor: Actor) -> timedelta:
        """Return how the actor's client corrects its clock, since a response contained the time of the server."""
        return -actor.skew if actor.index in self.known("corrected") else timedelta(0)

    def _record_push(self, connection_id: str, frame: dict[str, Any]) -> None:
        owner = next((index for index, connection in self.known("connections") if connection == connection_id), None)
        if owner is not None:
            user_id = self.actors[owner].user_id
            self.statistics.pushes += 1
            push = Push(self.step_number, user_id, self.circle_of(frame["room_id"]), frame["type"])
            self.observed.check_push(self.driver, push)

    def circle_of(self, room_id: str) -> str:
        """Return the circle of a room, also of one that was deleted since. A topic's id does not name its circle."""
        if room_id not in self._circles:
            images = (new or {} for _, new in self.driver.tables["chat"].stream)
            rooms = (item for item in images if item and item["sk"] == f"ROOM#{room_id}" and item["pk"].startswith("CIRCLE#"))
            self._circles[room_id] = next(rooms)["pk"].removeprefix("CIRCLE#")
        return self._circles[room_id]
