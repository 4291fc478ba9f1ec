"""Teasers of circles, and requests to join a circle that has one."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from services.circles.domain import Action, CircleState, Member
from services.circles.domain.teaser import Teaser
from services.circles.errors import CircleNotFound, TeaserInvalid
from services.circles.repository import circles
from services.circles.repository import teasers as repository
from services.circles.taxonomy import taxonomy
from services.circles.usecases.identities import is_identity_banned
from services.circles.usecases.joining import new_member
from services.circles.usecases.permissions import require_permission
from services.circles.usecases.ports import Ports
from services.circles.usecases.tags import require_known_tags
from services.shared.kernel.clock import next_version
from services.shared.kernel.pages import Page, PageRequest
from services.shared.kernel.pasted_text import has_passcode_form
from services.shared.kernel.requests import ChangeRequest
from services.shared.messaging.events import MembershipChanged
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller
from services.shared.table.versioned import retry_on_write_conflict, save, update


def set_teaser(
    ports: Ports, caller: Caller, circle_id: str, request: ChangeRequest, text: str, tags: tuple[str, ...]
) -> Teaser:
    """Publish or replace the circle's teaser and return it.

    A replaced teaser stays at its position in the list.
    Cost: 3 write units and 3.5 read units.
    Raises: CircleNotFound (also a repeat after the teaser was deleted), CallerMuted, RoleNotAllowed, CircleNotActive,
    CircleReadOnly, TagsUnknown, TeaserInvalid (a part looks like a passcode), PreconditionFailed (the teaser changed since the
    caller read it), KeyReused, RateLimitReached.
    """
    require_permission(ports, caller, circle_id, Action.SET_TEASER)
    new = Teaser(circle_id, "", "", (), "", ports.clock(), version=0)

    def change(before: Teaser) -> Teaser:
        circle, at = circles.get_circle(ports.table, circle_id, consistent_read=True), ports.clock()
        circle.require_writable(at)
        known_tags = require_known_tags(tags)
        if has_passcode_form(text):
            raise TeaserInvalid
        slug, version = taxonomy().slugs(known_tags)[0], next_version(before.version, at)
        return replace(before, name=circle.name, text=text, tags=known_tags, slug=slug, version=version)

    load = partial(repository.load_teaser_or, ports.table, new)
    teaser = update(ports, load, change, request=request, version_of=lambda teaser: teaser.etag)
    if not teaser.is_published:
        raise CircleNotFound
    return teaser


def rename_teaser(ports: Ports, circle_id: str) -> None:
    """Show the circle's name on its teaser. Unchanged if the teaser shows it, or if the circle is closed.

    A teaser that is published at the same time can have the old name. So a circle without a teaser gets the item of a deleted
    one: that publication fails its condition, and reads the name again.
    """
    new = Teaser(circle_id, "", "", (), "", ports.clock(), version=0)

    def attempt() -> None:
        before = repository.load_teaser_or(ports.table, new)
        circle, teaser = circles.get_circle(ports.table, circle_id, consistent_read=True), before.entity
        if circle.state is CircleState.CLOSED or teaser.name == circle.name:
            return
        if teaser.is_published:
            save(ports, before, replace(teaser, name=circle.name, version=next_version(teaser.version, ports.clock())))
        else:
            repository.touch_deleted_teaser(ports.table, before, circle.name_version, ports.clock())

    retry_on_write_conflict(attempt)


def delete_teaser(ports: Ports, caller: Caller, circle_id: str) -> None:
    """Delete the circle's teaser. Unchanged if there is none.

    Raises: CircleNotFound, CallerMuted, RoleNotAllowed.
    """
    require_permission(ports, caller, circle_id, Action.SET_TEASER)
    repository.delete_teaser(ports.table, circle_id, ports.clock())


def get_teaser(ports: Ports, circle_id: str) -> Teaser:
    """Return a circle's teaser to any user.

    Cost: 1 read unit.
    Raises: CircleNotFound (no teaser, or no such circle: one answer, so that hidden circles are not revealed).
    """
    return repository.get_teaser(ports.table, circle_id)


def list_teasers(ports: Ports, slug: str, page: PageRequest) -> Page[Teaser]:
    """Return a page of the teasers with this tag as their first, newest first."""
    return repository.list_teasers(ports.table, slug, page)


def request_to_join(ports: Ports, caller: Caller, circle_id: str, text: str) -> None:
    """Request to join a circle that has a teaser: the caller is pending until a moderator approves them.

    Unchanged, with the same response, if the caller is a member, pending, banned, or was kicked recently: the response
    must reveal no sanction.
    Cost: 4 write units and 3.5 read units.
    Raises: CircleNotFound, CallerMuted (in this circle, as a former member), JoinRequestLimitReached, CircleNotActive,
    CircleReadOnly.
    """
    repository.get_teaser(ports.table, circle_id)
    repository.count_join_request(ports.table, caller.user_id, ports.clock())

    def change(member: Member) -> Member:
        at, circle = ports.clock(), circles.get_circle(ports.table, circle_id, consistent_read=True)
        circle.require_writable(at)
        if member.is_active or member.is_pending or member.is_excluded(at):
            return member
        if is_identity_banned(ports, circle_id, caller.user_id):
            return member
        member.require_not_muted(ActionKind.SPEAK, at)  # a mute stays when a member leaves, and moderators read the text
        return member.request_to_join(text, circle.screening, at=at)

    new = new_member(ports, caller, circle_id)
    update(ports, partial(circles.load_member_or, ports.table, new), change, MembershipChanged)
