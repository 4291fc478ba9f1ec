"""Interests: searched by any of their names, counted from the stream, merged by the platform's operators."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.circles.errors import TagNotFound, TagsUnknown
from services.circles.repository import tags as repository
from services.circles.repository.tags import Counts
from services.circles.taxonomy import Tag, taxonomy
from services.circles.usecases.ports import Ports
from services.shared.kernel.clock import next_version
from services.shared.kernel.errors import FieldError, Forbidden
from services.shared.messaging.counters import aggregate
from services.shared.messaging.stream import Change
from services.shared.security.auth import Caller
from services.shared.table.port import Item, Update
from services.shared.table.versioned import retry_on_write_conflict, save

MAX_TAGS_AT_ONCE = 90  # of one group: a transaction takes a hundred items


@dataclass(frozen=True, slots=True)
class TagCounts:
    """A tag with what was counted under its own name and under those merged into it."""

    tag: Tag
    notes: int
    views: int
    merged: tuple[Tag, ...]


def search_tags(ports: Ports, text: str, category: str, limit: int, start: Item | None) -> tuple[list[Tag], Item | None]:
    """Tags by any of their names, best first; one that was merged leads to the one it went into. The order depends on the text
    alone, so pages neither lose nor repeat."""
    merges = repository.find_merges(ports.table).entity
    ranks: dict[str, int] = {}
    for rank, tag in taxonomy().search(text, category):
        ranks.setdefault(_target(merges, tag.slug), rank)
    ordered = sorted((rank, slug) for slug, rank in ranks.items())
    rest = [one for one in ordered if start is None or one > (start["rank"], start["slug"])]
    page = [taxonomy().tags[slug] for _, slug in rest[:limit]]
    last = rest[:limit][-1] if len(rest) > limit else None
    return page, {"rank": last[0], "slug": last[1]} if last else None


def get_tag(ports: Ports, slug: str) -> TagCounts:
    merges, tags = repository.find_merges(ports.table).entity, taxonomy().tags
    if slug not in tags:
        raise TagNotFound
    into = _target(merges, slug)
    merged = [one for one in merges if one in tags and _target(merges, one) == into]
    counts = [repository.get_counts(ports.table, one) for one in (into, *merged)]
    total = {name: sum(one[name] for one in counts) for name in repository.COUNTED}
    return TagCounts(tags[into], total["notes"], total["views"], tuple(tags[one] for one in merged))


def merge_tags(ports: Ports, caller: Caller, slug: str, into: str) -> TagCounts:
    """Make one tag mean another. What was counted stays where it was counted and is summed when read, so nothing is lost, not
    even what is still on its way."""
    if not caller.is_operator:
        raise Forbidden
    tags = taxonomy().tags
    if slug not in tags or into not in tags:
        raise TagNotFound

    def attempt() -> None:
        loaded = repository.find_merges(ports.table, consistent_read=True)
        if _target(loaded.entity, into) == slug:
            raise TagsUnknown(fields=(FieldError("/into", "is that tag itself, or was merged into it"),))
        version = next_version((loaded.item or {}).get("version", 0), ports.clock())
        item = repository.merges_to_item({**loaded.entity, slug: into}, version)
        save(ports.table, loaded.put(item, ports.new_id))

    retry_on_write_conflict(attempt)
    return get_tag(ports, into)


def known_tags(names: Sequence[str]) -> tuple[str, ...]:
    """Tags by their one name, in the order given; TagsUnknown with the places of those that are none."""
    found = [taxonomy().named(name) for name in names]
    unknown = [FieldError(f"/tags/{place}", "is no known tag") for place, tag in enumerate(found) if tag is None]
    if unknown:
        raise TagsUnknown(fields=tuple(unknown))
    return tuple(dict.fromkeys(tag.zh for tag in found if tag))


def count_tags(ports: Ports, changes: Sequence[Change]) -> None:
    """Count what a group of stream records says of tags, once, with a record of it that stays."""
    for group in _groups(changes):
        aggregate(ports.table, group, _updates, at=ports.clock(), new_id=ports.new_id, record=_record)


def recount_tags(ports: Ports) -> Counts:
    """The counters as the record of everything that was counted gives them."""
    return repository.add_up(list(repository.list_records(ports.table)))


def _counts(changes: Sequence[Change]) -> Counts:
    return repository.add_up([repository.counts_of(change, _slugs) for change in changes])


def _updates(changes: Sequence[Change]) -> list[Update]:
    return repository.updates(_moved(_counts(changes)), changes[0].sequence)


def _record(changes: Sequence[Change]) -> Item:
    return repository.record(_moved(_counts(changes)), changes[0].sequence)


def _moved(counts: Counts) -> Counts:
    return {slug: moved for slug, moved in counts.items() if any(moved.values())}


def _groups(changes: Sequence[Change]) -> Iterator[list[Change]]:
    """Changes that move tags, as many together as one transaction takes."""
    group: list[Change] = []
    slugs: set[str] = set()
    for change in changes:
        counts = repository.counts_of(change, _slugs)
        if len(slugs | counts.keys()) > MAX_TAGS_AT_ONCE:
            yield group
            group, slugs = [], set()
        if counts:
            group.append(change)
            slugs |= counts.keys()
    if group:
        yield group


def _slugs(names: Sequence[str]) -> list[str]:
    return taxonomy().slugs(names)  # loaded when the first tag is met


def _target(merges: Mapping[str, str], slug: str) -> str:
    """Where a tag leads to, over as many merges as there are."""
    for _ in range(len(merges)):
        slug = merges.get(slug, slug)
    return slug
