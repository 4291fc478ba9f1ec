"""The HTTP API of the commerce service, one file per noun."""

from services.commerce.app import carts, desks, listings, orders, payments, payouts, pictures, refunds, shipping, staff
from services.commerce.app.api import api
