"""The invariants: what must be true at every quiet point, whatever the actors did and whatever failed.

Each is one function that yields what is wrong. It is judged from the items and from what actors read, not by the code that
it is about. The first line of its docstring is the promise to users.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator

from services.shared.security.audit import verify_chain
from simulation.soak.judging import RANKS, Judged, circle_of, count_by, differing

Flaws = Iterator[str]
RESERVING = ("reserved", "paid", "shipped", "received", "completed")
READS = ("get_circle", "list_notes", "list_pins", "list_highlights", "list_rooms", "list_messages", "list_pins", "list_listings")
MAX_READERS, MAX_UNREAD = 8, 99
MARK = re.compile(r"zq(?:s\d{12}|\d+x\d+qz)")


def removed_users_read_nothing(at: Judged) -> Flaws:
    """A user who left, or was kicked or banned, reads nothing of the circle in any service."""
    removed = [key for key, member in at.members.items() if member["state"] in ("left", "kicked", "banned") and key[1] in at.soak.by_user_id]
    for circle_id, user_id in at.soak.randomness.sample(removed, min(MAX_READERS, len(removed))):
        ids = {"circle_id": circle_id, "room_id": f"rom_{circle_id.removeprefix('cir_')}"}
        for name in READS:
            status, _ = at.read(at.soak.by_user_id[user_id], name, ids)
            if status not in (401, 404):
                yield f"{user_id}, {at.members[circle_id, user_id]['state']}, gets {status} from {name} of {circle_id}"


def removed_users_are_pushed_nothing(at: Judged) -> Flaws:
    """A connection of a user who was removed or suspended receives no message."""
    yield from at.soak.observed.take("pushes")
    for item in at.with_keys("chat", "SUBSCRIBERS#"):
        circle_id, user_id = f"cir_{item['pk'].removeprefix('SUBSCRIBERS#rom_')}", item["sk"].partition("#")[0]
        if at.members[circle_id, user_id]["state"] != "member":
            yield f"{user_id} is {at.members[circle_id, user_id]['state']} and still subscribed to {circle_id}"


def sanctioned_users_do_nothing_denied(at: Judged) -> Flaws:
    """A muted, restricted, suspended or banned user does nothing that this denies, from the moment that a service knows it."""
    yield from at.soak.observed.take("sanctions")


def two_persons_decide(at: Judged) -> Flaws:
    """What two reviewers must decide was decided by two persons, and by none of those whom it is about."""
    for application in at.applications:
        approvals = [each for each in application["decisions"] if each["approves"]]
        persons = [at.identity_of(each["reviewer"]["user_id"]) for each in approvals]
        if application["state"] in ("active", "waitlisted") and len(set(persons)) < 2:
            yield f"{application['id']} is {application['state']} with the approvals of {persons}"
        if len(set(persons)) < len(persons) or at.identity_of(application["applicant"]) in persons:
            yield f"{application['id']} of {at.identity_of(application['applicant'])} was approved by {persons}"
    for succession in at.with_keys("review", "SUCCESSION#"):
        persons = [at.identity_of(each["user_id"]) for each in succession["approvals"]]
        concerned = {at.identity_of(succession[name]) for name in ("owner", "candidate")}
        if (succession["state"] == "approved" and len(set(persons)) < 2) or len(set(persons)) < len(persons) or concerned & set(persons):
            yield f"{succession['id']}, {succession['state']}, between {concerned}, was approved by {persons}"


def two_persons_sanction(at: Judged) -> Flaws:
    """A sanction from restricted upwards is in force by two persons, or for one day as an emergency."""
    acts: dict[str, list[tuple[str, str]]] = {}
    for entry in at.with_keys("review", "AUDIT#USER#"):
        if "entry" in entry:
            _, _, actor, action, *_ = json.loads(entry["entry"])
            acts.setdefault(entry["pk"].split("#")[2].partition("|")[0], []).append((action, at.identity_of(actor)))
    for record in at.with_keys("review", "USER#", "ACCOUNT_STATUS"):
        current = record.get("current")
        if current and current["level"] in ("restricted", "suspended", "banned") and not current["emergency"]:
            by = [person for action, person in acts.get(record["user_id"], ()) if action in ("proposed", "emergency", "ratified")]
            if not current["ratified"] or len(set(by)) < 2:
                yield f"{record['user_id']} is {current['level']} by {by}"


def seats_are_exact(at: Judged) -> Flaws:
    """A cohort gives each seat and each waitlist position once, and no more seats than it has."""
    for cohort in at.with_keys("review", "COHORT#", "COHORT"):
        own = [each for each in at.applications if each["cohort"] == cohort["name"]]
        seats = [each["seat"] for each in own if each["state"] == "active"]
        if len(set(seats)) != len(seats) or len(seats) != cohort["taken"] or cohort["taken"] > cohort["quota"]:
            yield f"seats {sorted(seats)}, {cohort['taken']} counted as taken of {cohort['quota']}"
        positions = [item for item in at.with_keys("review", cohort["pk"], "WAITLIST#")]
        if len(positions) != cohort["waitlisted"] or len({item["application_id"] for item in positions}) != len(positions):
            yield f"{len(positions)} waitlist positions, {cohort['waitlisted']} counted"


def passcodes_are_exact(at: Judged) -> Flaws:
    """A passcode lets in no more members than it has uses, and each who joined with it spent one."""
    joined = count_by((each for each in at.members.values() if each["passcode_id"]), "passcode_id")
    for passcode in at.with_keys("circles", "PASSCODE#"):
        if not joined.get((passcode["id"],), 0) <= passcode["uses"] <= passcode["max_uses"]:
            yield f"{passcode['id']}: {joined.get((passcode['id'],), 0)} joined, {passcode['uses']} of {passcode['max_uses']} uses"


def stock_is_exact(at: Judged) -> Flaws:
    """Units in stock and units in orders are together what the seller listed; none is sold twice or lost."""
    in_orders: Counter[str] = Counter()
    for order in at.orders:
        in_orders[order["listing_id"]] += order["quantity"] if order["state"] in RESERVING else 0
    listed = {new["id"]: new["stock"] for old, new in reversed(at.soak.driver.tables["commerce"].stream) if new and not old and "stock" in new}
    for listing in at.listings:
        if listing["stock"] < 0 or listing["stock"] + in_orders[listing["id"]] != listed[listing["id"]]:
            yield f"{listing['id']}: {listing['stock']} in stock, {in_orders[listing['id']]} in orders, {listed[listing['id']]} listed"


def ledger_is_exact(at: Judged) -> Flaws:
    """The ledger sums to zero, its balances equal its entries, and its cash is what the provider holds."""
    entries = [item for item in at.with_keys("commerce", "LEDGER#", "ENTRY#")]
    sums: Counter[str] = Counter()
    for entry in entries:
        if sum(amount for _, amount in entry["lines"]):
            yield f"{entry['pk']} {entry['reason']} sums to {sum(amount for _, amount in entry['lines'])}"
        for account, amount in entry["lines"]:
            sums[account] += amount
    balances = {item["sk"].rpartition("#")[0]: item["balance"] for item in at.items["commerce"] if item["pk"] == "LEDGER"}
    yield from (f"{name}: balance {balances.get(name, 0)}, entries {sums[name]}" for name in {*balances, *sums} if balances.get(name, 0) != sums[name])
    payments = at.soak.driver.payments
    held = sum(payments.captured.values()) - sum(amount.amount for amount in payments.refunded.values())
    if sums["cash"] != held:
        yield f"{sums['cash']} of cash in the ledger, the provider holds {held}"


def orders_match_their_entries(at: Judged) -> Flaws:
    """An order is paid or refunded exactly if the ledger says so, and no person buys from themselves."""
    reasons: dict[str, set[str]] = {}
    for entry in at.with_keys("commerce", "LEDGER#", "ENTRY#"):
        reasons.setdefault(entry["order_id"], set()).add(entry["reason"])
    wanted = {"reserved": set(), "expired": set(), "paid": {"capture"}, "shipped": {"capture"}, "refunding": {"capture"}, "refunded": {"capture", "refund"}}
    for order in at.orders:
        has = reasons.get(order["id"], set())
        if has != wanted.get(order["state"], has) or (order["state"] in ("received", "completed") and not has >= {"capture", "split"}):
            yield f"{order['id']} is {order['state']} with {sorted(has)}"
        if order["buyer_id"] == order["seller_id"]:
            yield f"{order['id']}: the buyer is the seller"


def counters_equal_their_recount(at: Judged) -> Flaws:
    """The likes and comments of a note are as many as there are."""
    if at.soak.driver.is_inexact:
        return  # corrected within two nights
    likes = count_by(at.with_keys("circles", "CIRCLE#", "LIKE#"), "note_id")
    comments = count_by(at.with_keys("circles", "CIRCLE#", "COMMENT#"), "note_id")
    for note in at.with_keys("circles", "CIRCLE#", "NOTE#"):
        for name, counts in (("likes", likes), ("comments", comments)):
            if note.get(name, 0) != counts.get((note["id"],), 0):
                yield f"{note['id']} shows {note.get(name, 0)} {name}, there are {counts.get((note['id'],), 0)}"


def memberships_are_known_everywhere(at: Judged) -> Flaws:
    """Chat, commerce and review know each membership as circles has it."""
    chat = {(item["circle_id"], item["user_id"]): item for item in at.with_keys("chat", "USER#", "CIRCLE#")}
    commerce = {(circle_of(item), item["sk"].partition("#")[2]): item for item in at.with_keys("commerce", "CIRCLE#", "MEMBER#")}
    review = {(item["sk"].partition("#")[2], item["pk"].partition("#")[2]): item for item in at.with_keys("review", "USER#", "CIRCLE#")}
    for key, member in at.members.items():
        source = at.published_member(member)
        yield from differing(f"chat {key}", source, chat.get(key), {"role": "role", "state": "state", "muted_until": "muted_until"})
        yield from differing(f"commerce {key}", source, commerce.get(key), {"role": "role", "state": "state", "muted_until": "muted_until"})
        yield from differing(f"review {key}", source, review.get(key), {"role": "role", "state": "state"})


def circles_are_known_everywhere(at: Judged) -> Flaws:
    """Chat and commerce know the owner of each circle as circles has it."""
    for service in ("chat", "commerce"):
        known = {circle_of(item): item for item in at.with_keys(service, "CIRCLE#", "CIRCLE") if item["sk"] == "CIRCLE"}
        for circle_id, circle in at.circles.items():
            if circle["state"] not in ("provisioned", "closed"):
                yield from differing(f"{service} {circle_id}", circle, known.get(circle_id), {"owner_id": "owner"})


def account_statuses_are_known_everywhere(at: Judged) -> Flaws:
    """Circles, chat and commerce know each account status as review has it."""
    names = ("level", "until", "valid_after", "previous_level", "previous_until")
    for record in at.with_keys("review", "USER#", "ACCOUNT_STATUS"):
        if "current" not in record and record["level"] == "none":
            continue  # nothing was ever in force
        for service in ("circles", "chat", "commerce"):
            known = next(iter(at.with_keys(service, record["pk"], "ACCOUNT_STATUS")), None)
            yield from differing(f"{service} {record['pk']}", record, known, {name: name for name in names})


def product_cards_show_the_listing(at: Judged) -> Flaws:
    """The product cards in notes and messages show what commerce has: title, price, stock, on sale."""
    names = {name: name for name in ("title", "amount", "currency", "stock", "on_sale")}
    for service in ("circles", "chat"):
        cards = {item["sk"].removeprefix("LISTING#"): item for item in at.with_keys(service, "CIRCLE#", "LISTING#")}
        for listing in at.listings:
            circle = at.circles.get(circle_of(listing))
            if service == "chat" or (circle and circle["state"] != "closed"):
                yield from differing(f"{service} {listing['id']}", listing, cards.get(listing["id"]), names)


def unread_equals_what_is_unread(at: Judged) -> Flaws:
    """The unread count of a room is the number of messages of others after the read marker."""
    reading = [key for key, member in at.members.items() if member["state"] == "member" and key[1] in at.soak.by_user_id]
    for _, user_id in at.soak.randomness.sample(reading, min(MAX_READERS, len(reading))):
        status, rooms = at.read(at.soak.by_user_id[user_id], "list_own_rooms", {}, "limit=50")
        for room in rooms["items"] if status == 200 else ():
            messages = at.with_keys("chat", f"CIRCLE#{room['circle_id']}#ROOM#{room['room_id']}", "MSG#")
            unread = sum(each["seq"] > room["read_seq"] and each["kind"] != "void" and each["sender"] != user_id for each in messages)
            if room["unread"] != min(unread, MAX_UNREAD):
                yield f"{user_id} sees {room['unread']} unread in {room['room_id']}, there are {unread}"


def rooms_have_no_gaps(at: Judged) -> Flaws:
    """A member who reads a room from the beginning gets each number once, in order."""
    for circle_id, circle in at.circles.items():
        owner = at.soak.by_user_id.get(circle["owner"])
        ids = {"circle_id": circle_id, "room_id": f"rom_{circle_id.removeprefix('cir_')}"}
        status, history = at.read(owner, "list_messages", ids, "after_seq=0&limit=100") if owner else (0, None)
        numbers = [each["seq"] for each in history["items"]] if status == 200 else []
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"{circle_id}: {numbers}"


def nothing_removed_or_blocked_is_shown(at: Judged) -> Flaws:
    """A feed shows no removed note and no note of a user whom the reader blocked."""
    removed = {note["id"] for note in at.with_keys("circles", "CIRCLE#", "NOTE#") if note["state"] != "visible"}
    blocks = {item["pk"].removeprefix("USER#"): item for item in at.with_keys("circles", "USER#", "BLOCKS")}
    reading = [key for key, member in at.members.items() if member["state"] == "member" and key[1] in at.soak.by_user_id]
    for circle_id, user_id in at.soak.randomness.sample(reading, min(MAX_READERS, len(reading))):
        for name in ("list_notes", "list_pins", "list_highlights"):
            status, page = at.read(at.soak.by_user_id[user_id], name, {"circle_id": circle_id}, "limit=100" if name != "list_pins" else "")
            blocked = blocks.get(user_id, {"blocked": ()})["blocked"]
            for note in page["items"] if status == 200 else ():
                if note["note_id"] in removed or note["author"] in blocked:
                    yield f"{name} of {circle_id} shows {note['note_id']} to {user_id}"


def bans_hold_for_the_person(at: Judged) -> Flaws:
    """While a ban is in force, no account of the person with a lower rank is a member of the circle."""
    verified: dict[str, set[str]] = {}
    for item in at.with_keys("circles", "USER#", "IDENTITY#"):
        verified.setdefault(item["identity_id"], set()).add(item["pk"].removeprefix("USER#"))
    for (circle_id, user_id), member in at.members.items():
        ban = member.get("sanction")
        if member["state"] != "banned" or not ban or (ban["until"] is not None and ban["until"] <= at.now):
            continue
        for other in {user for users in verified.values() if user_id in users for user in users} - {user_id}:
            own = at.members.get((circle_id, other))
            if own and own["state"] == "member" and RANKS.get(own["role"], 0) < RANKS.get(ban["by_role"], 0):
                yield f"{user_id} is banned from {circle_id}, and {other} of the same person is {own['role']}"


def circles_have_one_owner(at: Judged) -> Flaws:
    """An active circle has exactly one owner, who is a member of it."""
    owners = [(key, member) for key, member in at.members.items() if member["role"] == "owner" and member["state"] == "member"]
    for circle_id, circle in at.circles.items():
        own = [user_id for (circle_of_member, user_id), _ in owners if circle_of_member == circle_id]
        if circle["state"] in ("active", "closing") and own != [circle["owner"]] and not circle.get("owner_removed"):
            yield f"{circle_id} of {circle['owner']} has the owners {own}"


def audit_chains_are_intact(at: Judged) -> Flaws:
    """Each act of a reviewer or moderator is in an audit chain, and each chain verifies."""
    for service in ("review", "circles"):
        for item in at.items[service]:
            if "audit_head" in item:
                found = verify_chain(at.soak.driver.tables[service], item)
                if found.state != "intact":
                    yield f"{found}"


def everything_arrives(at: Judged) -> Flaws:
    """No event, stream record or webhook stays undelivered after its retries."""
    for service, messages in at.soak.driver.dead.items():
        yield from (f"{service} cannot process {message.event}: {message.body[:300]}" for message in messages)
    for key, records in at.soak.driver.set_aside.items():
        yield from (f"{key} cannot process {str(record)[:300]}" for record in records)
    yield from (f"{webhook} was not accepted" for webhook in at.soak.driver.payments.waiting)


def responses_are_declared(at: Judged) -> Flaws:
    """No route responds 500, and each status is one that the API documents."""
    yield from at.soak.observed.take("responses")
    yield from at.soak.observed.take("webhooks")


def repeats_create_nothing(at: Judged) -> Flaws:
    """A repeated request with the same key creates nothing a second time."""
    yield from at.soak.observed.take("repeats")


def logs_contain_nothing_private(at: Judged) -> Flaws:
    """No log line contains a text of a user, a passcode, a ticket or a real-name token."""
    for found in set(MARK.findall(at.logs)):
        yield next(line for line in at.logs.splitlines() if found in line)[:300]
    for secret in at.soak.known("secrets", 300):
        if secret in at.logs:
            yield next(line for line in at.logs.splitlines() if secret in line)[:300]


INVARIANTS: tuple[Callable[[Judged], Flaws], ...] = (
    removed_users_read_nothing,
    removed_users_are_pushed_nothing,
    sanctioned_users_do_nothing_denied,
    two_persons_decide,
    two_persons_sanction,
    seats_are_exact,
    passcodes_are_exact,
    stock_is_exact,
    ledger_is_exact,
    orders_match_their_entries,
    counters_equal_their_recount,
    memberships_are_known_everywhere,
    circles_are_known_everywhere,
    account_statuses_are_known_everywhere,
    product_cards_show_the_listing,
    unread_equals_what_is_unread,
    rooms_have_no_gaps,
    nothing_removed_or_blocked_is_shown,
    bans_hold_for_the_person,
    circles_have_one_owner,
    audit_chains_are_intact,
    everything_arrives,
    responses_are_declared,
    repeats_create_nothing,
    logs_contain_nothing_private,
)
