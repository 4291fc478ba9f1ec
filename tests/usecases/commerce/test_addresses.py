"""M27: the address book of a user, which only its user reads; its limit is exact under races."""

from __future__ import annotations

import json
from functools import partial

import pytest

from services.commerce import errors
from services.commerce import usecases as commerce
from services.commerce.domain.address import MAX_ADDRESSES, Address
from services.shared.kernel.errors import KeyReused, PreconditionFailed
from services.shared.security.auth import Caller
from simulation.setup.commerce import ADDRESS, LIN, MEI, Shop
from simulation.setup.requests import change
from simulation.users import new_key
from tests.support.races import race, split_results

OTHER = Address("王磊", "010-6551-0000", "北京市", "", "朝阳区", "望京街 8 号")


@pytest.fixture
def shop() -> Shop:
    return Shop(stock=10)


def add(shop: Shop, address: Address = OTHER, caller: Caller = LIN) -> str:
    return commerce.create_address(shop.ports, caller, shop.new_key(caller), address)[0]


def ids(shop: Shop, caller: Caller = LIN) -> list[str]:
    return [address_id for address_id, _, _ in commerce.list_addresses(shop.ports, caller).items]


def test_m27_a_list_of_addresses_is_masked_and_one_address_is_whole(shop: Shop) -> None:
    first, second = add(shop, ADDRESS), add(shop, OTHER)
    assert ids(shop) == [second, first]
    masked = commerce.list_addresses(shop.ports, LIN).items[1][2]
    assert masked == Address("陈**", "138****78", "浙江省", "杭州市", "西湖区", "文三路 10***")
    assert commerce.get_address(shop.ports, LIN, first)[2] == ADDRESS


def test_m27_no_other_user_reads_changes_or_deletes_an_address(shop: Shop) -> None:
    address_id = add(shop)
    for call in (
        partial(commerce.get_address, shop.ports, MEI, address_id),
        partial(commerce.update_address, shop.ports, MEI, address_id, change(0), ADDRESS),
    ):
        with pytest.raises(errors.AddressNotFound):
            call()
    commerce.delete_address(shop.ports, MEI, address_id)
    assert commerce.get_address(shop.ports, LIN, address_id)[2] == OTHER


def test_m27_an_address_that_is_moved_to_another_book_cannot_be_opened(shop: Shop) -> None:
    address_id, memory = add(shop), shop.simulation.memory("commerce")
    (item,) = [item for item in memory.all_items() if item["pk"] == f"USER#{LIN.user_id}" and item["sk"] == "ADDRESSES"]
    memory.set_item({**item, "pk": f"USER#{MEI.user_id}"})
    with pytest.raises(AssertionError, match="another context"):
        commerce.get_address(shop.ports, MEI, address_id)


def test_m27_a_change_needs_the_etag_of_the_address_and_no_other_address(shop: Shop) -> None:
    first, second = add(shop, ADDRESS), add(shop, OTHER)
    version = commerce.get_address(shop.ports, LIN, first)[1]
    commerce.update_address(shop.ports, LIN, second, change(commerce.get_address(shop.ports, LIN, second)[1]), ADDRESS)
    shop.simulation.clock.advance(seconds=1)
    changed = commerce.update_address(shop.ports, LIN, first, change(version), OTHER)
    assert (changed[0], changed[2], ids(shop)) == (first, OTHER, [second, first])
    with pytest.raises(PreconditionFailed):
        commerce.update_address(shop.ports, LIN, first, change(version, "another request"), ADDRESS)


def test_m27_a_repeat_adds_one_address_and_another_body_is_an_error(shop: Shop) -> None:
    key = shop.new_key(LIN)
    created = commerce.create_address(shop.ports, LIN, key, OTHER)
    assert commerce.create_address(shop.ports, LIN, key, OTHER) == created
    other = new_key(LIN, value=key.value, body="other", now=shop.simulation.clock.now)
    with pytest.raises(KeyReused):
        commerce.create_address(shop.ports, LIN, other, ADDRESS)
    for _ in range(9):  # more than an item remembers
        add(shop)
    assert commerce.create_address(shop.ports, LIN, key, OTHER) == created
    assert len(ids(shop)) == 10


def test_m27_a_deleted_address_is_not_found_and_a_repeat_changes_nothing(shop: Shop) -> None:
    address_id, kept = add(shop), add(shop)
    for _ in range(2):
        commerce.delete_address(shop.ports, LIN, address_id)
    assert ids(shop) == [kept]
    with pytest.raises(errors.AddressNotFound):
        commerce.get_address(shop.ports, LIN, address_id)


def test_m27_a_retry_does_not_restore_a_deleted_address(shop: Shop) -> None:
    key = shop.new_key(LIN)
    address_id, _, _ = commerce.create_address(shop.ports, LIN, key, OTHER)
    commerce.delete_address(shop.ports, LIN, address_id)
    for number in range(10):  # more changes than an item remembers
        with pytest.raises(errors.AddressNotFound):
            commerce.create_address(shop.ports, LIN, key, OTHER)
        assert len(ids(shop)) == number
        add(shop)


def test_m27_of_30_addresses_at_once_20_are_added(shop: Shop, relaxed_rate_limits: None) -> None:
    keys = [shop.new_key(LIN) for _ in range(30)]
    added, denied = split_results(race([partial(commerce.create_address, shop.ports, LIN, key, OTHER) for key in keys], 4))
    assert (len(added), {type(error) for error in denied}) == (MAX_ADDRESSES, {errors.AddressLimitReached})
    assert len(ids(shop)) == MAX_ADDRESSES
    commerce.delete_address(shop.ports, LIN, added[0][0])
    add(shop)


def test_m27_a_dump_of_the_table_has_no_part_of_an_address(shop: Shop) -> None:
    add(shop, ADDRESS, MEI)
    shop.pay(shop.order())
    dump = json.dumps(shop.simulation.memory("commerce").all_items(), ensure_ascii=False)
    assert "ADDRESSES" in dump
    for text in (ADDRESS.recipient, "5678", ADDRESS.city, ADDRESS.district, ADDRESS.street):
        assert text not in dump
