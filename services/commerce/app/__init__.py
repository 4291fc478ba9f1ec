"""The HTTP API of the commerce service, one file per noun."""

from services.commerce.app import (
    addresses,
    carts,
    coupons,
    desks,
    disputes,
    listings,
    orders,
    payments,
    payouts,
    pictures,
    refunds,
    returns,
    shipping,
    staff,
    touches,
)
from services.commerce.app.api import api
