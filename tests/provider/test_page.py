"""The sandbox's page to pay on, as HTML: what it shows, and what it denies. tests/browser uses it in a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPConnection
from typing import Any

import httpx
import pytest
import urllib3

from infra.provider.pages import HEADERS, STYLE, allowed_return
from infra.provider.server import Server, serve
from infra.provider.texts import EN, TEXTS, ZH
from services.commerce.adapters.payments import HttpPaymentProvider, PaymentPage
from tests.provider.harness import Sandbox, Webhooks, served
from tests.provider.steps import A, B, part

APP = "https://app.example"
BACK = f"{APP}/orders?from=pay"


@dataclass
class Buyer:
    """A browser without scripts, on one page."""

    page: PaymentPage
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=10))

    def load(self, **query: str) -> httpx.Response:
        return self.http.get(self.page.pay_url, params=query)

    def token(self) -> str:
        found = re.search(r'name="token" value="([^"]+)"', self.load().text)
        assert found
        return found[1]

    def submit(self, result: str = "pay", token: str | None = None, headers: Any = None, **query: str) -> httpx.Response:
        form = {"token": self.token() if token is None else token, "result": result, "method": "alipay"}
        return self.http.post(self.page.pay_url, params=query, data=form, headers=headers)


@pytest.fixture
def buyer(box: Sandbox) -> Buyer:
    box.post("/sandbox", return_origins=[APP])
    return Buyer(box.provider.start([part(A, 1_234_567), part(B, 5)]))


def test_m28_the_page_shows_orders_and_total_in_both_languages(buyer: Buyer) -> None:
    for language, accepted in ((ZH, "zh-CN,zh"), (EN, "en-GB"), (ZH, "fr"), (ZH, "")):
        html = buyer.http.get(buyer.page.pay_url, headers={"accept-language": accepted}).text
        assert f'<html lang="{language}">' in html
        assert all(shown in html for shown in ("ord_A", "ord_B", "¥12,345.67", "¥0.05", "¥12,345.72"))
        assert all(TEXTS[language][name] in html for name in ("sandbox", "pay", "wechat_pay", "alipay", "card", "declined"))
    assert f'lang="{EN}"' in buyer.load(lang=EN).text
    assert TEXTS[ZH].keys() == TEXTS[EN].keys()


def test_m28_the_page_loads_nothing_runs_nothing_and_sets_no_cookie(buyer: Buyer) -> None:
    response = buyer.load()
    assert "set-cookie" not in response.headers
    assert {name: response.headers[name] for name in HEADERS} == HEADERS
    assert not re.search(r"<script|<img|<iframe|javascript:| on\w+=|https?://", response.text)
    assert re.findall(r"(?:src|href)=\"([^\"]*)\"", response.text)[0] == "data:,"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert f"<style>{STYLE}</style>" in response.text


def test_m28_a_buyer_fails_pays_and_pays_again(box: Sandbox, buyer: Buyer) -> None:
    assert buyer.submit("insufficient_balance").status_code == 303
    failed = buyer.load(lang=EN).text
    assert "The payment failed: Insufficient balance" in failed
    assert 'role="alert"' in failed
    assert buyer.submit("pay").status_code == 303
    paid = buyer.load(lang=EN).text
    assert "<h1>Paid</h1>" in paid
    assert "Pay once more" in paid
    assert "failed" not in paid
    buyer.submit("pay")
    types = [delivery.event["type"] for delivery in box.receive(6)]
    assert sorted(types) == ["payment.captured"] * 4 + ["payment.failed"] * 2


def test_m28_a_double_click_pays_once(box: Sandbox, buyer: Buyer) -> None:
    token = buyer.token()
    for _ in range(3):
        assert buyer.submit("pay", token).status_code == 303
    assert buyer.submit("declined", token).status_code == 303
    assert len(box.receive(2)) == 2
    buyer.submit("pay")
    assert len(box.receive(4)) == 4, "a form that was loaded after the payment pays again"


def test_m28_the_way_back_is_to_allowed_origins_alone(buyer: Buyer) -> None:
    link = f'<a class="return" href="{BACK}">'
    assert link in buyer.load(return_to=BACK).text
    location = buyer.submit(return_to=BACK, lang=EN).headers["location"]
    assert location.startswith("/pages/")
    after = buyer.http.get(httpx.URL(buyer.page.pay_url).join(location)).text
    assert link in after
    assert "Return to Coterie" in after
    for wrong in (
        "https://evil.example/",
        "javascript:alert(1)",
        "https://app.example.evil/",
        "https://app.example@evil.example/",
    ):
        assert 'class="return"' not in buyer.load(return_to=wrong).text


@pytest.mark.parametrize(
    ("address", "is_allowed"),
    [
        *((address, True) for address in (APP, f"{APP}/", BACK, "HTTPS://APP.example/x", "coterie://pay/done")),
        *(
            (address, False)
            for address in ("", "/orders", "//app.example/", "http://app.example/", f"{APP}:444/", f"{APP}.evil/")
        ),
        *(
            (address, False)
            for address in ("https://user@app.example/", "javascript:alert(1)", "data:text/html,x", "coterie:pay")
        ),
        *(
            (address, False)
            for address in (f"{APP}\\@evil", f"{APP}/ x", f"{APP}/\n", f"{APP}/" + "x" * 2000, "https://[", f"{APP}/支付")
        ),
    ],
)
def test_m28_an_address_to_return_to_is_allowed_by_its_origin(address: str, is_allowed: bool) -> None:
    assert (allowed_return(address, [APP, "coterie://pay"]) == address != "") is is_allowed
    assert allowed_return(address, []) == ""


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    ],
)
def test_m28_another_site_cannot_submit_the_form(box: Sandbox, buyer: Buyer, headers: dict[str, str]) -> None:
    assert buyer.submit(headers=headers).status_code == 403
    assert box.webhooks.received == []
    assert "Pay once more" not in buyer.load(lang=EN).text


@pytest.mark.parametrize("token", ["", "0", "0.", "0.abc", "1.abc", "x.y", "٣.abc", "-1.abc"])
def test_m28_a_form_needs_the_token_of_its_page(box: Sandbox, buyer: Buyer, token: str) -> None:
    assert buyer.submit(token=token).status_code == 403
    other = Buyer(box.provider.start([part(A, 1_234_567)]))
    assert buyer.submit(token=other.token()).status_code == 403
    number, _, mac = buyer.token().partition(".")
    assert buyer.submit(token=f"{int(number) + 1}.{mac}").status_code == 403
    assert box.webhooks.received == []


@pytest.mark.parametrize("result", ["", "refund", "PAY", "insufficient_balance\n"])
def test_m28_a_form_has_one_of_its_results(box: Sandbox, buyer: Buyer, result: str) -> None:
    assert buyer.submit(result).status_code == 403
    assert box.webhooks.received == []


def test_m28_a_page_that_does_not_exist_is_404(buyer: Buyer) -> None:
    buyer.page = PaymentPage(buyer.page.pay_url[:-1], {})
    assert buyer.load().status_code == 404
    assert buyer.submit(token="0.abc").status_code == 404


@pytest.fixture
def server() -> Iterator[tuple[Server, Sandbox]]:
    """A sandbox whose books the test can change."""
    bound = serve(0)
    with served(bound) as address:
        yield bound, Sandbox(address, Webhooks(), HttpPaymentProvider(address, urllib3.PoolManager()))


def test_m28_an_expired_page_says_so_and_takes_no_money(server: tuple[Server, Sandbox]) -> None:
    bound, box = server
    buyer = Buyer(box.provider.start([part(A)]))
    token = buyer.token()
    (page,) = bound.provider.books.pages.values()
    page.opened_at -= timedelta(minutes=15)
    for result in ("pay", "declined"):
        assert buyer.submit(result, token).status_code == 303
        html = buyer.load(lang=EN).text
        assert "<h1>This page has expired</h1>" in html
        assert "<form" not in html
    assert bound.provider.books.movements == []


def test_m28_what_a_reference_contains_is_text(box: Sandbox) -> None:
    buyer = Buyer(box.provider.start([part('buyer/"><script>alert(1)')]))
    assert "<script" not in buyer.load().text
    assert "&quot;&gt;&lt;script&gt;alert(1)" in buyer.load().text


@pytest.mark.parametrize("length", ["-1", "x", str(2 * 1024 * 1024)])
def test_a_request_with_an_impossible_length_is_an_error(buyer: Buyer, length: str) -> None:
    address = httpx.URL(buyer.page.pay_url)
    connection = HTTPConnection(address.host, address.port, timeout=5)
    connection.putrequest("POST", address.path)
    connection.putheader("content-length", length)
    connection.endheaders()
    response = connection.getresponse()
    assert response.status in (413, 422)
    assert response.read()
    assert connection.sock is None, "what follows is no request"
