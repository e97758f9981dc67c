"""Reading of one catalogue file: every key is known and every value right, or the error names the file and the key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from models.catalog.items import Clock, Item, Material
from models.errors import RuleError, toml_place
from models.fields import FieldSpec, Kind, Secrecy
from resources import codes

_CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_LEVELS = ("village", "township", "county")
_BASES = ("law", "county")
# Kinds that an extra field may have: the others need a table of their own.
_KINDS = (
    Kind.TEXT, Kind.NOTE, Kind.CODE, Kind.CODES, Kind.DATE, Kind.INT, Kind.MONEY, Kind.BOOL, Kind.ID_NUMBER,
    Kind.PHONE, Kind.ACCOUNT, Kind.OFFICE,
)  # fmt: skip
# These are masked unless the file says otherwise: a form's author must not have to think of it.
_PRIVATE = (Kind.ID_NUMBER, Kind.PHONE, Kind.ACCOUNT)

_WANTED: dict[Any, str] = {int: "应是不加引号的整数", str: "应是加引号的文字", bool: "应是 true 或 false"}


class _At:
    """Where we are in a file, so that an error can say it: file → edition → materials[2] → name."""

    def __init__(self, where: str, data: Mapping[str, Any]) -> None:
        self.where, self.data, self.seen = where, data, set[str]()

    def bad(self, key: str, why: str, code: str = "catalog.value") -> RuleError:
        return RuleError(code, f"事项目录 {self.where} 的 {key}：{why}。")

    def take(self, key: str, kind: type | tuple[type, ...], default: Any = ...) -> Any:
        self.seen.add(key)
        value = self.data.get(key, default)
        if value is ...:
            raise self.bad(key, "缺少这一项", "catalog.missing")
        if value is not default and (not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool)):
            raise self.bad(key, f"“{value}”{_WANTED.get(kind, '的类型不对')}")
        return value

    def text(self, key: str, default: Any = ...) -> str:
        value: str = self.take(key, str, default)
        if default is ... and not value.strip():
            raise self.bad(key, "不能为空")
        return value

    def count(self, key: str, default: Any = ..., top: int = 1000) -> int:
        value: int = self.take(key, int, default)
        if not 0 <= value <= top:
            raise self.bad(key, f"应在 0 到 {top} 之间")
        return value

    def one_of(self, key: str, allowed: tuple[str, ...] | codes.CodeTable, default: Any = ...) -> str:
        value = self.text(key, default)
        if value != default and value not in allowed:
            raise self.bad(key, f"“{value}”不是允许的值")
        return value

    def day(self, key: str, default: Any = ...) -> date | None:
        value = self.take(key, (date, str), default)
        try:
            found = date.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            found = value
        if found is not None and type(found) is not date:
            raise self.bad(key, f"“{value}”不是日期")
        return found

    def list_of(self, key: str, read: Callable[[_At], Any]) -> tuple[Any, ...]:
        rows = self.take(key, list, [])
        found = []
        for place, row in enumerate(rows, 1):
            if not isinstance(row, Mapping):
                raise self.bad(f"{key}[{place}]", "应是一张表")
            found.append(read(_At(f"{self.where} › {key}[{place}]", row)))
        return tuple(found)

    def done(self) -> None:
        for key in self.data.keys() - self.seen:
            raise self.bad(key, "不认识这一项", "catalog.key")


def read_toml(text: str, where: str) -> list[Item]:
    """The editions of one TOML text; where is what errors call it."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RuleError("catalog.toml", f"事项目录 {where} {toml_place(error)}不合 TOML 写法。") from None
    return read_data(data, where)


def read_data(data: Mapping[str, Any], where: str) -> list[Item]:
    """The editions of the same structure already parsed: {'edition': [...]}, or one edition alone."""
    at = _At(where, data if "edition" in data else {"edition": [data]})
    items: list[Item] = list(at.list_of("edition", _edition))
    at.done()
    if not items:
        raise at.bad("edition", "没有任何版本")
    return items


def _edition(at: _At) -> Item:
    code = at.text("code")
    if not _CODE.fullmatch(code):
        raise at.bad("code", f"“{code}”应是小写英文单词，用点连接")
    start, end = at.day("valid_from"), at.day("valid_to", None)
    if start is None or (end is not None and end < start):
        raise at.bad("valid_to", "早于 valid_from")
    fields = at.list_of("fields", _field)
    names = [spec.name for spec in fields]
    if len(set(names)) != len(names):
        raise at.bad("fields", "字段名重复")
    forms = at.take("forms", list, [])
    for form in forms:
        if not isinstance(form, str) or not _CODE.fullmatch(form):
            raise at.bad("forms", f"“{form}”不是文书代码")
    item = Item(
        code=code,
        name=at.text("name"),
        group=at.one_of("group", codes.table("item_group")),
        bureau=at.one_of("bureau", codes.table("bureau"), ""),
        level=at.one_of("level", _LEVELS),
        basis=at.one_of("basis", _BASES),
        ground=at.text("ground"),
        source=at.text("source"),
        valid_from=start,
        valid_to=end,
        clock=_clock(_At(f"{at.where} › clock", at.take("clock", Mapping))),
        materials=at.list_of("materials", _material),
        fields=fields,
        forms=tuple(forms),
        sample=MappingProxyType(dict(at.take("sample", Mapping, {}))),
        hint=at.text("hint", ""),
    )
    at.done()
    _check_sample(at, item)
    return item


def _clock(at: _At) -> Clock:
    clock = Clock(
        days=at.count("days", top=250),
        acceptance=at.count("acceptance", 5, top=30),
        supplement=at.count("supplement", 10, top=365),
        supplement_unit=at.one_of("supplement_unit", ("work", "natural"), "work"),
        deemed=at.take("deemed", bool, False),
    )
    at.done()
    return clock


def _material(at: _At) -> Material:
    material = Material(at.text("name"), at.take("required", bool, True), at.text("note", ""))
    at.done()
    return material


def _field(at: _At) -> FieldSpec:
    name = at.text("name")
    if not _NAME.fullmatch(name):
        raise at.bad("name", f"“{name}”应是小写英文")
    kind = Kind(at.one_of("kind", tuple(kind.value for kind in _KINDS), Kind.TEXT.value))
    table = at.text("codes", "")
    if (kind in (Kind.CODE, Kind.CODES)) != bool(table):
        raise at.bad("codes", "kind 为 code 或 codes 时必须写代码表，其他时候不能写")
    if table and table not in codes.names():
        raise at.bad("codes", f"没有名为“{table}”的代码表")
    secrecy = Secrecy.MASKED if kind in _PRIVATE else Secrecy.OPEN
    spec = FieldSpec(
        name=name,
        label=at.text("label"),
        kind=kind,
        secrecy=Secrecy(at.one_of("secrecy", tuple(Secrecy), secrecy)),
        codes=table,
        group=at.text("group", ""),
        unit=at.text("unit", "元" if kind is Kind.MONEY else ""),
        limit=at.count("limit", 2000 if kind is Kind.NOTE else 200, top=20_000),
        required=at.take("required", bool, False),
        hint=at.text("hint", ""),
    )
    at.done()
    return spec


def _check_sample(at: _At, item: Item) -> None:
    known = {spec.name: spec for spec in item.fields}
    for name, value in item.sample.items():
        spec = known.get(name)
        if spec is None:
            raise at.bad(f"sample.{name}", "没有这个字段", "catalog.key")
        wanted: type = {Kind.INT: int, Kind.MONEY: int, Kind.BOOL: bool}.get(spec.kind, str)
        if type(value) is not wanted:
            raise at.bad(f"sample.{name}", f"“{value}”的类型不对")
        if spec.codes and any(part not in codes.table(spec.codes) for part in str(value).split(",")):
            raise at.bad(f"sample.{name}", f"“{value}”不在代码表 {spec.codes} 中")
