"""The deployed cloud that the run started, or one of its own, and the browser."""

from tests.browser.fixtures import browser
from tests.support.laptop import deployed

__all__ = ["browser", "deployed"]
