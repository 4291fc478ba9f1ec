"""Balances of ledger accounts, and the sums of payees, that are counted from ledger entries.

`count_entries` is the one place that writes them: in the transaction that marks the entries as counted.

Balances are in 32 partitions, by the hash of the ledger account. Each sale writes `cash` and `platform`, so each of them has 16
parts, whose sum is the balance; a group of entries adds to one part.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from services.commerce.domain import LedgerEntry
from services.commerce.domain.ledger import CASH, PLATFORM, Balance
from services.commerce.domain.movement import movement_of
from services.commerce.domain.statement import OWNER, SELLER, Figures, day_of, sums_of
from services.shared.kernel.clock import china_month, millis, rfc3339
from services.shared.kernel.pages import Page, PageRequest
from services.shared.table.items import ABSENT, Condition, Item, Key, Put, Query, Update
from services.shared.table.pages import get_all
from services.shared.table.port import Table

BALANCES = "BALANCES#"
FIGURES = "FIGURES#"
PARTITIONS = 32  # each takes 1,000 write units per second
PARTS = 16  # of a shared balance
CNY = "CNY"
SHARED = (f"{CASH}#{CNY}", f"{PLATFORM}#{CNY}")
COUNTED_PREFIX = "COUNTED#"
UNRECONCILED = "UNRECONCILED#"  # sparse: entries with cash that the provider's list has not confirmed
UNRECONCILED_INDEX, UNRECONCILED_SHARDS = "gsi1", 8
STATEMENT_INDEXES = {SELLER: "gsi2", OWNER: "gsi3"}


def _hash(text: str) -> int:
    return zlib.crc32(text.encode())


def balance_key(ledger_account: str, currency: str) -> Key:
    """Return the key of a balance that no other ledger account shares its item with; not of a shared one."""
    return Key(balance_partition(ledger_account), f"{ledger_account}#{currency}")


def balance_partition(ledger_account: str) -> str:
    """Return the partition of a ledger account in all currencies, without what is shared."""
    return f"{BALANCES}{_hash(ledger_account) % PARTITIONS}"


def _key_of_part(ledger_account: str, currency: str, part: int) -> Key:
    """Return the key of a balance; of a shared one, that of this part."""
    key = balance_key(ledger_account, currency)
    return Key(f"{BALANCES}{part % PARTS}", key.sk) if key.sk in SHARED else key


def marker_key(entry: LedgerEntry) -> Key:
    return Key(f"LEDGER#{entry.order_id}", f"{COUNTED_PREFIX}{entry.id}")


def is_counted(table: Table, entry: LedgerEntry) -> bool:
    return table.get(marker_key(entry), consistent_read=True) is not None


def count_entries(
    entries: Sequence[LedgerEntry], at: datetime, conditions: Mapping[Key, Condition] | None = None
) -> list[Put | Update]:
    """Return the marker of each entry, an update per balance, and one per payee or platform for its sums.

    The condition of a marker fails if its entry was counted before. conditions: of balances, by key.
    """
    part = _hash(entries[0].order_id)
    sums: dict[Key, int] = {}
    for entry in entries:
        for line in entry.lines:
            key = _key_of_part(line.ledger_account, entry.currency, part)
            sums[key] = sums.get(key, 0) + line.amount
    balances = [Update(key, (conditions or {}).get(key), add={"balance": amount}) for key, amount in sums.items()]
    return [*(_marker(entry, at) for entry in entries), *balances, *_figures(entries, at, part)]


def _figures(entries: Iterable[LedgerEntry], at: datetime, part: int) -> Iterator[Update]:
    added: dict[Key, dict[str, int]] = {}
    for entry in entries:
        for payee, sums in sums_of(entry).items():
            of_key = added.setdefault(_figures_key(payee, entry.currency, at, part), {})
            for name, amount in sums.items():
                of_key[name] = of_key.get(name, 0) + amount
    return (Update(key, None, add=sums) for key, sums in added.items())


def _figures_key(payee: str, currency: str, at: datetime, part: int) -> Key:
    if payee == PLATFORM:
        return Key(f"{FIGURES}{payee}#{currency}#{part % PARTS}", day_of(at))
    return Key(f"{FIGURES}{payee}#{currency}", china_month(at))


def _marker(entry: LedgerEntry, at: datetime) -> Put:
    """Return the marker of a counted entry. It is in the indexes of the statements of seller and owner.

    That of an entry with cash is in the index of entries that are not reconciled, with what the provider's list must have.
    """
    key = marker_key(entry)
    item: Item = {**key.attributes(), "counted_at": millis(at)}
    position = f"{rfc3339(at)}#{entry.order_id}#{entry.id}"
    for payee in sums_of(entry):
        for kind, index in STATEMENT_INDEXES.items():
            if payee.startswith(kind):
                item |= {f"{index}pk": statement_partition(payee, entry.currency), f"{index}sk": position}
    if entry.cash_change:
        shard = _hash(entry.order_id) % UNRECONCILED_SHARDS
        item |= {"cash": entry.cash_change, "currency": entry.currency, "movement": movement_of(entry)}
        item |= {"gsi1pk": f"{UNRECONCILED}{shard}", "gsi1sk": position}
    return Put(item, ABSENT)


def statement_partition(payee: str, currency: str) -> str:
    return f"STATEMENT#{payee}#{currency}"


def sum_entries(entries: Iterable[LedgerEntry]) -> dict[str, int]:
    """Return the balances that these entries result in, by `<ledger account>#<currency>`."""
    sums: dict[str, int] = {}
    for entry in entries:
        for line in entry.lines:
            name = f"{line.ledger_account}#{entry.currency}"
            sums[name] = sums.get(name, 0) + line.amount
    return sums


def sum_balances(items: Iterable[Item]) -> dict[str, int]:
    """Return the stored balances among these items, by `<ledger account>#<currency>`."""
    sums: dict[str, int] = {}
    for item in items:
        if item["pk"].startswith(BALANCES):
            sums[item["sk"]] = sums.get(item["sk"], 0) + item["balance"]
    return sums


def get_balances(table: Table, names: Sequence[tuple[str, str]], *, consistent_read: bool = False) -> list[int]:
    """Return the balances of ledger accounts that share no item, each with its currency; 0 without an entry."""
    keys = [balance_key(*name) for name in names]
    items = get_all(table, keys, consistent_read=consistent_read)
    return [items[key]["balance"] if key in items else 0 for key in keys]


def list_balances(table: Table, page: PageRequest) -> Page[Balance]:
    """Return a page of ledger accounts: `cash` and `platform`, then those of each partition.

    Cost: 16 read units for the parts of the shared ones on the first page, and 0.5 per partition that is read.
    """
    found = list(_shared_items(table, page))
    for item in _iter_items(table, page):
        found.append(item)
        if len(found) > page.limit:
            break
    is_more = len(found) > page.limit
    items = found[: page.limit]
    return Page([_balance_from_item(item) for item in items], Key.of(items[-1]).attributes() if is_more else None)


def _shared_items(table: Table, page: PageRequest) -> Iterator[Item]:
    """Yield one item per shared balance behind the start of a page, before those of the first partition."""
    names = SHARED if page.start is None else SHARED[SHARED.index(page.start["sk"]) + 1 :] if _starts_shared(page) else ()
    keys = [Key(f"{BALANCES}{part}", name) for name in names for part in range(PARTS)]
    sums = sum_balances(get_all(table, keys).values())
    return ({"pk": f"{BALANCES}0", "sk": name, "balance": sums[name]} for name in names if name in sums)


def _starts_shared(page: PageRequest) -> bool:
    return page.start is not None and page.start["sk"] in SHARED


def _iter_items(table: Table, page: PageRequest) -> Iterator[Item]:
    """Yield the items behind the start of a page, without the parts of shared balances."""
    start = None if _starts_shared(page) else page.start
    first = int(start["pk"].removeprefix(BALANCES)) if start else 0
    for number in range(first, PARTITIONS):
        query = Query(pk=f"{BALANCES}{number}", limit=page.limit + len(SHARED) + 1, start=start)
        while True:
            found = table.query(query)
            yield from (item for item in found.items if item["sk"] not in SHARED)
            if found.next is None:
                break
            query = replace(query, start=found.next)
        start = None


def _balance_from_item(item: Item) -> Balance:
    ledger_account, _, currency = item["sk"].rpartition("#")
    return Balance(ledger_account, currency, item["balance"])


def get_figures(table: Table, payee: str, currency: str, months: Sequence[str]) -> list[Figures]:
    """Return the figures of a payee in each of these months. Cost: 0.5 read units per month."""
    keys = [Key(f"{FIGURES}{payee}#{currency}", month) for month in months]
    items = get_all(table, keys)
    return [_figures_from_item(key.sk, items.get(key, {})) for key in keys]


def list_platform_figures(table: Table, currency: str, month: str) -> list[Figures]:
    """Return the figures of the platform on each day of a month that has some. Cost: 0.5 read units per part."""
    sums: dict[str, dict[str, int]] = {}
    for part in range(PARTS):
        query = Query(pk=f"{FIGURES}{PLATFORM}#{currency}#{part}", prefix=month, limit=31)
        for item in table.query(query).items:
            of_day = sums.setdefault(item["sk"], {})
            for name, amount in _sums_in(item).items():
                of_day[name] = of_day.get(name, 0) + amount
    return [Figures.of(day, sums[day]) for day in sorted(sums)]


def _figures_from_item(period: str, item: Item) -> Figures:
    return Figures.of(period, _sums_in(item))


def _sums_in(item: Item) -> dict[str, int]:
    return {name: amount for name, amount in item.items() if name not in ("pk", "sk")}
