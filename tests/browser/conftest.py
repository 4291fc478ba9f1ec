"""The deployed cloud that the run started, or one of its own, and the browser."""

from __future__ import annotations

import pytest

from tests.browser.browser import Browser, BrowserMissing
from tests.support.laptop import deployed

__all__ = ["browser", "deployed"]


@pytest.fixture(scope="session")
def browser() -> Browser:
    try:
        return Browser.installed()
    except BrowserMissing as missing:
        pytest.skip(str(missing))
