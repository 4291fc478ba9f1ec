"""What a course observes on its way: responses that must not be, pushes, and the order of the streams."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from services.shared.kernel.clock import millis
from services.shared.table.items import Item, Key
from simulation.access.roles import routes
from simulation.access.statuses import FOR_OUTSIDERS, denials
from simulation.api.gateway import Response
from simulation.api.operations import Operation

if TYPE_CHECKING:
    from simulation.soak.requests import Call
    from simulation.soak.surroundings import Surroundings

MAX_SKEW = 2000  # milliseconds, between the clocks of two functions
LEVELS = ("none", "warned", "muted", "restricted", "suspended", "banned")


@dataclass(frozen=True)
class Push:
    """A frame of a room that arrived at a connection of a user."""

    step: int
    user_id: str
    circle_id: str
    type: str


@dataclass(frozen=True)
class Before:
    """What a service knew of a caller before a call. level: of the platform's sanction. is_muted: in the circle."""

    level: str = "none"
    is_muted: bool = False


@dataclass
class Observed:
    """What must not happen, by invariant.

    starts: how long the stream of each service was when the current step began.
    created: the id that each keyed request created.
    """

    flaws: dict[str, list[str]] = field(default_factory=dict)
    created: dict[tuple[str, str, str], str] = field(default_factory=dict)
    starts: dict[str, int] = field(default_factory=dict)

    def start_step(self, driver: Surroundings) -> None:
        self.starts = {service: len(table.stream) for service, table in driver.tables.items()}

    def add(self, invariant: str, flaw: str) -> None:
        self.flaws.setdefault(invariant, []).append(flaw)

    def take(self, invariant: str) -> list[str]:
        return self.flaws.pop(invariant, [])

    def before_call(self, driver: Surroundings, user_id: str, target: Operation, ids: dict[str, str]) -> Before:
        """Return what the service knows of the caller now."""
        if target.is_public:
            return Before()
        now = millis(driver.simulation.clock())
        status = item_of(driver, target.service, f"USER#{user_id}", "ACCOUNT_STATUS")
        return Before(level_in_force(status, now), is_muted_in(driver, target.service, ids.get("circle_id", ""), user_id, now))

    def check_response(self, driver: Surroundings, call: Call, target: Operation, response: Response, before: Before) -> None:
        what = f"{call.actor.name} {call.name} {response.status}"
        if response.status >= 500 and response.status != 503:
            self.add("responses", f"{what}: {response.text}")
        elif response.status not in target.statuses:
            self.add("responses", f"{what} is not declared: {response.text[:300]}")
        if response.status < 400 and not target.is_public:
            self._check_sanctions(what, target, before, self.before_call(driver, call.actor.user_id, target, call.ids))
        if response.status in (200, 201) and target.is_keyed and target.method == "POST":
            self._check_created(call, target, response)

    def _check_sanctions(self, what: str, target: Operation, before: Before, after: Before) -> None:
        """A success is wrong if the sanction was known before the call and after it: another request can lift it meanwhile."""
        route = f"{target.method} {target.template}"
        denied = _denials()[_kinds()[target.service, route]]
        is_level_denied = denied[before.level] and denied[after.level]
        # A member who requests to join gets the same response as all, and nothing changes.
        is_mute_denied = before.is_muted and after.is_muted and denied["circle_mute"] and route not in FOR_OUTSIDERS
        if is_level_denied or is_mute_denied:
            self.add("sanctions", f"{what} under {before}")

    def _check_created(self, call: Call, target: Operation, response: Response) -> None:
        created = next((str(response.body[name]) for name in _ids_of(target) if name in response.body), "")
        key = (call.actor.user_id, target.path(call.ids), call.key)
        if created and self.created.setdefault(key, created) != created:
            self.add("repeats", f"{call.actor.name} {call.name} created {self.created[key]} and {created} under one key")

    def check_push(self, driver: Surroundings, push: Push) -> None:
        """A push is wrong if chat knew, when its step began, that the user is no member or is suspended."""
        member = self.at_start(driver, "chat", f"USER#{push.user_id}", f"CIRCLE#{push.circle_id}")
        if member is None or member["state"] != "member":
            self.add("pushes", f"step {push.step}: {push.type} to {push.user_id}, who is {member and member['state']}")
        status = self.at_start(driver, "chat", f"USER#{push.user_id}", "ACCOUNT_STATUS")
        if level_in_force(status, millis(driver.simulation.clock())) in LEVELS[4:]:
            self.add("pushes", f"step {push.step}: {push.type} to {push.user_id}, who is suspended")

    def check_texts(self, driver: Surroundings) -> None:
        """A text is wrong if its service knew, when the step began, that its author is no member or is muted."""
        now = millis(driver.simulation.clock()) - MAX_SKEW
        for service in ("circles", "chat"):
            for old, new in driver.tables[service].stream[self.starts[service] :]:
                author = _author_of_text(new) if new and not old else ""
                if new and author:
                    circle_id = new["pk"].split("#")[1]
                    keys = (
                        [f"CIRCLE#{circle_id}", f"MEMBER#{author}"]
                        if service == "circles"
                        else [f"USER#{author}", f"CIRCLE#{circle_id}"]
                    )
                    member = self.at_start(driver, service, *keys)
                    mute = (member or {}).get("mute") or {"until": (member or {}).get("muted_until")}
                    if member is None or member["state"] != "member" or now < (mute["until"] or 0):
                        self.add("sanctions", f"a text of {author} in {circle_id}: {new['pk']} {new['sk']}, {member}")

    def at_start(self, driver: Surroundings, service: str, pk: str, sk: str) -> Item | None:
        """Return an item as it was when the step began."""
        for old, new in driver.tables[service].stream[self.starts[service] :]:
            image = new or old or {}
            if image["pk"] == pk and image["sk"] == sk:
                return old
        return item_of(driver, service, pk, sk)


@cache
def _denials() -> dict[str, dict[str, str | None]]:
    return denials()


@cache
def _kinds() -> dict[tuple[str, str], str]:
    return {key: access.kind for key, access in routes().items()}


def _author_of_text(item: Item) -> str:
    """Return the author of a note, comment or message; empty for another item, and for a void."""
    kind = item["sk"].partition("#")[0]
    return str(item.get("sender" if kind == "MSG" else "author", "")) if kind in ("NOTE", "COMMENT", "MSG") else ""


def _ids_of(target: Operation) -> tuple[str, ...]:
    return ("note_id", "comment_id", "draft_id", "listing_id", "order_id", "application_id", "passcode_id", "export_id")


def item_of(driver: Surroundings, service: str, pk: str, sk: str) -> Item | None:
    return driver.tables[service].get(Key(pk, sk))


def level_in_force(status: Item | None, now: int) -> str:
    """Return the highest level of an account status that has not ended."""
    if status is None:
        return "none"
    parts = (
        (status.get("level", "none"), status.get("until")),
        (status.get("previous_level", "none"), status.get("previous_until")),
    )
    return max((level for level, until in parts if until is None or now < until), key=LEVELS.index, default="none")


def is_muted_in(driver: Surroundings, service: str, circle_id: str, user_id: str, now: int) -> bool:
    """Return whether a service knows of a mute of a member in a circle."""
    if not circle_id:
        return False
    if service == "circles":
        member = item_of(driver, service, f"CIRCLE#{circle_id}", f"MEMBER#{user_id}")
        mute: dict[str, Any] = (member or {}).get("mute") or {}
        return bool(mute) and (mute.get("until") is None or now < mute["until"])
    key = {"chat": (f"USER#{user_id}", f"CIRCLE#{circle_id}"), "commerce": (f"CIRCLE#{circle_id}", f"MEMBER#{user_id}")}
    member = item_of(driver, service, *key[service]) if service in key else None
    return now < ((member or {}).get("muted_until") or 0)
