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


class ClientRun:
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
        self.call(lin, "circles", "PUT", f"{self.circle}/screening", _rules_body("不公布巢址"))
        self.call(lin, "circles", "PUT", f"{self.circle}/teaser", {"text": "看鸟", "tags": ["观鸟"]})
        application = self.call(lin, "review", "POST", "/applications", APPLICATION)
        self.application = f"/applications/{application['application_id']}"
        self.expected: dict[str, list[str]] = {}
        self.orders: Counter[str] = Counter()
        self.read: dict[str, int] = {}
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


def actions(run: ClientRun, client: Client) -> list[Step]:
    """Return one step of every kind of write that this client can make now."""
    circle, shop = run.circle, f"/circles/{run.shop.circle_id}"
    texts = {
        "note": ("circles", run.note, "text", lambda text: {"text": text, "tags": []}),
        "rules": ("circles", f"{circle}/screening", "rules", _rules_body),
        "teaser": ("circles", f"{circle}/teaser", "text", lambda text: {"text": text, "tags": ["观鸟"]}),
        "listing": ("commerce", f"{shop}/listings/{run.shop.listing.id}", "title", _listing_body),
        "application": ("review", run.application, "plan", lambda plan: {**APPLICATION, "plan": plan}),
    }
    writers = {"note": "lin", "rules": "lin", "teaser": "lin", "listing": "mei", "application": "lin"}
    steps: list[Step] = [
        client.create("circles", f"{circle}/notes", {"text": run.token("notes")}),
        _ask_and_reply(run, client),
        _draft(run, client),
        client.create("commerce", f"{shop}/listings", {**_listing_body(run.token("listings")), "kind": "c2c", "stock": 1}),
        client.create("review", "/applications", {**APPLICATION, "plan": run.token(f"applications {client.caller.user_id}")}),
        _send_message(run, client),
        _mark_read(run, client),
    ]
    for name, (service, path, field, body_of) in texts.items():
        if client.caller == caller(writers[name]):
            read = partial(_text, service, path, field)
            steps.append(client.append(service, path, run.token(name), read, body_of))
    if client.caller == caller("lin"):
        steps.append(_issue_passcode(run, client))
    if client.caller != caller("mei"):
        steps.append(_order(run, client))
    return steps


def _listing_body(title: str) -> dict[str, Any]:
    return {"title": title, "amount": 100, "currency": "CNY"}


def _rules_body(rules: str) -> dict[str, Any]:
    return {"rules": rules, "questions": [], "approval": False}


def _text(service: str, path: str, name: str, client: Client) -> Step:
    response = yield from client.get(service, path)
    assert response.status == 200, (path, response)
    return response.body[name] or "", response.headers["etag"].strip('"')


def _ask_and_reply(run: ClientRun, client: Client) -> Step:
    """Comment, and reply to the comment: a reader must find the reply after its question."""
    path = f"{run.note}/comments"
    question = yield from client.create("circles", path, {"text": run.token("comments")})
    replier = run.randomness.choice(run.clients)
    body = {"text": run.token("comments"), "parent_id": question["comment_id"]}
    reply = yield from replier.create("circles", path, body)
    run.replies.append((question["comment_id"], reply["comment_id"]))


def _draft(run: ClientRun, client: Client) -> Step:
    """Create a draft, append to it twice, and publish it."""
    path = f"{run.circle}/drafts"
    first = run.token("notes")
    draft = yield from client.create("circles", path, {"text": first})

    def read(reader: Client) -> Step:
        response = yield from reader.get("circles", f"{path}?limit=100")
        (entry,) = [entry for entry in response.body["items"] if entry["draft_id"] == draft["draft_id"]]
        return entry["text"], entry["etag"]

    for _ in range(2):
        token = run.token("notes")
        yield from client.append("circles", f"{path}/{draft['draft_id']}", token, read, lambda text: {"text": text, "tags": []})
    yield from client.send("circles", "POST", f"{path}/{draft['draft_id']}/publication")


def _send_message(run: ClientRun, client: Client) -> Step:
    token = run.token("messages")
    body = {"client_msg_id": f"message-{token}", "after_seq": 0, "text": token}
    yield from client.send("chat", "POST", f"{run.room}/messages", body)


def _mark_read(run: ClientRun, client: Client) -> Step:
    """Read the room to its end; a request that arrives late must not move the marker back."""
    history = yield from client.get("chat", f"{run.room}/messages?after_seq=0&limit=100")
    if history.body["items"]:
        seq = history.body["items"][-1]["seq"]
        yield from client.send("chat", "PUT", f"{run.room}/read-marker", {"seq": seq})
        user_id = client.caller.user_id
        run.read[user_id] = max(run.read.get(user_id, 0), seq)


def _issue_passcode(run: ClientRun, client: Client) -> Step:
    issued = yield from client.create("circles", f"{run.circle}/passcodes", {"max_uses": 3})
    run.expected.setdefault("passcodes", []).append(issued["passcode_id"])


def _order(run: ClientRun, client: Client) -> Step:
    """Order one unit; if the listing changed since it was read, order the new revision."""
    run.orders[client.caller.user_id] += 1
    path = f"/circles/{run.shop.circle_id}"
    while True:
        listing = yield from client.get("commerce", f"{path}/listings/{run.shop.listing.id}")
        body = {"listing_id": run.shop.listing.id, "revision": listing.body["revision"], "quantity": 1}
        request = Request("commerce", client.caller, "POST", f"{path}/orders", body)
        response = yield from client.request(request, keyed=True)
        if response.status == 201:
            return
        assert response.status == 409, response


@pytest.fixture(params=SEEDS)
def run(request: pytest.FixtureRequest) -> Iterator[ClientRun]:
    with memory_api(Simulation()) as api:
        yield ClientRun(api, random.Random(request.param))


def test_honest_clients_over_a_bad_network(run: ClientRun) -> None:
    steps = [step for _ in range(3) for client in run.clients for step in actions(run, client)]
    run_interleaved(run.network, steps)
    lin, mei = caller("lin"), caller("mei")
    shop = f"/circles/{run.shop.circle_id}"
    stored = {
        "notes": [note["text"] for note in run.list_all(lin, "circles", f"{run.circle}/notes")],
        "comments": [comment["text"] for comment in run.list_all(lin, "circles", f"{run.note}/comments")],
        "listings": [listing["title"] for listing in run.list_all(mei, "commerce", f"{shop}/listings")],
        "messages": _messages(run),
        "passcodes": [code["passcode_id"] for code in run.list_all(lin, "circles", f"{run.circle}/passcodes")],
        "note": [run.call(lin, "circles", "GET", run.note)["text"]],
        "rules": [run.call(lin, "circles", "GET", f"{run.circle}/screening")["rules"]],
        "teaser": [run.call(lin, "circles", "GET", f"{run.circle}/teaser")["text"]],
        "application": [run.call(lin, "review", "GET", run.application)["plan"]],
        "listing": [run.call(mei, "commerce", "GET", f"{shop}/listings/{run.shop.listing.id}")["title"]],
    }
    for client in run.clients:
        own = run.list_all(client.caller, "review", "/applications")
        stored[f"applications {client.caller.user_id}"] = [application["plan"] for application in own]
        assert len(run.list_all(client.caller, "commerce", "/orders")) == run.orders[client.caller.user_id]
        (room,) = run.call(client.caller, "chat", "GET", "/rooms")["items"]
        assert room["read_seq"] == run.read.get(client.caller.user_id, 0)
    for where, tokens in run.expected.items():
        counts = Counter(" ".join(stored[where]).split())
        assert {token: counts[token] for token in tokens} == dict.fromkeys(tokens, 1), where
    listing = run.call(mei, "commerce", "GET", f"{shop}/listings/{run.shop.listing.id}")
    assert listing["stock"] == STOCK - run.orders.total()
    order = [comment["comment_id"] for comment in run.list_all(lin, "circles", f"{run.note}/comments")]
    assert all(order.index(question) < order.index(reply) for question, reply in run.replies)
    assert not run.network.late
    print(dict(run.network.outcomes), "writes", sum(map(len, run.expected.values())))


def _messages(run: ClientRun) -> list[str]:
    texts: list[str] = []
    while page := run.call(caller("lin"), "chat", "GET", f"{run.room}/messages?after_seq={len(texts)}&limit=100")["items"]:
        texts += [message["text"] for message in page]
    return texts
