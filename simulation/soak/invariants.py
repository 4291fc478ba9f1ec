"""The invariants: what must be true at every quiet point, whatever the actors did and whatever failed.

Each is one function that yields what is wrong. It is judged from the items and from what actors read, not by the code that
it is about. The first line of its docstring is the promise to users.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from inspect import isfunction

from services.shared.security.audit import verify_chain
from simulation.soak.judging import appeals, persons, projections, quantities, reading, rooms, shows
from simulation.soak.judging.state import Flaws, Judged

Invariant = Callable[[Judged], Flaws]
MARK = re.compile(r"zq(?:s\d{12}|\d+x\d+qz)")


def removed_users_read_nothing(at: Judged) -> Flaws:
    """A user who left, or was kicked or banned, reads nothing of the circle in any service."""
    return reading.reads_of_removed_users(at)


def removed_users_are_pushed_nothing(at: Judged) -> Flaws:
    """A connection of a user who was removed or suspended receives no message."""
    return reading.pushes_to_removed_users(at)


def sanctioned_users_do_nothing_denied(at: Judged) -> Flaws:
    """A muted, restricted, suspended or banned user does nothing that this denies, from the moment that a service knows it."""
    yield from at.soak.observed.take("sanctions")


def two_persons_decide(at: Judged) -> Flaws:
    """What two reviewers must decide was decided by two persons, and by none of the persons that it is about."""
    return persons.decisions_by_one_person(at)


def two_persons_sanction(at: Judged) -> Flaws:
    """A sanction from restricted upwards is in force by two persons, or for one day as an emergency."""
    return persons.sanctions_by_one_person(at)


def other_persons_decide_an_appeal(at: Judged) -> Flaws:
    """An appeal is decided by persons who did not decide the first time, each once, and not by its user."""
    return appeals.appeals_decided_by_the_same_person(at)


def only_a_granted_appeal_restores(at: Judged) -> Flaws:
    """What was taken down stays down until an appeal of its author is granted; then it is restored."""
    return appeals.wrong_ends_of_appeals(at)


def surroundings_end_with_the_decision(at: Judged) -> Flaws:
    """The texts around a reported message are in no report that was published, and in no case that is decided."""
    yield from appeals.surroundings_of_decided_cases(at)
    yield from appeals.surroundings_of_reports(at)


def two_persons_end_a_tenure(at: Judged) -> Flaws:
    """An owner is put on probation or removed by two persons."""
    return persons.tenures_ended_by_one_person(at)


def a_person_applies_once(at: Judged) -> Flaws:
    """A person has at most one open application, under all accounts together."""
    open_ = (each for each in at.applications if each["state"] in ("submitted", "needs_info", "waitlisted", "appealed"))
    counts = Counter(at.identity_of(each["applicant"]) for each in open_)
    yield from (f"{person} has {count} open applications" for person, count in counts.items() if count > 1)


def seats_are_exact(at: Judged) -> Flaws:
    """A cohort gives each seat and each waitlist position once, and no more seats than it has."""
    return quantities.wrong_seats(at)


def circles_look_different(at: Judged) -> Flaws:
    """No two circles, open or on the waitlist, have names that look alike; the name of a closed circle is available."""
    return quantities.wrong_circle_names(at)


def passcodes_are_exact(at: Judged) -> Flaws:
    """A passcode lets in no more members than it has uses, and each who joined with it spent one."""
    return quantities.wrong_passcodes(at)


def stock_is_exact(at: Judged) -> Flaws:
    """Units in stock and units in orders are together what the seller listed; none is sold twice or lost."""
    return quantities.wrong_stock(at)


def reservations_are_bounded(at: Judged) -> Flaws:
    """A buyer has at most 5 unpaid orders, and 10 units of a listing in them."""
    return quantities.too_many_reservations(at)


def ledger_is_exact(at: Judged) -> Flaws:
    """The ledger sums to zero, equals its balances and what the provider holds, and what no order keeps is on its way back."""
    return quantities.wrong_ledger(at)


def orders_match_their_entries(at: Judged) -> Flaws:
    """An order is paid or refunded exactly if the ledger says so, and no person buys from themselves."""
    return quantities.wrong_orders(at)


def counters_equal_their_recount(at: Judged) -> Flaws:
    """The likes and comments of a note and the members of a circle are as many as there are."""
    return quantities.wrong_counters(at)


def memberships_are_known_everywhere(at: Judged) -> Flaws:
    """Chat, commerce and review know each membership as circles has it."""
    return projections.wrong_memberships(at)


def circles_are_known_everywhere(at: Judged) -> Flaws:
    """Chat and commerce know the owner of each circle as circles has it."""
    return projections.wrong_circles(at)


def names_are_shown_everywhere(at: Judged) -> Flaws:
    """Circles and the rooms of chat show each circle's name as review has it."""
    return projections.wrong_names(at)


def account_statuses_are_known_everywhere(at: Judged) -> Flaws:
    """Circles, chat and commerce know each account status as review has it."""
    return projections.wrong_account_statuses(at)


def persons_are_known_everywhere(at: Judged) -> Flaws:
    """Circles and commerce know the users of each person as review does."""
    return projections.wrong_identities(at)


def highlights_are_those_of_the_notes(at: Judged) -> Flaws:
    """The list of highlights has exactly the visible notes that a moderator highlighted."""
    return projections.wrong_highlights(at)


def product_cards_show_the_listing(at: Judged) -> Flaws:
    """The product cards in notes and messages show what commerce has: title, price, stock, on sale."""
    return projections.wrong_cards(at)


def nothing_is_on_sale_that_cannot_be_bought(at: Judged) -> Flaws:
    """A member sees no listing on sale whose seller left, is sanctioned, lost the shop or is blocked, or that was removed."""
    return reading.traded_though_ended(at)


def shows_have_the_badge_while_the_purchase_is_kept(at: Judged) -> Flaws:
    """A note has the badge of a verified buyer exactly while its author keeps the product that they received."""
    yield from shows.wrong_badges(at)
    yield from shows.wrong_receipts(at)


def unread_equals_what_is_unread(at: Judged) -> Flaws:
    """The unread count of a room is the number of messages of others after the read marker."""
    return reading.wrong_unread_counts(at)


def chat_lists_show_the_last_message(at: Judged) -> Flaws:
    """The last message of a room in a chat list is the newest one of its history."""
    return reading.wrong_last_messages(at)


def rooms_have_no_gaps(at: Judged) -> Flaws:
    """A member who reads a room from the beginning gets each number once, in order."""
    return reading.gaps_in_rooms(at)


def files_follow_their_messages(at: Judged) -> Flaws:
    """No file of a picture can be reached whose message is recalled, removed, taken down, purged or erased."""
    return rooms.reachable_files(at)


def a_picture_has_one_message(at: Judged) -> Flaws:
    """No picture belongs to two messages."""
    return rooms.pictures_of_two_messages(at)


def expired_messages_are_not_shown(at: Judged) -> Flaws:
    """No history, pin, answer or chat list shows a message that is older than the retention of its room."""
    return rooms.shown_after_their_retention(at)


def newcomers_read_nothing_earlier(at: Judged) -> Flaws:
    """Where newcomers have no earlier history, a member is shown nothing from before they joined, also not as an answer."""
    return rooms.shown_before_joining(at)


def reactions_are_counted_exactly(at: Judged) -> Flaws:
    """A message counts exactly the reactions that members have to it; a tombstone counts none."""
    return rooms.wrong_reactions(at)


def lobbies_list_their_topics(at: Judged) -> Flaws:
    """The lobby of a circle lists exactly its open topics, and counts those that are archived."""
    return rooms.wrong_topics(at)


def rooms_have_the_state_of_their_circle(at: Judged) -> Flaws:
    """Each room is read-only exactly if chat knows its circle as read-only: a send reads the room alone."""
    return rooms.wrong_circle_states(at)


def grants_are_used_once(at: Judged) -> Flaws:
    """Staff read about a user in another service at most as often as review granted it."""
    return persons.reads_without_a_grant(at)


def nothing_removed_or_blocked_is_shown(at: Judged) -> Flaws:
    """A feed shows no note that is removed or taken down, and none of a user that the reader blocked."""
    return reading.shown_though_removed(at)


def notifications_are_of_what_the_reader_sees(at: Judged) -> Flaws:
    """A list of notifications shows nothing of a circle that the reader left, and nothing about what has ended there."""
    return reading.notified_of_what_ended(at)


def deleted_texts_are_erased(at: Judged) -> Flaws:
    """No text, and no earlier text, of a note or comment that its author deleted is stored with it."""
    return reading.texts_that_were_deleted(at)


def bans_hold_for_the_person(at: Judged) -> Flaws:
    """While a ban is in force, no account of the person with a lower rank is a member of the circle."""
    return persons.bans_evaded(at)


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


# Every function of this file, in its order.
INVARIANTS: tuple[Invariant, ...] = tuple(
    each for each in list(globals().values()) if isfunction(each) and each.__module__ == __name__
)
