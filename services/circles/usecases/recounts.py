"""The nightly recount of the counters that are shown: members, likes and comments of notes, and the counters of tags.

Lambda can cut a batch that it delivers again differently, and then a group of changes is counted twice (decision 30).
A difference that two nights find is corrected. Each run does a bounded part and stores how far it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice, takewhile

from services.circles.domain.days import member_day
from services.circles.domain.recount import Count, Differences, NoteRecount, TagRecount
from services.circles.repository import recounts as repository
from services.circles.repository.tags import RECORD_PARTITIONS, put_snapshot, sum_counts
from services.circles.usecases.ports import Ports
from services.shared.kernel.observability import logger, record_metric
from services.shared.kernel.remaining_time import HasTime, always
from services.shared.messaging.failures import is_outage

WINDOW = 500  # notes of a circle that one night recounts; the next night continues with the notes after them
MAX_CIRCLES_PER_RUN = 25
MAX_MEMBERS_PER_RUN = 2000  # a query each, about 4 ms
RECORDS_PER_PAGE, MAX_PAGES_PER_RUN = 500, 20
MAX_TAGS_PER_RUN = 300  # 4 reads and a write each


def plan_recount(ports: Ports, circle_id: str) -> None:
    """Plan the recount of a circle's notes for this night. Called once per evening."""
    repository.create_note_recount(ports.table, circle_id)


def recount_counters(ports: Ports, has_time: HasTime = always) -> None:
    """Recount while there is time. Runs every minute, after the schedule."""
    recount_notes(ports, has_time)
    recount_tags(ports, has_time)


def recount_notes(ports: Ports, has_time: HasTime) -> None:
    """Recount notes and members of the circles that wait, while there is time. The next run continues where this one stopped.

    Cost: 1 read unit per member and 500 notes, 0.5 to 1 per note for its comments, 1 per 8 members to count them, and 2 write
    units per circle.
    """
    members = MAX_MEMBERS_PER_RUN
    for progress in repository.list_note_recounts(ports.table, MAX_CIRCLES_PER_RUN):
        if members <= 0 or not has_time():
            return
        try:
            members = _recount_circle(ports, progress, members, has_time)
        except Exception as error:
            if is_outage(error):
                raise
            # One circle that fails must not stop the others, or the tags. It waits again from the next evening on.
            logger().warning("circle not recounted", circle_id=progress.circle_id, error_type=type(error).__name__)
            repository.delete_note_recount(ports.table, progress.circle_id)


def _recount_circle(ports: Ports, progress: NoteRecount, members: int, has_time: HasTime) -> int:
    """Count likes of at most `members` members, and compare once all are counted; return how many more this run can read."""
    circle_id = progress.circle_id
    progress = _choose_notes(ports, progress)
    likes = dict(progress.likes)
    for user_id in repository.iter_member_ids(ports.table, circle_id, progress.next_member) if progress.last else ():
        if members <= 0 or not has_time():
            repository.put_note_recount(ports.table, replace(progress, next_member=user_id, likes=likes))
            return 0
        for note_id in repository.iter_liked_note_ids(ports.table, circle_id, user_id, progress.first, progress.last):
            likes[note_id] = likes.get(note_id, 0) + 1
        members -= 1
    _compare_counters(ports, replace(progress, likes=likes))
    repository.delete_note_recount(ports.table, circle_id)
    return members


def _choose_notes(ports: Ports, progress: NoteRecount) -> NoteRecount:
    if progress.last:
        return progress
    first, _ = repository.find_differences(ports.table, progress.circle_id)
    ids = [note_id for note_id, _ in islice(repository.iter_note_counters(ports.table, progress.circle_id, first), WINDOW)]
    return replace(progress, first=first, last=ids[-1] if ids else "")


def _compare_counters(ports: Ports, progress: NoteRecount) -> None:
    """Compare counts and counters, correct what was found before, and store what was found now.

    Notes with new differences are counted again the next night. Without any, the next night continues with the notes after
    them.
    """
    circle_id = progress.circle_id
    counts = dict(_counts_of_notes(ports, progress)) if progress.last else {}
    now = Differences.of({**counts, **repository.count_members(ports.table, circle_id)}, ports.clock())
    first, before = repository.find_differences(ports.table, circle_id)
    confirmed = before.confirmed_by(now) if before else {}
    for counted, count in confirmed.items():
        if _correct(ports, circle_id, counted, count):
            _report(count, f"{circle_id}/{counted}")
    left = now.without(confirmed)
    was_second = bool(before and before.found)
    if left.found and not was_second:
        repository.put_differences(ports.table, circle_id, progress.first, left)
        return
    next_note = f"{progress.last}!" if len(counts) >= WINDOW else ""
    if was_second or next_note != first:
        repository.put_differences(ports.table, circle_id, next_note, Differences(ports.clock()))


def _correct(ports: Ports, circle_id: str, counted: str, count: Count) -> bool:
    if counted == repository.MEMBERS:
        return repository.correct_members(ports.table, circle_id, count)
    return repository.correct_note(ports.table, circle_id, counted, count)


def _counts_of_notes(ports: Ports, progress: NoteRecount) -> Iterator[tuple[str, Count]]:
    circle_id = progress.circle_id
    for note_id, stored in repository.iter_note_counters(ports.table, circle_id, progress.first, progress.last):
        comments = repository.count_comments(ports.table, circle_id, note_id)
        yield note_id, Count({"likes": progress.likes.get(note_id, 0), "comments": comments}, stored)


def _report(count: Count, about: str) -> None:
    """Log a correction and record it as a metric: many mean that a stream is delivered again and again."""
    logger().warning("counter corrected", about=about, difference=count.difference)
    record_metric("CounterCorrected", 1)


def recount_tags(ports: Ports, has_time: HasTime) -> None:
    """Once a day, add up the records of counted changes, compare the sums with the counters of tags, and publish these.

    A run reads at most 10,000 records, or compares at most 300 tags. The next run continues where this one stopped.

    Cost: 0.5 read units per run; once a day 1 per 40 records and 4 per tag, and 1 write unit per tag, and per KB of sums and
    run.
    """
    recount, before = repository.get_tag_recount(ports.table)
    today = member_day(ports.clock()).isoformat()
    if recount.day != today:
        recount = TagRecount(day=today)
    elif recount.is_complete:
        return
    if recount.partition < RECORD_PARTITIONS:
        recount = _add_up_records(ports, recount, has_time)
        repository.put_tag_recount(ports.table, recount, before or Differences(ports.clock()))
        return
    _compare_tags(ports, recount, before or Differences(ports.clock()), has_time)


def _add_up_records(ports: Ports, recount: TagRecount, has_time: HasTime) -> TagRecount:
    counted: Mapping[str, Mapping[str, int]] = recount.counted
    partition, after = recount.partition, recount.after
    for _ in range(MAX_PAGES_PER_RUN):
        if partition == RECORD_PARTITIONS or not has_time():
            break
        records, after = repository.list_count_records(ports.table, partition, after, RECORDS_PER_PAGE)
        counted = sum_counts([counted, *records])
        partition += not after
    return replace(recount, counted=counted, partition=partition, after=after)


def _compare_tags(ports: Ports, recount: TagRecount, before: Differences, has_time: HasTime) -> None:
    """Compare some tags and publish their counters. A tag whose difference was found the day before is corrected."""
    waiting = sorted(slug for slug in recount.counted if slug >= recount.next_tag)
    slugs = takewhile(lambda _: has_time(), waiting[:MAX_TAGS_PER_RUN])
    nothing = {"notes": 0, "views": 0}
    counts = {slug: Count({**nothing, **recount.counted[slug]}, put_snapshot(ports.table, slug)) for slug in slugs}
    rest = waiting[len(counts) :]
    now = Differences.of(counts, ports.clock())
    confirmed = before.confirmed_by(now)
    for slug, count in confirmed.items():
        if repository.correct_tag(ports.table, slug, count):
            _report(count, slug)
    kept = {slug: count for slug, count in before.found.items() if slug not in counts}
    found = Differences(ports.clock(), {**kept, **now.without(confirmed).found})
    recount = replace(recount, next_tag=rest[0] if rest else "", is_complete=not rest)
    repository.put_tag_recount(ports.table, replace(recount, counted=recount.counted if rest else {}), found)
