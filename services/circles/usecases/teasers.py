"""Showing a little of a circle, and knocking on its door."""

from __future__ import annotations

from services.circles.domain import Action
from services.circles.domain.passcode import find_passcodes
from services.circles.domain.teaser import TURNED_AWAY_FOR, Teaser
from services.circles.errors import TeaserInvalid
from services.circles.repository import circles
from services.circles.repository import teasers as repository
from services.circles.taxonomy import taxonomy
from services.circles.usecases.identities import is_identity_banned
from services.circles.usecases.joining import look_up, nobody_yet
from services.circles.usecases.ports import Ports
from services.circles.usecases.tags import known_tags
from services.shared.kernel.clock import next_version
from services.shared.messaging.events import MembershipChanged
from services.shared.security.auth import Caller
from services.shared.table.port import Item
from services.shared.table.versioned import Versioned, retry_on_write_conflict, save


def set_teaser(ports: Ports, caller: Caller, circle_id: str, words: str, tags: tuple[str, ...]) -> Teaser:
    """Show a circle on the platform, or show it otherwise. It keeps its place in the list."""
    circles.require_member(ports.table, circle_id, caller.user_id).require(Action.SET_TEASER)
    circle, at = circles.find_circle(ports.table, circle_id).entity, ports.clock()
    circle.require_writable(at)
    named = known_tags(tags)
    if any(look_up(ports, one) for one in find_passcodes(words)):
        raise TeaserInvalid
    before = repository.look_at_teaser(ports.table, circle_id, consistent_read=True)
    since, version = (before.shown_since, before.version) if before else (at, 0)
    slug = taxonomy().slugs(named)[0]
    teaser = Teaser(circle_id, circle.name, words, named, slug, since, next_version(version, at))
    repository.keep_teaser(ports.table, teaser)
    return teaser


def delete_teaser(ports: Ports, caller: Caller, circle_id: str) -> None:
    circles.require_member(ports.table, circle_id, caller.user_id).require(Action.SET_TEASER)
    repository.delete_teaser(ports.table, circle_id)


def get_teaser(ports: Ports, circle_id: str) -> Teaser:
    """For everybody; a circle that shows nothing is not to be told from none."""
    return repository.find_teaser(ports.table, circle_id)


def list_teasers(ports: Ports, slug: str, limit: int, start: Item | None) -> tuple[list[Teaser], Item | None]:
    page = repository.list_teasers(ports.table, slug, limit, start)
    ids = [row["pk"].removeprefix("TEASER#") for row in page.items]
    found = [repository.look_at_teaser(ports.table, circle_id) for circle_id in ids]
    return [teaser for teaser in found if teaser], page.next


def request_to_join(ports: Ports, caller: Caller, circle_id: str, words: str) -> None:
    """Knock on the door of a circle that shows itself: pending, until who keeps order lets one in. The answer is the same
    for everybody: who is in already, waits already, was turned away this month or is banned is told nothing else."""
    repository.find_teaser(ports.table, circle_id)
    caller.require_not_muted()
    repository.count_request(ports.table, caller.user_id, ports.clock())
    retry_on_write_conflict(lambda: _knock(ports, caller, circle_id, words))


def _knock(ports: Ports, caller: Caller, circle_id: str, words: str) -> None:
    at, circle = ports.clock(), circles.find_circle(ports.table, circle_id).entity
    circle.require_writable(at)
    loaded = circles.find_member(ports.table, circle_id, caller.user_id, consistent_read=True)
    if loaded and (loaded.entity.is_in or loaded.entity.is_pending or loaded.entity.is_kept_out(at, TURNED_AWAY_FOR)):
        return
    if is_identity_banned(ports, circle_id, caller.user_id):
        return
    before = loaded or Versioned(nobody_yet(ports, caller, circle_id), None)
    after = before.entity.ask_in(words, circle.screening, at=at)
    save(ports.table, before.put(circles.member_to_item(after), ports.new_id, MembershipChanged))
