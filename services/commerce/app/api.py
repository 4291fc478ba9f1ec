"""The API that the files of this package add their routes to, and the errors that several routes declare."""

from __future__ import annotations

from services.commerce import errors, wiring
from services.commerce.settings import settings
from services.shared.http.api import Api
from services.shared.http.settings import add_settings_routes
from services.shared.kernel.errors import SellingNotOpen

api = Api("commerce", wiring.http_ports)
add_settings_routes(api, settings)

BUYING = (
    errors.MembershipEnded,
    errors.PriceChanged,
    errors.StockInsufficient,
    errors.ListingNotOnSale,
    SellingNotOpen,
    errors.BuyerIsSeller,
    errors.CouponInactive,
    errors.CouponNotApplicable,
    errors.CouponUsedUp,
    errors.MinorSpendingLimitReached,
    errors.OpenReservationLimitReached,
    errors.ReservedUnitLimitReached,
)
