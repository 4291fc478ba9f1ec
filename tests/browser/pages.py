"""A page that shows pictures by their addresses alone."""

from __future__ import annotations

import html
from collections.abc import Mapping


def page_of(addresses: Mapping[str, str], attributes: str = "") -> str:
    """Return a page with an `<img>` for each address, and nothing else that loads."""
    images = "".join(
        f'<figure><img id="{name}" {attributes} src="{html.escape(url)}"><figcaption>{name}</figcaption></figure>'
        for name, url in addresses.items()
    )
    style = "figure{display:inline-block;margin:8px} img{max-height:180px;border:1px solid #999}"
    return f'<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><style>{style}</style>{images}'
