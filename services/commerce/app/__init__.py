"""The HTTP API of the commerce service, one file per noun."""

from services.commerce.app import disputes, listings, orders, payments, refunds, returns, shipping, staff
from services.commerce.app.api import api
