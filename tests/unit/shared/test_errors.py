"""The names, codes and titles of all errors that a caller sees, and the Chinese texts of the services."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.shared.kernel.errors import DomainError, NotFound

SERVICES = Path(__file__).parents[3] / "services"
for service in ("circles", "chat", "commerce", "review"):
    importlib.import_module(f"services.{service}.errors")


def subclasses(error: type[DomainError]) -> Iterator[type[DomainError]]:
    for subclass in error.__subclasses__():
        if subclass.__module__.startswith("services."):
            yield subclass
        yield from subclasses(subclass)


ERRORS = sorted(set(subclasses(DomainError)), key=lambda error: (error.__module__, error.__name__))
IDS = [f"{error.__module__.split('.')[1]}.{error.__name__}" for error in ERRORS]
HAN = re.compile(r"[\u4e00-\u9fff]")
TRANSLATED = re.compile("进行|该|您|幂等|必须|有限的")
CHINESE_NUMBER = re.compile("[一二两三四五六七八九十百千]+(?:次|天|个|条|年|月|小时|分钟|人|份|项)")
NOT_A_NUMBER = ("这一天", "换一个", "换一份", "取消一条", "粘贴一个")  # 一 as an article


def is_written_in_chinese(text: str) -> bool:
    """Return whether the text has no word of a translation, and no Chinese number where a digit is meant."""
    for idiom in NOT_A_NUMBER:
        text = text.replace(idiom, "")
    return not TRANSLATED.search(text) and not CHINESE_NUMBER.search(text)


def kebab_case(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()


@pytest.mark.parametrize("error", ERRORS, ids=IDS)
def test_a_code_is_the_kebab_case_of_its_class(error: type[DomainError]) -> None:
    if error.__base__ is NotFound and "code" not in vars(error):
        # What the caller is not allowed to see looks like what does not exist: same code, same texts.
        assert not {"status", "title", "title_zh"} & vars(error).keys()
    else:
        assert error.code == kebab_case(error.__name__)


@pytest.mark.parametrize("error", ERRORS, ids=IDS)
def test_titles_are_sentences(error: type[DomainError]) -> None:
    assert re.fullmatch(r"[A-Z].*\.", error.title)
    assert HAN.search(error.title_zh)
    assert not error.title_zh.endswith("。")
    assert is_written_in_chinese(error.title_zh)


def test_a_code_has_one_title() -> None:
    titles: dict[str, set[tuple[str, str]]] = {}
    for error in ERRORS:
        titles.setdefault(error.code, set()).add((error.title, error.title_zh))
    assert not {code: texts for code, texts in titles.items() if len(texts) > 1}


def test_all_services_have_errors() -> None:
    assert {error.__module__.split(".")[1] for error in ERRORS} == {"chat", "circles", "commerce", "review", "shared"}


def test_all_chinese_texts_of_the_services_are_written_and_not_translated() -> None:
    translated = []
    for path in SERVICES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and not is_written_in_chinese(node.value):
                translated.append(f"{path.relative_to(SERVICES)}:{node.lineno} {node.value}")
    assert translated == []
