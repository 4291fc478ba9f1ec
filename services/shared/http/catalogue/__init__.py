"""The texts of all errors in English and Chinese, one file per service. Data only: it imports no service.

Only a response with an error needs it, so it is imported where it is used: a cold start does not load it.
"""

from __future__ import annotations

from services.shared.http.catalogue import chat, circles, commerce, pictures, review, shared
from services.shared.http.catalogue.entry import Entry, Message

_FILES = (shared, pictures, circles, chat, commerce, review)
ERRORS: dict[str, Entry] = {code: entry for file in _FILES for code, entry in file.ERRORS.items()}
FIELDS: dict[str, Message] = {code: message for file in _FILES for code, message in file.FIELDS.items()}
# Chinese words for the fact `state`
STATES_ZH = (
    commerce.ORDER_STATES_ZH
    | commerce.PAYOUT_STATES_ZH
    | commerce.RETURN_STATES_ZH
    | commerce.DISPUTE_STATES_ZH
    | review.APPLICATION_STATES_ZH
)
