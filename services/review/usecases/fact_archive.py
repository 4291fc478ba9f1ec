"""The archive of facts: files by day, from the events themselves, for questions that the service has no numbers for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from services.review.domain.fact_files import fact_file
from services.review.domain.product_facts import Fact
from services.review.usecases.product_facts import fact_of
from services.shared.exports.format import ExportBucket
from services.shared.kernel.observability import logger
from services.shared.kernel.remaining_time import HasTime, always, latched
from services.shared.messaging.events import Event
from services.shared.security.keys import KeyRing

FOLDER = "facts"


def archive_facts(
    keys: KeyRing, bucket: ExportBucket, messages: Sequence[tuple[str, Event]], has_time: HasTime = always
) -> list[str]:
    """Write the facts of events to the archive, a file per day, and return the ids of the messages that are not in it.

    keys: make the pseudonyms. messages: each event with the id of its message. It takes no `Ports`: the function that calls it
    has no access to the table. A repeat adds at most another line of the same fact, and the newest
    version of a fact counts once.
    """
    by_day: dict[date, list[tuple[str, Fact]]] = defaultdict(list)
    for message_id, event in messages:
        if fact := fact_of(event, keys):
            by_day[fact.day].append((message_id, fact))
    left: list[str] = []
    still_has_time = latched(has_time)
    for number, (day, archived) in enumerate(sorted(by_day.items())):
        if (number and not still_has_time()) or not _put(bucket, day, [fact for _, fact in archived]):
            left += [message_id for message_id, _ in archived]
    return left


def _put(bucket: ExportBucket, day: date, facts: Sequence[Fact]) -> bool:
    """Write a file, and return whether that succeeded. One that fails must not return the messages of other days."""
    name, data = fact_file(day, facts)
    try:
        bucket.put(f"{FOLDER}/{name}", "application/gzip", data)
    except Exception as error:  # noqa: BLE001 (the messages of this day return to the queue, and are tried again)
        logger().warning("facts not archived", day=str(day), error_type=type(error).__name__)
        return False
    return True
