"""A model of honest clients with wrong clocks over a bad network: no duplicate, no lost update, no client denied for ever."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from ulid import ULID

from services.shared.security.auth import Caller
from simulation.api.bodies import APPLICATION
from simulation.api.gateway import NO_BODY
from simulation.clients import Client, MemoryApi, Network, Request, Step, memory_api, run_interleaved
from simulation.setup.chat import set_chat_members
from simulation.setup.circles import create_circle
from simulation.setup.commerce import Shop
from simulation.simulation import Simulation
from simulation.users import caller

SEEDS = range(int(os.environ.get("CLIENT_SEEDS", "6")))
NAMES = ("lin", "lin", "mei", "mei", "hao", "rui")  # Lin and Mei use two devices
DAYS = (-40, -0.08, -0.007, 0, 0.003, 3)
STOCK = 1000


class CircleUnderTest:
    """A circle with its chat and shop, and what its clients have done.

    texts: the tokens that were created or appended, by the list or the text that must contain each of them once.
    """

    def __init__(self, api: MemoryApi, randomness: random.Random) -> None:
        self.api, self.randomness = api, randomness
        self.network = Network(api, randomness)
        skews = [timedelta(days=days) for days in randomness.sample(DAYS, len(DAYS))]
        self.clients = [Client(self.network, caller(name), skew) for name, skew in zip(NAMES, skews, strict=True)]
        lin, *others = members = [caller(name) for name in dict.fromkeys(NAMES)]
        simulation = api.simulation
        self.circle_id = create_circle(simulation, lin, *others)
        self.circle = f"/circles/{self.circle_id}"
        self.room = f"{self.circle}/rooms/{set_chat_members(simulation, self.circle_id, *members)}"
        self.shop = Shop(simulation=simulation, stock=STOCK)
        for user in members:
            self.shop.set_member(user)
        note = self.call(lin, "circles", "POST", f"{self.circle}/notes", {"text": "今早的苇莺"})
        self.note = f"{self.circle}/notes/{note['note_id']}"
        self.call(
            lin, "circles", "PUT", f"{self.circle}/screening", {"rules": "不公布巢址", "questions": [], "approval": False}
        )
        application = self.call(lin, "review", "POST", "/applications", APPLICATION)
        self.application = f"/applications/{application['application_id']}"
        self.expected: dict[str, list[str]] = {}
        self.orders: Counter[str] = Counter()
        self.replies: list[tuple[str, str]] = []
        self._tokens = iter(f"t{number}" for number in range(10**6))

    def token(self, where: str) -> str:
        token = next(self._tokens)
        self.expected.setdefault(where, []).append(token)
        return token

    def call(self, by: Caller, service: str, method: str, path: str, body: Any = NO_BODY) -> Any:
        headers = {"idempotency-key": str(ULID.from_timestamp(self.api.simulation.clock().timestamp())), "if-none-match": "*"}
        response = self.api.call(Request(service, by, method, path, body, headers))
        assert response.status < 300, (path, response)
        return response.body

    def list_all(self, by: Caller, service: str, path: str) -> list[Any]:
        entries, cursor = [], ""
        while True:
            query = f"limit=100&cursor={cursor}" if cursor else "limit=100"
            page = self.call(by, service, "GET", f"{path}?{query}")
            entries += page["items"]
            if not page["next_cursor"]:
                return entries
            cursor = page["next_cursor"]


def actions(circle_under_test: CircleUnderTest, client: Client) -> list[Step]:
    """Return one step of every kind of write that this client can make now."""
    circle, shop = circle_under_test.circle, f"/circles/{circle_under_test.shop.circle_id}"
    texts = {
        "note": ("circles", circle_under_test.note, "text", lambda text: {"text": text, "tags": []}),
        "rules": ("circles", f"{circle}/screening", "rules", _rules_body),
        "listing": ("commerce", f"{shop}/listings/{circle_under_test.shop.listing.id}", "title", _listing_body),
        "application": ("review", circle_under_test.application, "plan", lambda plan: {**APPLICATION, "plan": plan}),
    }
    writers = {"note": "lin", "rules": "lin", "listing": "mei", "application": "lin"}
    steps: list[Step] = [
        client.create("circles", f"{circle}/notes", {"text": circle_under_test.token("notes")}),
        _ask_and_reply(circle_under_test, client),
        _draft(circle_under_test, client),
        client.create(
            "commerce", f"{shop}/listings", {**_listing_body(circle_under_test.token("listings")), "kind": "c2c", "stock": 1}
        ),
        client.create(
            "review", "/applications", {**APPLICATION, "plan": circle_under_test.token(f"applications {client.caller.user_id}")}
        ),
        _send_message(circle_under_test, client),
    ]
    for name, (service, path, field, body_of) in texts.items():
        if client.caller == caller(writers[name]):
            read = partial(_text, service, path, field)
            steps.append(client.append(service, path, circle_under_test.token(name), read, body_of))
    if client.caller == caller("lin"):
        steps.append(_issue_passcode(circle_under_test, client))
    if client.caller != caller("mei"):
        steps.append(_order(circle_under_test, client))
    return steps


def _listing_body(title: str) -> dict[str, Any]:
    return {"title": title, "amount": 100, "currency": "CNY"}


def _rules_body(rules: str) -> dict[str, Any]:
    return {"rules": rules, "questions": [], "approval": False}


def _text(service: str, path: str, name: str, client: Client) -> Step:
    response = yield from client.get(service, path)
    assert response.status == 200, (path, response)
    return response.body[name] or "", response.headers["etag"].strip('"')


def _ask_and_reply(circle_under_test: CircleUnderTest, client: Client) -> Step:
    """Comment, and reply to the comment: a reader must find the reply after its question."""
    path = f"{circle_under_test.note}/comments"
    question = yield from client.create("circles", path, {"text": circle_under_test.token("comments")})
    replier = circle_under_test.randomness.choice(circle_under_test.clients)
    body = {"text": circle_under_test.token("comments"), "parent_id": question["comment_id"]}
    reply = yield from replier.create("circles", path, body)
    circle_under_test.replies.append((question["comment_id"], reply["comment_id"]))


def _draft(circle_under_test: CircleUnderTest, client: Client) -> Step:
    """Create a draft, append to it twice, and publish it."""
    path = f"{circle_under_test.circle}/drafts"
    first = circle_under_test.token("notes")
    draft = yield from client.create("circles", path, {"text": first})

    def read(reader: Client) -> Step:
        response = yield from reader.get("circles", f"{path}?limit=100")
        (entry,) = [entry for entry in response.body["items"] if entry["draft_id"] == draft["draft_id"]]
        return entry["text"], entry["etag"]

    for _ in range(2):
        token = circle_under_test.token("notes")
        yield from client.append("circles", f"{path}/{draft['draft_id']}", token, read, lambda text: {"text": text, "tags": []})
    yield from client.send("circles", "POST", f"{path}/{draft['draft_id']}/publication")


def _send_message(circle_under_test: CircleUnderTest, client: Client) -> Step:
    token = circle_under_test.token("messages")
    body = {"client_msg_id": f"message-{token}", "after_seq": 0, "text": token}
    yield from client.send("chat", "POST", f"{circle_under_test.room}/messages", body)


def _issue_passcode(circle_under_test: CircleUnderTest, client: Client) -> Step:
    issued = yield from client.create("circles", f"{circle_under_test.circle}/passcodes", {"max_uses": 3})
    circle_under_test.expected.setdefault("passcodes", []).append(issued["passcode_id"])


def _order(circle_under_test: CircleUnderTest, client: Client) -> Step:
    """Order one unit; if the listing changed since it was read, order the new revision."""
    circle_under_test.orders[client.caller.user_id] += 1
    path = f"/circles/{circle_under_test.shop.circle_id}"
    while True:
        listing = yield from client.get("commerce", f"{path}/listings/{circle_under_test.shop.listing.id}")
        body = {"listing_id": circle_under_test.shop.listing.id, "revision": listing.body["revision"], "quantity": 1}
        request = Request("commerce", client.caller, "POST", f"{path}/orders", body)
        response = yield from client.request(request, keyed=True)
        if response.status == 201:
            return
        assert response.status == 409, response


@pytest.fixture(params=SEEDS)
def circle_under_test(request: pytest.FixtureRequest) -> Iterator[CircleUnderTest]:
    with memory_api(Simulation()) as api:
        yield CircleUnderTest(api, random.Random(request.param))


def test_honest_clients_over_a_bad_network(circle_under_test: CircleUnderTest) -> None:
    steps = [step for _ in range(3) for client in circle_under_test.clients for step in actions(circle_under_test, client)]
    run_interleaved(circle_under_test.network, steps)
    lin, mei = caller("lin"), caller("mei")
    shop = f"/circles/{circle_under_test.shop.circle_id}"
    stored = {
        "notes": [note["text"] for note in circle_under_test.list_all(lin, "circles", f"{circle_under_test.circle}/notes")],
        "comments": [
            comment["text"] for comment in circle_under_test.list_all(lin, "circles", f"{circle_under_test.note}/comments")
        ],
        "listings": [listing["title"] for listing in circle_under_test.list_all(mei, "commerce", f"{shop}/listings")],
        "messages": _messages(circle_under_test),
        "passcodes": [
            code["passcode_id"] for code in circle_under_test.list_all(lin, "circles", f"{circle_under_test.circle}/passcodes")
        ],
        "note": [circle_under_test.call(lin, "circles", "GET", circle_under_test.note)["text"]],
        "rules": [circle_under_test.call(lin, "circles", "GET", f"{circle_under_test.circle}/screening")["rules"]],
        "application": [circle_under_test.call(lin, "review", "GET", circle_under_test.application)["plan"]],
        "listing": [
            circle_under_test.call(mei, "commerce", "GET", f"{shop}/listings/{circle_under_test.shop.listing.id}")["title"]
        ],
    }
    for client in circle_under_test.clients:
        own = circle_under_test.list_all(client.caller, "review", "/applications")
        stored[f"applications {client.caller.user_id}"] = [application["plan"] for application in own]
        assert (
            len(circle_under_test.list_all(client.caller, "commerce", "/orders"))
            == circle_under_test.orders[client.caller.user_id]
        )
    for where, tokens in circle_under_test.expected.items():
        counts = Counter(" ".join(stored[where]).split())
        assert {token: counts[token] for token in tokens} == dict.fromkeys(tokens, 1), where
    listing = circle_under_test.call(mei, "commerce", "GET", f"{shop}/listings/{circle_under_test.shop.listing.id}")
    assert listing["stock"] == STOCK - circle_under_test.orders.total()
    order = [
        comment["comment_id"] for comment in circle_under_test.list_all(lin, "circles", f"{circle_under_test.note}/comments")
    ]
    assert all(order.index(question) < order.index(reply) for question, reply in circle_under_test.replies)
    assert not circle_under_test.network.late
    print(dict(circle_under_test.network.outcomes), "writes", sum(map(len, circle_under_test.expected.values())))


def _messages(circle_under_test: CircleUnderTest) -> list[str]:
    texts: list[str] = []
    while page := circle_under_test.call(
        caller("lin"), "chat", "GET", f"{circle_under_test.room}/messages?after_seq={len(texts)}&limit=100"
    )["items"]:
        texts += [message["text"] for message in page]
    return texts
