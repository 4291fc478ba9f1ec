"""The HTTP API of the commerce service, one file per noun."""

from services.commerce.app import carts, coupons, listings, orders, payments, refunds, shipping, staff
from services.commerce.app.api import api
