"""A circle whose owner, co-owner and second account post notes, with and without products of several sellers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from services.circles import usecases as circles
from services.circles.domain import Note, PictureType, Role
from services.shared.kernel.errors import DomainError, GuardrailReached
from services.shared.kernel.ids import new_id
from services.shared.messaging.events import AccountVerified, AccountVerifiedData, ListingChanged, ListingChangedData
from services.shared.security.auth import Caller
from simulation.setup.circles import join_circle, open_circle, set_role
from simulation.setup.events import envelope
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.streams import deliver, handle_new_changes
from simulation.users import caller, new_key
from tests.support.imaging import clean
from tests.support.qr_codes import coded_png

LIN, MEI, SECOND, HAO, YAN = (caller(name) for name in ("lin", "mei", "second", "hao", "yan"))
PASSED = "passed"


def run_at_once(*calls: Callable[[], object]) -> list[object]:
    """Run the calls in parallel; return for each what it returned, or its error."""

    def run(call: Callable[[], object]) -> object:
        try:
            return call()
        except DomainError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


def rules(results: Sequence[object]) -> list[str]:
    """Return for each result `passed`, the rule that denied it, or another error."""
    return [rule_of(result) for result in results]


def rule_of(result: object) -> str:
    if isinstance(result, GuardrailReached):
        return str(result.facts["rule"])
    return f"{type(result).__name__}" if isinstance(result, DomainError) else PASSED


class GuardedCircle:
    """Lin owns the circle, Mei is a co-owner, Second is another user of Lin's identity; Hao and Yan are members.

    others: a product of Hao. own: one of Lin. by_second: one of Second, thus of the group.
    """

    def __init__(self, service: str = "circles") -> None:
        self.simulation = Simulation()
        self.id = open_circle(self.simulation, LIN)
        for member in (MEI, SECOND, HAO, YAN):
            join_circle(self.simulation, member, LIN, self.id)
        set_role(self.simulation, LIN, self.id, MEI.user_id, Role.CO_OWNER)
        for user in (LIN, SECOND):
            self.verify(user, "identity-of-lin")
        self.others, self.own, self.by_second = self.list_product(HAO), self.list_product(LIN), self.list_product(SECOND)
        self.follow()

    def verify(self, user: Caller, identity_id: str) -> None:
        data = AccountVerifiedData(user_id=user.user_id, identity_id=identity_id, adult_on=None)
        deliver(self.simulation, "circles", AccountVerified(**envelope(self.simulation, user.user_id), data=data))

    def list_product(self, seller: Caller, kind: str = "c2c") -> str:
        """Publish a product of a seller and return its id."""
        listing_id = new_id("lst")
        state = {"listing_id": listing_id, "circle_id": self.id, "seller_id": seller.user_id, "kind": kind, "title": "望远镜"}
        values = {**state, "amount": 12_900, "currency": "CNY", "stock": 5, "option_count": 0, "on_sale": True}
        data = ListingChangedData.model_validate(values)
        deliver(self.simulation, "circles", ListingChanged(**envelope(self.simulation, listing_id), data=data))
        return listing_id

    def follow(self) -> None:
        """Process the stream."""
        handle_new_changes(self.simulation, "circles")

    def post(self, author: Caller = LIN, text: str = "清晨的苇莺", *listings: str) -> Note:
        self.simulation.clock.advance(milliseconds=1)
        return self.post_now(author, text, *listings)

    def post_now(self, author: Caller = LIN, text: str = "清晨的苇莺", *listings: str) -> Note:
        """Post at the time of the clock, as parallel callers do."""
        content = circles.NoteInput(text, listing_ids=listings)
        key = new_key(author, now=self.simulation.clock.now)
        return circles.post_note(self.simulation.circles, author, self.id, key, content).note

    def post_ordinary(self, count: int, author: Caller = LIN) -> list[Note]:
        notes = [self.post(author, f"第 {number} 篇") for number in range(count)]
        self.follow()
        return notes

    def upload_code(self, text: str, author: Caller = LIN) -> str:
        """Upload a picture with the code of a text, let the worker process it, and return its id."""
        self.simulation.clock.advance(minutes=1)  # the share of the worker is per minute
        ports, data, key = self.simulation.circles, coded_png(text), new_key(author, now=self.simulation.clock.now)
        picture_id, form = circles.create_upload(ports, author, self.id, key, PictureType.PNG, len(data))
        self.simulation.bucket.files[form.fields["key"]] = ("image/png", data)
        circles.process_upload(ports, form.fields["key"], clean)
        return picture_id

    def post_pictures(self, author: Caller, *picture_ids: str) -> Note:
        content = circles.NoteInput("看图", picture_ids=picture_ids)
        key = new_key(author, now=self.simulation.clock.now)
        return circles.post_note(self.simulation.circles, author, self.id, key, content).note

    def edit(self, note: Note, text: str, author: Caller = LIN) -> Note:
        request = change(note.version, new_id("key"))
        return circles.update_note(self.simulation.circles, author, self.id, note.id, request, text, ()).note

    def delete(self, note: Note, author: Caller = LIN) -> None:
        circles.delete_note(self.simulation.circles, author, self.id, note.id)
        self.follow()

    def result(self, call: Callable[..., object], *args: Any) -> str:
        """Return `passed`, or the rule that denied the call."""
        try:
            call(*args)
        except GuardrailReached as error:
            return str(error.facts["rule"])
        return PASSED
