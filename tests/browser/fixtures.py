"""The browser of a test, installed once. Without one for this machine, its tests are skipped with the reason."""

from __future__ import annotations

import pytest

from tests.browser.browser import Browser, BrowserMissing


@pytest.fixture(scope="session")
def browser() -> Browser:
    try:
        return Browser.installed()
    except BrowserMissing as missing:
        pytest.skip(str(missing))
