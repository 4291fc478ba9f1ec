"""A4: what each user sees over HTTP of content that the platform took down, and that what is down looks like what is absent."""

from __future__ import annotations

from typing import Any

import pytest

from simulation.api.fixture import ApiFixture, unknown_ids
from simulation.api.operations import Operation, label, named, operations
from tests.app.take_downs import restore, take_down
from tests.app.test_privacy import observe

SEEING = ("member", "moderator", "co_owner", "owner")
NOT_SEEING = ("stranger", "pending", "former", "kicked", "reviewer")
ON_NOTES = [one for one in operations() if "note_id" in one.ids and "comment_id" not in one.ids]
ON_COMMENTS = [one for one in operations() if "comment_id" in one.ids]
ON_LISTINGS = [one for one in operations() if "listing_id" in one.ids]


def get(api: ApiFixture, name: str, persona: str, **ids: str) -> Any:
    return api.call(named(name), api.users[persona], ids=ids)


def entry(api: ApiFixture, name: str, persona: str, field: str, value: Any) -> Any:
    """Return the entry of a list with this value."""
    return next((one for one in get(api, name, persona).body["items"] if one[field] == value), None)


def loads(api: ApiFixture) -> int:
    """Return how many files of the picture of the note are where addresses load them from."""
    listed = api.gateway.cloud.s3.list_objects_v2(Bucket="coterie-test-pictures").get("Contents", [])
    names = [one["Key"] for one in listed if one["Key"].endswith(f"/{api.ids['picture_id']}")]
    return sum(name.startswith(("shown/", "thumb/")) for name in names)


def test_a4_who_sees_a_note_that_is_down(api: ApiFixture) -> None:
    note_id, before = api.ids["note_id"], {persona: get(api, "get_note", persona).body for persona in ("target", *SEEING)}
    assert loads(api) == 2
    take_down(api, "circles", "note", note_id, violation="private_data")
    assert loads(api) == 0
    for persona in (*SEEING, *NOT_SEEING):
        assert get(api, "get_note", persona).status == 404
        if persona in SEEING:
            assert entry(api, "list_notes", persona, "note_id", note_id) is None
    own = get(api, "get_note", "target").body
    assert (own["state"], own["text"], own["pictures"]) == ("taken_down", before["target"]["text"], [])
    assert own["violation"] == {"code": "private_data", "en": "Private data of another person", "zh_cn": "泄露他人隐私"}
    assert entry(api, "list_notes", "target", "note_id", note_id) is None
    restore(api, "circles", "note", note_id)
    assert loads(api) == 2
    for persona, note in before.items():
        after = get(api, "get_note", persona).body
        assert {**after, "etag": ""} == {**note, "etag": ""}


def test_a4_who_sees_a_comment_that_is_down(api: ApiFixture) -> None:
    comment_id, shown = api.ids["comment_id"], {}
    for persona in ("target", *SEEING):
        shown[persona] = entry(api, "list_comments", persona, "comment_id", comment_id)
    take_down(api, "circles", "comment", comment_id)
    for persona in SEEING:
        tombstone = entry(api, "list_comments", persona, "comment_id", comment_id)
        assert (tombstone["state"], tombstone["text"], tombstone["author"]) == ("taken_down", "", None)
        assert (tombstone["violation"], tombstone["removal_reason"]) == (None, None)
    own = entry(api, "list_comments", "target", "comment_id", comment_id)
    assert (own["state"], own["text"], own["violation"]["code"]) == ("taken_down", "好美。", "harassment")
    restore(api, "circles", "comment", comment_id)
    for persona, comment in shown.items():
        after = entry(api, "list_comments", persona, "comment_id", comment_id)
        assert {**after, "etag": ""} == {**comment, "etag": ""}


def test_a4_who_sees_a_message_that_is_down(api: ApiFixture) -> None:
    subject, before = f"{api.ids['room_id']}/1", {}
    for persona in ("target", *SEEING):
        before[persona] = get(api, "list_messages", persona).body["items"]
    take_down(api, "chat", "message", subject)
    for persona in SEEING:
        tombstone, _ = get(api, "list_messages", persona).body["items"]
        assert (tombstone["seq"], tombstone["kind"], tombstone["sent_at"]) == (1, "taken_down", before[persona][0]["sent_at"])
        assert (tombstone["sender"], tombstone["text"], tombstone["violation"]) == (None, "", None)
        room = entry(api, "list_own_rooms", persona, "room_id", api.ids["room_id"])
        assert (room["last_message"]["seq"], room["unread"], room["last_seq"]) == (2, persona != "owner", 2)
    own, _ = get(api, "list_messages", "target").body["items"]
    assert (own["kind"], own["text"], own["violation"]["code"]) == ("taken_down", "早。", "harassment")
    assert get(api, "pin_message", "moderator").status == get(api, "report_message", "member").status == 404
    restore(api, "chat", "message", subject)
    for persona, messages in before.items():
        after = get(api, "list_messages", persona).body["items"]
        assert [{**message, "etag": ""} for message in after] == [{**message, "etag": ""} for message in messages]


def test_a4_who_sees_a_listing_that_is_down(api: ApiFixture) -> None:
    listing_id = api.ids["listing_id"]
    before = {persona: get(api, "get_listing", persona).body for persona in SEEING}
    take_down(api, "commerce", "listing", listing_id, violation="banned_product")
    for persona in (*SEEING, *NOT_SEEING):
        if persona != "moderator":  # its seller
            assert get(api, "get_listing", persona).status == 404
        if persona in SEEING:
            assert entry(api, "list_listings", persona, "listing_id", listing_id) is None
    own = get(api, "get_listing", "moderator").body
    assert (own["title"], own["on_sale"], own["violation"]["code"]) == (before["owner"]["title"], True, "banned_product")
    assert get(api, "place_order", "member").status == 404
    restore(api, "commerce", "listing", listing_id)
    for persona, listing in before.items():
        assert get(api, "get_listing", persona).body == listing


def test_a4_who_sees_a_picture_that_is_down(api: ApiFixture) -> None:
    subject, report = f"{api.ids['note_id']}/{api.ids['picture_id']}", {"reason": "other", "picture_id": api.ids["picture_id"]}
    before = get(api, "get_note", "member").body
    assert api.call(named("report_note"), api.users["member"], body=report).status == 204
    take_down(api, "circles", "picture", subject, violation="violence")
    assert loads(api) == 0
    for persona in SEEING:
        note = get(api, "get_note", persona).body
        assert (note["text"], note["pictures"], note["hidden_pictures"]) == (before["text"], [], [])
    (hidden,) = get(api, "get_note", "target").body["hidden_pictures"]
    assert (hidden["picture_id"], hidden["violation"]["code"]) == (api.ids["picture_id"], "violence")
    assert api.call(named("report_note"), api.users["member"], body=report).status == 404
    restore(api, "circles", "picture", subject)
    assert loads(api) == 2
    assert {**get(api, "get_note", "member").body, "etag": ""} == {**before, "etag": ""}


def person(api: ApiFixture, persona: str) -> Any:
    user_id = api.users["target"].user_id
    found = api.call(named("get_people"), api.users[persona], query=f"ids={user_id}").body["people"]
    listed = entry(api, "list_members", persona, "user_id", user_id)
    assert (listed["nickname"], listed["avatar"]) == (found[user_id]["nickname"], found[user_id]["avatar"])
    return found[user_id]


def test_a4_who_sees_a_profile_that_is_down(api: ApiFixture) -> None:
    target, subject = api.users["target"], f"{api.ids['circle_id']}/{api.users['target'].user_id}"
    default = person(api, "member")["nickname"]
    etag = api.call(named("get_profile"), target).body["etag"]
    headers = {"if-match": f'"{etag}"'}
    assert api.call(named("update_profile"), target, body={"nickname": "加我看更多"}, headers=headers).status == 200
    api.gateway.run_streams()
    for persona in SEEING:
        assert person(api, persona)["nickname"] == "加我看更多"
    take_down(api, "circles", "profile", subject, violation="spam")
    for persona in SEEING:
        assert person(api, persona)["nickname"] == default
    own = api.call(named("get_profile"), target).body
    assert (own["nickname"], own["violation"]["code"]) == (default, "spam")
    restore(api, "circles", "profile", subject)
    for persona in SEEING:
        assert person(api, persona)["nickname"] == "加我看更多"


def test_a4_who_sees_the_page_of_a_circle_that_is_down(api: ApiFixture) -> None:
    circle_id, about = api.ids["circle_id"], "加我看更多"
    assert api.call(named("update_circle"), api.users["owner"], body={"description": about}).status == 200
    take_down(api, "circles", "circle_page", circle_id)
    for persona in SEEING:
        page = get(api, "get_circle", persona).body
        assert (page["description"], page["violation"] is not None) == ("", persona in ("owner", "co_owner"))
    restore(api, "circles", "circle_page", circle_id)
    for persona in SEEING:
        page = get(api, "get_circle", persona).body
        assert (page["description"], page["violation"]) == (about, None)
    assert get(api, "get_circle", "stranger").status == 404


CASES = [
    pytest.param(service, kind, operation, f"{kind}_id", persona, id=f"{label(operation)}-{persona}")
    for service, kind, found in (
        ("circles", "note", ON_NOTES),
        ("circles", "comment", ON_COMMENTS),
        ("commerce", "listing", ON_LISTINGS),
    )
    for operation in found
    for persona in ("owner", "co_owner", "member")
]


@pytest.mark.parametrize(("service", "kind", "operation", "name", "persona"), CASES)
def test_c3_what_is_down_gives_the_response_of_an_unknown_id(
    api: ApiFixture, service: str, kind: str, operation: Operation, name: str, persona: str
) -> None:
    take_down(api, service, kind, api.ids[name])
    user, ids = api.users[persona], {"note_id": api.ids["note_id"]} if kind == "comment" else {}
    with api.gateway.cloud.reverted():  # the other request is no retry of this one
        real = observe(api, operation, user, {**ids, name: api.ids[name]})
    unknown = observe(api, operation, user, {**ids, name: unknown_ids()[name]})
    restore(api, service, kind, api.ids[name])  # the files of the fixture are not reverted, as its tables are
    assert (real.response, real.calls, real.written) == (unknown.response, unknown.calls, unknown.written)
    assert real.response[0] in (403, 404)
