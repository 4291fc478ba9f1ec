"""Running courses: the services over memory, the opening once, then the steps, judged at each quiet point."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import logging
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from unittest import mock

from services.shared.kernel.observability import logger
from simulation.clients import memory_api
from simulation.settings import SETTINGS, overridden, reset_settings
from simulation.soak.actions import ACTIONS
from simulation.soak.course import QUIET, Step
from simulation.soak.invariants import INVARIANTS, Invariant
from simulation.soak.judging.state import Judged
from simulation.soak.opening import open_circles
from simulation.soak.soak import Seen, Soak, Statistics
from simulation.soak.surroundings import Surroundings

QUOTA = 7  # seats of the cohort: some applications wait
SECOND = timedelta(seconds=1)
LIMITS = {  # of rooms and networks: small enough that actors reach them
    "room_sends_per_second": 2,
    "room_send_ahead": SECOND,
    "network_sends_per_second": 1,
    "network_send_ahead": 10 * SECOND,
    "network_sample": 2,
}
LAST = Step(QUIET, 0)


@dataclass
class Result:
    """How a course ended.

    broken: what is wrong, by invariant. steps: those that were run. effective: the positions of those that changed something.
    journal: a line for each step, and one for the last quiet point. state: a fingerprint of all items.
    """

    broken: dict[str, list[str]]
    steps: list[Step]
    effective: set[int]
    journal: list[str]
    statistics: Statistics
    state: str = ""


@dataclass
class Opening:
    """The state after the opening, from which each course starts. logs: where all logs and metrics go."""

    logs: io.StringIO
    driver: Surroundings
    seen: Seen

    @contextmanager
    def start(self) -> Iterator[Soak]:
        """Connect the services to a copy of the state."""
        driver = Surroundings(like=self.driver)
        driver.clock.now = self.driver.clock.now
        with memory_api(driver.simulation) as api:
            soak = Soak(driver, api, self.seen)
            self.take_logs()
            yield soak

    def take_logs(self) -> str:
        """Return what was logged since the last call."""
        text = self.logs.getvalue()
        self.logs.seek(0)
        self.logs.truncate()
        return text


@contextmanager
def prepare() -> Iterator[Opening]:
    """Capture what the services log, and run the opening. A pause between two tries of a write takes no time here."""
    logs, review = io.StringIO(), SETTINGS["review"]
    reset_settings()
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.redirect_stdout(logs))
        handler: Any = logger().registered_handler
        before = handler.setStream(logs)
        stack.callback(handler.setStream, before)
        stack.enter_context(mock.patch.object(logging.getLogger(logger().name), "propagate", False))
        for module in ("versioned", "rate_limits"):
            stack.enter_context(mock.patch(f"services.shared.table.{module}.time.sleep", lambda seconds: None))
        stack.enter_context(overridden(review, quotas={review().cohort: QUOTA}))
        stack.enter_context(overridden(SETTINGS["chat"], **LIMITS))
        stack.enter_context(overridden(SETTINGS["commerce"], divided_stock_from=7, stock_shards=2))
        driver = Surroundings()
        with memory_api(driver.simulation) as api:
            soak = Soak(driver, api)
            soak.has_faults = False
            soak.journal.append("opening")
            soak.observed.start_step(driver)
            open_circles(soak)
        yield Opening(logs, driver, soak.seen)


def run_course(
    opening: Opening,
    steps: Iterable[Step],
    goes_on: Callable[[Soak], bool] = lambda soak: True,
    invariants: Sequence[Invariant] = INVARIANTS,
) -> Result:
    """Run steps until an invariant breaks or `goes_on` returns False. The invariants are judged at quiet points and last."""
    done: list[Step] = []
    with opening.start() as soak:
        for step in steps:
            done.append(step)
            soak.run(step, ACTIONS)
            if step.action == QUIET:
                broken = judge(opening, soak, step, invariants)
                if broken or not goes_on(soak):
                    return _result(soak, broken, done)
        soak.run(LAST, ACTIONS)
        return _result(soak, judge(opening, soak, LAST, invariants), done)


def judge(opening: Opening, soak: Soak, step: Step, invariants: Sequence[Invariant]) -> dict[str, list[str]]:
    """Judge invariants at a quiet point; return what is wrong."""
    soak.randomness = random.Random(step.seed)
    at, broken = Judged(soak, opening.take_logs()), {}
    for invariant in invariants:
        soak.statistics.judged[invariant.__name__] += 1
        if flaws := list(invariant(at)):
            broken[invariant.__name__] = flaws
    opening.take_logs()
    return broken


def _result(soak: Soak, broken: dict[str, list[str]], steps: list[Step]) -> Result:
    soak.statistics.events = soak.driver.published
    return Result(broken, steps, soak.effective, soak.journal, soak.statistics, state_of(soak))


def state_of(soak: Soak) -> str:
    """Return a fingerprint of all items."""
    digest = hashlib.sha256()
    for service, table in soak.driver.tables.items():
        for item in table.all_items():
            digest.update(f"{service} {json.dumps(item, sort_keys=True, default=repr)}".encode())
    return digest.hexdigest()[:16]
