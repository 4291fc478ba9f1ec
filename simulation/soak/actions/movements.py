"""Movements of the surroundings: batches of streams, messages of queues, schedules, late requests, time, quiet points."""

from __future__ import annotations

from datetime import timedelta

from services import SERVICES
from simulation.soak.course import NIGHTS, QUIET
from simulation.soak.requests import deliver as deliver_request
from simulation.soak.soak import Soak
from simulation.streams import ON_CHANGE, RELAY

EVENING_IN_UTC = 13  # 21:00 in China, after the digest of the day
RUNS_PER_NIGHT = 4
FUNCTIONS = [(service, function) for service in SERVICES for function in (RELAY, ON_CHANGE)]
JUMPS = (60, 600, 1000, 3600, 20_000, 86_400, 3 * 86_400, 8 * 86_400, 40 * 86_400)  # seconds
JUMP_CHANCES = (20, 20, 20, 15, 8, 5, 2, 1, 0.5)


def read_stream(soak: Soak) -> None:
    """A function processes a batch of a stream, cut at random; one record of some batches cannot be parsed this once."""
    service, function = soak.randomness.choice(soak.driver.behind() or FUNCTIONS)
    size = soak.randomness.choice((1, 3, 10, 25, 60, 100))
    poison = soak.randomness.randrange(size) if soak.chance(0.06) else None
    count = soak.driver.read(service, function, size, poison=poison)
    if poison is not None and count:
        soak.statistics.faults["read_stream", "record poisoned"] += 1
    soak.statistics.records += count
    soak.note(f"{service} {function} {count} records")


def repeat_stream(soak: Soak) -> None:
    """A batch that was processed is delivered again, cut as the stream is now."""
    service, function = soak.randomness.choice(FUNCTIONS)
    count = soak.driver.repeat(service, function, soak.randomness.choice((1, 5, 30)), soak.randomness.choice((1, 10, 50)))
    soak.statistics.faults["read_stream", "batch repeated"] += bool(count)
    soak.note(f"{service} {function} {count} records again")


def deliver_messages(soak: Soak) -> None:
    """An inbox function processes messages of its queue, in any order, some of them not for the last time."""
    service = soak.randomness.choice([service for service in SERVICES if soak.driver.queues[service]] or SERVICES)
    waiting = len(soak.driver.queues[service])
    positions = [soak.randomness.randrange(waiting) for _ in range(soak.randomness.choice((1, 2, 10)))] if waiting else []
    repeat = soak.chance(0.1)
    count = soak.driver.deliver(service, positions, repeat=repeat)
    soak.statistics.faults["deliver_messages", "messages repeated"] += bool(repeat and count)
    soak.statistics.messages += count
    soak.note(f"{service} {count} of {waiting} messages")


def run_schedule(soak: Soak) -> None:
    service = soak.randomness.choice(SERVICES)
    soak.driver.run_schedule(service)
    soak.note(service)


def run_hour(soak: Soak) -> None:
    service = soak.randomness.choice(SERVICES)
    soak.driver.run_hour(service)
    soak.note(service)


def deliver_late_request(soak: Soak) -> None:
    """A request arrives that was sent long ago, and was responded to then, or given up."""
    if soak.late:
        call = soak.late.pop(soak.randomness.randrange(len(soak.late)))
        response = deliver_request(soak, call)
        soak.statistics.faults[call.name, "arrived late"] += 1
        soak.note(f"{call.actor.name} {call.name} again {response.status if response else 0}")


def advance_time(soak: Soak) -> None:
    (by,) = soak.randomness.choices(JUMPS, JUMP_CHANCES)
    if soak.chance(0.8):
        soak.driver.catch_up("circles", ON_CHANGE)  # a stream is seldom behind for minutes
        soak.driver.watch()
    soak.driver.clock.advance(seconds=by)
    soak.note(str(timedelta(seconds=by)))
    if soak.chance(0.5):
        run_schedules(soak)


def run_schedules(soak: Soak) -> None:
    """The functions of every minute run, as they do while time passes."""
    for service in SERVICES:
        soak.driver.run_schedule(service)


def quiet(soak: Soak) -> None:
    """Process everything that waits: late requests, schedules, streams, queues, webhooks, what was set aside."""
    soak.driver.faults.disarm()
    while soak.late:
        deliver_late_request(soak)
    while soak.driver.process_upload():
        pass
    settle(soak)
    run_schedules(soak)
    settle(soak)


def settle(soak: Soak) -> None:
    from simulation.soak.actions.commerce import send_webhook

    for _ in range(6):
        soak.driver.run()
        waiting = soak.driver.payments.waiting
        if not waiting:
            return
        for webhook in list(waiting):
            if send_webhook(soak, webhook) == 204:
                waiting.remove(webhook)


def nights(soak: Soak) -> None:
    """Three evenings pass with all their schedules, so that recounts correct what was counted twice."""
    soak.driver.faults.disarm()
    settle(soak)
    clock = soak.driver.clock
    for _ in range(3):
        clock.now = clock.now.replace(hour=EVENING_IN_UTC, minute=30) + timedelta(days=1)
        for _ in range(RUNS_PER_NIGHT):
            run_schedules(soak)
            for service in SERVICES:
                soak.driver.run_hour(service)
            settle(soak)
            clock.advance(minutes=2)
    soak.driver.is_inexact = False


ACTIONS = {
    read_stream: 45,
    repeat_stream: 3,
    deliver_messages: 22,
    run_schedule: 7,
    run_hour: 3,
    deliver_late_request: 4,
    advance_time: 12,
    quiet: 0,
    nights: 0,
}
assert (quiet.__name__, nights.__name__) == (QUIET, NIGHTS)
