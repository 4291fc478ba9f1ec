"""The codes, statuses and texts of all errors that a caller sees."""

from __future__ import annotations

import ast
import importlib
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

from services.shared.http import catalogue
from services.shared.http.catalogue.entry import Entry, Message
from services.shared.http.field_errors import CODES, DEFAULT
from services.shared.http.problems import Problem
from services.shared.http.statuses import STATUSES, status_of
from services.shared.kernel.errors import DomainError, NotFound

SERVICES = Path(__file__).parents[3] / "services"
for service in ("circles", "chat", "commerce", "review"):
    importlib.import_module(f"services.{service}.errors")
FILES = (catalogue.shared, catalogue.pictures, catalogue.circles, catalogue.chat, catalogue.commerce, catalogue.review)


def subclasses(error: type[DomainError]) -> Iterator[type[DomainError]]:
    for subclass in error.__subclasses__():
        if subclass.__module__.startswith("services."):
            yield subclass
        yield from subclasses(subclass)


ERRORS = sorted(set(subclasses(DomainError)), key=lambda error: (error.__module__, error.__name__))
IDS = [f"{error.__module__.split('.')[1]}.{error.__name__}" for error in ERRORS]
CLASS_NAMES = {error.__name__: error.code for error in ERRORS}
HAN = re.compile(r"[\u4e00-\u9fff]")
SENTENCE = re.compile(r"[A-Z][^.]*\.")
TRANSLATED = re.compile("进行|该|您|幂等|必须|有限的")
CHINESE_NUMBER = re.compile("[一二两三四五六七八九十百千]+(?:次|天|个|条|年|月|小时|分钟|人|份|项)")
NOT_A_NUMBER = ("这一天", "换一个", "换一份", "取消一条", "粘贴一个", "不止一个")  # 一 as an article
# The files outside the catalogue with Chinese: texts to share, default names, terms of sale, criteria, parts of patterns.
IN_CHINESE = {
    "chat/schemas/rooms.py",
    "circles/domain/passcode.py",
    "circles/domain/profile.py",
    "circles/domain/show.py",
    "circles/schemas/campaign_charts.py",
    "circles/schemas/campaigns.py",
    "circles/schemas/circles.py",
    "circles/schemas/people.py",
    "circles/schemas/staff.py",
    "commerce/domain/protection.py",
    "commerce/domain/terms.py",
    "commerce/schemas/statements.py",
    "review/domain/product_definitions.py",
    "review/domain/tenure.py",
    "review/schemas/texts.py",
    *(f"shared/http/glossary/{name}.py" for name in ("chat", "circles", "commerce", "pictures", "review", "shared")),
    "shared/http/schemas.py",
    "shared/kernel/links.py",
    "shared/kernel/names/chinese.py",
    "shared/kernel/names/rules.py",
    "shared/kernel/pasted_text.py",
    "shared/security/guardrails.py",
    "shared/security/newcomers.py",
}


def is_written_in_chinese(text: str) -> bool:
    """Return whether the text has no word of a translation, and no Chinese number where a digit is meant."""
    for idiom in NOT_A_NUMBER:
        text = text.replace(idiom, "")
    return not TRANSLATED.search(text) and not CHINESE_NUMBER.search(text)


def kebab_case(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


@cache
def sources() -> list[tuple[str, list[ast.AST]]]:
    """Return the path and all nodes of each file, parsed once for all tests."""
    paths = {path.relative_to(SERVICES).as_posix(): path for path in SERVICES.rglob("*.py")}
    return [
        (name, list(ast.walk(ast.parse(path.read_text(encoding="utf-8")))))
        for name, path in paths.items()
        if not name.startswith("shared/http/catalogue/")
    ]


def calls(*names: str) -> Iterator[tuple[str, ast.Call]]:
    for place, nodes in sources():
        for node in nodes:
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in names:
                yield f"{place}:{node.lineno}", node


def strings() -> Iterator[tuple[str, str]]:
    """Yield each text in the code, without docstrings."""
    for place, nodes in sources():
        for node in nodes:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.Constant) and isinstance(child.value, str) and not isinstance(node, ast.Expr):
                    yield place, child.value


@pytest.mark.parametrize("error", ERRORS, ids=IDS)
def test_a_code_is_the_kebab_case_of_its_class(error: type[DomainError]) -> None:
    # What the caller is not allowed to see looks like what does not exist: one code for all.
    assert error.code == ("not-found" if issubclass(error, NotFound) else kebab_case(error.__name__))


@pytest.mark.parametrize("error", ERRORS, ids=IDS)
def test_an_error_has_a_status_and_no_text_of_its_own(error: type[DomainError]) -> None:
    assert 400 <= status_of(error) < 600
    assert not [name for name in vars(error) if not name.startswith("__") and name != "code"]


def test_all_services_have_errors() -> None:
    assert {error.__module__.split(".")[1] for error in ERRORS} == {"chat", "circles", "commerce", "review", "shared"}


def test_each_error_has_exactly_one_entry_in_the_catalogue_and_no_entry_is_stale() -> None:
    entries = [code for file in FILES for code in file.ERRORS]
    assert sorted(entries) == sorted({error.code for error in ERRORS})
    assert STATUSES.keys() <= {error.code for error in ERRORS}


@pytest.mark.parametrize("code", catalogue.ERRORS)
def test_titles_and_next_steps_are_sentences_in_both_languages(code: str) -> None:
    entry: Entry = catalogue.ERRORS[code]
    assert SENTENCE.fullmatch(entry.en.title)
    assert not entry.en.next_step or SENTENCE.fullmatch(entry.en.next_step.replace("/json", ""))
    assert HAN.search(entry.zh.title)
    assert bool(entry.en.next_step) == bool(entry.zh.next_step)
    assert bool(entry.en.detail) == bool(entry.zh.detail)
    for text in (entry.zh.title, entry.zh.next_step, entry.zh.detail):
        assert not text.endswith("。")
        assert is_written_in_chinese(text)
    assert not entry.zh.next_step or re.match("请", entry.zh.next_step)


@pytest.mark.parametrize("code", catalogue.ERRORS)
def test_a_title_is_constant_and_a_detail_uses_facts_that_leave(code: str) -> None:
    entry: Entry = catalogue.ERRORS[code]
    constant = (entry.en.title, entry.en.next_step, entry.zh.title, entry.zh.next_step)
    assert not [text for text in constant if placeholders(text)]
    assert placeholders(entry.en.detail) == placeholders(entry.zh.detail) <= set(entry.facts)
    assert not set(entry.facts) & Problem.model_fields.keys()


def test_each_error_is_raised_with_the_facts_of_its_entry() -> None:
    given: dict[str, list[set[str]]] = defaultdict(list)
    for _, call in calls(*CLASS_NAMES):
        names = {str(keyword.arg) for keyword in call.keywords} - {"fields", "more_fields", "retry_after"}
        given[CLASS_NAMES[ast.unparse(call.func).rpartition(".")[2]]].append(names)
    for _, nodes in sources():
        for node in nodes:
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name | ast.Attribute):
                name = ast.unparse(node.exc).rpartition(".")[2]
                if name in CLASS_NAMES:
                    given[CLASS_NAMES[name]].append(set())
    wrong = [code for code, entry in catalogue.ERRORS.items() for names in given[code] if names != set(entry.facts)]
    assert wrong == []


def test_each_field_code_has_one_message_and_no_message_is_stale() -> None:
    messages = [code for file in FILES for code in file.FIELDS]
    assert len(messages) == len(set(messages))
    assert {*CODES.values(), DEFAULT} <= set(messages)
    position = {"FieldError": 1, "ValueInvalid": 0, "_unreadable": 0}
    arguments = [call.args[position[ast.unparse(call.func)]] for _, call in calls(*position)]
    literal = {argument.value for argument in arguments if isinstance(argument, ast.Constant)}
    assert literal <= set(messages)
    assert set(messages) <= {text for _, text in strings()}


@pytest.mark.parametrize("code", catalogue.FIELDS)
def test_field_messages_are_in_both_languages(code: str) -> None:
    message: Message = catalogue.FIELDS[code]
    assert not message.en.endswith(".")
    assert HAN.search(message.zh)
    assert not message.zh.endswith("。")
    assert placeholders(message.en) == placeholders(message.zh)
    assert is_written_in_chinese(message.zh)


def test_texts_of_errors_are_in_the_catalogue_only() -> None:
    assert {place for place, text in strings() if HAN.search(text)} == IN_CHINESE
    raised = [(place, ast.unparse(call)) for place, call in calls("FieldError", "ValueInvalid", *CLASS_NAMES)]
    assert not [one for one in raised if HAN.search(one[1])]
    assert not [place for place, call in calls(*CLASS_NAMES) if call.args]


def test_all_chinese_texts_of_the_services_are_written_and_not_translated() -> None:
    assert [(place, text) for place, text in strings() if not is_written_in_chinese(text)] == []


def test_validators_of_requests_raise_errors_with_a_code() -> None:
    assert [place for place, _ in calls("ValueError") if re.search(r"schemas|kernel/text", place)] == []
