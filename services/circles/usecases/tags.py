"""Tags: searched by any of their names, counted from the stream, merged by operators."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial, reduce

from services.circles.domain.tags import TagSnapshot, round_down
from services.circles.errors import TagNotFound, TagsUnknown
from services.circles.repository import tags as repository
from services.circles.repository.tags import Counts
from services.circles.taxonomy import Tag, taxonomy
from services.circles.usecases.ports import Ports
from services.circles.usecases.slots import change_slot
from services.shared.kernel.errors import FieldError
from services.shared.kernel.pages import Page, PageRequest
from services.shared.messaging.counters import aggregate
from services.shared.messaging.stream import Change
from services.shared.security.auth import Caller
from services.shared.table.versioned import update

MAX_TAGS_PER_GROUP = 90  # a transaction takes at most 100 items


@dataclass(frozen=True, slots=True)
class TagCounts:
    """A tag with what all users see of its counters, including those of the tags merged into it.

    notes: visible notes that have the tag. views: how often such notes were read. Both are of the last night, rounded down;
    None if too few circles have notes with the tag.
    merged: the tags merged into it.
    """

    tag: Tag
    notes: int | None
    views: int | None
    merged: tuple[Tag, ...]


def search_tags(ports: Ports, text: str, category: str, page: PageRequest) -> Page[Tag]:
    """Return a page of the tags with this text in any of their names, best match first.

    A merged tag is returned as the tag it was merged into. The order depends on the text alone, so no page skips or repeats
    a tag.
    Cost: 1 read unit.
    """
    merges = repository.get_merges(ports.table)
    ranks: dict[str, int] = {}
    for rank, tag in taxonomy().search(text, category):
        ranks.setdefault(merges.target(tag.slug), rank)
    ordered = sorted((rank, slug) for slug, rank in ranks.items())
    remaining = [ranked for ranked in ordered if page.start is None or ranked > (page.start["rank"], page.start["slug"])]
    shown = remaining[: page.limit]
    last = shown[-1] if len(remaining) > page.limit else None
    return Page([taxonomy().tags[slug] for _, slug in shown], {"rank": last[0], "slug": last[1]} if last else None)


def get_tag(ports: Ports, slug: str) -> TagCounts:
    """Return a tag, or the tag it was merged into, with its public counts.

    A post or a view in a circle changes nothing here before the night, and little after it: see decision 36.
    Cost: 1.5 read units.
    Raises: TagNotFound.
    """
    merges, tags = repository.get_merges(ports.table), taxonomy().tags
    if slug not in tags:
        raise TagNotFound
    into = merges.target(slug)
    merged = [merged for merged in merges.into if merged in tags and merges.target(merged) == into]
    total = reduce(TagSnapshot.add, (repository.find_snapshot(ports.table, counted) for counted in (into, *merged)))
    notes, views = (round_down(total.notes), round_down(total.views)) if total.is_public else (None, None)
    return TagCounts(tags[into], notes, views, tuple(tags[merged_slug] for merged_slug in merged))


def merge_tags(ports: Ports, caller: Caller, slug: str, into: str) -> TagCounts:
    """Merge a tag into another and return the other with its public counts.

    Counters stay where they are and are added when read, so changes still in the stream are not lost.
    Raises: OperatorRequired, TagNotFound, TagsUnknown (`into` is the tag itself or was merged into it).
    """
    caller.require_operator()
    tags = taxonomy().tags
    if slug not in tags or into not in tags:
        raise TagNotFound

    load = partial(repository.load_merges, ports.table)
    update(ports, load, lambda merges: merges.merge(slug, into, at=ports.clock()), slot=change_slot(ports, caller))
    return get_tag(ports, into)


def require_known_tags(names: Sequence[str]) -> tuple[str, ...]:
    """Return the canonical names of these tags, in the same order, each once.

    Raises: TagsUnknown (with the indexes).
    """
    tags = [taxonomy().find_by_name(name) for name in names]
    unknown = [index for index, tag in enumerate(tags) if tag is None]
    if unknown:
        raise TagsUnknown(fields=tuple(FieldError(f"/tags/{index}", "must-be-known-tag") for index in unknown))
    return tuple(dict.fromkeys(tag.zh for tag in tags if tag))


def aggregate_tag_group(ports: Ports, changes: Sequence[Change]) -> None:
    """Add what these changes count to the counters of tags, each change once. The record of what was counted is permanent.

    changes: one of `tag_groups`.
    """
    updates, record = partial(repository.tag_updates, _slugs), partial(repository.tag_record, _slugs)
    aggregate(ports.table, changes, updates, at=ports.clock(), new_id=ports.new_id, record=record)


def sum_counted_changes(ports: Ports) -> Counts:
    """Return the counters of all tags, recomputed from the permanent records."""
    return repository.sum_counts(list(repository.iter_count_records(ports.table)))


def tag_groups(changes: Sequence[Change]) -> Iterator[list[Change]]:
    """Yield the changes that count for tags, in groups that fit into one transaction."""
    group: list[Change] = []
    slugs: set[str] = set()
    for change in changes:
        counts = repository.tag_counts_of(change, _slugs)
        if len(slugs | counts.keys()) > MAX_TAGS_PER_GROUP:
            yield group
            group, slugs = [], set()
        if counts:
            group.append(change)
            slugs |= counts.keys()
    if group:
        yield group


def _slugs(names: Sequence[str]) -> list[str]:
    return taxonomy().slugs(names)  # the taxonomy is loaded on first use: most cold starts need none
