"""The ledgers that an office hands on: who stands in each, its columns in order, and what is explained below it.

To add one: an entry in LEDGERS. The command line and the menu of the window list it; tests/models/services/test_registers.py
looks whether it fits one page and whether its columns are said once.

A field that nobody records has no column, but for those that the office's own form cannot be without: they say 未采集. The
table that a program of the province reads is the other way round: what is not known is left empty there, because to that
program 未采集 would be the name of an employer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, exists, or_

from models.base import local_date
from models.catalog import flow
from models.errors import RuleError
from models.fields import STATE_LABELS, FieldSpec, Kind, State
from models.records import Record
from models.services import people
from models.services.desk import Desk
from models.services.ledgers import Column, Written
from models.services.specs import show
from models.tables import ENTITIES
from resources import divisions

_CONTACT, _PERSON = ENTITIES["contact"].table, ENTITIES["person"].table


class Row(NamedTuple):
    """What a line is made of. person: whom the record is of, None when that person is not here; items: names by code."""

    record: Record
    person: Record | None
    items: Mapping[str, str]
    on: date


class Part(NamedTuple):
    column: Column
    cell: Callable[[Row], Written]


@dataclass(frozen=True, slots=True)
class Ledger:
    """One ledger. notes: what stands below it; beside: whom it leaves out, and a sentence for how many ({0}) they are.

    label: in menus, and what the file is called. fixed: columns that stay in sight. bare: for a program to read.
    """

    name: str
    label: str
    title: str
    entity: str
    parts: tuple[Part, ...]
    fixed: int = 3
    notes: tuple[str, ...] = ()
    where: Callable[[Desk], tuple[ColumnElement[bool], ...]] = lambda desk: ()
    beside: tuple[tuple[str, Callable[[Desk], tuple[ColumnElement[bool], ...]]], ...] = ()
    bare: bool = False
    columns: tuple[Column, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", tuple(p.column for p in self.parts))


def place(code: str) -> str:
    found = divisions.get(code)
    return found.name if found else code


def cell(record: Record, spec: FieldSpec) -> Written:
    """A value that is known as text, money and counts as numbers that can be added up; a state in grey words."""
    found = record.cell(spec.name)
    if found.state is State.KNOWN and spec.kind in (Kind.INT, Kind.MONEY):
        return Written(found.value / 100 if spec.kind is Kind.MONEY else found.value)
    return Written(show(spec, found, masked=False), found.state not in (State.KNOWN, State.TO_VERIFY))


def _part(name: str, width: float, group: str = "", head: str = "", *, entity: str = "person", blank: bool = False) -> Part:
    """A field of the record, or of the person that it is of. The unit stands in the head, where an import reads it again.

    blank: where there is no value nobody has failed to collect one, so that nothing is said.
    """
    spec = ENTITIES[entity].by_name[name]
    words = head or spec.label

    def written(row: Row) -> Written:
        record = row.record if row.record.entity == entity else row.person
        if record is None or (blank and record.cell(name).state is not State.KNOWN):
            return Written("")
        return cell(record, spec)

    return Part(Column(f"{words}（{spec.unit}）" if spec.unit else words, width, group), written)


def _said(head: str, width: float, words: Callable[[Row], str | int | Written], group: str = "") -> Part:
    def written(row: Row) -> Written:
        found = words(row)
        return found if isinstance(found, Written) else Written(found)

    return Part(Column(head, width, group), written)


def _not_asked(head: str, width: float, group: str = "") -> Part:
    """A column of the office's form that the program has no field for."""
    return _said(head, width, lambda row: Written(STATE_LABELS[State.UNCOLLECTED], True), group)


def _age(row: Row) -> int | Written:
    """Full years on the day of the ledger; where the known part of the date leaves two, the year of birth in its place."""
    person = row.person or row.record
    born = person.cell("born_on")
    if born.state is not State.KNOWN:
        return cell(person, ENTITIES["person"].by_name["born_on"])
    text = str(born.value)
    youngest = people.age(text + {4: "-12-31", 7: "-31"}.get(len(text), ""), row.on)
    oldest = people.age(text, row.on)
    return Written(f"{text[:4]}年生") if youngest is None or youngest != oldest else youngest


_PLACE = _said("所在村", 14, lambda row: place(row.record.village))
_AGE = _said("年龄", 7, _age, "基本情况")


def _labour(*names: tuple[str, float, str]) -> tuple[Part, ...]:
    """What every ledger of the labour line begins with, and its own columns (name, width, head) under 就业情况."""
    basic = (_part("name", 10, "基本情况"), _part("sex", 7, "基本情况"), _AGE, _part("education", 12, "基本情况", "学历"),
             _part("marital", 9, "基本情况", "婚姻"), _part("address", 28, "基本情况", "地址"))  # fmt: skip
    return (_PLACE, *basic, *(_part(name, width, "就业情况", head) for name, width, head in names))


def _not_yet(name: str, width: float) -> Part:
    return _part(name, width, entity="request", blank=True)


def _due(row: Row) -> str:
    return f"{row.record.due_on or ''}{'（按预测日历）' if row.record.due_on and row.record.due_forecast else ''}"


_REQUEST = ENTITIES["request"].by_name
_AT_HOME = ("在家", "在家务农", "务农", "未外出", "家", "无")
_NEAR = ("本县", "县内", "本乡", "本镇", "本村", "本地")


def _near(desk: Desk) -> ColumnElement[bool]:
    """Whether the place of work names the county of the record, one of its townships, or says that it is here."""
    shown = [c for c in divisions.counties() if desk.office[4:6] == "00" or c.code[:6] == desk.office[:6]]
    words = [_PERSON.c.out_place.contains(w) for w in _NEAR]
    for county in shown:
        short = county.name[:-1] if len(county.name) > 2 else county.name
        names = [short, *(t.name for t in divisions.townships(county.code))]
        words.append(and_(_PERSON.c.county == county.code[:6], or_(*(_PERSON.c.out_place.contains(n) for n in names))))
    return or_(*words)


def _workers(desk: Desk) -> tuple[ColumnElement[bool], ...]:
    """Who works for somebody. The place of one who has come back is where he was before, so that he is in neither list."""
    p = _PERSON.c
    return (or_(p.kind.is_(None), p.kind.in_(("migrant", "local"))),
            or_(p.employment_form.is_(None), p.employment_form.not_in(("farming", "none"))))  # fmt: skip


def _place_known() -> tuple[ColumnElement[bool], ...]:
    return (_PERSON.c.out_place.is_not(None), _PERSON.c.out_place.not_in(("", *_AT_HOME)))


def _of_age(desk: Desk) -> tuple[ColumnElement[bool], ...]:
    """男 16 至 60、女 16 至 55 岁 (both ends in), and those whose age is not known; of a year alone, who may be."""
    today, born, sex = local_date(), _PERSON.c.born_on, _PERSON.c.sex

    def younger(years: int) -> ColumnElement[bool]:
        bound = f"{today.year - years - 1:04d}-{today:%m-%d}"
        return or_(born > bound, born.in_((bound[:7], bound[:4])))

    woman = sex.is_not_distinct_from("2")
    grown = born <= f"{today.year - 16:04d}-{today:%m-%d}"
    return (or_(born.is_(None), and_(grown, or_(and_(woman, younger(55)), and_(~woman, younger(60))))),)


def standing() -> tuple[ColumnElement[bool], ...]:
    """Visits that nobody has taken back, and none of the takings back."""
    back = _CONTACT.alias("back")
    return (_CONTACT.c.retracts.is_(None), ~exists().where(back.c.retracts == _CONTACT.c.id))


def _employed(desk: Desk) -> tuple[ColumnElement[bool], ...]:
    p = _PERSON.c
    return (or_(p.employer.is_not(None), p.employment_form.in_(("unit", "selfemployed", "flexible", "public_post"))),
            or_(p.employment_form.is_(None), p.employment_form != "none"))  # fmt: skip


def _known(name: str, width: float, head: str) -> Part:
    return _part(name, width, head=head, blank=True)


def _hard(row: Row) -> str:
    found = row.record.cell("hardship")
    return {State.KNOWN: "是", State.NOT_APPLICABLE: "否"}.get(found.state, "")


def _empty(*heads: str) -> tuple[Part, ...]:
    return tuple(_said(head, 9, lambda row: "") for head in heads)


STATES = "“未采集”是还没有问过本人，不等于没有；“不适用”“拒绝提供”“待核实”照登记写出。"
_IN = "务工地点写有本县或本县乡镇（街道）名称的列入县内，写有其他地方的列入县外，在家和务农的不列。"
_WORK = (("employer", 20, "单位"), ("out_place", 16, "地点"), ("occupation", 12, "工种"), ("insured", 20, "参保"),
         ("income", 13, "收入"))  # fmt: skip


def _nowhere(desk: Desk) -> tuple[ColumnElement[bool], ...]:
    place = _PERSON.c.out_place
    return (*_workers(desk), _PERSON.c.kind == "migrant", or_(place.is_(None), place == ""))


_NO_PLACE = ("另有 {0} 名外出务工人员没有登记务工地点，县内、县外两本台账都没有列入。", _nowhere)


_PEOPLE = (
    ("name", 10), ("sex", 6), ("id_number", 20), ("born_on", 12), ("ethnic", 8), ("education", 12), ("phone", 14), ("address", 24),
    ("kind", 12), ("out_place", 14), ("employer", 16), ("occupation", 12), ("trade", 16), ("income", 12), ("out_since", 12),
    ("back_on", 12), ("return_intent", 10), ("venture_plan", 36), ("worries", 16), ("specialty", 14), ("acc_capital", 8),
    ("acc_skill", 8), ("acc_management", 8), ("acc_network", 8), ("acc_sales", 8), ("acc_influence", 8), ("note", 50),
)  # fmt: skip
WIDTHS: Mapping[str, float] = dict(_PEOPLE)

_ALL = (
    Ledger("people", "人员台账", "返乡和外出务工人员台账", "person",
           (_PLACE, *(_part(name, width) for name, width in _PEOPLE)), notes=(STATES,)),
    Ledger(
        "requests", "诉求台账", "返乡创业诉求台账", "request",
        (_PLACE, _part("name", 10, head="诉求人"),
         _said("事项", 18, lambda row: row.items.get(row.record.item, row.record.item)),
         *(_part(name, width, entity="request") for name, width in
           (("number", 23), ("received_on", 12), ("kind", 12), ("urgency", 8), ("text", 44))),
         _said("状态", 10, lambda row: flow.state_label(row.record.state or "draft")), _not_yet("accepted_on", 12),
         _said(_REQUEST["due_on"].label, 13, _due), _not_yet("closed_on", 12), _not_yet("reply", 40)),
        notes=("受理、应办结、办结日期和答复空着的，是还没有办到这一步。", STATES),
    ),
    Ledger(
        "visits", "走访台账", "联系走访台账", "contact",
        (_PLACE, _part("name", 10, "联系对象"), _part("phone", 14, "联系对象"),
         *(_part(name, width, "联系走访", head, entity="contact") for name, width, head in
           (("on", 12, ""), ("way", 10, ""), ("by", 10, "走访人"), ("text", 60, "反映问题和谈话内容"))),
         _part("outcome", 10, "结果", "返乡创业意愿", entity="contact"),
         _part("next_on", 13, "结果", entity="contact", blank=True)),
        notes=("撤回的走访不列入。下次联系日期空着的，是没有约定。", STATES), where=lambda desk: standing(),
    ),
    Ledger(
        "venturers", "返乡创业人员台账", "返乡创业人员台账", "person",
        (_PLACE, _part("name", 10, "基本情况"), _part("sex", 7, "基本情况"), _AGE, _part("id_number", 20, "基本情况"),
         _part("education", 10, "基本情况", "学历"), _part("household_kind", 10, "基本情况"), _part("phone", 14, "基本情况"),
         _part("out_place", 12, "返乡前"), _part("trade", 12, "返乡前"), _part("out_months", 10, "返乡前"),
         _part("back_on", 12, "返乡创业"), _part("venture_plan", 22, "返乡创业", "创业项目"),
         _not_asked("实体名称", 9, "返乡创业"), _not_asked("统一社会信用代码", 9, "返乡创业"), _not_asked("带动就业人数", 8, "返乡创业")),
        notes=("列入人员类别为“返乡创业人员”的。实体名称、统一社会信用代码、带动就业人数本程序还没有登记。", STATES),
        where=lambda desk: (_PERSON.c.kind == "venturer",),
    ),
    Ledger("transfer-in", "转移就业台账（县内）", "农村劳动力转移就业人员台账（县内）", "person", _labour(*_WORK), notes=(_IN, STATES),
           where=lambda desk: (*_workers(desk), *_place_known(), _near(desk)), beside=(_NO_PLACE,)),
    Ledger("transfer-out", "转移就业台账（县外）", "农村劳动力转移就业人员台账（县外）", "person", _labour(*_WORK), notes=(_IN, STATES),
           where=lambda desk: (*_workers(desk), *_place_known(), ~_near(desk)), beside=(_NO_PLACE,)),
    Ledger("labour", "劳动力资源登记台帐", "农村劳动力资源登记台帐", "person",
           _labour(("id_number", 20, ""), ("occupation", 16, "工种"), ("phone", 14, "电话")), where=_of_age,
           notes=("列入男 16 至 60 岁、女 16 至 55 岁的，年龄不知道的也列入。只知道出生年份、算不准周岁的写出生年份。", STATES)),
    Ledger(
        "province", "省级导入模板", "就业信息导入", "person",
        (_said("市", 8, lambda row: place(f"{row.record.village[:4]}00000000")),
         _said("机构名称", 10, lambda row: place(f"{row.record.village[:6]}000000")),
         _known("name", 8, "姓名"), _known("id_number", 20, "身份证号"), _known("phone", 14, "联系电话"), _known("education", 12, "学历"),
         *_empty("登记就业时间"), _known("employer", 16, "就业单位"), _known("employment_form", 12, "就业方式"),
         *_empty("就业类型", "统一社会信用代码", "组织机构代码"), _known("trade", 16, "所属行业"), *_empty("单位具体地址"),
         _known("sector", 12, "从事产业类型"), *_empty("是否登记失业人员"), _said("是否就业困难人员", 10, _hard)),
        bare=True, fixed=1, where=_employed,
    ),
)  # fmt: skip
LEDGERS: Mapping[str, Ledger] = {ledger.name: ledger for ledger in _ALL}


def get(name: str) -> Ledger:
    """Raises RuleError for a name that no ledger has."""
    if name not in LEDGERS:
        raise RuleError("ledger.unknown", f"没有台账“{name}”。可以导出的有：{'、'.join(LEDGERS)}。")
    return LEDGERS[name]
