"""Members choose nicknames and avatars, and find each other in the list of members."""

from __future__ import annotations

from typing import Any

from demo import texts
from demo.client import Client, UnexpectedResponse, wait_until
from demo.pictures import dawn
from demo.scenario import EVENT_TIMEOUT_SECONDS, Scenario


def choose_profiles(scenario: Scenario) -> None:
    """Owner and members choose nicknames, two of them avatars; all circles show them."""
    mei, hao = scenario.users_named("mei", "hao")
    with scenario.step("大家起昵称、写介绍，像官方的昵称不能用", "users choose nicknames; one that looks official is denied"):
        hao.call("PATCH", "/me", {"nickname": texts.OFFICIAL_NAME}, expect=422, etag="0")
        for name, profile in texts.PROFILES.items():
            scenario.users[name].call("PATCH", "/me", profile, etag="0")
    with scenario.step("圈主和小梅换头像：裁成正方形，重新编码", "two upload avatars, which become squares"):
        for name, warmth in (("lin", 20), ("mei", 90)):
            _choose_avatar(scenario.users[name], dawn(240, 180, warmth))
    with scenario.step("小梅在这个圈子里另起一个昵称", "Mei has another nickname in this circle alone"):
        membership = mei.call("GET", scenario.circle("/membership"))
        mei.call("PATCH", scenario.circle("/membership"), {"nickname": texts.NICKNAME_HERE}, etag=membership["etag"])
    with scenario.step(
        "成员列表里看到新昵称和头像，用拼音、简繁都能找到人", "the list shows them; any spelling finds a member"
    ):
        wait_until(lambda: _is_shown(hao, scenario) or None, EVENT_TIMEOUT_SECONDS, "the nicknames")
        for query in texts.NAME_SEARCHES:
            members = hao.call("GET", scenario.circle(f"/members?q={query}"))["items"]
            if [member["nickname"] for member in members] != [texts.PROFILES["hao"]["nickname"]]:
                raise UnexpectedResponse(f"the search for {query} returned {members}")


def _choose_avatar(client: Client, picture: bytes) -> None:
    """Upload an avatar and choose it."""
    avatar = client.api.upload_avatar(picture, "image/png")
    client.call("PATCH", "/me", {"avatar": avatar}, etag=client.call("GET", "/me")["etag"])


def _is_shown(hao: Client, scenario: Scenario) -> bool | None:
    """Return True if one call returns all nicknames and both avatars, which load without a token; otherwise None."""
    users = scenario.users_named("lin", "mei", "hao", "yan")
    ids = ",".join(user.user_id for user in users)
    people: dict[str, Any] = hao.call("GET", scenario.circle(f"/people?ids={ids}"))["people"]
    lin, mei, *_ = (people[user.user_id] for user in users)
    names = [people[user.user_id]["nickname"] for user in users]
    expected = {name: profile["nickname"] for name, profile in texts.PROFILES.items()} | {"mei": texts.NICKNAME_HERE}
    if names != [*expected.values()] or not (lin["avatar"] and mei["avatar"]):
        return False
    return all(hao.load_picture(person["avatar"]["url"]) for person in (lin, mei))
