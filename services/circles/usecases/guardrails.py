"""The guardrails of the owner's commerce in notes and comments: each post with products is counted where it is published."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from services.circles.domain import Comment, Member, Note
from services.circles.repository.circles import get_circle
from services.circles.repository.notes import note_changes
from services.circles.repository.people import get_members
from services.circles.settings import settings
from services.circles.usecases.ports import Ports
from services.shared.messaging.stream import Change
from services.shared.security.guardrails import OWNER_ROLES, GuardrailLimits
from services.shared.table.guardrails import Mark, Publication, count_ordinary, count_products
from services.shared.table.versioned import Changed

Post = TypeVar("Post", Note, Comment)


def guardrail_limits() -> GuardrailLimits:
    now = settings()
    return GuardrailLimits(now.max_commercial_percent, now.max_own_percent, now.guardrail_days)


def is_owner(member: Member) -> bool:
    return member.role in OWNER_ROLES


def publish_post(ports: Ports, post: Post, before: Post | None = None) -> Post | Changed[Post]:
    """Return a note or comment that is about to be stored, with what it discloses, and counted if the owner's group posts it.

    before: the post before an edit, which is judged as a new post is.
    Cost: nothing without products; otherwise 0.5 read units, and as `count_products`.
    Raises: SellingNotOpen, GuardrailReached.
    """
    ordinary_at = post.created_at if isinstance(before, Note) and before.by_owner else None
    publication = Publication(post.circle_id, post.author, post.products).after(before, ordinary_at)
    if not publication.products:
        return post
    circle = get_circle(ports.table, post.circle_id)
    circle.selling.require_open(settings().selling_starts_after, ports.clock())
    roles = partial(find_roles, ports, post.circle_id)
    disclosure, writes = count_products(ports, publication, roles, guardrail_limits())
    return Changed(replace(post, disclosure=disclosure.stronger(post.disclosure)), also=writes)


def find_roles(ports: Ports, circle_id: str, user_ids: Collection[str]) -> Mapping[str, str]:
    """Return the roles of those of the users that are members."""
    members = get_members(ports.table, circle_id, user_ids)
    return {member.user_id: str(member.role) for member in members if member.is_active}


def count_ordinary_notes(ports: Ports, changes: Sequence[Change]) -> None:
    """Count the ordinary notes of owner and co-owners, from the stream. A repeat changes nothing."""
    count_ordinary(ports.table, _marks(changes))


def _marks(changes: Sequence[Change]) -> Iterator[Mark]:
    """Yield the marks to set and to remove. A commercial note has none, or keeps the one from before it was edited."""
    for change in note_changes(changes):
        earlier, note = change.before or change.after, change.after
        if earlier is None or note is None or earlier.disclosure or not note.by_owner:
            continue
        if _is_visible(change.before) != (is_counted := _is_visible(change.after)):
            yield Mark(note.circle_id, note.id, note.created_at, is_counted)


def _is_visible(note: Note | None) -> bool:
    return note is not None and note.is_visible
