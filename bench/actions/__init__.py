"""Every action of the four services, a file a service; what each may cost is in `budgets.py`."""

from bench.actions.chat import CHAT
from bench.actions.circles import CIRCLES
from bench.actions.commerce import COMMERCE
from bench.actions.review import REVIEW

ACTIONS = (*REVIEW, *CIRCLES, *CHAT, *COMMERCE)
