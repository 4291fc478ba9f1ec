"""Actions of sellers and buyers, and of the payment provider."""

from __future__ import annotations

import json

from services.commerce.adapters.payments import sign_webhook
from services.commerce.repository.listings import listing_key
from simulation.api.gateway import Context, gateway_event
from simulation.soak.actors import Actor
from simulation.soak.faults import Died
from simulation.soak.requests import etag_of
from simulation.soak.soak import Soak
from simulation.soak.stand_ins import Webhook
from simulation.users import RING

KINDS = ("c2c", "c2c", "merchant")


def create_listing(soak: Soak) -> None:
    if circle_id := soak.recent("circles", among=2):
        actor = soak.someone_in(circle_id) if soak.chance(0.6) else soak.staff_of(circle_id)
        amount = soak.randomness.choice((100, 333, 12_900, 99_999))
        body = {"kind": soak.randomness.choice(KINDS), "title": soak.text("望远镜"), "amount": amount, "currency": "CNY"}
        response = soak.call(
            actor, "create_listing", {"circle_id": circle_id}, {**body, "stock": soak.randomness.choice((1, 2, 7, 30))}
        )
        if response and response.status == 201:
            soak.learn("listings", (circle_id, response.body["listing_id"]))


def update_listing(soak: Soak) -> None:
    if listing := soak.recent("listings"):
        ids = {"circle_id": listing[0], "listing_id": listing[1]}
        found = soak.get(soak.someone_in(listing[0]), "get_listing", ids)
        seller = soak.by_user_id[found["seller_id"]] if found and soak.chance(0.9) else soak.someone_in(listing[0])
        amount = soak.randomness.choice((90, 400, 9_900))
        body = {"title": soak.text("降价"), "amount": amount, "currency": "CNY", "on_sale": soak.chance(0.8)}
        soak.call(seller, "update_listing", ids, body, etag=etag_of(soak, seller, "get_listing", ids))


def report_listing(soak: Soak) -> None:
    if listing := soak.recent("listings"):
        ids = {"circle_id": listing[0], "listing_id": listing[1]}
        soak.call(soak.someone_in(listing[0]), "report_listing", ids, {"reason": "spam", "text": soak.text("假货")})


def place_order(soak: Soak) -> None:
    if listing := soak.recent("listings"):
        circle_id, listing_id = listing
        buyer = soak.someone_in(circle_id)
        found = soak.get(buyer, "get_listing", {"circle_id": circle_id, "listing_id": listing_id})
        revision = found["revision"] if found else 1
        body = {"listing_id": listing_id, "revision": revision, "quantity": soak.randomness.choice((1, 1, 2, 5))}
        response = soak.call(buyer, "place_order", {"circle_id": circle_id}, body)
        if response and response.status == 201:
            order = response.body
            soak.learn("orders", (buyer.index, soak.by_user_id[order["seller_id"]].index, order["order_id"]))
            if soak.chance(0.6):
                pay(soak, buyer, order["order_id"])


def start_payment(soak: Soak) -> None:
    """Start a payment; most buyers complete it at the provider, some later, some never."""
    if order := soak.recent("orders", among=3):
        buyer = soak.actors[order[0]] if soak.chance(0.95) else soak.choose_actor(soak.actors)
        pay(soak, buyer, order[2])


def pay(soak: Soak, buyer: Actor, order_id: str) -> None:
    soak.call(buyer, "start_payment", {"order_id": order_id})
    if soak.chance(0.7):
        complete_payment(soak)


def complete_payment(soak: Soak) -> None:
    references = soak.driver.payments.references()
    if reference := soak.choose(references[-3:]):
        again = soak.randomness.choice((0, 0, 0, 0, 1, 2))
        soak.note(f"provider captures {soak.driver.payments.complete(reference, soak.driver.clock.now, again)}")


def refund_at_the_provider(soak: Soak) -> None:
    """An operator refunds a payment at the provider, in full or in part."""
    captured = list(soak.driver.payments.captured)
    if captured:
        payment_id, _ = soak.randomness.choice(captured[-12:])
        amount = soak.driver.payments.refund_at_the_provider(payment_id, soak.randomness.choice((1, 2, 3)))
        soak.note(f"provider refunds {amount}")


def open_chargeback_at_the_provider(soak: Soak) -> None:
    """The bank of a buyer takes a payment back, in full or in part."""
    captured = list(soak.driver.payments.captured)
    if captured:
        payment_id, _ = soak.randomness.choice(captured[-12:])
        amount = soak.driver.payments.open_chargeback_of_part(payment_id, soak.randomness.choice((1, 1, 2, 3)))
        soak.note(f"bank charges back {amount}")


def decide_chargeback_at_the_provider(soak: Soak) -> None:
    """The bank decides a chargeback that is open."""
    if chargeback_id := soak.choose(list(soak.driver.payments.chargebacks)):
        state = soak.randomness.choice(("won", "lost"))
        soak.driver.payments.close_chargeback(chargeback_id, state)
        soak.note(f"bank decides {chargeback_id}: {state}")


def withdraw_listing(soak: Soak) -> None:
    """A seller takes their listing off sale, also as a former member; by chance another user tries."""
    if listing := soak.recent("listings"):
        ids = {"circle_id": listing[0], "listing_id": listing[1]}
        actor = soak.choose_actor(soak.actors)
        stored = soak.driver.tables["commerce"].get(listing_key(*listing), consistent_read=True)
        if stored and soak.chance(0.9):
            actor = soak.by_user_id[stored["seller_id"]]
        soak.call(actor, "withdraw_listing", ids)


def remove_listing(soak: Soak) -> None:
    """A moderator takes a listing off sale until its seller appeals; by chance another member tries."""
    if listing := soak.recent("listings"):
        ids = {"circle_id": listing[0], "listing_id": listing[1]}
        actor = soak.staff_of(listing[0]) if soak.chance(0.8) else soak.someone_in(listing[0])
        response = soak.call(actor, "remove_listing", ids, {"reason": soak.text("假货")})
        if response and response.status == 204:
            stored = soak.driver.tables["commerce"].get(listing_key(*listing), consistent_read=True) or {}
            soak.learn("taken_down", soak.by_user_id[stored["seller_id"]].index)


def ship_order(soak: Soak) -> None:
    """A seller ships what is paid; by chance another order, or another user tries."""
    if order := soak.recent("orders"):
        seller = soak.actors[order[1]]
        paid = [sale for sale in (soak.get(seller, "list_sales") or {"items": ()})["items"] if sale["state"] == "paid"]
        order_id = soak.choose([sale["order_id"] for sale in paid]) if soak.chance(0.9) else order[2]
        if order_id:
            soak.call(seller if soak.chance(0.9) else soak.choose_actor(soak.actors), "ship_order", {"order_id": order_id}, {})


def confirm_receipt(soak: Soak) -> None:
    """A buyer confirms what was shipped; by chance another order, or the seller tries."""
    if order := soak.recent("orders"):
        buyer = soak.actors[order[0]]
        shipped = [own for own in (soak.get(buyer, "list_orders") or {"items": ()})["items"] if own["state"] == "shipped"]
        order_id = soak.choose([own["order_id"] for own in shipped]) if soak.chance(0.9) else order[2]
        if order_id:
            soak.call(buyer if soak.chance(0.9) else soak.actors[order[1]], "confirm_receipt", {"order_id": order_id})


def cancel_order(soak: Soak) -> None:
    """A buyer cancels one of the latest orders, whatever its state; by chance the seller tries."""
    if order := soak.recent("orders"):
        soak.call(soak.actors[order[0 if soak.chance(0.9) else 1]], "cancel_order", {"order_id": order[2]})


def refund_order(soak: Soak) -> None:
    """A seller gives back a part of an order, or all that is left of it."""
    if order := soak.recent("orders"):
        seller = soak.actors[order[1]]
        sold = [sale for sale in (soak.get(seller, "list_sales") or {"items": ()})["items"] if sale["refundable_amount"]]
        if sale := soak.choose(sold):
            amount = max(sale["refundable_amount"] // soak.randomness.choice((1, 2, 3)), 1)
            soak.call(seller, "refund_order", {"order_id": sale["order_id"]}, {"amount": amount, "currency": "CNY"})


def list_own_orders(soak: Soak) -> None:
    soak.call(soak.choose_actor(soak.actors), soak.randomness.choice(("list_orders", "list_sales", "list_ledger_accounts")))


def deliver_webhook(soak: Soak) -> None:
    """The provider delivers one of its webhooks, in any order, some more than once."""
    waiting = soak.driver.payments.waiting
    if webhook := soak.choose(waiting):
        status = send_webhook(soak, webhook)
        if status == 204 and not soak.chance(0.2) and webhook in waiting:
            waiting.remove(webhook)


def forge_webhook(soak: Soak) -> None:
    """An attacker sends a webhook: with a wrong signature, an old one, or a signed one with another amount."""
    references = soak.driver.payments.references()
    if reference := soak.choose(references[-12:]):
        payment = soak.driver.payments.payment_of(reference)
        kind = soak.randomness.choice(("wrong signature", "old"))
        status = send_webhook(soak, Webhook("payment.captured", payment.id, reference, 1), flaw=kind)
        if status and status < 400:
            soak.observed.add("webhooks", f"a webhook with a {kind} had status {status}")


def send_webhook(soak: Soak, webhook: Webhook, flaw: str = "") -> int:
    """Post a signed webhook; return its status, 0 if the function died."""
    body = {
        "event_id": f"evt_{soak.step_seed}_{soak.next_ordinal()}",
        "type": webhook.type,
        "payment_id": webhook.payment_id,
        "reference": webhook.reference,
        "amount": webhook.amount,
        "currency": "CNY",
        "captured_at": webhook.captured_at or None,
        "refund_id": webhook.refund_id or None,
        "refund_reference": webhook.refund_reference or None,
        "chargeback_id": webhook.chargeback_id or None,
    }
    raw, at = json.dumps(body), soak.driver.clock.now
    secret = b"another secret" if flaw == "wrong signature" else RING.newest
    signature = sign_webhook(secret, raw.encode(), at.replace(year=at.year - 1) if flaw == "old" else at)
    event = gateway_event("POST", "/payment-events", body=raw, headers={"provider-signature": signature})
    event["headers"]["x-correlation-id"] = f"soak-step-{soak.step_number:08}"
    try:
        response = soak.api.apis["commerce"](event, Context())
    except Died:
        return 0
    status = int(response["statusCode"])
    soak.statistics.statuses["handle_webhook_event", status] += 1
    if status >= 500 and status != 503:
        soak.observed.add("responses", f"webhook {webhook} {status}: {response['body']}")
    soak.note(f"webhook {webhook.type} {status}")
    return status


ACTIONS = {
    create_listing: 7,
    update_listing: 3,
    report_listing: 1,
    place_order: 15,
    start_payment: 10,
    complete_payment: 2,
    ship_order: 6,
    confirm_receipt: 5,
    cancel_order: 2,
    refund_order: 2,
    list_own_orders: 1,
    withdraw_listing: 1,
    remove_listing: 1,
    refund_at_the_provider: 2,
    open_chargeback_at_the_provider: 2,
    decide_chargeback_at_the_provider: 2,
    deliver_webhook: 14,
    forge_webhook: 2,
}
