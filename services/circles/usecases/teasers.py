"""Teasers of circles, and requests to join a circle that has one."""

from __future__ import annotations

from services.circles.domain import Action
from services.circles.domain.passcode import find_passcodes
from services.circles.domain.teaser import KICK_COOLDOWN, Teaser
from services.circles.errors import TeaserInvalid
from services.circles.repository import circles
from services.circles.repository import teasers as repository
from services.circles.taxonomy import taxonomy
from services.circles.usecases.identities import is_identity_banned
from services.circles.usecases.joining import find_passcode_by_symbols, new_member
from services.circles.usecases.ports import Ports
from services.circles.usecases.tags import require_known_tags
from services.shared.kernel.clock import next_version
from services.shared.messaging.events import MembershipChanged
from services.shared.security.auth import Caller
from services.shared.table.port import Item
from services.shared.table.versioned import Versioned, retry_on_write_conflict, save


def set_teaser(ports: Ports, caller: Caller, circle_id: str, text: str, tags: tuple[str, ...]) -> Teaser:
    """Publish or replace the circle's teaser and return it.

    A replaced teaser stays at its position in the list.
    Cost: 2 write units and 3 read units.
    Raises: CircleNotFound, RoleNotAllowed, CircleNotActive, CircleReadOnly, TagsUnknown, TeaserInvalid (contains a passcode).
    """
    circles.require_member(ports.table, circle_id, caller.user_id).require(Action.SET_TEASER)
    circle, at = circles.load_circle(ports.table, circle_id).entity, ports.clock()
    circle.require_writable(at)
    known_tags = require_known_tags(tags)
    if any(find_passcode_by_symbols(ports, symbols) for symbols in find_passcodes(text)):
        raise TeaserInvalid
    before = repository.find_teaser(ports.table, circle_id, consistent_read=True)
    listed_at, version = (before.listed_at, before.version) if before else (at, 0)
    slug = taxonomy().slugs(known_tags)[0]
    teaser = Teaser(circle_id, circle.name, text, known_tags, slug, listed_at, next_version(version, at))
    repository.put_teaser(ports.table, teaser)
    return teaser


def delete_teaser(ports: Ports, caller: Caller, circle_id: str) -> None:
    """Delete the circle's teaser. Unchanged if there is none. Raises: CircleNotFound, RoleNotAllowed."""
    circles.require_member(ports.table, circle_id, caller.user_id).require(Action.SET_TEASER)
    repository.delete_teaser(ports.table, circle_id)


def get_teaser(ports: Ports, circle_id: str) -> Teaser:
    """Return a circle's teaser to any user.

    Cost: 1 read unit.
    Raises: CircleNotFound (no teaser, or no such circle: one answer, so that hidden circles are not revealed).
    """
    return repository.get_teaser(ports.table, circle_id)


def list_teasers(ports: Ports, slug: str, limit: int, start: Item | None) -> tuple[list[Teaser], Item | None]:
    """Return a page of the teasers with this tag as their first, newest first."""
    page = repository.list_teasers(ports.table, slug, limit, start)
    circle_ids = [item["pk"].removeprefix("TEASER#") for item in page.items]
    teasers = [repository.find_teaser(ports.table, circle_id) for circle_id in circle_ids]
    return [teaser for teaser in teasers if teaser], page.next


def request_to_join(ports: Ports, caller: Caller, circle_id: str, text: str) -> None:
    """Request to join a circle that has a teaser: the caller is pending until a moderator approves them.

    Unchanged, with the same response, if the caller is a member, pending, banned, or was kicked within 30 days: the response
    must reveal no sanction.
    Cost: 3 write units and 3.5 read units.
    Raises: CircleNotFound, CallerMuted, JoinRequestLimitReached, CircleNotActive, CircleReadOnly.
    """
    repository.get_teaser(ports.table, circle_id)
    caller.require_not_muted()
    repository.count_join_request(ports.table, caller.user_id, ports.clock())
    retry_on_write_conflict(lambda: _request_to_join(ports, caller, circle_id, text))


def _request_to_join(ports: Ports, caller: Caller, circle_id: str, text: str) -> None:
    at, circle = ports.clock(), circles.load_circle(ports.table, circle_id).entity
    circle.require_writable(at)
    loaded = circles.find_member(ports.table, circle_id, caller.user_id, consistent_read=True)
    if loaded and (loaded.entity.is_active or loaded.entity.is_pending):
        return
    if loaded and loaded.entity.is_banned_or_recently_kicked(at, KICK_COOLDOWN):
        return
    if is_identity_banned(ports, circle_id, caller.user_id):
        return
    before = loaded or Versioned(new_member(ports, caller, circle_id), None)
    after = before.entity.request_to_join(text, circle.screening, at=at)
    save(ports.table, before.put(circles.member_to_item(after), ports.new_id, MembershipChanged))
