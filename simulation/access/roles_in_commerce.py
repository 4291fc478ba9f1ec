"""The lines of commerce in the table of `simulation/access/roles.py`."""

from __future__ import annotations

COMMERCE = """
                                                                      str pen new mem reg buy mod coo own for rev ope
GET    /settings/commerce                                 read        403 403 403 403 403 403 403 403 403 403 403 200
PUT    /settings/commerce                                 staff       403 403 403 403 403 403 403 403 403 403 403 200
POST   /circles/{circle_id}/listings                      sell        404 404 201 201 201 201 201 201 201 404 404 404
POST   /circles/{circle_id}/quick-listings                sell        404 404 201 201 201 201 201 201 201 404 404 404
POST   /circles/{circle_id}/listing-pictures              sell        404 404 201 201 201 201 201 201 201 404 404 404
GET    /circles/{circle_id}/listing-pictures/{picture_id} read        404 404 404 404 404 404 404 404 200 404 404 404
GET    /circles/{circle_id}/listings                      read        404 404 200 200 200 200 200 200 200 404 404 404
GET    /circles/{circle_id}/listings/{listing_id}         read        404 404 200 200 200 200 200 200 200 404 404 404
PUT    /circles/{circle_id}/listings/{listing_id}         sell        404 404 404 404 404 404 200 404 404 404 404 404
POST   /circles/{circle_id}/listings/{listing_id}/restock sell        404 404 404 404 404 404 200 404 404 404 404 404
DELETE /circles/{circle_id}/listings/{listing_id}         own_data    404 404 404 404 404 404 204 404 404 404 404 404
POST   /circles/{circle_id}/listings/{listing_id}/removal moderate    404 404 403 403 403 403 204 204 204 404 404 404
POST   /circles/{circle_id}/listings/{listing_id}/reports speak       404 404 204 204 204 204 204 204 204 404 404 404
GET    /circles/{circle_id}/cart                          read        404 404 200 200 200 200 200 200 200 404 404 404
PUT    /circles/{circle_id}/cart                          participate 404 404 200 200 200 200 200 200 200 404 404 404
POST   /circles/{circle_id}/checkouts                     participate 404 404 201 201 201 201 403 201 201 409 404 404
POST   /circles/{circle_id}/payments                      participate 404 404 404 200 404 404 404 404 404 409 404 404
POST   /circles/{circle_id}/orders                        participate 404 404 201 201 201 201 403 201 201 409 404 404
POST   /circles/{circle_id}/coupons                       sell        404 404 201 201 201 201 201 201 201 404 404 404
GET    /circles/{circle_id}/coupons                       read        404 404 200 200 200 200 200 200 200 404 404 404
DELETE /circles/{circle_id}/coupons/{coupon_id}           own_data    404 404 404 404 404 404 204 404 404 404 404 404
POST   /circles/{circle_id}/coupons/{coupon_id}/claim     participate 404 404 200 200 200 200 200 200 200 404 404 404
POST   /circles/{circle_id}/coupon-claims                 participate 404 404 200 200 200 200 200 200 200 404 404 404
GET    /circles/{circle_id}/coupon-claims                 read        404 404 200 200 200 200 200 200 200 404 404 404
GET    /coupons                                           read        200 200 200 200 200 200 200 200 200 200 200 200
GET    /orders                                            read        200 200 200 200 200 200 200 200 200 200 200 200
GET    /orders/{order_id}                                 read        404 404 404 200 404 404 404 404 404 404 404 404
POST   /orders/{order_id}/payment                         participate 404 404 404 200 404 404 404 404 404 404 404 404
POST   /orders/{order_id}/receipt                         participate 404 404 404 200 404 404 404 404 404 404 404 404
POST   /orders/{order_id}/cancellation                    participate 404 404 404 200 404 404 404 404 404 404 404 404
GET    /sales                                             read        200 200 200 200 200 200 200 200 200 200 200 200
POST   /sales/{order_id}/shipment                         participate 404 404 404 404 404 404 200 404 404 404 404 404
POST   /orders/{order_id}/returns                         participate 404 404 404 201 404 404 404 404 404 404 404 404
GET    /returns                                           read        200 200 200 200 200 200 200 200 200 200 200 200
GET    /returns/{return_id}                               read        404 404 404 200 404 404 200 404 404 404 404 404
DELETE /returns/{return_id}                               participate 404 404 404 204 404 404 404 404 404 404 404 404
POST   /returns/{return_id}/decision                      participate 404 404 404 404 404 404 200 404 404 404 404 404
POST   /returns/{return_id}/shipment                      participate 404 404 404 200 404 404 404 404 404 404 404 404
POST   /returns/{return_id}/receipt                       participate 404 404 404 404 404 404 200 404 404 404 404 404
POST   /orders/{order_id}/disputes                        participate 404 404 404 201 404 404 404 404 404 404 404 404
GET    /disputes                                          read        200 200 200 200 200 200 200 200 200 200 200 200
GET    /disputes/{dispute_id}                             read        404 404 404 200 404 404 200 404 404 404 404 404
DELETE /disputes/{dispute_id}                             participate 404 404 404 204 404 404 404 404 404 404 404 404
POST   /disputes/{dispute_id}/answer                      participate 404 404 404 404 404 404 200 404 404 404 404 404
GET    /staff/users/{user_id}/disputes/{dispute_id}       read        403 403 403 403 403 403 403 403 403 403 200 200
POST   /sales/{order_id}/shipment/correction              participate 404 404 404 404 404 404 200 404 404 404 404 404
POST   /sales/{order_id}/refunds                          participate 404 404 404 404 404 404 200 404 404 404 404 404
GET    /staff/orders/{order_id}                           read        403 403 403 403 403 403 403 403 403 403 200 200
GET    /staff/users/{user_id}/orders                      read        403 403 403 403 403 403 403 403 403 403 200 200
GET    /ledger                                            read        403 403 403 403 403 403 403 403 403 403 403 200
GET    /payout-account                                    read        200 200 200 200 200 200 200 200 200 200 200 200
PUT    /payout-account                                    participate 200 200 200 200 200 200 412 200 200 200 200 200
POST   /payouts                                           participate 409 409 409 409 409 409 201 409 409 409 409 409
GET    /payouts                                           read        200 200 200 200 200 200 200 200 200 200 200 200
GET    /payouts/{payout_id}                               read        404 404 404 404 404 404 200 404 404 404 404 404
POST   /payouts/{payout_id}/cancellation                  own_data    404 404 404 404 404 404 200 404 404 404 404 404
GET    /staff/payouts                                     read        403 403 403 403 403 403 403 403 403 403 403 200
POST   /staff/payouts/{payout_id}/approval                staff       403 403 403 403 403 403 403 403 403 403 403 200
POST   /staff/payouts/{payout_id}/rejection               staff       403 403 403 403 403 403 403 403 403 403 403 200
GET    /desks/seller                                      read        200 200 200 200 200 200 200 200 200 200 200 200
GET    /desks/owner                                       read        200 200 200 200 200 200 200 200 200 200 200 200
GET    /statements/seller/{month}                         read        200 200 200 200 200 200 200 200 200 200 200 200
GET    /statements/owner/{month}                          read        200 200 200 200 200 200 200 200 200 200 200 200
GET    /statements/platform/{month}                       read        403 403 403 403 403 403 403 403 403 403 403 200
"""
