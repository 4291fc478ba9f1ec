"""C3: what a user may not see gives the same response as what does not exist.

Headers and table calls are compared too. The routes come from the OpenAPI documents, so that none can be left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from simulation.api.fixture import ApiFixture, unknown_ids
from simulation.api.gateway import ApiUser
from simulation.api.operations import Operation, label, named, operations
from simulation.api.tracing import traced

OF_CIRCLES = [operation for operation in operations() if "circle_id" in operation.ids]
OF_APPLICATIONS = [operation for operation in operations() if "application_id" in operation.ids]
INSIDE = [
    pytest.param(operation, name, id=f"{operation.name}-{name}")
    for operation in OF_CIRCLES
    for name in operation.ids
    if name not in ("circle_id", "index", "seq", "reaction", "tag")
]
# M3: at checkout, a former member learns that the membership ended.
REVEALS_FORMER_MEMBERSHIP = {"place_order", "check_out", "start_payments"}
# A former member takes their own listings off sale and ends their own coupons, so these are read for them. They are deleted
# with their circle only, and have no guessable ids, so a former member learns nothing new from whether they exist.
READS_FOR_FORMER_MEMBERS = {"withdraw_listing", "end_coupon"}
# C26: a former member exports what is theirs, and gets nothing else: tests/usecases/cross_service/test_archives.py.
SERVES_FORMER_MEMBERS = {"create_export", "get_export", "get_export_part_url", "get_exported_picture_url"}


@dataclass(frozen=True)
class Observation:
    """What a caller can observe of one request: the response, and by its duration the table calls."""

    response: tuple[int, dict[str, str], Any]
    calls: list[str]
    written: int
    found: list[int] = field(compare=False)  # a former member still has an item, so this is equal for strangers only


def observe(api: ApiFixture, operation: Operation, by: ApiUser, ids: dict[str, str], **how: Any) -> Observation:
    ids = {**api.path_ids(operation), **ids}
    names = {name: value for name, value in ids.items() if name not in ("index", "seq", "own_seq", "reaction", "tag", "month")}
    if operation.name == "start_payments":  # its order is in the body
        names["order_id"] = api.orders["reserved"]
    api.gateway.cloud.records(operation.service)
    with traced(operation.service, {**names, "me": by.user_id}) as trace:
        response = api.call(operation, by, ids=ids, **how)
    return Observation(response.comparable, trace.calls, len(api.gateway.cloud.records(operation.service)), trace.found)


@pytest.fixture
def elsewhere(other_api: ApiFixture, api: ApiFixture) -> dict[str, str]:
    """The ids of another circle; none of them is in the first one."""
    return other_api.ids


READ_BY_OPERATORS = {"get_campaign", "list_campaigns"}  # numbers of a circle, never people


@pytest.mark.parametrize("persona", ["stranger", "kicked", "banned", "operator"])
@pytest.mark.parametrize("operation", OF_CIRCLES, ids=label)
def test_c3_a_circle_and_an_unknown_id_give_the_same_response_to_a_non_member(
    api: ApiFixture, operation: Operation, persona: str
) -> None:
    user = api.users[persona]
    if operation.name in REVEALS_FORMER_MEMBERSHIP and persona in ("kicked", "banned"):
        assert api.call(operation, user).code == "membership-ended"
        return
    if operation.name in SERVES_FORMER_MEMBERS and persona in ("kicked", "banned"):
        assert api.call(operation, user).status == (201 if operation.name == "create_export" else 404)
        return
    if operation.name in READ_BY_OPERATORS and persona == "operator":
        assert api.call(operation, user).status == 200
        return
    real = observe(api, operation, user, {})
    unknown = observe(api, operation, user, unknown_ids())
    only_the_circle_unknown = observe(api, operation, user, {"circle_id": unknown_ids()["circle_id"]})
    assert real.response[0] == 404
    if operation.name in READS_FOR_FORMER_MEMBERS and persona in ("kicked", "banned"):
        assert real.response == unknown.response == only_the_circle_unknown.response
        return
    assert real == unknown == only_the_circle_unknown
    if persona in ("stranger", "operator"):
        assert real.found == unknown.found == only_the_circle_unknown.found
    assert real.written == 0
    assert len(real.calls) > 1, "the trace must contain calls of the table"


KNOWS_FORMER_MEMBERS = REVEALS_FORMER_MEMBERSHIP | SERVES_FORMER_MEMBERS


@pytest.mark.parametrize("operation", [one for one in OF_CIRCLES if one.name not in KNOWS_FORMER_MEMBERS], ids=label)
def test_c3_a_former_member_sees_no_more_than_a_stranger(api: ApiFixture, operation: Operation) -> None:
    member = api.users["member"]
    api.call_path("circles", "member", "DELETE", f"/circles/{api.ids['circle_id']}/membership")
    if operation.service != "circles":
        api.gateway.run_streams()
    real, unknown = observe(api, operation, member, {}), observe(api, operation, member, unknown_ids())
    assert real.response == unknown.response
    assert real == unknown or operation.name in READS_FOR_FORMER_MEMBERS


@pytest.mark.parametrize(("operation", "name"), INSIDE)
def test_c3_content_of_another_circle_gives_the_response_of_an_unknown_id(
    api: ApiFixture, elsewhere: dict[str, str], operation: Operation, name: str
) -> None:
    """The owner has all permissions in one circle, and gets nothing of another circle through it."""
    owner = api.users["owner"]
    with api.gateway.cloud.reverted():  # the other request is no retry of this one
        foreign = observe(api, operation, owner, {name: elsewhere[name]})
    unknown = observe(api, operation, owner, {name: unknown_ids()[name]})
    assert foreign.response[0] == 404
    assert (foreign.response, foreign.calls) == (unknown.response, unknown.calls)
    assert api.gateway.sockets.pushes == {}


@pytest.mark.parametrize("name", ["add_comment", "post_note"])
def test_c3_ids_in_bodies_give_no_more_access_than_ids_in_paths(api: ApiFixture, elsewhere: dict[str, str], name: str) -> None:
    owner, random = api.users["owner"], unknown_ids()
    picture = api.call_path("circles", "member", "POST", f"/circles/{api.ids['circle_id']}/pictures", body=PICTURE)[
        "picture_id"
    ]
    api.gateway.cloud.records("circles")
    bodies: dict[str, list[Any]] = {
        "add_comment": [{"text": "好。", "parent_id": one} for one in (elsewhere["comment_id"], random["comment_id"])],
        "post_note": [{"text": "好。", "pictures": [one]} for one in (picture, random["picture_id"])],
    }
    foreign, unknown = (observe(api, named(name), owner, {}, body=body) for body in bodies[name])
    assert foreign.response == unknown.response
    assert foreign.response[0] == {"add_comment": 404, "post_note": 422}[name]
    assert foreign.written == unknown.written == 0


PICTURE = {"type": "image/png", "size": 100}


@pytest.mark.parametrize("persona", ["member", "stranger"])
@pytest.mark.parametrize("operation", OF_APPLICATIONS, ids=label)
@pytest.mark.parametrize("state", ["draft", "submitted", "claimed"])
def test_the_application_of_another_user_gives_the_response_of_an_unknown_id(
    api: ApiFixture, operation: Operation, state: str, persona: str
) -> None:
    user = api.users[persona]
    real = observe(api, operation, user, {"application_id": api.applications[state]})
    assert real == observe(api, operation, user, unknown_ids())
    assert real.response[0] in (403, 404)


def test_c10_a_banned_user_with_a_valid_passcode_gets_the_response_to_a_wrong_one(api: ApiFixture) -> None:
    banned, stranger = api.users["banned"], api.users["stranger"]
    right = api.call(named("join_circle"), banned)
    wrong = api.call(named("join_circle"), stranger, body={"passcode": "7KQ2-M0XV-9TRD"})
    assert (right.status, right.code) == (404, "passcode-rejected")
    assert right.comparable == wrong.comparable


def test_c3_own_lists_contain_nothing_of_others(api: ApiFixture, elsewhere: dict[str, str]) -> None:
    for persona in ("stranger", "kicked", "banned"):
        for name in ("list_circles", "list_own_rooms", "list_applications"):
            assert api.call(named(name), api.users[persona]).body == {"items": [], "next_cursor": None}
    own_circles = api.call(named("list_circles"), api.users["member"]).body["items"]
    assert [circle["circle_id"] for circle in own_circles] == [api.ids["circle_id"]]


def test_c3_the_feed_contains_no_removed_note(api: ApiFixture) -> None:
    assert api.call(named("remove_note"), api.users["moderator"]).status == 204
    member = api.users["member"]
    assert [note["note_id"] for note in api.call(named("list_notes"), member).body["items"]] == [api.ids["own_note"]]
    removed, unknown = observe(api, named("get_note"), member, {}), observe(api, named("get_note"), member, unknown_ids())
    assert removed.response[0] == 404
    assert unknown.response == removed.response


UNISSUED = "7KQ2-M0XV-9TRC"


@pytest.mark.parametrize(
    ("name", "persona", "body", "status"),
    [
        ("set_teaser", "owner", {"text": "来看鸟 {}", "tags": ["观鸟"]}, 422),
        ("post_note", "owner", {"text": "来看鸟 {}"}, 201),
        ("add_comment", "owner", {"text": "来看鸟 {}"}, 201),
        ("request_to_join", "stranger", {"text": "来看鸟 {}"}, 404),
        ("join_circle", "stranger", {"passcode": f"{{}} {UNISSUED[::-1]}"}, 422),
    ],
)
def test_c3_a_text_does_not_reveal_whether_a_passcode_in_it_exists(
    api: ApiFixture, other_api: ApiFixture, name: str, persona: str, body: dict[str, Any], status: int
) -> None:
    """Only a counted attempt to join looks a passcode up."""

    def request(passcode: str) -> Observation:
        texts = {field: value.format(passcode) if isinstance(value, str) else value for field, value in body.items()}
        return observe(api, named(name), api.users[persona], {}, body=texts)

    request(UNISSUED)  # from here on, the item of the rate limit exists
    for real in (api.passcode, other_api.passcode):
        known, unknown = request(real), request(UNISSUED)
        assert known.response[0] == unknown.response[0] == status
        assert (known.calls, known.found, known.written) == (unknown.calls, unknown.found, unknown.written)
        if status >= 400:
            assert known.response == unknown.response


def test_c3_a_post_in_a_hidden_circle_changes_nothing_that_a_stranger_reads_of_its_tag(api: ApiFixture) -> None:
    stranger, owner = api.users["stranger"], api.users["owner"]
    before = observe(api, named("get_tag"), stranger, {"tag": "birdwatching"})
    note = api.call(named("post_note"), owner, body={"text": "来看鸟", "tags": ["观鸟"]}).body
    api.call(named("record_views"), api.users["member"], body={"note_ids": [note["note_id"]]})
    api.gateway.run_streams()
    assert observe(api, named("get_tag"), stranger, {"tag": "birdwatching"}) == before
