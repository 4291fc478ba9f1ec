"""What publishes the outcome of a case for its reporters: items with a pending event, each for a bounded number of reporters.

They expire. `RESULTS` are those of all reporters, page after page in the order of their ids; the last one is how far they are
written. `RESULT` is that of one reporter whose report came after the decision.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from services.review.domain import Case
from services.review.repository.cases import case_key
from services.shared.kernel.clock import millis
from services.shared.messaging.events import ReportsDecided
from services.shared.messaging.outbox import pending_events
from services.shared.messaging.reports import NO_USER_ID
from services.shared.table.items import Attr, Check, Item, Key, Put, Query
from services.shared.table.port import HasTable, Table
from services.shared.table.versioned import put_if_absent

MAX_REPORTERS = 100  # of one event: 4 KB, and as many notifications that chat stores for it
LIFETIME = timedelta(days=7)
REPORTER = "REPORTER#"
AFTER = "$"  # sorts after `#`: after all reports of a reporter, and before those of the next one


def find_last_reporter(table: Table, case: Case) -> str | None:
    """Return the last reporter that this outcome is written for; None if it is written for none. Cost: 1 read unit."""
    prefix = _key(case, "RESULTS", "").sk
    query = Query(pk=f"CASE#{case.id}", prefix=prefix, limit=1, newest_first=True, consistent_read=True)
    items = table.query(query).items
    return items[0]["sk"].removeprefix(prefix) if items else None


def list_reporters(table: Table, case: Case, after: str | None) -> tuple[list[str], str | None]:
    """Return the reporters of the next page of reports, and the last one of the page; None if there is no further report.

    A reporter can have several reports in a case. The platform's own reports have no reporter.
    Cost: 1 read unit per 4 KB of reports, which have the reported content.
    """
    first, last = f"{REPORTER}{after or ''}{AFTER if after else ''}", f"{REPORTER}~"
    query = Query(pk=f"CASE#{case.id}", first=first, last=last, limit=MAX_REPORTERS, consistent_read=True)
    users = [str(item["sk"]).split("#")[1] for item in table.query(query).items]
    return [user for user in dict.fromkeys(users) if user != NO_USER_ID], users[-1] if users else None


def put_results(ports: HasTable, case: Case, reporters: Sequence[str], last: str) -> None:
    """Store the outcome for the reporters of a page, with its event. Unchanged if it is stored. Cost: 1 to 5 write units."""
    put_if_absent(ports.table, _result_to_item(ports, case, _key(case, "RESULTS", last), reporters))


def late_result_writes(ports: HasTable, case: Case, reporter_id: str) -> list[Put | Check]:
    """Return the writes that publish the outcome for one reporter, on the condition that the case is unchanged."""
    item = _result_to_item(ports, case, _key(case, "RESULT", reporter_id), [reporter_id])
    return [Check(case_key(case.id), Attr("version").eq(case.version)), Put(item, None)]


def _key(case: Case, kind: str, reporter_id: str) -> Key:
    return Key(f"CASE#{case.id}", f"{kind}#{case.outcome_version:015}#{reporter_id}")


def _result_to_item(ports: HasTable, case: Case, key: Key, reporters: Sequence[str]) -> Item:
    at = ports.clock()
    return {
        **key.attributes(),
        "version": case.outcome_version,
        "case_id": case.id,
        "content_kind": case.subject["kind"],
        "reporters": list(reporters),
        "outcome": str(case.report_outcome),
        "expires_at": millis(at + LIFETIME) // 1000,
        **(pending_events(ports.new_id, at, ReportsDecided) if reporters else {}),
    }
