"""Listings: products for sale inside a circle, each with its page, its options and the terms of its kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from services.commerce.domain.divided_stock import NOT_DIVIDED, DividedStock
from services.commerce.domain.listing_input import ListingInput
from services.commerce.domain.listing_page import ListingPage
from services.commerce.domain.money import Money
from services.commerce.domain.option import Option, change_options
from services.commerce.domain.terms import DEFAULT_PROMISE, WITHOUT_RETURNS, ListingKind, Promise, Terms, terms_of
from services.commerce.errors import ListingNotFound, ListingRemovedByModerator, ListingRestoredOnAppeal, OptionNotFound
from services.commerce.settings import settings
from services.shared.kernel.clock import millis, next_version
from services.shared.kernel.errors import FieldError, Invalid
from services.shared.kernel.ids import deterministic_id
from services.shared.pictures.upload import Picture
from services.shared.security.audit import AuditTrail
from services.shared.security.take_downs import NO_TAKE_DOWNS, TakeDown, TakeDowns
from services.shared.security.trading import Offer


@dataclass(frozen=True, slots=True)
class Removal:
    """A moderator's removal of a listing. The seller reads the reason and not who it was.

    trail: of all removals of the listing.
    restored_revision: the revision that a granted appeal put on sale again; None while the listing is removed.
    """

    by: str
    reason: str
    at: datetime
    trail: AuditTrail
    restored_revision: int | None = None


def removal_case_id(listing_id: str, removed_at_ms: int) -> str:
    """Return the id of the case in which the seller can appeal a removal. It is derived, so no item stores it."""
    return deterministic_id("cas", removed_at_ms, "commerce", "listing_removal", listing_id)


@dataclass(frozen=True, slots=True)
class Listing:
    """A product for sale in a circle.

    seller_id: the user who created the listing and ships its orders.
    price: per unit; the lowest one of the options on sale, if it has some.
    own_stock: the units on its item that no order has reserved, of a listing without options. Reservations change it without a
        revision.
    divided: the units of a listing without options that are on other items.
    revision: the version of what a buyer agrees to (page, prices, terms, on sale); a purchase must name it.
    on_sale: whether its seller sells it. Whether it can be bought is decided by `services.shared.security.trading`.
    removal: the last one by a moderator; the listing is off sale until an appeal reverses it.
    take_downs: of the platform; while it is down, it is off sale, whatever its seller set.
    options: those on sale first, then those that were withdrawn.
    promise: what the seller chose of the terms.
    cover: the first picture of the page.
    page_revision: the revision in which the page was written last; 0 without a page.
    """

    id: str
    circle_id: str
    seller_id: str
    kind: ListingKind
    title: str
    price: Money
    own_stock: int
    created_at: datetime
    version: int
    revision: int
    on_sale: bool = True
    removal: Removal | None = None
    take_downs: TakeDowns = NO_TAKE_DOWNS
    options: tuple[Option, ...] = ()
    promise: Promise = DEFAULT_PROMISE
    cover: Picture | None = None
    page_revision: int = 0
    divided: DividedStock = NOT_DIVIDED

    @classmethod
    def create(cls, ids: tuple[str, str, str], kind: ListingKind, given: ListingInput, stock: int, *, at: datetime) -> Listing:
        """Return a new listing. ids: of itself, its circle and its seller. stock: of a listing without options.

        Raises: Invalid (the promise, the options, no price), OptionLimitReached.
        """
        given.promise.require_allowed(terms_of(kind))
        options, version = change_options((), given.options), next_version(0, at)
        price, promise = _lowest(options, given.price), given.promise
        return cls(*ids, kind, given.title, price, stock, at, version, version, options=options, promise=promise)

    @property
    def terms(self) -> Terms:
        return terms_of(self.kind)

    @property
    def accepts_returns(self) -> bool:
        return self.promise.accepts_returns

    @property
    def return_window(self) -> timedelta:
        """How long after receipt the buyer can return the product; zero if the seller excludes returns."""
        return self.terms.return_window if self.accepts_returns else timedelta(0)

    @property
    def ships_within(self) -> timedelta:
        """The promise of shipping, after payment."""
        return self.promise.ships_within or self.terms.ships_within

    @property
    def disclosure(self) -> tuple[str, str]:
        """What the buyer must read before paying, in English and Chinese."""
        (en, zh), (no_en, no_zh) = self.terms.disclosure, WITHOUT_RETURNS
        return (en, zh) if self.return_window else (f"{en} {no_en}", f"{zh}{no_zh}")

    @property
    def options_on_sale(self) -> tuple[Option, ...]:
        return tuple(option for option in self.options if option.on_sale)

    @property
    def stock(self) -> int:
        """The units that no order has reserved, of all options on sale. Of a divided stock, those at the last count."""
        on_sale = self.options_on_sale
        return sum(option.stock for option in on_sale) if on_sale else self.own_stock + self.divided.units

    def must_be_divided(self, added: int = 0) -> bool:
        """Whether the listing's item has so many units that they are sold from several items. added: units that it gets."""
        return not self.options_on_sale and self.own_stock + added >= settings().divided_stock_from

    def get_option(self, option_id: str) -> Option:
        """Return what can be bought: an option on sale, or for an empty id the listing itself, if it has no options.

        Raises: OptionNotFound.
        """
        on_sale = self.options_on_sale
        if not option_id and not on_sale:
            return Option("", "", self.price, self.stock)
        for option in on_sale:
            if option.id == option_id:
                return option
        raise OptionNotFound

    @property
    def is_hidden(self) -> bool:
        """Whether the platform or a moderator ended it: then its pictures are loaded by no address."""
        return self.take_downs.is_down or self.active_removal is not None

    @property
    def offer(self) -> Offer:
        return Offer(self.seller_id, str(self.kind), self.on_sale and not self.active_removal and not self.take_downs.is_down)

    @property
    def active_removal(self) -> Removal | None:
        """The removal that is in force: the last one, unless an appeal reversed it."""
        return self.removal if self.removal and self.removal.restored_revision is None else None

    def update(self, given: ListingInput, *, on_sale: bool, at: datetime) -> Listing:
        """Return a new revision.

        Raises: ListingNotFound (it is down), ListingRemovedByModerator (by a moderator), Invalid (the promise, the options, no
        price), OptionLimitReached.
        """
        self.require_changeable()
        given.promise.require_allowed(self.terms)
        options = change_options(self.options, given.options)
        changed = {"title": given.title, "price": _lowest(options, given.price), "options": options}
        return self._revise(at, promise=given.promise, on_sale=on_sale, **changed)

    def require_changeable(self) -> None:
        """Raises: ListingNotFound (it is down), ListingRemovedByModerator (by a moderator)."""
        self.require_not_down()
        if self.active_removal:
            raise ListingRemovedByModerator(reason=self.active_removal.reason)

    def with_page(self, page: ListingPage) -> Listing:
        """Return the listing with the page that is written with this revision."""
        cover = page.pictures[0] if page.pictures else None
        return replace(self, cover=cover, page_revision=0 if page.is_empty else self.revision)

    def has_page(self, page: ListingPage) -> bool:
        """Whether this is the page of the listing: it was not read before or after another revision of it."""
        return page.revision == self.page_revision

    def withdraw(self, *, at: datetime) -> Listing:
        """Take the listing off sale, for its seller. Unchanged if it is off sale."""
        return self._revise(at, on_sale=False) if self.on_sale else self

    def erase(self, *, at: datetime) -> Listing:
        """Delete the texts, because the seller's account is deleted; orders keep them. Unchanged if they are deleted."""
        options = tuple(replace(option, name="") for option in self.options)
        erased = {"title": "", "on_sale": False, "options": options, "cover": None, "page_revision": 0}
        return self._revise(at, **erased) if self.title else self

    def remove(self, by: str, reason: str, *, at: datetime, salt: str) -> Listing:
        """Take the listing off sale, for a moderator. Unchanged if it is removed: the first reason stays.

        It is a state beside `on_sale`: a seller who withdraws a removed listing has withdrawn it after an appeal too.
        salt: of the audit trail, if this is the first removal.

        Raises: ListingNotFound (it is down), ListingRestoredOnAppeal (the platform restored this revision: that is final).
        """
        self.require_not_down()
        if self.active_removal:
            return self
        if self.removal and self.removal.restored_revision == self.revision:
            raise ListingRestoredOnAppeal
        trail = self.removal.trail if self.removal else AuditTrail(salt=salt)
        details = {"reason": reason, "seller": self.seller_id, "title": self.title}
        trail = trail.extend("listing removed", actor=by, at=at, **details)
        return self._revise(at, removal=Removal(by, reason, at, trail))

    def reverse_removal(self, case_id: str, *, at: datetime) -> Listing:
        """End the removal of a case, because the platform granted the appeal. It is on sale again if its seller sells it.

        Unchanged if the removal in force is of another case, or if there is none.
        """
        removal = self.active_removal
        if removal is None or removal_case_id(self.id, millis(removal.at)) != case_id:
            return self
        trail = removal.trail.extend("removal reversed", actor="review", at=at, case=case_id)
        after = self._revise(at)
        return replace(after, removal=replace(removal, trail=trail, restored_revision=after.revision))

    def apply_take_down(self, take_down: TakeDown, *, at: datetime) -> Listing:
        """Take the listing down, or end a take-down. Its revision, price and stock stay.

        Unchanged if the stored take-down of the case is as new or newer.
        """
        take_downs = self.take_downs.add(take_down)
        if take_downs == self.take_downs:
            return self
        return replace(self, take_downs=take_downs, version=next_version(self.version, at))

    def require_not_down(self) -> None:
        if self.take_downs.is_down:
            raise ListingNotFound

    def _revise(self, at: datetime, **changes: Any) -> Listing:
        version = next_version(self.version, at)
        return replace(self, version=version, revision=version, **changes)


def _lowest(options: Sequence[Option], price: Money | None) -> Money:
    """Return the price of a listing: the lowest one of its options on sale, or its own."""
    prices = [option.price for option in options if option.on_sale] or ([price] if price else [])
    if not prices:
        raise Invalid(fields=(FieldError("/amount", "required"),))
    return min(prices, key=lambda each: each.amount)
