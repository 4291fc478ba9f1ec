"""The screens of an app: which calls each of them needs, and what these cost. Measured over HTTP, on full pages.

`make bench`, or `python -m bench.screens` alone, writes the table to docs/screens.md. tests/cost/test_screens.py compares it,
and holds that no screen needs a call or a table request per item.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from unittest import mock

from bench.actions.commerce import pay_all
from bench.actions.notifications import notify
from bench.address_book import fill_address_book
from bench.cost import DOCS, as_markdown
from bench.dataset import HAO, LIN, MEI, RUI, BenchDataset, dataset_of, new_id_for
from services.chat.domain import Highlights
from services.chat.repository.highlights import highlights_to_item
from services.chat.repository.message_items import HIGHLIGHTED_AT
from services.chat.repository.notifications import is_notification_item, notification_from_item, notification_to_item
from services.circles import usecases as circles
from services.circles.domain import SanctionKind
from services.review.usecases import apply_content_reported, list_cases
from services.shared.kernel.clock import utc_now
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from services.shared.security.auth import Caller
from simulation.api.gateway import ApiUser, Gateway
from simulation.api.moto_cloud import open_cloud, service_module
from simulation.registry import REGISTRY
from simulation.settings import relax_limits
from simulation.setup.events import note_reported
from simulation.sockets import FakeSockets
from simulation.streams import handle_new_changes
from simulation.users import user_id

PAGE = 20
PAGE_FILE = DOCS / "screens.md"
PICTURES = 4  # of each note; a note of birdwatching has 4.5 (product.md)
HEADS = ("screen", "calls", "table requests", "read units", "bytes", "compressed")
CIRCLE = "/circles/{circle}"
PEOPLE = ("circles", f"{CIRCLE}/people?ids={{people}}")
NOTE = ("circles", f"{CIRCLE}/notes/{{note}}")
COMMENTS = ("circles", f"{CIRCLE}/notes/{{note}}/comments")


@dataclass(frozen=True)
class Screen:
    """A screen of an app.

    calls: service and path of each call, with names of ids in braces. by: the user who opens the screen.
    """

    name: str
    calls: tuple[tuple[str, str], ...]
    by: Caller = HAO


SCREENS = (
    Screen("me", (("circles", "/me"),)),
    Screen("my circles", (("circles", "/circles"),)),
    Screen("page of a circle", (("circles", CIRCLE),)),
    Screen("feed", (("circles", f"{CIRCLE}/notes"), PEOPLE)),
    Screen("note with comments, opened from the feed", (COMMENTS, PEOPLE)),
    Screen("note with comments, opened by a link", (NOTE, COMMENTS, PEOPLE)),
    Screen("members", (("circles", f"{CIRCLE}/members"),)),
    Screen("search of members", (("circles", f"{CIRCLE}/members?q=guan"),)),
    Screen("chat list", (("chat", "/rooms"),)),
    Screen("room, at its end", (("chat", f"{CIRCLE}/rooms/{{room}}/messages?limit=50"), PEOPLE)),
    Screen("highlights of a room", (("chat", f"{CIRCLE}/rooms/{{room}}/highlights"), PEOPLE)),
    Screen("notifications", (("chat", "/notifications"),), LIN),
    Screen("shop", (("commerce", f"{CIRCLE}/listings"), PEOPLE)),
    Screen("listing", (("commerce", f"{CIRCLE}/listings/{{listing}}"),)),
    Screen("my orders", (("commerce", "/orders"),)),
    Screen("order", (("commerce", "/orders/{order}"),)),
    Screen("my addresses", (("commerce", "/me/addresses"),)),
    Screen("my sales", (("commerce", "/sales"),), MEI),
    Screen("desk of a seller", (("commerce", "/desks/seller"),), MEI),
    Screen("desk of an owner", (("commerce", "/desks/owner"),)),
    Screen("my applications", (("review", "/applications"),), LIN),
    Screen("application, as its applicant", (("review", "/applications/{application}"),), LIN),
    Screen("moderation: requests to join", (("circles", f"{CIRCLE}/pending-members"), PEOPLE), LIN),
    Screen("moderation: members with sanctions", (("circles", f"{CIRCLE}/memberships"), PEOPLE), LIN),
    Screen("moderation: log", (("circles", f"{CIRCLE}/moderation-log"), PEOPLE), LIN),
    Screen("review queue", (("review", "/review-queue"),), RUI),
    Screen("application, as a reviewer", (("review", "/applications/{application}"),), RUI),
    Screen("cases", (("review", "/cases"),), RUI),
)


@dataclass(frozen=True)
class Measured:
    """What one screen costs. items: how many entries its lists have; size and compressed: bytes of all responses."""

    screen: Screen
    requests: int
    reads: float
    items: int
    size: int
    compressed: int


def full_pages(n: int) -> tuple[BenchDataset, dict[str, str]]:
    """Return a dataset in which a page is full: n authors with avatars, notes with pictures, circles; and the ids."""
    dataset = dataset_of(n)
    people = [user_id(f"guest-{number}") for number in range(n)]
    memory = dataset.memory("circles")
    memberships = [item for item in memory.all_items() if item["sk"].startswith("MEMBER#")]
    for item in memberships:
        name = {"nickname": f"观鸟的{item['user_id'][:4]}", "name_key": f"guanniaode{item['user_id'][:4]}"}
        key = f"{item['gsi2sk'].partition('#')[0]}#{name['name_key']}"
        memory.set_item({**item, **name, "avatar": new_id("pic"), "gsi2sk": key})
    listings = _sell(dataset, people)
    pay_all(dataset)
    for service, prefix in (("circles", "NOTE#"), ("circles", "COMMENT#"), ("chat", "MSG#")):
        items = [item for item in dataset.memory(service).all_items() if item["sk"].startswith(prefix)]
        for number, item in enumerate(items):
            listing_id = listings[number % n]
            more: dict[str, object] = {"author": people[number % n]}
            if prefix == "NOTE#":
                more |= {"pictures": [_picture() for _ in range(PICTURES)], "listings": [listing_id]}
            if prefix == "MSG#":
                more = {"sender": people[number % n], "listing_id": listing_id}
            dataset.memory(service).set_item({**item, **more})
    _join_circles(dataset, n)
    _moderate(dataset, people)
    _report(dataset)
    _notify(dataset)
    _highlight(dataset)
    fill_address_book(dataset)
    return dataset, {
        **dataset.ids,
        "listing": dataset.listing.id,
        "order": dataset.objects["order"].id,
        "application": dataset.objects["waiting"].id,
        "people": ",".join(people),
    }


def _sell(dataset: BenchDataset, people: list[str]) -> list[str]:
    """Let each user sell a listing, which circles and chat know too, and return the listings."""
    commerce = dataset.memory("commerce")
    items = [item for item in commerce.all_items() if item["sk"].startswith("LISTING#")][: len(people)]
    for item, seller in zip(items, people, strict=True):
        commerce.set_item({**item, "seller_id": seller})
        for service in ("circles", "chat"):
            dataset.memory(service).set_item({**item, "seller": seller, "option_count": 0})
    return [item["id"] for item in items]


def _moderate(dataset: BenchDataset, people: list[str]) -> None:
    """Let n users wait for approval, and mute a member n times."""
    memory, simulation = dataset.memory("circles"), dataset.simulation
    member = next(item for item in memory.all_items() if item["sk"] == f"MEMBER#{people[0]}")
    shown = {name: value for name, value in member.items() if not name.startswith("gsi2")}
    for number, user in enumerate(people):
        waiting = {"state": "pending", "pending_step": "approval", "user_id": f"{user[:-4]}{number:04}"}
        keys = {"sk": f"MEMBER#{waiting['user_id']}", "gsi2pk": f"PENDING#{dataset.circle}", "gsi2sk": f"{number:04}"}
        memory.set_item({**shown, **waiting, **keys})
        until = simulation.clock() + timedelta(days=number + 1)
        circles.impose_member_sanction(
            simulation.circles, LIN, dataset.circle, MEI.user_id, SanctionKind.MUTE, reason="广告太多了", until=until
        )
        handle_new_changes(simulation, "circles")


def _report(dataset: BenchDataset) -> None:
    """Open n cases."""
    review = dataset.simulation.review
    apply_content_reported(review, note_reported(dataset.simulation, HAO))
    case = list_cases(review, RUI, PageRequest(1)).items[0]
    dataset.multiply(
        "review", lambda item: item["pk"] == f"CASE#{case.id}" and item["sk"] == "CASE", new_id_for("cas", case.id)
    )


def _notify(dataset: BenchDataset) -> None:
    """Notify Lin of n comments, now by the clock of the API: older ones expire."""
    notify(dataset)
    memory = dataset.memory("chat")
    for item in list(memory.all_items()):
        if is_notification_item(item):
            memory.set_item(notification_to_item(replace(notification_from_item(item), at=utc_now())))


def _highlight(dataset: BenchDataset) -> None:
    """Let the n newest messages of the room be its highlights."""
    memory = dataset.memory("chat")
    messages = [item for item in memory.all_items() if item["sk"].startswith("MSG#") and item["room_id"] == dataset.ids["room"]]
    newest = sorted(messages, key=lambda item: -item["seq"])[: dataset.n]
    for item in newest:
        memory.set_item({**item, HIGHLIGHTED_AT: item["sent_at"]})
    highlights = Highlights(dataset.ids["room"], tuple(item["seq"] for item in newest), 1)
    memory.set_item(highlights_to_item(highlights, dataset.circle))


def _picture() -> dict[str, object]:
    return {"id": new_id("pic"), "type": "image/jpeg", "width": 1600, "height": 1200}


def _join_circles(dataset: BenchDataset, n: int) -> None:
    """Let the reader be a member of n circles."""
    memory = dataset.memory("circles")
    copied = [item for item in memory.all_items() if item["sk"] in ("CIRCLE", f"MEMBER#{HAO.user_id}")]
    for _ in range(n - 1):
        other = new_id("cir")
        for item in copied:
            text = {name: value.replace(dataset.circle, other) for name, value in item.items() if isinstance(value, str)}
            memory.set_item({**item, **text})


@contextlib.contextmanager
def _gateway(dataset: BenchDataset) -> Iterator[Gateway]:
    """Put the tables of a dataset under the routes of all services."""
    sockets = FakeSockets()
    with open_cloud(sockets) as cloud, contextlib.ExitStack() as stack:
        stand_ins = [(service, "table", dataset.table(service)) for service in REGISTRY]
        vaults = [(service, "encryption_vault", dataset.simulation.vault) for service in ("review", "commerce")]
        for service, port, stand_in in (*stand_ins, *vaults):
            wired = mock.Mock(return_value=stand_in)
            stack.enter_context(mock.patch.object(service_module("wiring", service), port, wired))
        yield Gateway(cloud, sockets)


def _open(screen: Screen, gateway: Gateway, dataset: BenchDataset, ids: dict[str, str]) -> Measured:
    """Call what a screen calls, and return what it cost."""
    user = ApiUser(screen.by.user_id, groups=tuple(screen.by.groups))
    bodies, items = [], 0
    with contextlib.ExitStack() as stack:
        costs = [stack.enter_context(dataset.table(service).measure()) for service in REGISTRY]
        for service, template in screen.calls:
            path, _, query = template.format(**ids).partition("?")
            response = gateway.call(service, "GET", path, by=user, query=query)
            assert response.status == 200, (screen.name, path, response)
            bodies.append(response.text.encode())
            items += len(response.body.get("items", ()))
    requests, reads = sum(cost.requests for cost in costs), sum(cost.reads for cost in costs)
    return Measured(screen, requests, reads, items, sum(map(len, bodies)), sum(len(gzip.compress(body)) for body in bodies))


@cache
def measure(n: int = PAGE) -> tuple[Measured, ...]:
    """Return the cost of each screen, with n of everything."""
    relax_limits()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.ExitStack() as stack:
        dataset, ids = full_pages(n)
        gateway = stack.enter_context(_gateway(dataset))
        logging.disable(logging.INFO)
        try:
            for screen in SCREENS:  # each service reads its settings once a minute: here
                _open(screen, gateway, dataset, ids)
            return tuple(_open(screen, gateway, dataset, ids) for screen in SCREENS)
        finally:
            logging.disable(logging.NOTSET)


def row(measured: Measured) -> tuple[str, ...]:
    """Return the row of a screen in the table."""
    calls = "<br>".join(f"`GET {_shown(path)}`" for _, path in measured.screen.calls)
    figures = (measured.requests, f"{measured.reads:g}", f"{measured.size:,}", f"{measured.compressed:,}")
    return measured.screen.name, calls, *map(str, figures)


def text() -> str:
    """Return the page docs/screens.md."""
    return f"""# The screens of an app

Made by `make bench`; do not edit. A test holds that no screen needs a call per item, or a request to a table per item.

Measured over HTTP on a circle in which a page is full: {PAGE} notes of {PAGE} authors with {PICTURES} pictures each,
{PAGE} comments, members, listings, orders, applications and cases, {PAGE} circles, 12 rooms. Every note and message has a
product card, each of another seller. That is the most that a page costs: 0.5 read units per card and 1 per seller. Every call
reads the caller's account status: 1 table request and 0.5 of the read units. Bytes are those of all responses of a screen. The
pictures of a page have one signature, so their addresses compress well: the last column is with gzip, as CloudFront serves it.

`people` returns nicknames and avatars of up to 50 users. A client keeps them for a minute (`Cache-Control`) and compares the
ETag after that, so a screen's second call is rare. An app that opens a note by a link sends the first two calls at the same
time. Users sign in on the pages of the user pool ([guide](guides/signing-in.md)), and the new messages of a room come over the
socket ([guide](guides/sockets.md)). The texts of notifications are the client's
([guide](guides/notifications.md)). The search of people for staff does not exist yet.

{as_markdown(HEADS, list(map(row, measure())))}
"""


def _shown(path: str) -> str:
    """Return a path as the API documents it."""
    return re.sub(r"{(\w+)}", r"{\1_id}", path.replace("{people}", "..."))


if __name__ == "__main__":
    PAGE_FILE.write_text(text(), encoding="utf-8")
