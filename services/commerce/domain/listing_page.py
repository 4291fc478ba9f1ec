"""The page of a listing: its description and pictures, which only its reader loads. They are apart from what a sale writes."""

from __future__ import annotations

from dataclasses import dataclass

from services.shared.pictures.upload import Picture


@dataclass(frozen=True, slots=True)
class PageInput:
    """A page as its seller writes it. field: where the request has the pictures, for errors."""

    description: str = ""
    picture_ids: tuple[str, ...] = ()
    field: str = "/pictures/{index}"


@dataclass(frozen=True, slots=True)
class ListingPage:
    """The description and pictures of a listing.

    revision: of the listing, with which the page was written; 0 for the page of a listing that has none.
    is_hidden: whether the platform or a moderator ended the listing: the stream then hides the files of the pictures.
    """

    listing_id: str
    circle_id: str
    seller_id: str
    description: str = ""
    pictures: tuple[Picture, ...] = ()
    revision: int = 0
    is_hidden: bool = False

    @property
    def is_empty(self) -> bool:
        return not self.description and not self.pictures

    def has_content_of(self, other: ListingPage) -> bool:
        return (self.description, self.pictures) == (other.description, other.pictures)
