"""The wrong passcodes of networks and of the platform, by parts of a guess window, and the alarm that too many raise."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from services.circles.domain.attempts import first_part, part_start, windows_to_alarm
from services.circles.domain.days import DAY
from services.circles.settings import settings
from services.shared.kernel.clock import from_rfc3339, millis, rfc3339
from services.shared.messaging.events import GuessingAlarmRaised
from services.shared.messaging.outbox import pending_events
from services.shared.table.items import ABSENT, Item, Key, Query, Update
from services.shared.table.pages import query_all
from services.shared.table.port import ConditionFailed, HasTable, Table

NETWORK, GUESSES = "NETWORK#", "GUESSES#"
PLATFORM, ALARM = "WRONG_GUESSES", "ALARM"
PAGE = 100
LIFETIME = 2 * DAY  # longer than a guess window can be, and than the stream keeps a record


def increment_wrong_guesses(table: Table, network: str, at: datetime) -> None:
    """Count a wrong passcode of a network. The platform's number is aggregated from the stream of these items."""
    key = Key(f"{NETWORK}{network}", f"{GUESSES}{rfc3339(part_start(at))}")
    table.update(key, add={"wrong_guesses": 1}, set={"expires_at": _expires_at(at)}, when=None)


def count_wrong_guesses(table: Table, network: str, at: datetime) -> int:
    """Count the wrong passcodes of a network in the guess window before `at`, and in at most a tenth of a window more."""
    first, last = f"{GUESSES}{rfc3339(first_part(at))}", f"{GUESSES}~"
    items = query_all(table, Query(pk=f"{NETWORK}{network}", first=first, last=last, limit=PAGE))
    return sum(item["wrong_guesses"] for item in items)


def platform_key(part: str) -> Key:
    """Return the key of the platform's number of a part, which has the start of the part as text."""
    return Key(PLATFORM, part)


def platform_update(key: Key, by: dict[str, int]) -> Update:
    return Update(key, None, add=by, set={"expires_at": _expires_at(from_rfc3339(key.sk))})


def raise_alarms(ports: HasTable, parts: Iterable[str], threshold: int) -> None:
    """Publish GuessingAlarmRaised for the windows in which the wrong passcodes reach the threshold. Once per window.

    parts: the starts of the parts that have changed. A change can complete every window that contains its part.
    """
    changed = sorted(map(from_rfc3339, parts))
    if not changed:
        return
    first, last = first_part(changed[0]), changed[-1] + settings().guess_window
    query = Query(pk=PLATFORM, first=rfc3339(first), last=rfc3339(last), limit=PAGE, consistent_read=True)
    counts = {from_rfc3339(item["sk"]): item["wrong_guesses"] for item in query_all(ports.table, query)}
    for window, wrong_guesses in windows_to_alarm(counts, threshold).items():
        _raise_alarm(ports, window, wrong_guesses)


def _raise_alarm(ports: HasTable, window: datetime, wrong_guesses: int) -> None:
    at = ports.clock()
    pending = pending_events(ports.new_id, at, GuessingAlarmRaised)
    about = {"wrong_guesses": wrong_guesses, "version": millis(at), "expires_at": _expires_at(at)}
    item: Item = {**Key(ALARM, rfc3339(window)).attributes(), **about, **pending}
    try:
        ports.table.put(item, when=ABSENT)
    except ConditionFailed:
        return  # it was raised before


def _expires_at(at: datetime) -> int:
    return millis(at + LIFETIME) // 1000
