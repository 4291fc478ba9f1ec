"""A month of paid orders of a large circle, generated from a seed, with planted rings of five users.

Honest buyers live alone, in families (one payer, one address, a shared tablet) and in dormitories (one address of many).
They buy at popular and small sellers, give presents to other addresses, swap with friends and buy at the shop of a parent.
The accounts of a ring also buy as others do, and its shops have buyers who know nothing of it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from services.commerce.domain.wash_trade import PaidTrade

ORDERS, RING, RING_ORDERS = 10_000, 5, 30
OWN_SHOP = 0.25  # how often a user buys at the shop of their family, if it has one


@dataclass(frozen=True, slots=True)
class Household:
    """Users with the payers and devices that each of them uses, and one address."""

    users: tuple[str, ...]
    address: str
    payers: tuple[str, ...]
    devices: tuple[str, ...]


def households(rng: random.Random, count: int) -> list[Household]:
    """Return about `count` users: half alone, a third in families, the rest in dormitories."""
    found, number = list[Household](), 0
    while number < count:
        kind = rng.choices(["alone", "family", "dormitory"], [60, 15, 1])[0]
        size = {"alone": 1, "family": rng.randint(2, 5), "dormitory": rng.randint(4, 40)}[kind]
        users = tuple(f"user-{number + offset}" for offset in range(size))
        own = tuple(f"payer of {user}" for user in users), tuple(f"device of {user}" for user in users)
        shared = ((f"payer of {users[0]}",) * size, own[1][:1] * 2 + own[1][2:]) if kind == "family" else own
        found.append(Household(users, f"home of {users[0]}", *shared))
        number += size
    return found


def honest_orders(rng: random.Random, count: int = ORDERS, buyers: int = 3_000) -> list[PaidTrade]:
    """Return the orders of honest buyers, some of which are at the shops of rings."""
    homes = households(rng, buyers)
    places = [(home, index) for home in homes for index in range(len(home.users))]
    sellers = [rng.choice(places)[0].users[0] for _ in range(150)]
    weights = [1 / (rank + 1) for rank in range(len(sellers))]  # few are popular
    orders = list[PaidTrade]()
    while len(orders) < count:
        home, index = rng.choice(places)
        buyer = home.users[index]
        own_shop = [user for user in home.users if user in sellers and user != buyer]
        seller = rng.choice(own_shop) if own_shop and rng.random() < OWN_SHOP else rng.choices(sellers, weights)[0]
        if seller == buyer:
            continue
        if rng.random() < 0.004:
            seller = rng.choice(SHOPS)
        present = rng.random() < 0.05
        address = rng.choice(homes).address if present else home.address
        about = (home.payers[index], home.devices[index], address)
        refunded = rng.random() < 0.004
        orders.append(PaidTrade(f"honest-{len(orders)}", buyer, seller, *about, refunded))
        if rng.random() < 0.01:  # friends swap what they no longer need
            orders.append(PaidTrade(f"honest-{len(orders)}", seller, buyer, f"payer of {seller}", f"device of {seller}"))
    return orders[:count]


def disguise(rng: random.Random, trades: list[PaidTrade]) -> list[PaidTrade]:
    """Return purchases of the accounts of a ring at honest sellers, each with a payer and a device of its own."""
    buyers = sorted({trade.buyer_id for trade in trades})
    return [_trade("disguise", number, buyer, f"user-{rng.randrange(3_000)}") for number, buyer in enumerate(buyers * 3)]


def ring_of(name: str) -> list[str]:
    return [f"{name}-{number}" for number in range(RING)]


def _trade(name: str, number: int, buyer: str, seller: str) -> PaidTrade:
    own = (f"payer of {buyer}", f"device of {buyer}", f"home of {buyer}")
    return PaidTrade(f"{name}-order-{number}", buyer, seller, *own)


def shared_payer(rng: random.Random, name: str) -> list[PaidTrade]:
    """One payer behind five accounts that buy from each other."""
    pairs = [rng.sample(ring_of(name), 2) for _ in range(RING_ORDERS)]
    return [replace(_trade(name, number, *pair), payer=f"payer of {name}") for number, pair in enumerate(pairs)]


def shared_device(rng: random.Random, name: str) -> list[PaidTrade]:
    """One telephone behind five accounts, with a payer each."""
    pairs = [rng.sample(ring_of(name), 2) for _ in range(RING_ORDERS)]
    return [replace(_trade(name, number, *pair), device=f"device of {name}") for number, pair in enumerate(pairs)]


def round_of_shops(rng: random.Random, name: str) -> list[PaidTrade]:
    """Five shops that share nothing and buy in a circle, each from the next."""
    users = ring_of(name)
    return [_trade(name, turn, users[turn % RING], users[(turn + 1) % RING]) for turn in range(RING_ORDERS)]


def brushing(rng: random.Random, name: str) -> list[PaidTrade]:
    """A seller who never buys, and four accounts on one device; most orders are refunded after receipt."""
    seller, *buyers = ring_of(name)
    trades = [_trade(name, number, buyers[number % len(buyers)], seller) for number in range(RING_ORDERS)]
    about = {"device": f"device of {name}"}
    return [replace(trade, is_refunded_after_receipt=rng.random() < 0.7, **about) for trade in trades]


RINGS: dict[str, Callable[[random.Random, str], list[PaidTrade]]] = {
    "payer": shared_payer,
    "device": shared_device,
    "round": round_of_shops,
    "brushing": brushing,
}
SHOPS = [shop for kind in RINGS for shop in ring_of(kind)]
