"""A circle over all four services in which each member wrote and did everything that leaves an item somewhere.

Each text that a user writes names its author and what it is, for example `mei: comment`. So a test can search all tables and
buckets for the texts of one user, or of all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import time, timedelta
from functools import partial
from typing import Any

from services.chat import usecases as chat
from services.chat.domain import MessageRequest, NotificationPreferences
from services.circles import usecases as circles
from services.circles.domain import PictureType
from services.circles.domain.export import Export, ExportKind, ExportState
from services.circles.names.pinyin import name_of
from services.commerce import usecases as commerce
from services.commerce.domain import Listing, ListingKind, PageInput
from services.commerce.domain.address import Address
from services.commerce.domain.money import Money
from services.review import usecases as review
from services.review.domain import Case, CaseOutcome
from services.shared.exports.format import Line
from services.shared.kernel.pages import PageRequest
from services.shared.pictures.clean import CleanPicture
from services.shared.security.account_status import SanctionLevel
from services.shared.security.auth import Caller
from services.shared.security.violations import Violation
from services.shared.table.items import Item
from services.shared.table.reports import ReportInput
from simulation.driver import Driver
from simulation.registry import REGISTRY
from simulation.setup.requests import change
from simulation.users import new_key
from tests.kill.actions import CIRCLE, HAO, LIN, MEI, NEW, ROOM, RUI, YAN, impose_sanction
from tests.kill.scenarios import after
from tests.support.filled_campaigns import consent, find_by_campaign
from tests.support.filled_claims import dispute_order, return_order
from tests.support.filled_coupons import claim_coupon, fill_cart
from tests.support.filled_touches import open_card

NAMES = {LIN.user_id: "lin", MEI.user_id: "mei", HAO.user_id: "hao", YAN.user_id: "yan", NEW.user_id: "new"}
PRICE = Money(77_700, "CNY")
TAG = ("观鸟",)
MEMBERS = (LIN, MEI, HAO, YAN)
as_text = partial(json.dumps, ensure_ascii=False, sort_keys=True)
NEIGHBOURS = {LIN.user_id: MEI, MEI.user_id: HAO, HAO.user_id: YAN, YAN.user_id: LIN}


def text_of(user: Caller, what: str) -> str:
    return f"{NAMES[user.user_id]}: {what}"


class FilledCircle:
    """Lin owns the circle, Mei is a moderator, Hao and Yan are members. Each of them reacts to what the next one wrote."""

    def __init__(self, members: tuple[Caller, ...] = MEMBERS) -> None:
        before = after("add-members")
        self.driver = Driver(like=before)
        self.driver.clock.now = before.clock.now
        self.simulation = self.driver.simulation
        self.notes: dict[str, str] = {}
        self.listings: dict[str, Listing] = {}
        self.orders: dict[str, str] = {}
        for user in members:
            self._write(user)
        self._run()
        for user in members:
            self._react(user, NEIGHBOURS[user.user_id])
        self._govern()
        self._run()

    def _run(self) -> None:
        self.driver.clock.advance(seconds=30)
        self.driver.run()

    def _key(self, user: Caller) -> Any:
        self.driver.clock.advance(milliseconds=1)
        return new_key(user, now=self.driver.clock.now)

    def _write(self, user: Caller) -> None:
        """Everything that a user makes alone."""
        ports, name = self.simulation.circles, user.user_id
        content = circles.NoteInput(text_of(user, "note"), TAG, (self._upload(user),))
        self.notes[name] = circles.post_note(ports, user, CIRCLE, self._key(user), content).note.id
        note = circles.get_note(ports, user, CIRCLE, self.notes[name]).note
        circles.update_note(ports, user, CIRCLE, note.id, change(note.version), text_of(user, "edited note"), TAG)
        removed = circles.post_note(ports, user, CIRCLE, self._key(user), circles.NoteInput(text_of(user, "removed note")))
        circles.delete_note(ports, user, CIRCLE, removed.note.id)
        draft = circles.NoteInput(text_of(user, "draft"), TAG, (self._upload(user),))
        circles.create_draft(ports, user, CIRCLE, self._key(user), draft)
        self._choose_profile(user)
        consent(ports, user)
        circles.check_in(ports, user, CIRCLE)
        circles.set_digest_preference(ports, user, CIRCLE, change(0), False, time(22), time(7))
        if user in (LIN, MEI):
            circles.issue_passcode(ports, user, CIRCLE, self._key(user), timedelta(hours=24), 2)
        chat.create_push_subscription(self.simulation.chat, user, f"https://push.example.com/{name}", "B" * 87, "A" * 22)
        preferences = NotificationPreferences(user.user_id, unpushed=frozenset({"like"}))
        chat.set_notification_preferences(self.simulation.chat, user, change(0), preferences)
        for what in ("message", "second message"):
            request = MessageRequest(f"{what}-{name}", 0, text_of(user, what))
            chat.send_message(self.simulation.chat, user, CIRCLE, ROOM, request)
        chat.send_message(self.simulation.chat, user, CIRCLE, ROOM, self._message_with_picture(user))
        self._upload_to_room(user)
        self.listings[name] = commerce.create_listing(
            self.simulation.commerce,
            user,
            CIRCLE,
            self._key(user),
            kind=ListingKind.C2C,
            title=text_of(user, "listing"),
            price=PRICE,
            stock=5,
            page=PageInput(text_of(user, "description"), (self._upload_for_listing(user),)),
        )
        self._upload_for_listing(user)

    def _upload_for_listing(self, user: Caller) -> str:
        ports = self.simulation.commerce
        picture_id, form = commerce.create_listing_upload(ports, user, CIRCLE, self._key(user), PictureType.PNG, 3)
        self.driver.commerce_bucket.files[form.fields["key"]] = ("image/png", b"raw")
        full, thumb = (text_of(user, f"{size} of {picture_id}").encode() for size in ("picture", "thumbnail"))
        commerce.process_upload(ports, form.fields["key"], lambda *_: CleanPicture(full, thumb, 9, 6))
        return picture_id

    def _choose_profile(self, user: Caller) -> None:
        ports = self.simulation.circles
        avatar, form = circles.create_avatar_upload(ports, self._key(user), PictureType.PNG, 3)
        self.driver.bucket.files[form.fields["key"]] = ("image/png", b"raw")
        square = text_of(user, f"avatar {avatar}").encode()
        circles.process_upload(ports, form.fields["key"], lambda *_: CleanPicture(square, b"", 256, 256))
        name, bio = name_of(text_of(user, "nickname")), text_of(user, "bio")
        circles.update_profile(ports, user, change(0), {"name": name, "avatar": avatar, "bio": bio})
        circles.update_membership(ports, user, CIRCLE, change(0), name_of(text_of(user, "nickname here")))

    def _upload(self, user: Caller) -> str:
        ports = self.simulation.circles
        picture_id, form = circles.create_upload(ports, user, CIRCLE, self._key(user), PictureType.PNG, 3)
        self.driver.bucket.files[form.fields["key"]] = ("image/png", b"raw")
        full, thumb = (text_of(user, f"{size} of {picture_id}").encode() for size in ("picture", "thumbnail"))
        circles.process_upload(ports, form.fields["key"], lambda *_: CleanPicture(full, thumb, 9, 6))
        return picture_id

    def _message_with_picture(self, user: Caller) -> MessageRequest:
        text, pictures = text_of(user, "message with a picture"), (self._upload_to_room(user),)
        return MessageRequest(f"picture-{user.user_id}", 0, text, picture_ids=pictures)

    def _upload_to_room(self, user: Caller) -> str:
        ports = self.simulation.chat
        picture_id, form = chat.create_room_upload(ports, user, CIRCLE, ROOM, self._key(user), PictureType.PNG, 3)
        self.driver.chat_bucket.files[form.fields["key"]] = ("image/png", b"raw")
        full, thumb = (text_of(user, f"{size} of {picture_id}").encode() for size in ("picture", "thumbnail"))
        chat.process_upload(ports, form.fields["key"], lambda *_: CleanPicture(full, thumb, 9, 6))
        return picture_id

    def _react(self, user: Caller, other: Caller) -> None:
        """Everything that a user does with what another one made."""
        ports, note_id = self.simulation.circles, self.notes[other.user_id]
        comment = circles.add_comment(
            ports, user, CIRCLE, note_id, self._key(user), text=text_of(user, "comment"), parent_id=None
        )
        circles.add_comment(ports, user, CIRCLE, note_id, self._key(user), text=text_of(user, "reply"), parent_id=comment.id)
        circles.like_note(ports, user, CIRCLE, note_id)
        circles.record_views(ports, user, CIRCLE, [note_id])
        find_by_campaign(ports, user)
        circles.report_note(ports, user, CIRCLE, note_id, ReportInput("spam", text_of(user, "report of a note")))
        circles.block_user(ports, user, NEIGHBOURS[other.user_id].user_id)
        listing = self.listings[other.user_id]
        request = MessageRequest(f"card-{user.user_id}", 0, text_of(user, "card"), listing.id)
        message, _ = chat.send_message(self.simulation.chat, user, CIRCLE, ROOM, request)
        chat.mark_read(self.simulation.chat, user, CIRCLE, ROOM, message.seq)
        self._talk(user, other, message.seq)
        report = ReportInput("spam", text_of(user, "report of a message"))
        chat.report_message(self.simulation.chat, user, CIRCLE, ROOM, message.seq, report)
        report = ReportInput("spam", text_of(user, "report of a listing"))
        commerce.report_listing(self.simulation.commerce, user, CIRCLE, listing.id, report)
        chat.mark_notifications_read(self.simulation.chat, user, self.driver.clock.now)
        open_card(self.simulation.commerce, user, other, note_id, listing.id)
        self._buy(user, listing)

    def _talk(self, user: Caller, other: Caller, seq: int) -> None:
        """What a user does with messages: answer and mention, react, edit and recall."""
        ports, at = self.simulation.chat, (CIRCLE, ROOM)
        mentions = (other.user_id,)
        request = MessageRequest(f"answer-{user.user_id}", 0, text_of(user, "answer"), mentions=mentions, reply_to=seq)
        answer, _ = chat.send_message(ports, user, *at, request)
        chat.add_reaction(ports, user, *at, 1, "like")
        chat.update_message(ports, user, *at, answer.seq, change(answer.version), text_of(user, "edited answer"), mentions)
        request = MessageRequest(f"recalled-{user.user_id}", 0, text_of(user, "recalled message"))
        chat.recall_message(ports, user, *at, chat.send_message(ports, user, *at, request)[0].seq)

    def _buy(self, user: Caller, listing: Listing) -> None:
        revision, ports = listing.revision, self.simulation.commerce
        address = Address(text_of(user, "recipient"), "13800005678", "浙江省", "杭州市", "", text_of(user, "street"))
        address_id = commerce.create_address(ports, user, self._key(user), address)[0]
        wanted: dict[str, Any] = {"listing_id": listing.id, "revision": revision, "quantity": 1, "address_id": address_id}
        order = commerce.place_order(ports, user, CIRCLE, self._key(user), **wanted)
        self.orders[user.user_id] = order.id
        reference = f"{user.user_id}/{order.id}"
        payment = self.simulation.payments.start_one(reference, PRICE)
        commerce.handle_webhook_event(
            ports, commerce.WebhookEvent("payment.captured", payment.id, reference, PRICE, captured_at=self.driver.clock.now)
        )

    def _show(self, user: Caller, order_id: str, listing_id: str) -> None:
        """Post the show of a received order, once circles knows of the receipt."""
        self._run()
        content = circles.NoteInput(text_of(user, "show"), show=circles.ShowInput(order_id, listing_id))
        circles.post_note(self.simulation.circles, user, CIRCLE, self._key(user), content)

    def _govern(self) -> None:
        """What owner, moderators and a user who requests to join write."""
        ports = self.simulation.circles
        note_id = next(iter(self.notes.values()))
        circles.pin_note(ports, LIN, CIRCLE, note_id)
        circles.highlight_note(ports, LIN, CIRCLE, note_id)
        chat.pin_message(self.simulation.chat, LIN, CIRCLE, ROOM, 1)
        chat.highlight_message(self.simulation.chat, LIN, CIRCLE, ROOM, 1)
        circles.set_teaser(ports, LIN, CIRCLE, change(0), text_of(LIN, "teaser"), TAG)
        circles.request_to_join(ports, NEW, CIRCLE, text_of(NEW, "request to join"))
        order = self.orders[HAO.user_id]
        commerce.get_sale_address(self.simulation.commerce, YAN, order)
        commerce.ship_order(self.simulation.commerce, YAN, order)
        dispute_order(self.simulation.commerce, order, self._key(HAO), text_of)
        commerce.confirm_receipt(self.simulation.commerce, HAO, order)
        self._show(HAO, order, self.listings[YAN.user_id].id)
        return_order(self.simulation.commerce, order, self._key(HAO), text_of)
        claim_coupon(self.simulation.commerce, self._key(MEI))
        fill_cart(self.simulation.commerce, HAO, change(0), self.listings[MEI.user_id].id)
        for user in MEMBERS:
            impose_sanction(RUI, SanctionLevel.WARNED, target=user)(self.simulation)
        questions = (text_of(LIN, "question"),)
        circles.set_screening(ports, LIN, CIRCLE, change(0), text_of(LIN, "rules"), questions, approval=True)
        circles.answer_screening(ports, NEW, CIRCLE, 1, (text_of(NEW, "answer"),))

    def decide_cases(self, most: int = 100) -> None:
        """Decide up to `most` open cases."""
        for case in self.open_cases()[:most]:
            note = f"review: note about {case.id}"
            decision = (case.id, CaseOutcome.UPHELD, note, case.latest_revision)
            review.decide_case(self.simulation.review, RUI, *decision, violation=Violation.SPAM)

    def open_cases(self) -> list[Case]:
        return review.list_cases(self.simulation.review, RUI, PageRequest(100)).items

    def run_schedules(self, times: int = 3) -> None:
        """Run the schedules of all services, and what follows from them."""
        for _ in range(times):
            circles.handle_schedule(self.simulation.circles)
            commerce.handle_schedule(self.simulation.commerce)
            review.handle_schedule(self.simulation.review)
            for jobs in (chat, commerce, review):
                jobs.handle_jobs(getattr(self.simulation, jobs.__name__.split(".")[1]))
            self._run()

    def items(self) -> Iterator[tuple[str, Item]]:
        """Yield all items of all tables, each with its service."""
        for service in REGISTRY:
            for item in self.driver.tables[service].all_items():
                yield service, item

    def files(self) -> dict[str, str]:
        """Return the contents of all buckets but that of evidence and that of anchors, by name."""
        files = {
            **self.driver.bucket.files,
            **self.driver.chat_bucket.files,
            **self.driver.commerce_bucket.files,
            **self.driver.exports.files,
        }
        return {name: data.decode() for name, (_, data) in files.items()}

    def request_export(self, user: Caller, kind: ExportKind = ExportKind.OWN) -> Export:
        export = circles.create_export(self.simulation.circles, user, CIRCLE, self._key(user), kind)
        self._run()
        return export

    def export(self, user: Caller) -> list[Line]:
        """Return the lines of a new export of what is the user's own, from all services."""
        export = self.request_export(user)
        self.run_schedules()
        return self.lines_of(user, export.id)

    def lines_of(self, user: Caller, export_id: str) -> list[Line]:
        """Return the lines of a ready export, after comparing its files with the manifest."""
        export = circles.get_export(self.simulation.circles, user, CIRCLE, export_id)
        assert export.state is ExportState.READY, export
        manifest = json.loads(self.driver.exports.files[f"circles/{CIRCLE}/{export_id}/manifest.json"][1])
        lines: list[Line] = []
        for part in manifest["parts"]:
            data = self.driver.exports.files[f"{part['service']}/{CIRCLE}/{export_id}/{part['name']}"][1]
            assert hashlib.sha256(data).hexdigest() == part["sha256"]
            assert len(data.decode().splitlines()) == part["lines"]
            lines += [{"service": part["service"], **json.loads(line)} for line in data.decode().splitlines()]
        return lines
