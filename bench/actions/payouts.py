"""Every action of payouts, desks, statements and the reconciliation: how to run it."""

from __future__ import annotations

from functools import partial

from bench.actions.commerce import capture, ship
from bench.dataset import HAO, MEI, BenchDataset, new_id_for, place_order
from bench.measure import Action
from services.commerce import usecases as commerce
from services.commerce.adapters.payments import AccountState, Movement, MovementKind
from services.commerce.domain.dispute import Dispute, DisputeReason
from services.commerce.domain.money import Money
from services.commerce.domain.payout import Payout, PayoutSource
from services.commerce.domain.product_return import Return, ReturnLine, ReturnReason
from services.commerce.repository.disputes import dispute_to_item
from services.commerce.repository.returns import return_to_item
from services.commerce.settings import settings
from services.commerce.usecases.reconciliation import plan_reconciliation
from services.shared.kernel.clock import china_month
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import AccountVerified, AccountVerifiedData
from simulation.settings import overridden
from simulation.setup.events import envelope
from simulation.setup.requests import change
from simulation.streams import deliver, handle_new_changes
from simulation.users import caller

ACCOUNT = "acct_mei"
OPERATORS = tuple(caller(name, "operator") for name in ("ops-one", "ops-two"))


def _earn(dataset: BenchDataset) -> None:
    """Let Mei sell a unit, and be able to be paid."""
    ship(dataset)
    commerce.confirm_receipt(dataset.simulation.commerce, HAO, dataset.objects["order"].id)
    handle_new_changes(dataset.simulation, "commerce")
    dataset.simulation.payments.set_account(ACCOUNT, AccountState.VERIFIED)
    _set_account(dataset)
    dataset.simulation.clock.advance(hours=72)


def _set_account(dataset: BenchDataset) -> None:
    commerce.set_payout_account(dataset.simulation.commerce, MEI, change(0), ACCOUNT)


def _open_account(dataset: BenchDataset) -> None:
    dataset.simulation.payments.set_account(ACCOUNT, AccountState.VERIFIED)


def _request(dataset: BenchDataset) -> None:
    key, amount = dataset.key(MEI), Money(9_000, "CNY")
    payout = commerce.request_payout(dataset.simulation.commerce, MEI, key, source=PayoutSource.SELLER, amount=amount)
    dataset.objects["payout"] = payout


def _requested(dataset: BenchDataset) -> None:
    _earn(dataset)
    _request(dataset)
    handle_new_changes(dataset.simulation, "commerce")


def _requested_many(dataset: BenchDataset) -> None:
    """Request n payouts, and let n orders be paid and not shipped."""
    _requested(dataset)
    payout = _payout(dataset)
    dataset.multiply("commerce", lambda item: item["sk"] == f"PAYOUT#{payout.id}", new_id_for("pyt", payout.id))
    order = place_order(dataset)
    capture(dataset, order)
    dataset.multiply("commerce", lambda item: item["sk"] == f"ORDER#{order.id}", new_id_for("ord", order.id))


def _busy(dataset: BenchDataset) -> None:
    """Also let n returns and n disputes wait for the seller."""
    _requested_many(dataset)
    order, at, memory = dataset.objects["order"], dataset.simulation.clock.now, dataset.memory("commerce")
    of_order = (order.id, order.circle_id, order.buyer_id, order.seller_id)
    lines = (ReturnLine(dataset.listing.id, "", 1),)
    for _ in range(dataset.n):
        one = Return(new_id("ret"), *of_order, lines, ReturnReason.DAMAGED, "有划痕。", created_at=at, version=0)
        memory.set_item(return_to_item(one.begin()))
        about = (order.owner_id, order.net, DisputeReason.NOT_RECEIVED, "没收到。")
        memory.set_item(dispute_to_item(Dispute(new_id("dsp"), *of_order, *about, created_at=at, version=1)))


def _requested_large(dataset: BenchDataset) -> None:
    with overridden(settings, payout_approval_limit=0):
        _requested(dataset)
    for operator in OPERATORS:
        data = AccountVerifiedData(user_id=operator.user_id, identity_id=f"of {operator.user_id}", adult_on=None)
        event = AccountVerified(**envelope(dataset.simulation, operator.user_id), data=data)
        deliver(dataset.simulation, "commerce", event)


def _sent(dataset: BenchDataset) -> None:
    _requested(dataset)
    _only_due(dataset)
    commerce.handle_schedule(dataset.simulation.commerce)


def _only_due(dataset: BenchDataset) -> None:
    """Let nothing be due but the payout."""
    memory = dataset.memory("commerce")
    for item in list(memory._items.values()):
        if "gsi2pk" in item and item["gsi2pk"].startswith("DUE") and not item["sk"].startswith("PAYOUT#"):
            memory.set_item({**item, "gsi2sk": f"2999-01-01T00:00:00.000Z#{item['id']}"})


def _prepare_sending(dataset: BenchDataset) -> None:
    _requested(dataset)
    _only_due(dataset)


def _payout(dataset: BenchDataset) -> Payout:
    payout: Payout = dataset.objects["payout"]
    return payout


def _receive_result(dataset: BenchDataset) -> None:
    payout = _payout(dataset)
    event = commerce.PayoutEvent("payout.succeeded", payout.reference, payout.amount)
    commerce.handle_provider_event(dataset.simulation.commerce, event)


def _books(dataset: BenchDataset) -> None:
    """Let the provider list the one capture of a day, and plan its reconciliation."""
    capture(dataset, dataset.objects["order"])
    handle_new_changes(dataset.simulation, "commerce")
    order, at = dataset.objects["order"], dataset.simulation.clock.now
    reference = f"{order.buyer_id}/{order.id}"
    payment_id = dataset.simulation.payments.start_one(reference, order.total).id
    movement = Movement(MovementKind.CAPTURE, payment_id, payment_id, reference, order.total, at)
    dataset.simulation.payments.movements.append(movement)
    dataset.simulation.clock.now = at.replace(hour=12)
    dataset.simulation.clock.advance(days=1)
    commerce.handle_jobs(dataset.simulation.commerce)  # the search for wash trade
    plan_reconciliation(dataset.simulation.commerce_table, dataset.simulation.clock.now)


_action = partial(Action, "commerce")
_unauthorized = partial(Action, "commerce", trigger="none", authorizes=False)

PAYOUTS = (
    _action("read the account for payouts", lambda d: commerce.get_payout_account(d.simulation.commerce, MEI)),
    _action("set the account for payouts", _set_account, None, _open_account),
    _action("request a payout", _request, None, _earn),
    _action(
        "list payouts, 20", lambda d: commerce.list_payouts(d.simulation.commerce, MEI, PageRequest(20)), None, _requested_many
    ),
    _action("read a payout", lambda d: commerce.get_payout(d.simulation.commerce, MEI, _payout(d).id), None, _requested),
    _action("cancel a payout", lambda d: commerce.cancel_payout(d.simulation.commerce, MEI, _payout(d).id), None, _requested),
    _action(
        "approve a payout",
        lambda d: commerce.approve_payout(d.simulation.commerce, OPERATORS[0], _payout(d).id),
        None,
        _requested_large,
    ),
    _action(
        "reject a payout",
        lambda d: commerce.reject_payout(d.simulation.commerce, OPERATORS[0], _payout(d).id, "请先核实"),
        None,
        _requested_large,
    ),
    _unauthorized("send a payout", lambda d: commerce.handle_schedule(d.simulation.commerce), None, _prepare_sending),
    _unauthorized("the result of a payout", _receive_result, None, _sent),
    _action("read the desk of a seller", lambda d: commerce.get_seller_desk(d.simulation.commerce, MEI), None, _busy),
    _action("read the desk of an owner", lambda d: commerce.get_owner_desk(d.simulation.commerce, MEI), None, _requested),
    _action(
        "read a statement",
        lambda d: commerce.get_statement(d.simulation.commerce, MEI, PayoutSource.SELLER, china_month(d.simulation.clock.now)),
        None,
        _requested,
    ),
    _action(
        "read the statement of the platform",
        lambda d: commerce.get_platform_statement(d.simulation.commerce, OPERATORS[0], china_month(d.simulation.clock.now)),
    ),
    _unauthorized("reconcile a day with one movement", lambda d: commerce.handle_jobs(d.simulation.commerce), None, _books),
)
