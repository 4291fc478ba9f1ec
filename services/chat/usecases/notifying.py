"""Who is notified of notes and comments: their authors, of comments, replies and likes. What has ended hides what it caused.

Every event can come twice, late and out of order. A notification is replaced only by a newer one, and the state of its
subject is read after it is stored: see `update_visibility` for the race with the end of the subject.
"""

from __future__ import annotations

from collections.abc import Iterator

from services.chat.domain import MAX_ACTORS, Notification, NotificationKind, Subject
from services.chat.repository import notifications
from services.chat.usecases.ports import Ports
from services.shared.kernel.clock import millis
from services.shared.messaging.events import CommentChanged, NoteChanged, NoteLiked
from services.shared.table.jobs import Job, job_write

UPDATE_VISIBILITY = "UPDATE_VISIBILITY"  # the job that hides and shows the notifications of a note that has thousands


def notify_comment(ports: Ports, event: CommentChanged) -> None:
    """Notify the authors of the note and of the parent of a comment; or hide that, if the comment has ended.

    A reply to the author of the note is one notification, and own comments notify no user. A comment that is visible again
    brings its notifications back, unread or read as they were: the version is the moment of the comment.
    Cost: 2 write units per user who is notified and 2.5 read units; for one that ended 1, 2 per notification, and 2.5.
    """
    data = event.data
    subject = Subject(data.note_id, data.comment_id)
    if not data.is_visible:
        notifications.put_subject_state(ports.table, subject, event.entity_version, is_visible=False)
        _update_visibility(ports, subject.root, subject.id)
        return
    kinds = {data.note_author_id: NotificationKind.COMMENT}
    if data.parent_author_id:
        kinds[data.parent_author_id] = NotificationKind.REPLY
    about = {"circle_id": data.circle_id, "note_id": data.note_id, "comment_id": data.comment_id}
    version, at = millis(data.created_at), ports.clock()
    for user_id, kind in kinds.items():
        if user_id != data.author_id:
            notification = Notification(user_id, kind, subject, version, at, about, actors=(data.author_id,))
            notifications.put_notification(ports.table, notification)
    if event.entity_version > version:  # not the creation: it had ended, and is visible again
        notifications.put_subject_state(ports.table, subject, event.entity_version, is_visible=True)
    _update_visibility(ports, subject.root, subject.id)


def notify_note(ports: Ports, event: NoteChanged) -> None:
    """Hide all notifications about a note and its comments, or bring them back, as the note is visible or not.

    Cost: 1 write unit and 2 per notification, and 1 read unit per 4 KB of notifications, twice.
    """
    subject = Subject.of(event.data.note_id)
    notifications.put_subject_state(ports.table, subject, event.entity_version, is_visible=event.data.is_visible)
    _update_visibility(ports, subject.root)


def notify_like(ports: Ports, event: NoteLiked) -> None:
    """Notify the author of a note that users like it: one line, however many likes there are.

    Cost: 2 write units and 1 read unit.
    """
    data = event.data
    actors = tuple(data.liker_ids[-MAX_ACTORS:])
    about = {"circle_id": data.circle_id, "note_id": data.note_id}
    subject = Subject.of(data.note_id)
    notification = Notification(
        data.author_id, NotificationKind.LIKE, subject, event.entity_version, ports.clock(), about, "", actors, data.likes
    )
    notifications.put_notification(ports.table, notification)
    _update_visibility(ports, subject.root, subject.id)


def _update_visibility(ports: Ports, root: str, subject_id: str = "") -> None:
    """Hide and show what is about a subject as its state says; plan a job for what is more than one call changes."""
    if notifications.update_visibility(ports.table, root, subject_id) is not None:
        ports.table.put(job_write(Job(UPDATE_VISIBILITY, root, ports.clock())).item, when=None)


def update_visibility(ports: Ports, job: Job) -> Iterator[None]:
    """Hide and show the notifications of a note and its comments as their states say, 200 at a time.

    It reads them all again after the last change: the states can have changed in between.
    """
    first = ""
    while (reached := notifications.update_visibility(ports.table, job.id, first=first)) or first:
        first = reached or ""
        yield
