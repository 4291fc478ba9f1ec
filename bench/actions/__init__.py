"""Every action of the four services; the budgets are in `budgets.py`."""

from bench.actions.accounts import ACCOUNTS
from bench.actions.appeals import APPEALS
from bench.actions.campaigns import CAMPAIGNS
from bench.actions.chat import CHAT
from bench.actions.circle_pages import CIRCLE_PAGES
from bench.actions.circles import CIRCLES
from bench.actions.claims import CLAIMS
from bench.actions.comments import COMMENTS
from bench.actions.commerce import COMMERCE
from bench.actions.fairness import FAIRNESS
from bench.actions.guardrails import GUARDED
from bench.actions.listings import LISTINGS
from bench.actions.notifications import NOTIFICATIONS
from bench.actions.payouts import PAYOUTS
from bench.actions.people import PEOPLE
from bench.actions.reactions import REACTIONS
from bench.actions.refunds import REFUNDS
from bench.actions.review import REVIEW
from bench.actions.rooms import ROOMS
from bench.actions.shows import SHOWS
from bench.actions.sockets import SOCKETS
from bench.actions.staff import STAFF
from bench.actions.take_downs import TAKE_DOWNS
from bench.actions.touches import TOUCHES

ACTIONS = (
    *REVIEW,
    *APPEALS,
    *CIRCLES,
    *CAMPAIGNS,
    *CIRCLE_PAGES,
    *COMMENTS,
    *PEOPLE,
    *ACCOUNTS,
    *GUARDED,
    *SHOWS,
    *CHAT,
    *SOCKETS,
    *REACTIONS,
    *ROOMS,
    *NOTIFICATIONS,
    *COMMERCE,
    *PAYOUTS,
    *LISTINGS,
    *CLAIMS,
    *FAIRNESS,
    *REFUNDS,
    *TAKE_DOWNS,
    *STAFF,
    *TOUCHES,
)
