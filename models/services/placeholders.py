"""Texts with places to be filled: 【姓名】 as clerks know it from WPS, and {{ 姓名 }} {% if 电话 %} … {% endif %} for who wants it.

One mechanism for every text that a paper is made of: 【姓名】 is turned into {{ 姓名 }}, and both are a template of Jinja2 in
its sandbox. A text comes from whoever sits at the desk, or out of a file that somebody sent. So a template may hold
only what is named here (_Checker): places, conditions, and loops over lists that we give. No attribute, no call, no filter,
no arithmetic: what is not there can neither reach into the program nor run for ever.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from forms.base import Cell, words

if TYPE_CHECKING:
    from jinja2 import Environment, Template, nodes

LONGEST = 20_000  # characters of a text, and of what comes out of it
_DEEPEST = 2  # loops within each other
_MOST = 200  # times round a loop
_MARK = re.compile(r"【([^【】\n]*)】")
_TAG = re.compile(r"(\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\})", re.DOTALL)
_HOW = "花括号要成对，{% if … %} 要有 {% endif %}，{% for … in … %} 要有 {% endfor %}"


class Wrong(Exception):
    """line: from 1; reason: Chinese, without a full stop."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line, self.reason = line, reason

    @property
    def sentence(self) -> str:
        return f"第 {self.line} 行{self.reason}"


class Said(str):
    """A value in running text: its words, and false in a condition when there is no value."""

    known: bool

    def __new__(cls, cell: Cell, lacking: str = "") -> Said:
        """lacking: what is printed for a value that nobody knows; the words of its state when that is ''."""
        known = cell.state in ("k", "v") and bool(cell.text)
        made = super().__new__(cls, lacking if lacking and not known else words(cell))
        made.known = known
        return made

    def __bool__(self) -> bool:
        return self.known


Value = str | Sequence[str]


def check(text: str, places: Iterable[str], lists: Iterable[str] = ()) -> None:
    """Raises Wrong for a text that fill() would not take. places: the words that stand for a text; lists: for a list."""
    _compiled(text, frozenset(places), frozenset(lists))


def fill(text: str, value: Callable[[str], Value], places: Iterable[str], lists: Iterable[str] = ()) -> str:
    """The text with what value(word) says in its places; it is asked for the words that stand there only. Raises Wrong."""
    if len(text) <= LONGEST and "【" not in text and "】" not in text and "{" not in text:
        return text
    template, used = _compiled(text, frozenset(places), frozenset(lists))
    values = {word: value(word) for word in sorted(used)}
    if any(not isinstance(v, str) and len(v) > _MOST for v in values.values()):
        raise Wrong(1, f"：逐项列出的内容超过 {_MOST} 项")
    out, length = [], 0
    for part in template.generate(values):
        out.append(part)
        length += len(part)
        if length > LONGEST:
            raise Wrong(1, f"：填写后的文字超过 {LONGEST} 字")
    return "".join(out)


@lru_cache(maxsize=256)
def _compiled(text: str, places: frozenset[str], lists: frozenset[str]) -> tuple[Template, frozenset[str]]:
    from jinja2 import TemplateError

    if len(text) > LONGEST:
        raise Wrong(1, f"：文字超过 {LONGEST} 字")
    source = _translated(text, places)
    environment = _environment()
    try:
        tree = environment.parse(source)
    except (TemplateError, ValueError, RecursionError) as error:
        at = getattr(error, "lineno", 1) or 1
        raise Wrong(at, f"“{_line(text, at)}”写得不对：{_HOW}") from None
    checker = _Checker(text, places, lists)
    try:
        checker.body(tree.body, frozenset(), 0)
        return environment.from_string(tree), frozenset(checker.used)
    except (SyntaxError, RecursionError, MemoryError):  # Python's own words for what is nested too deeply
        raise Wrong(1, "：条件一层套一层，套得太深") from None


@lru_cache(maxsize=1)
def _environment() -> Environment:
    """Made when the first text needs it: most starts of the window print nothing."""
    from jinja2 import StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    made = SandboxedEnvironment(
        undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    made.globals.clear()
    made.filters.clear()
    made.tests.clear()
    return made


def _line(text: str, at: int) -> str:
    lines = text.split("\n")
    line = lines[min(at, len(lines)) - 1].strip()
    return line if len(line) <= 30 else line[:29] + "…"


def _translated(text: str, places: frozenset[str]) -> str:
    """The template that is meant. Raises Wrong for a mark that is no place, and for one that is not closed."""
    out: list[str] = []
    at = 1
    for n, part in enumerate(_TAG.split(text)):
        if n % 2:
            out.append(_MARK.sub(r"\1", part))
        else:
            for row, line in enumerate(part.split("\n"), at):
                for found in _MARK.finditer(line):
                    if found[1].strip() not in places:
                        raise Wrong(row, f"的【{found[1]}】{_unknown(places)}")
                if "【" in (rest := _MARK.sub("", line)) or "】" in rest:
                    raise Wrong(row, "的“【”和“】”没有成对")
            out.append(_MARK.sub(lambda found: "{{ " + found[1].strip() + " }}", part))
        at += part.count("\n")
    return "".join(out)


def _unknown(places: Iterable[str]) -> str:
    return f"不是这里可用的占位符，可用的有：{'、'.join(f'【{w}】' for w in sorted(places))}"


class _Checker:
    """Walks a template's tree and refuses every node that is not meant to be there. used: the words that it asks for."""

    def __init__(self, text: str, places: frozenset[str], lists: frozenset[str]) -> None:
        self.text, self.places, self.lists = text, places, lists
        self.used: set[str] = set()

    def body(self, found: Sequence[nodes.Node], scope: frozenset[str], depth: int) -> None:
        from jinja2 import nodes

        for node in found:
            if isinstance(node, nodes.Output):
                for part in node.nodes:
                    if not isinstance(part, nodes.TemplateData):
                        self.value(part, scope)
            elif isinstance(node, nodes.If):
                self.condition(node.test, scope)
                self.body(node.body, scope, depth)
                self.body(node.elif_, scope, depth)
                self.body(node.else_, scope, depth)
            elif isinstance(node, nodes.For):
                self.loop(node, scope, depth)
            else:
                raise self.refused(node)

    def loop(self, node: nodes.For, scope: frozenset[str], depth: int) -> None:
        from jinja2 import nodes

        over, each = node.iter, node.target
        if node.recursive or node.test is not None or depth >= _DEEPEST or not isinstance(each, nodes.Name):
            raise self.refused(node)
        if not isinstance(over, nodes.Name) or over.name not in self.lists:
            named = "、".join(sorted(self.lists))
            raise Wrong(node.lineno, f"的 {{% for %}} 只能逐项列出：{named}" if named else "：这份文书里没有可以逐项列出的内容")
        self.used.add(over.name)
        self.body(node.body, scope | {each.name}, depth + 1)
        self.body(node.else_, scope, depth)

    def condition(self, node: nodes.Node, scope: frozenset[str]) -> None:
        """What may stand behind if: values and lists, compared and joined by and, or, not."""
        from jinja2 import nodes

        if isinstance(node, nodes.And | nodes.Or):
            self.condition(node.left, scope)
            self.condition(node.right, scope)
        elif isinstance(node, nodes.Not):
            self.condition(node.node, scope)
        elif isinstance(node, nodes.Compare):
            for part in (node.expr, *(operand.expr for operand in node.ops)):
                self.value(part, scope)
        elif isinstance(node, nodes.Name) and node.name in self.lists and node.name not in scope:
            self.used.add(node.name)
        else:
            self.value(node, scope)

    def value(self, node: nodes.Node, scope: frozenset[str]) -> None:
        from jinja2 import nodes

        if isinstance(node, nodes.Const) and isinstance(node.value, str):
            return
        if isinstance(node, nodes.CondExpr):
            self.condition(node.test, scope)
            self.value(node.expr1, scope)
            if node.expr2 is None:
                raise self.refused(node)
            self.value(node.expr2, scope)
        elif isinstance(node, nodes.Name):
            self.name(node, scope)
        else:
            raise self.refused(node)

    def name(self, node: nodes.Name, scope: frozenset[str]) -> None:
        if node.name in scope:
            return
        if node.name not in self.places:
            raise Wrong(node.lineno, f"的【{node.name}】{_unknown(self.places)}")
        self.used.add(node.name)

    def refused(self, node: Any) -> Wrong:
        what = _line(self.text, node.lineno)
        return Wrong(node.lineno, f"“{what}”用了不允许的写法：只能用占位符、{{% if %}} 条件和 {{% for %}} 逐项，文字加引号")
