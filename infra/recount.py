"""`make recount`: compare the counters that are shown, and the balances of the ledger, with what they count.

Two counts, a minute apart, must find the same difference: then no change of it was still in the stream. With `--correct`, the
counters that are shown are corrected. Money is only reported.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from infra.deployment import Deployment, scan_pages

if TYPE_CHECKING:
    from services.circles.domain.recount import Count
    from services.shared.table.dynamo import DynamoTable

GAP_SECONDS = 61
KINDS = ("notes", "tags", "records", "balances")
Counts = dict[str, "Count"]
Parsed = TypeVar("Parsed")


@dataclass(frozen=True)
class Recount:
    """The counters that differ from what they count, by key: notes as circle and id, tags by slug, ledger accounts.

    records: tags whose records of counted changes differ from the visible notes.
    unreadable: the keys of notes, likes, comments and ledger entries that could not be counted.
    """

    notes: Counts
    tags: Counts
    records: Counts
    balances: Counts
    unreadable: tuple[str, ...] = ()

    def all(self) -> Iterator[tuple[str, str, Count]]:
        for kind in KINDS:
            yield from ((kind, key, count) for key, count in getattr(self, kind).items())


def recount(deployment: Deployment, *, wait: Callable[[float], object] = time.sleep) -> Recount:
    """Return the differences that two counts find, a minute apart. The second count is left out if the first finds none."""
    first = count_all(deployment)
    if not any(first.all()):
        return first
    wait(GAP_SECONDS)
    second = count_all(deployment)
    both = {
        kind: {key: count for key, count in getattr(second, kind).items() if getattr(first, kind).get(key) == count}
        for kind in KINDS
    }
    return Recount(**both, unreadable=second.unreadable)


def count_all(deployment: Deployment) -> Recount:
    """Count everything once and return what differs now, also for a moment."""
    from services.circles.repository.tags import get_counts, iter_count_records, sum_counts

    dynamodb, table = deployment.client("dynamodb"), _table(deployment, "circles")
    unreadable: list[str] = []
    counted = Counter(_parse_all(_scan(dynamodb, deployment, "circles", "note_id"), _counter_of, unreadable))
    notes, tagged = {}, Counter[str]()
    for key, stored, slugs in _parse_all(_scan(dynamodb, deployment, "circles", "pictures"), _note_of, unreadable):
        if key:
            notes[key] = ({name: counted[key, name] for name in stored}, stored)
            tagged.update(slugs)
    records = sum_counts(list(iter_count_records(table)))
    nothing = {"notes": 0, "views": 0}
    sums = {slug: {**nothing, **records.get(slug, {})} for slug in records.keys() | tagged.keys()}
    return Recount(
        notes=_differing(notes),
        tags=_differing({slug: (sums[slug], get_counts(table, slug, consistent_read=True)) for slug in sums}),
        records=_differing({slug: ({"notes": tagged[slug]}, {"notes": sums[slug]["notes"]}) for slug in sums}),
        balances=_differing(_balances(dynamodb, deployment, unreadable)),
        unreadable=tuple(unreadable),
    )


def _parse_all(
    items: Iterator[dict[str, Any]], parse: Callable[[dict[str, Any]], Parsed], unreadable: list[str]
) -> Iterator[Parsed]:
    """Yield what `parse` returns. An item that cannot be parsed must not stop the count of the others."""
    for item in items:
        try:
            yield parse(item)
        except (KeyError, TypeError, ValueError, AttributeError):
            unreadable.append(f"{item['pk']}|{item['sk']}")


def _counter_of(item: dict[str, Any]) -> tuple[str, str]:
    """Return the note and the counter that a like or a comment counts for; other items, and tombstones, count for none."""
    from services.circles.repository.comments import is_visible_comment
    from services.circles.repository.notes import counted_for

    kind = item["sk"].partition("#")[0]
    if kind == "LIKE" or (kind == "COMMENT" and is_visible_comment(item)):
        return " ".join(counted_for(item["pk"], item)), f"{kind.lower()}s"
    return "", ""


def _note_of(item: dict[str, Any]) -> tuple[str, dict[str, int], list[str]]:
    """Return key, counters and tags of a note; an empty key for other items."""
    if not item["sk"].startswith("NOTE#"):
        return "", {}, []
    stored = {name: int(item.get(name, 0)) for name in ("likes", "comments")}
    return f"{item['circle_id']} {item['id']}", stored, _slugs(item)


def _balances(dynamodb: Any, deployment: Deployment, unreadable: list[str]) -> dict[str, tuple[dict[str, int], dict[str, int]]]:
    from services.commerce.repository.balances import sum_balances, sum_entries
    from services.commerce.repository.ledger import entry_from_item

    sums = sum_entries(_parse_all(_scan(dynamodb, deployment, "commerce", "lines"), entry_from_item, unreadable))
    stored = sum_balances(_scan(dynamodb, deployment, "commerce", "balance"))
    return {key: ({"balance": sums.get(key, 0)}, {"balance": stored.get(key, 0)}) for key in sums.keys() | stored.keys()}


def correct_counters(deployment: Deployment, found: Recount) -> int:
    """Correct the counters that are shown, if they are still what was compared; return how many."""
    from services.circles.repository.recounts import correct_note, correct_tag, put_count_correction
    from services.shared.kernel.clock import utc_now

    table, corrected = _table(deployment, "circles"), 0
    for key, count in found.notes.items():
        circle_id, note_id = key.split()
        corrected += correct_note(table, circle_id, note_id, count)
    for slug, count in found.tags.items():
        corrected += correct_tag(table, slug, count)
    for slug, count in found.records.items():
        put_count_correction(table, slug, count.difference, utc_now())
        corrected += correct_tag(table, slug, _shifted(table, slug, count))
    return corrected


def _shifted(table: DynamoTable, slug: str, count: Count) -> Count:
    """Return the correction of a tag's counters that goes with the correction of its records."""
    from services.circles.domain.recount import Count
    from services.circles.repository.tags import get_counts

    stored = get_counts(table, slug, consistent_read=True)
    return Count({name: stored[name] + by for name, by in count.difference.items()}, stored)


def print_recount(deployment: Deployment, *, correct: bool, wait: Callable[[float], object] = time.sleep) -> bool:
    """Print what differs, and correct it if asked. Return whether nothing differs, or all of it was corrected."""
    found = recount(deployment, wait=wait)
    for kind, key, count in found.all():
        print(f"DIFFERS  {kind} {key}: {dict(count.stored)} is stored, {dict(count.counted)} was counted")
    for key in found.unreadable:
        print(f"UNREADABLE  {key}: not counted")
    differing = sum(1 for _ in found.all())
    print("counters and balances: " + (f"{differing} differ" if differing else "all match what they count"))
    if not correct or not differing:
        return not differing and not found.unreadable
    corrected = correct_counters(deployment, found)
    print(f"{corrected} corrected; {len(found.balances)} ledger accounts must be examined by hand")
    return corrected == differing and not found.unreadable


def _differing(pairs: dict[str, tuple[dict[str, int], dict[str, int]]]) -> Counts:
    from services.circles.domain.recount import Count

    counts = {key: Count(*pair) for key, pair in pairs.items()}
    return {key: count for key, count in counts.items() if count.difference}


def _slugs(note: dict[str, Any]) -> list[str]:
    from services.circles.taxonomy import taxonomy

    return taxonomy().slugs(note["tags"]) if note["state"] == "visible" else []


def _scan(dynamodb: Any, deployment: Deployment, service: str, attribute: str) -> Iterator[dict[str, Any]]:
    for page in scan_pages(dynamodb, deployment.outputs[service]["TableName"], attribute):
        yield from page


def _table(deployment: Deployment, service: str) -> DynamoTable:
    from services.shared.table.dynamo import DynamoTable

    return DynamoTable(deployment.outputs[service]["TableName"], deployment.client("dynamodb"))
