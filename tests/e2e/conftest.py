"""The deployed cloud that the run started, or one of its own."""

from tests.support.laptop import deployed

__all__ = ["deployed"]
