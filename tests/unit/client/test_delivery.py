"""The order of a room's messages, push by push and page by page."""

from __future__ import annotations

import random
from typing import Any

import pytest
from coterie_client import RoomClosed, SubscriptionEnded
from coterie_client.delivery import GAP_SECONDS, HELD_BACK_SECONDS, UNKNOWN_OF_PUSH, Delivery
from coterie_client.models import HistoryResponse


def message(seq: int, kind: str = "text") -> dict[str, Any]:
    sender = None if kind == "void" else "user"
    sent = {"seq": seq, "kind": kind, "sender": sender, "client_msg_id": None, "text": str(seq), "card": None, "pictures": []}
    content = {"mentions": [], "mentions_all": False, "reply_to": None, "disclosure": None}
    return {**sent, **content, "sent_at": "2026-01-01T00:00:00Z", "edited_at": None, "revision": 1, "etag": '"1"'}


def page(*seqs: int, more: bool = False) -> HistoryResponse:
    items = [{**message(seq), **UNKNOWN_OF_PUSH} for seq in seqs]
    return HistoryResponse.model_validate({"items": items, "has_earlier": False, "has_more": more})


class Reader:
    """A delivery with a clock that a test moves."""

    def __init__(self, after_seq: int = 0, buffer: int = 100, check: float = 60) -> None:
        self.now = 1000.0
        self.delivery = Delivery(after_seq, buffer, check, clock=lambda: self.now)

    def take(self) -> int | str:
        """Return the number of the next message, `fetch` if the history is needed, or `wait` if nothing is."""
        try:
            taken = self.delivery.take(self.now)
        except TimeoutError:
            return "wait"
        return taken.seq if taken else "fetch"

    def fetch(self, *seqs: int, more: bool = False) -> bool:
        is_check = self.delivery.begin_fetch()
        self.delivery.store(page(*seqs, more=more))
        return is_check

    def push(self, *seqs: int) -> None:
        for seq in seqs:
            self.delivery.push(message(seq))

    def take_all(self) -> list[int | str]:
        taken = [self.take()]
        while isinstance(taken[-1], int):
            taken.append(self.take())
        return taken


def test_pushes_that_follow_each_other_are_taken_without_the_history() -> None:
    reader = Reader()
    reader.push(1, 2, 3)
    assert reader.take_all() == [1, 2, 3, "wait"]


def test_a_repeated_push_is_discarded_before_and_after_it_was_taken() -> None:
    reader = Reader()
    reader.push(1, 1)
    assert reader.take() == 1
    reader.push(1)
    assert (reader.take(), reader.delivery.counts.duplicates) == ("wait", 2)


def test_a_gap_is_waited_for_and_then_read_from_the_history() -> None:
    reader = Reader()
    reader.push(1, 3)
    assert reader.take_all() == [1, "wait"]
    reader.push(2)
    assert reader.take_all() == [2, 3, "wait"]
    reader.push(6)
    assert reader.take() == "wait"
    reader.now += GAP_SECONDS
    assert reader.take() == "fetch"
    assert reader.fetch(4, 5, 6) is False
    reader.push(5, 6)
    assert reader.take_all() == [4, 5, 6, "wait"]
    assert reader.delivery.counts.duplicates == 2


def test_a_subscription_reads_the_history_and_checks_it_again_for_a_number_that_was_held_back() -> None:
    reader = Reader(after_seq=7)
    reader.delivery.resume()
    assert reader.take() == "fetch"
    reader.fetch(8, 9, more=True)
    assert reader.take_all() == [8, 9, "fetch"]
    reader.fetch(10)
    assert reader.take_all() == [10, "wait"]
    reader.now += HELD_BACK_SECONDS
    assert reader.take() == "fetch"
    assert reader.fetch() is True
    assert reader.take() == "wait"


def test_a_subscription_during_a_read_has_the_history_read_again() -> None:
    reader = Reader()
    reader.delivery.resume()
    reader.delivery.begin_fetch()
    reader.delivery.resume()
    reader.delivery.store(page())
    assert reader.take() == "fetch"


def test_a_gap_that_the_history_does_not_have_yet_is_asked_for_less_and_less_often() -> None:
    reader, fetches = Reader(), 0
    reader.push(2)
    for _ in range(160):  # 16 seconds
        if reader.take() == "fetch":
            reader.fetch()
            fetches += 1
        reader.now += 0.1
    assert 8 <= fetches <= 12
    reader.now += 2
    assert reader.take() == "fetch"
    reader.fetch(1, 2)
    assert reader.take_all() == [1, 2, "wait"]


def test_what_a_slow_reader_has_no_place_for_is_read_later() -> None:
    reader = Reader(buffer=3)
    reader.push(*range(1, 10))
    assert reader.take_all() == [1, 2, 3, "fetch"]
    reader.fetch(*range(4, 10))
    assert reader.take_all() == [*range(4, 10), "wait"]


def test_a_quiet_room_is_checked() -> None:
    reader = Reader(check=60)
    reader.push(1)
    assert reader.take_all() == [1, "wait"]
    reader.now += 60
    assert reader.take() == "fetch"
    assert reader.fetch(2) is True


def test_an_error_of_the_history_is_followed_by_a_pause() -> None:
    reader = Reader()
    reader.delivery.resume()
    reader.delivery.begin_fetch()
    reader.delivery.fail_fetch(7)
    reader.now += 6
    assert reader.take() == "wait"
    reader.now += 1
    assert reader.take() == "fetch"


def test_a_page_with_a_hole_is_taken_up_to_the_hole() -> None:
    reader = Reader()
    reader.delivery.resume()
    reader.fetch(1, 3)
    assert reader.take() == 1


def test_an_ended_room_is_read_to_its_end_and_then_raises() -> None:
    reader = Reader()
    reader.push(1)
    reader.delivery.end(ValueError("kicked"))
    reader.delivery.end(None)
    assert reader.take() == 1
    with pytest.raises(SubscriptionEnded, match="kicked"):
        reader.take()
    closed = Reader()
    closed.delivery.end(None)
    with pytest.raises(RoomClosed):
        closed.take()


def test_a_push_of_a_later_api_is_delivered_or_left_to_the_history() -> None:
    reader = Reader()
    reader.delivery.push({**message(1, "poll"), "votes": 3})
    assert reader.take() == 1
    reader.delivery.push({"seq": 2})
    reader.delivery.push({})
    assert reader.take() == "wait"


@pytest.mark.parametrize("seed", range(50))
def test_any_order_of_pushes_repeats_losses_and_resumes_gives_each_message_once_in_order(seed: int) -> None:
    chance, reader, stored, taken = random.Random(seed), Reader(buffer=5), 0, []
    for _ in range(400):
        for _ in range(chance.randrange(3)):
            stored += 1
            if chance.random() < 0.8:
                reader.push(stored)
        if stored and chance.random() < 0.3:
            reader.push(chance.randint(1, stored))
        if chance.random() < 0.05:
            reader.delivery.resume()
        reader.now += chance.random()
        result = reader.take()
        if result == "fetch":
            last = reader.delivery.last_seq
            end = min(stored, last + 4)
            reader.fetch(*range(last + 1, end + 1), more=end < stored)
        elif isinstance(result, int):
            taken.append(result)
    reader.delivery.resume()
    reader.fetch(*range(reader.delivery.last_seq + 1, stored + 1))
    taken += [seq for seq in reader.take_all() if isinstance(seq, int)]
    assert taken == list(range(1, stored + 1))
