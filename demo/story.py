"""The story: an owner applies and is approved by two people, opens a circle, hands out a passcode; people join, post
notes with pictures, chat, and buy; somebody disagrees, and is heard. Every step goes through the deployed APIs."""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from rich.console import Console
from rich.markup import escape

from demo import lines
from demo.bus import Tap, dead_letters
from demo.client import Client, Unexpected, until
from demo.justice import contest, leave_one_waiting, suspend
from demo.life import live
from demo.market import sell
from demo.pictures import dawn, is_same
from demo.stage import SOON, Story
from infra.cloud import Cloud, current
from infra.process import LocalFailed

CAST = ("lin", "mei", "hao", "yan", "qiu")
STAFF = ("rui", "shan", "tao", "ops")


@dataclass(frozen=True)
class Ending:
    """The figures the story closes with."""

    events: Counter[str]
    dead_letters: int
    audit: str
    ledger_sum: int
    shares: dict[str, int]
    sent: int
    loaded: int
    delivered: int
    seconds: float

    @property
    def is_good(self) -> bool:
        return (
            self.dead_letters == self.ledger_sum == 0 and self.audit == "intact" and self.sent == self.loaded == self.delivered
        )


def tell(cloud: Cloud, console: Console | None = None) -> Ending:
    """Tell it once, with new people; raises Unexpected where it does not go as it should."""
    console = console or Console(highlight=False)
    tap = Tap(cloud)
    story = Story(cloud, console, cast(cloud))
    for act in (
        apply_and_review,
        contest,
        open_circle,
        enter_by_passcode,
        post_notes,
        chat,
        live,
        sell,
        kick,
        suspend,
        leave_one_waiting,
    ):
        act(story)
    ending = close(story, tap)
    console.print(lines.ending(ending.__dict__))
    return ending


def cast(cloud: Cloud) -> dict[str, Client]:
    """The people of this telling: the first has the demo accounts, each later one brings new people with a number."""
    known = cloud.people()
    for name in STAFF:
        if name not in known:
            cloud.create_person(name, {"ops": ("operator",)}.get(name, ("reviewer",)))
    told = (cloud.home / "told").exists()
    (cloud.home / "told").touch()
    number = next(number for number in range(2, 10_000) if f"lin-{number}" not in known) if told else 0
    people = {}
    for name in CAST:
        account = f"{name}-{number}" if number else name
        people[name] = Client(cloud, known.get(account) or cloud.create_person(account))
    return people | {name: Client(cloud, cloud.people()[name]) for name in STAFF}


def apply_and_review(story: Story) -> None:
    lin, rui, shan, ops = (story.people[name] for name in ("lin", "rui", "shan", "ops"))
    with story.step("运营登记审核员，凭实名核验", "the operator enrols the reviewers, by their real names"):
        for reviewer in (person for name, person in story.people.items() if name in ("rui", "shan", "tao")):
            body = {"real_name_token": reviewer.verified()}
            ops.call("review", "PUT", f"/reviewers/{reviewer.user_id}", body, expect=204)
    with story.step("阿林起草申请；材料不全时被告知缺什么", "Lin drafts an application and is told what is missing"):
        draft = lin.call("review", "POST", "/applications", {"circle_name": lines.CIRCLE}, expect=201)
        story.application_id = draft["application_id"]
        lin.call("review", "POST", f"/applications/{story.application_id}/submission", expect=422)
    path = f"/applications/{story.application_id}"
    with story.step("补齐四项标准和经验材料，提交", "four criteria and evidence complete: submitted"):
        whole = {**lines.APPLICATION, "real_name_token": lin.verified()}
        content_hash = lin.call("review", "PUT", path, whole)["content_hash"]
        lin.call("review", "POST", f"{path}/submission")
    with story.step("第一位审核员领取并通过；同一人不能再审", "first reviewer approves; the same person may not decide twice"):
        _approve(rui, path, content_hash)
        rui.call("review", "POST", f"{path}/claim", expect=403)
    with story.step("第二位审核员通过，获得百席之一", "second reviewer approves: one of the hundred seats"):
        _approve(shan, path, content_hash)
        decided = lin.call("review", "GET", path)
        if decided["state"] != "active" or not decided["seat"]:
            raise Unexpected(f"no seat was granted: {decided['state']}")


def _approve(reviewer: Client, path: str, content_hash: str) -> None:
    reviewer.call("review", "POST", f"{path}/claim")
    decision = {**lines.APPROVAL, "content_hash": content_hash}
    reviewer.call("review", "POST", f"{path}/decisions", decision, expect=201)


def open_circle(story: Story) -> None:
    lin = story.people["lin"]
    with story.step("席位事件到达：圈子就绪，圈主开启", "the seat arrives over the bus; the owner opens the circle"):
        circles = until(lambda: lin.call("circles", "GET", "/circles")["items"] or None, SOON, "the circle")
        story.circle_id = circles[0]["circle_id"]
        lin.call("circles", "POST", story.circle("/activation"), expect=204)
    with story.step("圈子大厅开张", "its lobby opens in chat"):
        room = until(lambda: _lobby(lin, story), SOON, "the lobby")
        story.room_id = room["room_id"]


def _lobby(client: Client, story: Story) -> dict[str, Any] | None:
    """The lobby as soon as chat knows both it and the person."""
    rooms = [room for room in client.call("chat", "GET", "/rooms")["items"] if room["circle_id"] == story.circle_id]
    return rooms[0] if rooms else None


def enter_by_passcode(story: Story) -> None:
    lin, qiu = story.people["lin"], story.people["qiu"]
    with story.step("圈主发出口令", "the owner issues a passcode"):
        body = {"expires_in_hours": 72, "max_uses": 10}
        story.passcode = lin.call("circles", "POST", story.circle("/passcodes"), body, expect=201)["passcode"]
    with story.step("圈主请新人先同意圈规、答一道题", "the owner asks newcomers to agree to the rules and answer first"):
        lin.call("circles", "PUT", story.circle("/screening"), lines.SCREENING)
    with story.step("三位成员粘贴口令，一位带着杂字；先看不到圈子", "three paste it, one with words around it: they wait"):
        for name, text in lines.pasted(story.passcode).items():
            story.people[name].call("circles", "POST", "/memberships", {"passcode": text})
            story.people[name].call("circles", "GET", story.circle(), expect=404)
    with story.step("同意圈规、作答，入圈", "they agree, answer, and are in"):
        for name, text in lines.ANSWERS.items():
            asked = story.people[name].call("circles", "GET", story.circle("/screening"))
            agreed: dict[str, Any] = {"agrees": True, "revision": asked["revision"], "answers": [text]}
            story.people[name].call("circles", "POST", story.circle("/screening/answers"), agreed)
    with story.step(
        "第四位乱猜五次后被锁，正确口令也不行", "a fourth guesses five times and is locked, even with the right code"
    ):
        for wrong in lines.GUESSES:
            qiu.call("circles", "POST", "/memberships", {"passcode": wrong}, expect=404)
        qiu.call("circles", "POST", "/memberships", {"passcode": story.passcode}, expect=429)
        qiu.call("circles", "GET", story.circle(), expect=404)


def post_notes(story: Story) -> None:
    lin, mei, hao, yan = (story.people[name] for name in ("lin", "mei", "hao", "yan"))
    pictures = [dawn(), dawn(warmth=60)]
    with story.step("圈主请小梅做买手：新人只能一图，买手不限", "Mei becomes a buyer: newcomers post one picture, she more"):
        ids = [mei.upload(story.circle_id, picture, "image/png") for picture in pictures]
        status, refused = mei.ask("circles", "POST", story.circle("/notes"), {**lines.NOTE, "pictures": ids})
        if (status, refused["type"]) != (403, "urn:coterie:problem:newcomer-limit"):
            raise Unexpected(f"a newcomer's two pictures were answered {status}")
        lin.call("circles", "PUT", story.circle(f"/members/{mei.user_id}/role"), {"role": "buyer"})
    with story.step("小梅发一篇带图笔记", "Mei posts a note with pictures"):
        story.note_id = until(lambda: _posted(mei, story, ids), SOON, "the pictures")
    path = story.circle(f"/notes/{story.note_id}")
    with story.step("大家评论、点赞、看图", "others comment, like, and look at the pictures"):
        for client, text in zip((hao, yan), lines.COMMENTS, strict=True):
            client.call("circles", "POST", f"{path}/comments", {"text": text}, expect=201)
            client.call("circles", "PUT", f"{path}/like", expect=204)
        if not is_same(hao.picture(story.circle_id, story.note_id, 1), pictures[1]):
            raise Unexpected("the picture came back changed")
    with story.step("计数由数据流汇总", "the counters are folded from the stream"):
        until(lambda: _counted(mei, path), SOON, "the counters")


def _posted(mei: Client, story: Story, pictures: list[str]) -> str | None:
    """As soon as the worker has made the pictures safe; the same key each time, so that it is one note."""
    body = {**lines.NOTE, "pictures": pictures}
    status, answer = mei.ask("circles", "POST", story.circle("/notes"), body, key=story.note_key)
    if status not in (201, 409):
        raise Unexpected(f"the note was answered {status}: {answer}")
    return str(answer["note_id"]) if status == 201 else None


def _counted(client: Client, path: str) -> bool | None:
    note = client.call("circles", "GET", path)
    return True if (note["likes"], note["comments"]) == (2, 2) else None


def chat(story: Story) -> None:
    members = ("lin", "mei", "hao", "yan")
    with story.step("四人连上聊天室", "four people connect to the room"):
        for name in members:
            until(partial(_lobby, story.people[name], story), SOON, "the room")
            story.sockets[name] = story.people[name].socket()
            answer = story.sockets[name].ask("subscribe", circle_id=story.circle_id, room_id=story.room_id)
            if answer["type"] != "subscribed":
                raise Unexpected(f"the subscription was answered by {answer}")
    with story.step("一句话，一秒内人人看到", "one message, seen by everybody within a second"):
        seq = story.say("hao", lines.TALK[0])
        for name in members:
            story.sockets[name].wait_for(seq, 1)
    with story.step("聊起来，顺序人人一致", "they talk, in one order for all"):
        for who, text in zip(("mei", "yan", "lin", "hao"), lines.TALK[1:], strict=True):
            story.say(who, text)
        for name in members:
            for seq in story.sent:
                story.sockets[name].wait_for(seq, SOON)
    with story.step("断线后按序号补齐；未读清零", "what a lost socket missed comes by number; unread falls to zero"):
        mei = story.people["mei"]
        page = mei.call("chat", "GET", story.room(f"/messages?after_seq={story.sent[0]}"))
        if [message["seq"] for message in page["items"]] != story.sent[1:]:
            raise Unexpected("the history has a gap")
        mei.call("chat", "PUT", story.room("/read-marker"), {"seq": story.sent[-1]})
        if (_lobby(mei, story) or {}).get("unread") != 0:
            raise Unexpected("there is still something unread")


def kick(story: Story) -> None:
    lin, yan = story.people["lin"], story.people["yan"]
    with story.step("圈主禁言一人三天：能看，不能说", "the owner mutes one for three days: may read, not write"):
        until_then = (datetime.now(UTC) + timedelta(days=3)).isoformat()
        body = {"kind": "mute", "reason": lines.MUTE_REASON, "until": until_then}
        lin.call("circles", "POST", story.circle(f"/members/{yan.user_id}/sanctions"), body)
        yan.call("circles", "POST", story.circle("/notes"), {"text": lines.COMMENTS[0]}, expect=403)
        yan.call("circles", "GET", story.circle("/notes"))
    with story.step("圈主移出一人：连接即断，内容不可见", "the owner kicks one: the socket closes, nothing is readable"):
        body = {"kind": "kick", "reason": lines.KICK_REASON}
        lin.call("circles", "POST", story.circle(f"/members/{yan.user_id}/sanctions"), body)
        if not story.sockets["yan"].is_closed(SOON):
            raise Unexpected("the kicked member's socket stayed open")
        yan.call("chat", "GET", story.room("/messages"), expect=404)
        yan.call("circles", "GET", story.circle("/notes"), expect=404)


def close(story: Story, tap: Tap) -> Ending:
    """Hang up, verify the audit chain, count."""
    with story.step("核对审计链与计数", "the audit chain is verified, the figures are counted"):
        ops, mei = story.people["ops"], story.people["mei"]
        audit = until(lambda: _audited(ops, story), SOON, "the audit trail")
        history = mei.call("chat", "GET", story.room("/messages"))["items"]
        loaded = [message["seq"] for message in history if message["seq"] in story.sent]
        given = [{push["seq"] for push in socket.pushes} for socket in story.sockets.values()]
        for socket in story.sockets.values():
            socket.close()
        return Ending(
            events=tap.close(),
            dead_letters=dead_letters(story.cloud),
            audit=audit,
            ledger_sum=story.ledger_sum,
            shares=story.shares,
            sent=len(story.sent),
            loaded=len(loaded),
            delivered=len(set.intersection(*given)),
            seconds=time.monotonic() - story.started,
        )


def _audited(ops: Client, story: Story) -> str | None:
    paths = [f"/applications/{story.application_id}", story.contested]
    states = {ops.call("review", "GET", f"{path}/audit")["state"] for path in paths}
    return "intact" if states == {"intact"} else None


def main() -> None:
    """`python -m demo.story`: tell it again on the running cloud, with new people."""
    console = Console(highlight=False)
    try:
        ending = tell(current(), console)
    except (LocalFailed, Unexpected) as failure:
        console.print(f"[red]demo:[/red] {escape(str(failure))}")
        sys.exit(1)
    sys.exit(0 if ending.is_good else 1)


if __name__ == "__main__":
    main()
