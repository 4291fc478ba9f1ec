"""The page to pay on, as HTML alone: it loads nothing, runs no script and sets no cookie."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode, urlsplit

from infra.provider.records import PayPage
from infra.provider.texts import EN, TEXTS, ZH

FAILURES = ("insufficient_balance", "declined")
STYLE = (
    "*{box-sizing:border-box}body{margin:0;font:16px/1.5 system-ui,sans-serif;color:#1d1d1f;background:#f2f3f5}"
    "main{max-width:26rem;margin:0 auto;padding:1rem}h1{margin:.5rem 0;font-size:1.5rem}"
    "section,form,ul{margin:0 0 1rem;padding:1rem;background:#fff;border-radius:.75rem}ul{list-style:none}"
    "li{display:flex;justify-content:space-between;gap:1rem;padding:.25rem 0}li span{overflow-wrap:anywhere}"
    "fieldset{margin:0 0 1rem;padding:0;border:0}legend{padding:0;color:#666}label{display:block;padding:.6rem 0}"
    "button,.return{display:block;width:100%;min-height:3rem;margin-top:.5rem;padding:.7rem;border:0;border-radius:.5rem;"
    "font:inherit;text-align:center;text-decoration:none;color:#fff;background:#0a7d3c}"
    ".second{color:#1d1d1f;background:#e5e6eb}.sandbox,.hint{margin:.25rem 0;color:#666;font-size:.875rem}"
    ".alert{color:#b3261e}nav{text-align:center}"
)
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "content-security-policy": f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
    "referrer-policy": "same-origin",  # the address is enough to pay; with `no-referrer` a form would have no origin
    "x-content-type-options": "nosniff",
}


@dataclass(frozen=True)
class View:
    """How one visitor sees a page. return_to: where they return; empty without an address that is allowed."""

    page: PayPage
    language: str
    return_to: str
    is_expired: bool

    def address(self, language: str = "") -> str:
        """Return the address of the page with what this visitor asked for."""
        query = {"lang": language or self.language, **({"return_to": self.return_to} if self.return_to else {})}
        return f"/pages/{self.page.page_id}?{urlencode(query)}"

    def text(self, name: str) -> str:
        return escape(TEXTS[self.language][name])


class FormTokens:
    """The tokens of forms. A token has the number of its form: a page counts each form once, so a double click pays once."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def issue(self, page: PayPage) -> str:
        return f"{page.number}.{self._mac(page, str(page.number))}"

    def find_number(self, page: PayPage, token: str) -> int | None:
        """Return the number of the form; None if the token is not of this page."""
        number, _, mac = token.partition(".")
        is_valid = number.isascii() and number.isdigit() and hmac.compare_digest(mac.encode(), self._mac(page, number).encode())
        return int(number) if is_valid else None

    def _mac(self, page: PayPage, number: str) -> str:
        return hmac.new(self._key, f"{page.page_id}.{number}".encode(), hashlib.sha256).hexdigest()


def allowed_return(address: str, origins: Iterable[str]) -> str:
    """Return the address if its origin is one of these, otherwise an empty text."""
    if not re.fullmatch(r"[\x21-\x7e]{1,2000}", address) or "\\" in address:
        return ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if f"{parts.scheme}://{parts.netloc}".lower() in {origin.lower() for origin in origins} else ""


def render(view: View, token: str) -> str:
    """Return the page as HTML."""
    page, heading = view.page, _heading(view)
    orders = "".join(_order(view, number) for number in range(len(page.payments)))
    total = _yuan(sum(payment.amount for payment in page.payments))
    back = f'<a class="return" href="{escape(view.return_to)}">{view.text("return")}</a>' if view.return_to else ""
    other = EN if view.language == ZH else ZH
    return _document(
        view.language,
        heading,
        f'<p class="sandbox">{view.text("sandbox")}</p><h1>{heading}</h1>'
        f"<ul>{orders}<li><strong>{view.text('total')}</strong><strong>{total}</strong></li></ul>"
        f"{_state(view)}{_form(view, token)}{back}"
        f'<nav><a hreflang="{other}" href="{escape(view.address(other))}">{view.text("other_language")}</a></nav>',
    )


def render_missing(language: str) -> str:
    heading = escape(TEXTS[language]["missing"])
    return _document(language, heading, f"<h1>{heading}</h1>")


def _document(language: str, title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f"<style>{STYLE}</style></head><body><main>{body}</main></body></html>"
    )


def _heading(view: View) -> str:
    if not view.page.open_payments:
        return view.text("paid")
    return view.text("expired") if view.is_expired else view.text("pay")


def _order(view: View, number: int) -> str:
    payment = view.page.payments[number]
    paid = f" · {view.text('paid_already')}" if payment.captured_at else ""
    order_id = escape(payment.reference.rpartition("/")[2])
    return f"<li><span>{view.text('order')} {order_id}{paid}</span><span>{_yuan(payment.amount)}</span></li>"


def _state(view: View) -> str:
    """Return what happened last, and what to do next."""
    page = view.page
    if not page.open_payments:
        return f'<section role="status"><p>{view.text("paid_hint")}</p></section>'
    if view.is_expired:
        return f'<section role="status"><p>{view.text("expired_hint")}</p></section>'
    if page.failure:
        reason = f"{view.text('failed')}: {view.text(page.failure)}"
        return f'<section role="alert"><p class="alert">{reason}</p><p class="hint">{view.text("failed_hint")}</p></section>'
    return ""


def _form(view: View, token: str) -> str:
    if view.is_expired:
        return ""
    page = view.page
    due = sum(payment.amount for payment in page.open_payments)
    buttons = (
        f'{_methods(view)}<button name="result" value="pay">{view.text("pay_now")} {_yuan(due)}</button>'
        f'<p class="hint">{view.text("try_failures")}</p>'
        + "".join(f'<button class="second" name="result" value="{name}">{view.text(name)}</button>' for name in FAILURES)
    )
    if not page.open_payments:
        buttons = (
            f'<button class="second" name="result" value="pay">{view.text("pay_again")}</button>'
            f'<p class="hint">{view.text("pay_again_hint")}</p>'
        )
    return (
        f'<form method="post" action="{escape(view.address())}"><input type="hidden" name="token" value="{token}">'
        f"{buttons}</form>"
    )


def _methods(view: View) -> str:
    options = "".join(
        f'<label><input type="radio" name="method" value="{name}"{" checked" if number == 0 else ""}> {view.text(name)}</label>'
        for number, name in enumerate(view.page.methods)
    )
    return f"<fieldset><legend>{view.text('methods')}</legend>{options}</fieldset>"


def _yuan(fen: int) -> str:
    return f"¥{fen // 100:,}.{fen % 100:02}"
