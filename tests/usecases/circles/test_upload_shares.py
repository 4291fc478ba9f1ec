"""The share of each user in the picture worker: the uploads of one user do not delay those of another."""

from __future__ import annotations

from collections import deque
from datetime import timedelta

import pytest

from demo.pictures import dawn
from services.circles import usecases as circles
from services.circles.domain import PictureType
from services.shared.pictures.checks import find_picture_check
from services.shared.pictures.clean import CleanPicture
from services.shared.pictures.upload_queue import MAX_DELAY_SECONDS
from services.shared.security.auth import Caller
from simulation.faults import Lost
from simulation.setup.circles import create_circle
from simulation.simulation import Simulation
from simulation.users import caller, new_key
from tests.support.imaging import clean

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")
PNG = dawn()
SHARE = 5  # pictures of 3 seconds in 15 seconds


class Worker:
    """The picture worker with its queue. Each picture takes as long as a picture can; sending one back takes 20 ms."""

    def __init__(self, *members: Caller) -> None:
        self.simulation = Simulation()
        self.circle_id = create_circle(self.simulation, LIN, *members)
        self.queue: deque[tuple[str, int]] = deque()
        self.postponed: list[int] = []
        self.cleaned = 0

    def upload(self, caller: Caller) -> str:
        key = new_key(caller, now=self.simulation.clock.now)
        picture_id, form = circles.create_upload(
            self.simulation.circles, caller, self.circle_id, key, PictureType.PNG, len(PNG)
        )
        self.simulation.bucket.files[form.fields["key"]] = ("image/png", PNG)
        self.queue.append((form.fields["key"], 0))
        return picture_id

    def clean(self, data: bytes, type: str) -> CleanPicture:
        self.cleaned += 1
        self.simulation.clock.advance(seconds=3)
        return CleanPicture(data, data, 96, 64)

    def run_one(self) -> int:
        object_key, postponements = self.queue.popleft()
        delay = circles.process_upload(self.simulation.circles, object_key, self.clean, postponements)
        if delay:
            self.simulation.clock.advance(milliseconds=20)
            self.postponed.append(delay)
            self.queue.append((object_key, postponements + 1))
        return delay

    def is_checked(self, caller: Caller, picture_id: str) -> bool:
        return find_picture_check(self.simulation.circles_table, self.circle_id, caller.user_id, picture_id) is not None


@pytest.mark.parametrize("uploads", [10, 300])
def test_c13_one_users_uploads_do_not_delay_another_users_picture(uploads: int) -> None:
    worker = Worker(MEI, HAO)
    for _ in range(uploads):
        worker.upload(MEI)
    of_hao = worker.upload(HAO)
    started_at = worker.simulation.clock()
    while not worker.is_checked(HAO, of_hao):
        worker.run_one()
    assert worker.cleaned == SHARE + 1
    assert worker.simulation.clock() - started_at < timedelta(seconds=3 * (SHARE + 1) + 0.02 * uploads)


def test_c13_postponed_uploads_are_all_processed_later() -> None:
    worker = Worker(MEI)
    pictures = [worker.upload(MEI) for _ in range(12)]
    minutes = 0
    while worker.queue:
        for _ in range(len(worker.queue)):
            worker.run_one()
        worker.simulation.clock.advance(minutes=1)
        minutes += 1
    assert all(worker.is_checked(MEI, picture_id) for picture_id in pictures)
    assert (minutes, worker.cleaned) == (3, 12)


def test_c13_a_postponed_upload_waits_longer_each_time_and_not_together_with_others() -> None:
    worker = Worker(MEI)
    for _ in range(SHARE + 40):
        worker.upload(MEI)
    for _ in range(SHARE):
        worker.run_one()
    for postponements, wait in enumerate((2, 4, 8, 16, 32, 64, 128, 256, 256, 256)):
        delays = [
            circles.process_upload(worker.simulation.circles, object_key, worker.clean, postponements)
            for object_key, _ in worker.queue
        ]
        assert all(wait <= delay < 2 * wait <= MAX_DELAY_SECONDS for delay in delays)
        assert len(set(delays)) >= min(wait // 2, 15), "spread over the whole time"


def test_c13_pictures_that_several_workers_process_at_once_count_from_their_start() -> None:
    """Otherwise the ten pictures of one user would occupy all ten workers."""
    worker = Worker(MEI)
    for _ in range(10):
        worker.upload(MEI)
    started = []

    def clean_with_the_next(data: bytes, type: str) -> CleanPicture:
        started.append(data)
        if worker.queue:
            object_key, _ = worker.queue.popleft()
            circles.process_upload(worker.simulation.circles, object_key, clean_with_the_next)
        return CleanPicture(data, data, 96, 64)

    circles.process_upload(worker.simulation.circles, worker.queue.popleft()[0], clean_with_the_next)
    assert len(started) == SHARE


def test_c13_quick_pictures_use_only_the_time_that_they_take() -> None:
    worker = Worker(MEI)
    for _ in range(18):
        worker.upload(MEI)

    def clean_quickly(data: bytes, type: str) -> CleanPicture:
        worker.simulation.clock.advance(milliseconds=300)
        return clean(data, type)

    for object_key, _ in worker.queue:
        assert circles.process_upload(worker.simulation.circles, object_key, clean_quickly) == 0


def test_c13_a_crashed_worker_counts_at_most_until_the_next_minute() -> None:
    worker = Worker(MEI)
    for _ in range(6):
        worker.upload(MEI)

    def crash(data: bytes, type: str) -> CleanPicture:
        raise Lost("the function died")

    for number in range(SHARE):
        with pytest.raises(Lost):
            circles.process_upload(worker.simulation.circles, worker.queue[number][0], crash)
    assert worker.run_one(), "postponed"
    worker.simulation.clock.advance(minutes=1)
    assert worker.run_one() == 0
