"""The users of a run: they sign up, confirm their e-mail address and sign in at the user pool, as people do."""

from __future__ import annotations

from demo.client import Client
from demo.scenario import Scenario

MEMBERS = ("lin", "mei", "hao", "yan", "qiu")  # and applicants
STAFF = {"rui": ("reviewer",), "shan": ("reviewer",), "tao": ("reviewer",), "ops": ("operator",)}


def sign_up(scenario: Scenario) -> None:
    """Sign up the users. A later run appends a number to the names of the members, and signs in the same staff."""
    cloud = scenario.cloud
    known = cloud.users()
    if "lin" in known:
        scenario.run = str(next(number for number in range(2, 10_000) if f"lin-{number}" not in known))
    with scenario.step(
        "5 位用户用邮箱注册，输入收到的验证码，登录", "five users sign up by e-mail, enter the code, and sign in"
    ):
        for name in MEMBERS:
            scenario.users[name] = Client(cloud, cloud.create_user(f"{name}{suffix_of(scenario)}"))
    with scenario.step("审核员和运营人员登录，先设置动态验证码", "reviewers and the operator sign in; they have set up TOTP"):
        for name, groups in STAFF.items():
            scenario.users[name] = Client(cloud, known.get(name) or cloud.create_user(name, groups))


def suffix_of(scenario: Scenario) -> str:
    """Return what a later run appends to the names of its members."""
    return f"-{scenario.run}" if scenario.run else ""
