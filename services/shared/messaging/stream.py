"""Processing of the table's stream, in order, for items that a service derives from its own items.

A record that fails is set aside, and the records behind it are processed. See decision 30.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from services.shared.kernel.observability import logger
from services.shared.kernel.remaining_time import HasTime, always
from services.shared.messaging.failures import MAX_TRIES, SetAside, StreamRecord, is_outage, set_aside_in
from services.shared.table.dynamo import from_wire
from services.shared.table.items import Item, Key


@dataclass(frozen=True, slots=True)
class Change:
    """One stream record.

    sequence: its sequence number. old, new: the item before and after; None if it did not or does not exist.
    """

    sequence: str
    key: Key
    old: Item | None
    new: Item | None

    @property
    def item_count_change(self) -> int:
        """1 for a new item, -1 for a deleted one, otherwise 0."""
        return (self.new is not None) - (self.old is not None)


Changes = Sequence[Change]


def one_by_one(changes: Changes) -> Iterable[Changes]:
    return ([change] for change in changes)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is derived from each change.

    process: gets one group of changes. It must have no effect when it fails, or none when it is repeated.
    groups: cuts changes into groups; one change per group by default. Changes that need no processing can be left out.
    """

    process: Callable[[Changes], None]
    groups: Callable[[Changes], Iterable[Changes]] = one_by_one


def run_steps(steps: Sequence[Step], changes: Changes) -> None:
    """Run every step over the changes. Raises: what a step raises."""
    for step in steps:
        for group in step.groups(changes):
            step.process(group)


def process_stream(
    batch: dict[str, Any], steps: Sequence[Step], set_aside: SetAside, *, size: int = 1, has_time: HasTime = always
) -> dict[str, Any]:
    """Run the steps over each `size` changes of a batch, in order, and set aside the records that fail.

    A group that fails is tried twice, then its records one by one, up to 3 times. A record that was set aside is left out of
    the steps after it, so that a redrive runs them.
    In an outage, the first record of the part is returned: Lambda continues there. Then nothing of the part is set aside, so
    that the next tries do not set a record aside again.
    Without time for the next part, its first record is returned too. The first part is always processed, so each invocation
    advances.
    Raises: RedriveFailed.
    """
    records, set_aside = batch["Records"], set_aside_in(batch, set_aside)
    for start in range(0, len(records), size):
        if start and not has_time():
            logger().warning("stream continues later", left=len(records) - start)
            return continue_at(records[start])
        part = _Part(records[start : start + size])
        try:
            for step in steps:
                part.run(step)
            for record, reason in part.failed:
                set_aside(record, reason)
        except Exception as error:
            if not is_outage(error):
                raise
            logger().warning("stream not processed", error_type=type(error).__name__)
            return continue_at(records[start])
    return {"batchItemFailures": []}


def continue_at(record: StreamRecord) -> dict[str, Any]:
    """Return the response after which Lambda delivers the stream again from this record on."""
    return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}


class _Part:
    """The changes of one part of a batch that did not fail yet, each with its record.

    failed: the records that failed, with the reason.
    """

    def __init__(self, records: Iterable[StreamRecord]) -> None:
        self.failed: list[tuple[StreamRecord, str]] = []
        self._changes: dict[str, tuple[Change, StreamRecord]] = {}
        for record in records:
            try:
                change = change_from_record(record)
            except Exception as error:  # noqa: BLE001 (a record that cannot be parsed must not stop the others)
                self.failed.append((record, type(error).__name__))
                continue
            self._changes[change.sequence] = (change, record)

    def run(self, step: Step) -> None:
        changes = [change for change, _ in self._changes.values()]
        for group in self._groups(step, changes):
            if len(group) == 1 or _try(step, group, 2) is not None:
                for change in group:
                    if error := _try(step, [change], MAX_TRIES):
                        self._leave_out(change, error)

    def _groups(self, step: Step, changes: Changes) -> list[Changes]:
        """Cut changes into groups. A change that cannot be grouped is set aside."""
        try:
            return list(step.groups(changes))
        except Exception:  # noqa: BLE001 (the change that fails is found below)
            for change in changes:
                try:
                    list(step.groups([change]))
                except Exception as error:  # noqa: BLE001 (a change that fails must not stop the others)
                    self._leave_out(change, error)
        return list(step.groups([change for change, _ in self._changes.values()]))

    def _leave_out(self, change: Change, error: Exception) -> None:
        _, record = self._changes.pop(change.sequence)
        self.failed.append((record, type(error).__name__))


def _try(step: Step, group: Changes, tries: int) -> Exception | None:
    """Process a group up to `tries` times; return the last error, or None if it was processed.

    Raises: an error of an outage.
    """
    last: Exception | None = None
    for _ in range(tries):
        try:
            step.process(group)
        except Exception as error:
            if is_outage(error):
                raise
            logger().warning("change failed", error_type=type(error).__name__)
            last = error
        else:
            return None
    return last


def change_from_record(record: StreamRecord) -> Change:
    change = record["dynamodb"]
    old, new = change.get("OldImage"), change.get("NewImage")
    key = Key(**from_wire(change["Keys"]))
    return Change(change["SequenceNumber"], key, from_wire(old) if old else None, from_wire(new) if new else None)
