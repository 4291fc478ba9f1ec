"""The filled circle, and what its members have outside of it: a second circle, a payment that no order keeps, a sign-out.

Hao owns the second circle. Mei left it, Yan was kicked and Lin was banned after they wrote there. A newcomer waits to join it.
"""

from __future__ import annotations

import hashlib
import json

from services.chat import usecases as chat
from services.chat.domain import MessageRequest
from services.circles import usecases as circles
from services.circles.domain import SanctionKind
from services.circles.domain.export import Export, ExportState
from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind
from services.shared.exports.format import Line
from services.shared.kernel.ids import derive_id
from services.shared.security.auth import Caller
from simulation.setup.circles import create_circle, impose_sanction, issue_passcode, set_screening
from tests.kill.actions import CIRCLE, HAO, LIN, MEI, NEW, YAN
from tests.support.filled_circle import MEMBERS, PRICE, TAG, FilledCircle, text_of
from tests.support.payouts import pay_out


class FilledAccounts(FilledCircle):
    """The filled circle and `second`, another circle. NEW waits for approval in both."""

    def __init__(self) -> None:
        super().__init__()
        self.second = create_circle(self.simulation, HAO, MEI, YAN, LIN)
        self._run()
        for user in MEMBERS:
            self._write_in_second(user)
        self._run()
        self._end_memberships()
        self._pay_twice(MEI)
        self._earn_commission()
        self._run()
        pay_out(self.simulation, MEI, 1_000)
        circles.sign_out_everywhere(self.simulation.circles, YAN)
        self._run()

    def _write_in_second(self, user: Caller) -> None:
        self.driver.clock.advance(seconds=10)
        ports = self.simulation.circles
        content = circles.NoteInput(text_of(user, "note in the second circle"), TAG)
        note = circles.post_note(ports, user, self.second, self._key(user), content).note
        comment = text_of(user, "comment in the second circle")
        circles.add_comment(ports, user, self.second, note.id, self._key(user), text=comment, parent_id=None)
        request = MessageRequest(f"second-{user.user_id}", 0, text_of(user, "message in the second circle"))
        room = derive_id("rom", self.second)
        chat.send_message(self.simulation.chat, user, self.second, room, request)

    def _end_memberships(self) -> None:
        questions = (text_of(HAO, "question"),)
        set_screening(self.simulation, HAO, self.second, text_of(HAO, "rules"), questions, approval=True)
        passcode = issue_passcode(self.simulation, HAO, self.second)
        circles.join_circle(self.simulation.circles, NEW, passcode)
        circles.answer_screening(self.simulation.circles, NEW, self.second, 1, (text_of(NEW, "answer in the second circle"),))
        circles.leave_circle(self.simulation.circles, MEI, self.second)
        impose_sanction(self.simulation, HAO, self.second, YAN, SanctionKind.KICK)
        impose_sanction(self.simulation, HAO, self.second, LIN, SanctionKind.BAN)

    def _pay_twice(self, user: Caller) -> None:
        """Capture a second payment of a paid order: no order keeps it."""
        order_id, at = self.orders[user.user_id], self.driver.clock.now
        reference, payment_id = f"{user.user_id}/{order_id}", f"again-{order_id}"
        event = commerce.WebhookEvent("payment.captured", payment_id, reference, PRICE, captured_at=at)
        commerce.handle_webhook_event(self.simulation.commerce, event)

    def _earn_commission(self) -> None:
        """Hao buys of Mei what the circle's shop sells, for which Lin gets a commission."""
        ports, name = self.simulation.commerce, MEI.user_id
        title = text_of(MEI, "listing of the shop")
        key, kind = self._key(MEI), ListingKind.MERCHANT
        self.listings[name] = commerce.create_listing(ports, MEI, CIRCLE, key, kind=kind, title=title, price=PRICE, stock=5)
        self._buy(HAO, self.listings[name])
        commerce.ship_order(ports, MEI, self.orders[HAO.user_id])
        commerce.confirm_receipt(ports, HAO, self.orders[HAO.user_id])

    def request_account_export(self, user: Caller) -> Export:
        export = circles.create_account_export(self.simulation.circles, self._key(user))
        self._run()
        return export

    def export_account(self, user: Caller) -> list[Line]:
        """Return the lines of a new export of the account, from all services."""
        export = self.request_account_export(user)
        self.run_schedules()
        return self.lines_of_account(user, export.id)

    def lines_of_account(self, user: Caller, export_id: str) -> list[Line]:
        """Return the lines of a ready export of an account, after comparing its files with the manifest."""
        export = circles.get_account_export(self.simulation.circles, user, export_id)
        assert export.state is ExportState.READY, export
        files = self.driver.exports.files
        manifest = json.loads(files[f"circles/account/{export_id}/manifest.json"][1])
        assert (manifest["kind"], manifest["missing"]) == ("account", list(export.missing))
        lines: list[Line] = []
        for part in manifest["parts"]:
            data = files[f"{part['service']}/account/{export_id}/{part['name']}"][1]
            assert hashlib.sha256(data).hexdigest() == part["sha256"]
            lines += [{"service": part["service"], **json.loads(line)} for line in data.decode().splitlines()]
        return lines
