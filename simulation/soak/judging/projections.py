"""Copies of another service, and of the own stream, that differ from their source.

Each function yields a line per flaw.
"""

from __future__ import annotations

from services.commerce.repository.listing_items import stock_on_sale
from services.shared.kernel.ids import derive_id
from services.shared.security.identities import identities_from_item
from simulation.soak.judging.state import Flaws, Judged, circle_of, differing, is_down


def wrong_memberships(at: Judged) -> Flaws:
    chat = {
        (item["sk"].partition("#")[2], item["pk"].partition("#")[2]): item  # of a read marker, the first is no circle
        for item in at.with_keys("chat", "USER#", "CIRCLE#")
    }
    commerce = {
        (circle_of(item), item["sk"].partition("#")[2]): item for item in at.with_keys("commerce", "CIRCLE#", "MEMBER#")
    }
    review = {
        (item["sk"].partition("#")[2], item["pk"].partition("#")[2]): item
        for item in at.with_keys("review", "USER#", "CIRCLE#")
    }
    for key, member in at.members.items():
        source = at.published_member(member)
        yield from differing(
            f"chat {key}", source, chat.get(key), {"role": "role", "state": "state", "muted_until": "muted_until"}
        )
        yield from differing(
            f"commerce {key}", source, commerce.get(key), {"role": "role", "state": "state", "muted_until": "muted_until"}
        )
        yield from differing(f"review {key}", source, review.get(key), {"role": "role", "state": "state"})


def wrong_circles(at: Judged) -> Flaws:
    for service in ("chat", "commerce"):
        known = {circle_of(item): item for item in at.with_keys(service, "CIRCLE#", "CIRCLE") if item["sk"] == "CIRCLE"}
        for circle_id, circle in at.circles.items():
            if circle["state"] not in ("provisioned", "closed"):
                yield from differing(f"{service} {circle_id}", circle, known.get(circle_id), {"owner_id": "owner"})


def wrong_names(at: Judged) -> Flaws:
    """Compare the names that circles and chat show with those of review, which owns them. A topic has a name of its own."""
    tenures = {item["id"]: item for item in at.with_keys("review", "APPLICATION#", "TENURE")}
    for circle_id, circle in at.circles.items():
        if circle["state"] != "closed":
            tenure = tenures.get(derive_id("app", circle_id))
            yield from differing(f"circles {circle_id}", tenure or {}, circle, {"name": "shown_name"})
            for room_id, room in at.rooms.items():
                if room["pk"] == circle["pk"] and room_id not in at.topics[circle_id]:
                    yield from differing(f"chat {room_id}", circle, room, {"name": "name"})


def wrong_account_statuses(at: Judged) -> Flaws:
    names = ("level", "until", "valid_after", "previous_level", "previous_until", "violation", "previous_violation")
    for record in at.with_keys("review", "USER#", "ACCOUNT_STATUS"):
        if "current" not in record and record["level"] == "none":
            continue  # nothing was ever in force
        for service in ("circles", "chat", "commerce"):
            known = next(iter(at.with_keys(service, record["pk"], "ACCOUNT_STATUS")), None)
            yield from differing(f"{service} {record['pk']}", record, known, {name: name for name in names})


def wrong_identities(at: Judged) -> Flaws:
    links = {(item["pk"], item["identity_id"]) for item in at.with_keys("review", "USER#", "IDENTITY#")}
    for service in ("circles", "commerce"):
        users = at.with_keys(service, "USER#", "ACCOUNT_STATUS")
        known = {(item["pk"], identity_id) for item in users for identity_id in identities_from_item(item)}
        yield from (f"{service}: {difference}" for difference in sorted(links ^ known))


def wrong_highlights(at: Judged) -> Flaws:
    listed = {item["note_id"] for item in at.with_keys("circles", "CIRCLE#", "HIGHLIGHT#")}
    notes = at.with_keys("circles", "CIRCLE#", "NOTE#")
    shown = (note for note in notes if note["state"] == "visible" and not is_down(note))
    wanted = {note["id"] for note in shown if "highlighted_at" in note}
    yield from (f"{note_id} is {'only listed' if note_id in listed else 'not listed'}" for note_id in sorted(listed ^ wanted))


def wrong_cards(at: Judged) -> Flaws:
    names = {name: name for name in ("title", "amount", "currency", "stock", "option_count", "on_sale")}
    for service in ("circles", "chat"):
        cards = {item["sk"].removeprefix("LISTING#"): item for item in at.with_keys(service, "CIRCLE#", "LISTING#")}
        for listing in at.listings:
            circle = at.circles.get(circle_of(listing))
            if circle and circle["state"] != "closed":  # each service deletes its cards of a closed circle
                stock, option_count = stock_on_sale(listing)
                source = {**listing, "stock": stock, "option_count": option_count}
                source |= {"title": ""} if is_down(listing) else {}
                yield from differing(f"{service} {listing['id']}", source, cards.get(listing["id"]), names)
