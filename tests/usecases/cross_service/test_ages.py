"""M25: of an age only the day on which a minor turns 18 leaves review, and only commerce stores it, until the account ends."""

from __future__ import annotations

from typing import Any

import pytest

from services.commerce.repository.erasing import delete_age
from services.review import usecases as review
from services.shared.security.account_status import get_account_status
from services.shared.security.identities import list_identity_ids
from simulation.driver import Driver
from simulation.users import ADULT_ON, caller, real_name_token

SHAN = caller("shan")


def verified(*, adult: bool) -> Driver:
    driver = Driver()
    token = real_name_token(SHAN.user_id, adult=adult)
    driver.call(lambda simulation: review.verify_identity(simulation.review, SHAN, token))
    driver.run()
    return driver


def items_with_day(driver: Driver) -> dict[str, list[Any]]:
    tables = {service: table.all_items() for service, table in driver.tables.items()}
    return {service: [item for item in items if ADULT_ON.isoformat() in str(item)] for service, items in tables.items()}


def test_m25_only_review_and_commerce_store_the_day_of_a_minor() -> None:
    stored = items_with_day(verified(adult=False))
    assert {service: len(items) for service, items in stored.items() if items} == {"review": 1, "commerce": 1}


def test_m25_nothing_is_stored_of_the_age_of_an_adult() -> None:
    driver = verified(adult=True)
    assert not any(items_with_day(driver).values())
    assert get_account_status(driver.simulation.commerce_table, SHAN.user_id).adult_on is None


@pytest.mark.parametrize("times", [1, 2])
def test_m25_the_erasure_deletes_the_day_and_keeps_the_identity(times: int) -> None:
    table = verified(adult=False).simulation.commerce_table
    assert get_account_status(table, SHAN.user_id).adult_on == ADULT_ON
    for _ in range(times):
        delete_age(table, SHAN.user_id)
    assert get_account_status(table, SHAN.user_id).adult_on is None
    assert len(list_identity_ids(table, SHAN.user_id)) == 1
