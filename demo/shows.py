"""The show of a verified buyer: denied before the receipt, listed with the product after it, a plain note after the return."""

from __future__ import annotations

from typing import Any

from demo import texts
from demo.client import UnexpectedResponse, wait_until
from demo.scenario import EVENT_TIMEOUT_SECONDS, Scenario


def require_no_show(scenario: Scenario) -> None:
    """Require that Hao, who has not received the order, cannot post a show of it."""
    if (status := _try_to_post(scenario, "hao")[0]) != 409:
        raise UnexpectedResponse(f"a show before the receipt returned {status}")


def post_show(scenario: Scenario) -> None:
    """Hao shows what he received. Yan, who bought nothing, cannot."""
    with scenario.step("小豪晒单：收货后的买家秀带「已验证」标记", "Hao posts a show: verified, since he received the product"):
        scenario.show_id = wait_until(lambda: _post(scenario), EVENT_TIMEOUT_SECONDS, "the receipt")["note_id"]
        if (status := _try_to_post(scenario, "yan")[0]) != 409:
            raise UnexpectedResponse(f"a show of another member's order returned {status}")
    with scenario.step("商品页能看到这篇买家秀", "the show is listed with the product"):
        wait_until(lambda: _list_ids(scenario) == [scenario.show_id] or None, EVENT_TIMEOUT_SECONDS, "the list of shows")


def lose_badge(scenario: Scenario) -> None:
    """After the return, the show is a plain note."""
    with scenario.step("退货后，买家秀失去标记，笔记还在", "after the return the badge is gone, and the note stays"):
        wait_until(lambda: not _list_ids(scenario) or None, EVENT_TIMEOUT_SECONDS, "the end of the badge")
        note = scenario.users["lin"].call("GET", scenario.circle(f"/notes/{scenario.show_id}"))
        if note["show"] is not None or note["text"] != texts.SHOW:
            raise UnexpectedResponse(f"the note is {note}")


def _post(scenario: Scenario) -> dict[str, Any] | None:
    """Post the show; None until circles has applied the receipt."""
    status, note = _try_to_post(scenario, "hao")
    if status == 409:
        return None
    if status != 201 or not note["show"]["verified"]:
        raise UnexpectedResponse(f"the show returned {status}: {note}")
    posted: dict[str, Any] = note
    return posted


def _try_to_post(scenario: Scenario, name: str) -> tuple[int, Any]:
    show = {"order_id": scenario.order_id, "listing_id": scenario.listing_id}
    return scenario.users[name].ask("POST", scenario.circle("/notes"), {"text": texts.SHOW, "tags": ["观鸟"], "show": show})


def _list_ids(scenario: Scenario) -> list[str]:
    path = scenario.circle(f"/listings/{scenario.listing_id}/shows")
    return [note["note_id"] for note in scenario.users["lin"].call("GET", path)["items"]]
