"""The HTTP API of the commerce service, one file per noun."""

from services.commerce.app import addresses, carts, listings, orders, payments, staff
from services.commerce.app.api import api
