"""The guardrails of the owner's commerce in messages: each message with products is counted where it is published."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import partial

from services.chat.domain import Action, Message, MessageRequest, Participant, Room
from services.chat.repository import messages
from services.chat.repository.circles import get_circle
from services.chat.repository.message_items import BY_OWNER
from services.chat.repository.participants import find_participants, require_participant
from services.chat.repository.rooms import require_room
from services.chat.settings import settings
from services.chat.usecases.numbering import find_earlier_try
from services.chat.usecases.ports import Ports
from services.shared.kernel.errors import GuardrailReached, NewcomerLimitExceeded, SellingNotOpen
from services.shared.kernel.product_links import products_of
from services.shared.messaging.stream import Change, Changes
from services.shared.pictures.upload import Picture, leads_to_link, products_in
from services.shared.security.auth import Caller
from services.shared.security.guardrails import OWNER_ROLES, GuardrailLimits, GuardrailUse, ProductDisclosure
from services.shared.table.guardrails import Mark, Publication, count_ordinary, count_products, load_guardrails
from services.shared.table.port import Write
from services.shared.table.versioned import Changed, retry_on_write_conflict


def room_limits() -> GuardrailLimits:
    now = settings()
    return GuardrailLimits(now.max_commercial_percent, now.max_own_percent, now.guardrail_days, now.max_cards_per_room)


def is_owner(member: Participant) -> bool:
    return member.role in OWNER_ROLES


def require_permitted_content(
    ports: Ports, member: Participant, room: Room, request: MessageRequest, pictures: Collection[Picture]
) -> Message | None:
    """Require that a message with these pictures can be sent, before it gets a number.

    Return what an earlier try stored if the message is denied now. The slot has checked what the request alone shows.
    Cost: nothing without products; otherwise 0.5 read units, and as `count_products`, without its write.
    Raises: NewcomerLimitExceeded (a code in a picture is a link), SellingNotOpen, GuardrailReached.
    """
    products = products_of(request.text, request.listing_id, *products_in(pictures))
    try:
        member.require_newcomer_limits(is_over=leads_to_link(pictures))
        if products:
            _count_products(ports, Publication(room.circle_id, member.user_id, products, room_id=room.id))
    except (NewcomerLimitExceeded, SellingNotOpen, GuardrailReached):
        if sent := find_earlier_try(ports, room.circle_id, room.id, member.user_id, request):
            return sent
        raise
    return None


def publish_message(ports: Ports, circle_id: str, message: Message) -> tuple[Message, bool]:
    """Store a message under its number if that is free; return what is stored there, and whether it is this message.

    Raises: SellingNotOpen, GuardrailReached.
    """

    def attempt() -> tuple[Message, bool]:
        judged = judge_message(ports, circle_id, message)
        new, also = (judged.after, judged.also) if isinstance(judged, Changed) else (judged, ())
        stored = messages.put_message(ports, circle_id, new, *also)
        return stored, stored is new

    return retry_on_write_conflict(attempt)


def judge_message(ports: Ports, circle_id: str, message: Message, before: Message | None = None) -> Message | Changed[Message]:
    """Return a message that is about to be stored, with what it discloses, and counted if the owner's group sends it.

    before: the message before an edit, which is judged as a new one is.
    Cost: nothing without products; otherwise 0.5 read units, and as `count_products`.
    Raises: SellingNotOpen, GuardrailReached.
    """
    ordinary_at = message.sent_at if before and before.by_owner else None
    publication = Publication(circle_id, message.sender, message.products, room_id=message.room_id).after(before, ordinary_at)
    if not publication.products:
        return message
    disclosure, writes = _count_products(ports, publication)
    return Changed(replace(message, disclosure=disclosure.stronger(message.disclosure)), also=writes)


def get_room_guardrails(ports: Ports, caller: Caller, circle_id: str, room_id: str) -> tuple[GuardrailUse, ...]:
    """Return how much of each guardrail is used in messages, and the cards of a room today.

    Cost: 2.5 read units, more if many rooms have messages of the owner.
    Raises: CircleNotFound, RoomNotFound.
    """
    at = ports.clock()
    participant = require_participant(ports.table, circle_id, caller.user_id, Action.READ, at)
    room = require_room(ports.table, participant, room_id)
    return load_guardrails(ports.table, circle_id).entity.list_uses(room_limits(), at, room.id)


def _count_products(ports: Ports, publication: Publication) -> tuple[ProductDisclosure, list[Write]]:
    """Raises: SellingNotOpen, GuardrailReached."""
    circle = get_circle(ports.table, publication.circle_id)
    circle.selling.require_open(settings().selling_starts_after, ports.clock())
    return count_products(ports, publication, partial(_find_roles, ports, publication.circle_id), room_limits())


def _find_roles(ports: Ports, circle_id: str, user_ids: Collection[str]) -> Mapping[str, str]:
    members = find_participants(ports.table, circle_id, user_ids)
    return {member.user_id: str(member.role) for member in members if member.is_member}


def is_by_owner(change: Change) -> bool:
    """Whether a change is of a message of the owner or of a co-owner."""
    return BY_OWNER in (change.new or {}) and change.new != change.old


def count_ordinary_messages(ports: Ports, changes: Changes) -> None:
    """Count the ordinary messages of owner and co-owners, from the stream. A repeat changes nothing.

    Cost: 1 write unit per room, day and batch.
    """
    count_ordinary(ports.table, _marks(changes))


def _marks(changes: Changes) -> Iterator[Mark]:
    """Yield the marks to set and to remove. A commercial message has none, or keeps the one from before it was edited."""
    for change in changes:
        before, after = messages.changed_message(change)
        earlier = before or after
        if earlier is None or after is None or earlier.disclosure:
            continue
        circle_id, room_id = messages.room_of_message(change.key)
        if (before is not None and before.is_shown) != after.is_shown:
            yield Mark(circle_id, str(after.seq), after.sent_at, after.is_shown, room_id)
