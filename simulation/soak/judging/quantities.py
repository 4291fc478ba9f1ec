"""Seats, uses, stock, reservations, money and counters that are not exact.

Each function yields a line per flaw.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from services.commerce.repository.balances import sum_balances
from services.commerce.repository.listing_items import STOCK_NAMES, stock_name
from services.commerce.repository.orders import LINE
from services.shared.kernel.ids import derive_id
from services.shared.table.items import Item
from simulation.soak.judging.state import Flaws, Judged, count_by, is_down

RESERVING = ("reserved", "paid", "shipped", "received", "completed")
MAX_RESERVATIONS, MAX_UNITS = 5, 10


def wrong_circle_names(at: Judged) -> Flaws:
    """Compare the names in use with their items: each has one, and no other name has."""
    names = {item["id"]: item["circle_name"] for item in at.with_keys("review", "APPLICATION#", "TENURE")}
    names = {each: name for each, name in names.items() if name}  # a closed circle has none
    names |= {each["id"]: each["circle_name"] for each in at.applications if each["state"] == "waitlisted"}
    by_look = defaultdict(list)
    for application_id, name in names.items():
        look = "".join(filter(str.isalnum, name.casefold())).replace("觀鳥", "观鸟")  # how actors vary names
        by_look[look].append(derive_id("cir", application_id))
    yield from (f"{look} is the name of {holders}" for look, holders in by_look.items() if len(holders) > 1)
    stored = Counter(item["circle_id"] for item in at.with_keys("review", "CIRCLE_NAME#"))
    expected = Counter(holder for holders in by_look.values() for holder in holders)
    if stored != expected:
        yield f"the names of {stored - expected} are stored and not in use, those of {expected - stored} in use and not stored"


def wrong_seats(at: Judged) -> Flaws:
    for cohort in at.with_keys("review", "COHORT#", "COHORT"):
        own = [each for each in at.applications if each["cohort"] == cohort["name"]]
        seats = [each["seat"] for each in own if each["state"] == "active"]
        if len(set(seats)) != len(seats) or len(seats) != cohort["taken"] or cohort["taken"] > cohort["quota"]:
            yield f"seats {sorted(seats)}, {cohort['taken']} counted as taken of {cohort['quota']}"
        positions = list(at.with_keys("review", cohort["pk"], "WAITLIST#"))
        if len(positions) != cohort["waitlisted"] or len({item["application_id"] for item in positions}) != len(positions):
            yield f"{len(positions)} waitlist positions, {cohort['waitlisted']} counted"


def wrong_stock(at: Judged) -> Flaws:
    """Compare the units of each option with those that were listed or added, without those in orders."""
    in_orders: Counter[tuple[str, str]] = Counter()
    stream = at.soak.driver.tables["commerce"].stream
    shipped = {new["id"] for _, new in stream if new and new.get("state") == "shipped"}
    for order in at.orders:
        is_off = order["state"] in RESERVING or order["id"] in shipped
        for listing_id, option_id, quantity in _units_of(order) if is_off else ():
            in_orders[listing_id, stock_name(option_id)] += quantity
    listed, divided = _units_listed(stream), Counter[str]()
    for item in at.with_keys("commerce", "STOCK#"):
        divided[item["listing_id"]] += item["stock"]
    for listing in at.listings:
        for name in STOCK_NAMES & listing.keys():
            key = (listing["id"], name)
            stored = listing[name] + (divided[listing["id"]] if name == "stock" else 0)
            if listing[name] < 0 or stored + in_orders[key] != listed[key]:
                yield f"{key}: {stored} in stock, {in_orders[key]} in orders, {listed[key]} listed"


def _units_listed(stream: Iterable[tuple[Item | None, Item | None]]) -> Counter[tuple[str, str]]:
    """Return the units that sellers listed with a new option, or added: a restock remembers a request and has no revision."""
    listed: Counter[tuple[str, str]] = Counter()
    for old, new in stream:
        if new and new["sk"].startswith("LISTING#"):
            before = old or {}
            is_restock = before.get("requests") != new.get("requests") and before.get("revision") == new["revision"]
            for name in STOCK_NAMES & new.keys():
                if name not in before or is_restock:
                    listed[new["id"], name] += new[name] - before.get(name, 0)
    return listed


def _units_of(order: Item) -> Iterator[tuple[str, str, int]]:
    lines = (dict(zip(LINE, line, strict=True)) for line in order["lines"])
    return ((line["listing_id"], line["option_id"], line["quantity"]) for line in lines)


def too_many_reservations(at: Judged) -> Flaws:
    unpaid = [order for order in at.orders if order["state"] == "reserved" and order["due_at"] > at.now]
    for (buyer,), count in count_by(unpaid, "buyer_id").items():
        if count > MAX_RESERVATIONS:
            yield f"{buyer} has {count} unpaid orders"
    units: Counter[tuple[str, str]] = Counter()
    for order in unpaid:
        for listing_id, _, quantity in _units_of(order):
            units[order["buyer_id"], listing_id] += quantity
    yield from (f"{key} has {count} units reserved" for key, count in units.items() if count > MAX_UNITS)


def wrong_ledger(at: Judged) -> Flaws:
    entries = list(at.with_keys("commerce", "LEDGER#", "ENTRY#"))
    sums: Counter[str] = Counter()
    for entry in entries:
        if sum(amount for _, amount in entry["lines"]):
            yield f"{entry['pk']} {entry['reason']} sums to {sum(amount for _, amount in entry['lines'])}"
        for account, amount in entry["lines"]:
            sums[account] += amount
    balances = {name.rpartition("#")[0]: balance for name, balance in sum_balances(at.items["commerce"]).items()}
    yield from (
        f"{name}: balance {balances.get(name, 0)}, entries {sums[name]}"
        for name in {*balances, *sums}
        if balances.get(name, 0) != sums[name]
    )
    payments = at.soak.driver.payments
    out = sum(amount.amount for amount in payments.refunded.values()) + sum(payments.charged_back.values())
    held = sum(payments.captured.values()) - out
    if sums["cash"] != held:
        yield f"{sums['cash']} of cash in the ledger, the provider holds {held}"
    for payment in at.with_keys("commerce", "BUYER#", "PAYMENT#"):
        name, balance = payment["payment_id"], payment["captured"] - payment["refunded"] - payment["charged_back"]
        booked = -sums[f"unapplied:{name}"]
        if balance < 0 or booked != balance:
            yield f"{name}: {balance} is left, {booked} in the ledger"
        if balance and not (payment["requested"] and "due_at" in payment):
            yield f"{name}: {balance} is left, and no refund is requested"


# The ledger entries of an order by its state: those that it has, and those that it may have. A payment that pays the order is
# `paid`; other captures are of payments that no order keeps. A refunded order has a refund, or a chargeback that was lost.
ENTRIES: dict[str, tuple[set[str], set[str]]] = {
    "reserved": (set(), {"capture", "refund"}),
    "expired": (set(), {"capture", "refund"}),
    "cancelled": (set(), {"capture", "refund"}),
    "refunding": (set(), {"paid", "capture", "refund", "offset"}),  # paid: it was cancelled, or not shipped in time
    "refunded": (set(), {"refund", "paid", "capture", "split", "seller", "commission", "offset"}),
    "paid": ({"paid"}, {"capture", "refund", "offset"}),
    "shipped": ({"paid"}, {"capture", "refund", "offset"}),
    "received": ({"paid", "split"}, {"capture", "refund", "offset", "seller", "commission"}),
    "completed": ({"paid", "split"}, {"capture", "refund", "offset", "seller", "commission"}),
}


def wrong_orders(at: Judged) -> Flaws:
    reasons: dict[str, set[str]] = {}
    for entry in at.with_keys("commerce", "LEDGER#", "ENTRY#"):
        is_paying = entry["reason"] == "capture" and not entry["subject"]
        reasons.setdefault(entry["order_id"], set()).add("paid" if is_paying else entry["reason"])
    for order in at.orders:
        has, (wanted, allowed) = reasons.get(order["id"], set()), ENTRIES[order["state"]]
        is_refunded = order["state"] != "refunded" or has & {"refund", "chargeback"}
        if not (wanted <= has <= wanted | allowed | {"chargeback", "chargeback_reversal"} and is_refunded):
            yield f"{order['id']} is {order['state']} with {sorted(has)}"
        if order["buyer_id"] == order["seller_id"]:
            yield f"{order['id']}: the buyer is the seller"


def wrong_counters(at: Judged) -> Flaws:
    if at.soak.driver.is_inexact:
        return  # corrected within two nights
    likes = count_by(at.with_keys("circles", "CIRCLE#", "LIKE#"), "note_id")
    visible = (item for item in at.with_keys("circles", "CIRCLE#", "COMMENT#") if "state" not in item and not is_down(item))
    comments = count_by(visible, "note_id")
    for note in at.with_keys("circles", "CIRCLE#", "NOTE#"):
        for name, counts in (("likes", likes), ("comments", comments)):
            if note.get(name, 0) != counts.get((note["id"],), 0):
                yield f"{note['id']} shows {note.get(name, 0)} {name}, there are {counts.get((note['id'],), 0)}"
    members = count_by((each for each in at.members.values() if each["state"] == "member"), "circle_id")
    for circle in at.with_keys("circles", "CIRCLE#", "CIRCLE"):
        if circle.get("members", 0) != members.get((circle["id"],), 0):
            yield f"{circle['id']} shows {circle.get('members', 0)} members, there are {members.get((circle['id'],), 0)}"


def wrong_passcodes(at: Judged) -> Flaws:
    joined = count_by((each for each in at.members.values() if each["passcode_id"]), "passcode_id")
    for passcode in at.with_keys("circles", "PASSCODE#"):
        members = joined.get((passcode["id"],), 0)
        if not members <= passcode["uses"] <= passcode["max_uses"]:
            yield f"{passcode['id']}: {members} joined, {passcode['uses']} of {passcode['max_uses']} uses"
