"""The archive of facts: what the inbox function writes, and the metrics that DuckDB computes from these files."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from bench.product_archive import COLUMNS, query_figures
from services.review import inbox, usecases
from services.shared.messaging.events import Event
from simulation.bucket import FakeBucket
from simulation.users import RING
from tests.support.remaining_time import FallingContext
from tests.usecases.review.product_fixture import BIRDS, BY_HAND, MONTH, fixture_events
from tests.usecases.review.test_product_metrics import figures_of, with_figures, with_long_ids


class Archive:
    """The inbox function of the archive, with a bucket in memory and the messages that it sets aside."""

    def __init__(self) -> None:
        self.bucket, self.aside = FakeBucket(), list[str]()

    def receive(self, bodies: Sequence[str], seconds: float = 100) -> list[str]:
        """Call the function with a batch, and return the numbers of the messages that return to the queue."""
        batch = {"Records": [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]}
        wiring = mock.Mock()
        wiring.key_ring.return_value, wiring.facts.return_value = RING, self.bucket
        wiring.failures.return_value.put_message = lambda body, reason: self.aside.append(reason)
        with mock.patch.object(inbox, "wiring", wiring):
            response = inbox.on_facts(batch, FallingContext(seconds))
        return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]

    def receive_all(self, events: Sequence[Event], size: int) -> None:
        for start in range(0, len(events), size):
            assert self.receive([body_of(event) for event in events[start : start + size]]) == []

    def copy_to(self, folder: Path) -> Path:
        for name, (kind, data) in self.bucket.files.items():
            assert kind == "application/gzip"
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        return folder / "facts"

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for _, data in self.bucket.files.values() for line in gzip.decompress(data).splitlines()]


def body_of(event: Event) -> str:
    return json.dumps({"detail-type": event.name(), "detail": event.detail()})


def replayed(seed: int) -> list[Event]:
    """The events with repeats in another order: as after a replay, with late ones."""
    events = [*fixture_events(), *fixture_events()]
    random.Random(seed).shuffle(events)
    return events


@pytest.mark.parametrize(("seed", "size"), [(0, 1), (1, 7), (2, 1000)])
def test_m20_duckdb_over_the_archived_files_gives_the_numbers_by_hand_and_of_the_service(
    seed: int, size: int, tmp_path: Path
) -> None:
    archive, events = Archive(), replayed(seed)
    archive.receive_all(events, size)
    figures = query_figures(archive.copy_to(tmp_path), MONTH)[BIRDS]
    assert figures == BY_HAND == figures_of(with_figures(events), BIRDS)


def test_m20_a_late_event_and_a_replay_correct_what_the_files_say(tmp_path: Path) -> None:
    archive, events = Archive(), fixture_events()
    late = [event for event in events if event.entity_id == "o6"][-1:]
    archive.receive_all([event for event in events if event.entity_id != "o6"], 20)
    before = query_figures(archive.copy_to(tmp_path), MONTH)[BIRDS]
    assert before["repurchase"] != BY_HAND["repurchase"]
    archive.receive_all([*late, *replayed(3)], 20)
    assert query_figures(archive.copy_to(tmp_path), MONTH)[BIRDS] == BY_HAND


def test_m20_a_repeated_batch_writes_the_same_files() -> None:
    archive, bodies = Archive(), [body_of(event) for event in fixture_events()]
    archive.receive(bodies)
    before = dict(archive.bucket.files)
    archive.receive(bodies[::-1])
    assert archive.bucket.files == before
    assert {name.split("/")[1] for name in before} == {f"day={line['day']}" for line in archive.lines()}


def test_m20_the_files_name_no_user_note_or_order() -> None:
    archive = Archive()
    archive.receive([body_of(with_long_ids(event)) for event in fixture_events()])
    stored = json.dumps(archive.lines())
    assert len(archive.lines()) > 50
    assert not any(word in stored for word in ("note_", "ord_", "com_", "user-"))


def test_m20_what_fails_returns_alone_and_what_no_retry_can_process_is_set_aside() -> None:
    archive, events = Archive(), fixture_events()
    bodies = ["no event", *map(body_of, events)]
    put = archive.bucket.put

    def fail_once(name: str, type: str, data: bytes) -> None:
        if "day=2026-03-05" in name:
            raise OSError("the bucket is not available")
        put(name, type, data)

    with mock.patch.object(archive.bucket, "put", fail_once):
        failed = archive.receive(bodies)
    assert archive.aside == ["no event in the message"]
    assert failed and all("2026-03-05" in bodies[int(number)] for number in failed)
    assert not any("day=2026-03-05" in name for name in archive.bucket.files)
    archive.receive([bodies[int(number)] for number in failed])
    assert any("day=2026-03-05" in name for name in archive.bucket.files)


def test_m20_without_time_the_other_days_return_to_the_queue() -> None:
    archive, bodies = Archive(), [body_of(event) for event in fixture_events()]
    left = list(bodies)
    for _ in range(40):
        returned = archive.receive(left, seconds=8)
        assert len(returned) < len(left)
        left = [left[int(number)] for number in returned]
        if not left:
            break
    whole = Archive()
    whole.receive(bodies)
    assert sorted(map(str, archive.lines())) == sorted(map(str, whole.lines()))


def test_m20_an_event_without_a_fact_is_in_no_file() -> None:
    bucket = FakeBucket()
    left = [event for event in fixture_events() if event.name() == "MembershipChanged"][-1:]
    assert usecases.archive_facts(RING, bucket, [("1", left[0])]) == []
    assert bucket.files == {}


def test_m20_the_table_that_operators_create_in_athena_has_the_columns_of_the_files() -> None:
    page = (Path(__file__).parents[3] / "docs" / "operations.md").read_text(encoding="utf-8")
    columns = page.partition("CREATE EXTERNAL TABLE facts (")[2].partition(")")[0].replace("`", "").split(",")
    kinds = {"VARCHAR": "string", "INTEGER": "int"}
    assert dict(column.split() for column in columns) == {name: kinds.get(kind, kind.lower()) for name, kind in COLUMNS.items()}
