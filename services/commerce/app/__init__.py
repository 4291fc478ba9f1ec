"""The HTTP API of the commerce service, one file per noun."""

from services.commerce.app import listings, orders, payments, pictures, staff
from services.commerce.app.api import api
