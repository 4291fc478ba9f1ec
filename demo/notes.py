"""A note with pictures, its comments, likes and counters."""

from __future__ import annotations

from demo import texts
from demo.client import Client, UnexpectedResponse, wait_until
from demo.pictures import dawn, has_same_pixels, qr_code
from demo.scenario import EVENT_TIMEOUT_SECONDS, Scenario


def post_notes(scenario: Scenario) -> None:
    """Mei posts a note with two pictures; others comment and like. Lin cannot post the code of a shop."""
    lin, mei, hao, yan = scenario.users_named("lin", "mei", "hao", "yan")
    pictures = [dawn(480, 320), dawn(480, 320, warmth=60)]
    with scenario.step(
        "圈主请小梅当买手，小梅接受：新成员只能发 1 张图，买手能发多张",
        "Mei accepts the role of a buyer, who can post several pictures",
    ):
        picture_ids = [mei.api.upload_picture(scenario.circle_id, picture, "image/png") for picture in pictures]
        status, problem = mei.ask("POST", scenario.circle("/notes"), {**texts.NOTE, "pictures": picture_ids})
        if (status, problem["type"]) != (403, "urn:coterie:problem:newcomer-limit-exceeded"):
            raise UnexpectedResponse(f"a newcomer's note with two pictures returned {status}")
        members = lin.call("GET", scenario.circle("/memberships"))["items"]
        (etag,) = (member["etag"] for member in members if member["user_id"] == mei.user_id)
        lin.call("PUT", scenario.circle(f"/members/{mei.user_id}/role"), {"role": "buyer"}, etag=etag)
        accepted = mei.call("POST", scenario.circle("/membership/role-proposal/acceptance"), {"role": "buyer"})
        if accepted["role"] != "buyer":
            raise UnexpectedResponse(f"the accepted role is {accepted['role']}")
    with scenario.step("小梅发布一篇图文笔记", "Mei posts a note with pictures"):
        note = {**texts.NOTE, "pictures": picture_ids}
        scenario.note_id = mei.call("POST", scenario.circle("/notes"), note, expect=201)["note_id"]
    path = scenario.circle(f"/notes/{scenario.note_id}")
    with scenario.step("大家评论、点赞、看图", "others comment, like, and load the pictures"):
        for client, text in zip((hao, yan), texts.COMMENTS, strict=True):
            client.call("POST", f"{path}/comments", {"text": text}, expect=201)
            client.call("PUT", f"{path}/like", expect=204)
        shown = hao.call("GET", path)["pictures"][1]
        if not has_same_pixels(hao.load_picture(shown["url"]), pictures[1]):
            raise UnexpectedResponse("the picture of the note differs from the uploaded one")
        if not hao.load_picture(hao.call("GET", scenario.circle("/notes"))["items"][0]["pictures"][1]["thumbnail_url"]):
            raise UnexpectedResponse("the thumbnail in the feed is empty")
    with scenario.step("点赞数和评论数自动汇总", "the counters are aggregated from the table's stream"):
        wait_until(lambda: _is_counted(mei, path), EVENT_TIMEOUT_SECONDS, "the counters")
    with scenario.step(
        "圈主发外店二维码的图：护栏识别二维码，拒绝并写明规则",
        "the owner posts the QR code of a shop outside: a guardrail reads it and denies it, with the rule",
    ):
        _post_code_of_shop(scenario, lin)


def _post_code_of_shop(scenario: Scenario, owner: Client) -> None:
    picture_id = owner.api.upload_picture(scenario.circle_id, qr_code(texts.SHOP_OUTSIDE), "image/png")
    codes = owner.call("GET", scenario.circle(f"/pictures/{picture_id}"))["codes"]
    status, problem = owner.ask("POST", scenario.circle("/notes"), {**texts.NOTE, "pictures": [picture_id]})
    if (codes, status, problem.get("rule")) != ({"products": ["outside"], "has_link": True}, 409, "density"):
        raise UnexpectedResponse(f"the picture has {codes}, and its note returned {status}: {problem}")


def _is_counted(client: Client, path: str) -> bool | None:
    note = client.call("GET", path)
    return True if (note["likes"], note["comments"]) == (2, 2) else None
