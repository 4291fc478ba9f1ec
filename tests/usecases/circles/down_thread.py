"""A thread whose note and comment are taken down."""

from __future__ import annotations

from typing import Any

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import Comment, Note, Role
from services.circles.domain.export import Export, ExportKind, Phase
from services.circles.repository.comments import comment_key
from services.circles.repository.export_lines import get_export_page
from services.circles.repository.notes import note_key
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from services.shared.security.auth import Caller
from services.shared.table.reports import ReportInput
from simulation.setup.circles import create_circle, post_note, set_role
from simulation.setup.events import take_down_changed
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.streams import deliver, handle_new_changes
from simulation.users import caller, new_key

LIN, MEI, HAO, YAN = (caller(name) for name in ("lin", "mei", "hao", "yan"))
OTHERS = {"owner": LIN, "moderator": YAN, "member": HAO}
PAGE, SPAM = PageRequest(50), ReportInput("spam")
TEXT, COMMENTED = "清晨的苇莺", "不许来"
CASES = [new_id("cas") for _ in range(3)]


class Thread:
    """A pinned, highlighted and liked note of Mei in Lin's circle, with a comment of Mei that Hao replied to; Yan moderates."""

    def __init__(self) -> None:
        self.simulation = Simulation()
        self.ports = self.simulation.circles
        self.circle_id = create_circle(self.simulation, LIN, MEI, HAO, YAN)
        set_role(self.simulation, LIN, self.circle_id, YAN.user_id, Role.MODERATOR)
        self.note = post_note(self.simulation, self.circle_id, MEI, TEXT)
        self.at = (self.circle_id, self.note.id)
        self.comment = self.add(MEI, COMMENTED)
        self.reply = self.add(HAO, "为什么", self.comment.id)
        circles.pin_note(self.ports, LIN, *self.at)
        circles.highlight_note(self.ports, LIN, *self.at)
        circles.like_note(self.ports, HAO, *self.at)
        circles.report_note(self.ports, HAO, *self.at, SPAM)
        circles.report_comment(self.ports, HAO, *self.at, self.comment.id, SPAM)
        self.run_stream()

    def add(self, by: Caller, text: str, parent_id: str | None = None) -> Comment:
        self.simulation.clock.advance(seconds=1)
        key = new_key(by, now=self.simulation.clock.now)
        return circles.add_comment(self.ports, by, *self.at, key, text=text, parent_id=parent_id)

    def run_stream(self) -> None:
        handle_new_changes(self.simulation, "circles")

    def apply(self, content: Note | Comment, **how: Any) -> None:
        """Publish a take-down of the content, or its end, a second later; then run the stream handler."""
        self.simulation.clock.advance(seconds=1)
        kind = "comment" if isinstance(content, Comment) else "note"
        deliver(
            self.simulation, "circles", take_down_changed(self.simulation, "circles", kind, content.id, self.circle_id, **how)
        )
        self.run_stream()

    def end(self, content: Note | Comment, **how: Any) -> None:
        self.apply(content, is_active=False, **how)

    def get(self, by: Caller) -> Note:
        return circles.get_note(self.ports, by, *self.at).note

    def shown(self, by: Caller) -> Comment:
        return circles.list_comments(self.ports, by, *self.at, PAGE).items[0]

    def stored(self, content: Note | Comment) -> Any:
        key = comment_key(*self.at, content.id) if isinstance(content, Comment) else note_key(*self.at)
        return self.simulation.circles_table.get(key, consistent_read=True)

    def export(self, by: Caller, kind: ExportKind) -> list[dict[str, Any]]:
        """Return the lines of notes and their threads in an export."""
        at = self.simulation.clock.now
        export = Export(new_id("exp"), self.circle_id, by.user_id, kind, at, at, 1, phase=Phase.NOTES)
        return get_export_page(self.simulation.circles_table, export).lines

    def count(self) -> int:
        return int(self.stored(self.note).get("comments", 0))


def note_or_none(thread: Thread, by: Caller) -> str | None:
    try:
        return thread.get(by).content.text
    except errors.NoteNotFound:
        return None


def edit(thread: Thread) -> None:
    circles.update_note(thread.ports, MEI, *thread.at, change(thread.get(MEI).version, new_id("key")), TEXT, ("观鸟",))
