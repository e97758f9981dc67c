"""What a printed cell is filled with when it is not simply a record's field. See forms/base.py for the names.

To add one: a function with @fills("name", "label") giving the text, None for 未采集 and '' for a known blank.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from forms.base import Cell as Printed
from models.base import CHINA, local_date, parse_stamp
from models.catalog import flow
from models.records import Record
from models.services import requests, specs
from models.services.desk import Desk, get_setting, office_name
from resources import codes, divisions


@dataclass(frozen=True, slots=True)
class Subject:
    """What one copy is about. extra: what the user typed for this paper (notice.title, notice.body, ...)."""

    desk: Desk
    person: Record | None
    request: Record | None
    extra: Mapping[str, str]
    serial: str = ""


Filler = Callable[[Subject], Printed]
FILLERS: dict[str, Filler] = {}


def fills(name: str, label: str) -> Callable[[Callable[[Subject], str | None]], Callable[[Subject], str | None]]:
    """Register a function that gives a cell's text; None is 未采集, '' is a known blank."""

    def register(function: Callable[[Subject], str | None]) -> Callable[[Subject], str | None]:
        def fill(subject: Subject) -> Printed:
            text = function(subject)
            return Printed(label, text or "", "u" if text is None else "k")

        FILLERS[name] = fill
        return function

    return register


@fills("person.village", "所在村")
def _village(s: Subject) -> str | None:
    if s.person is None:
        return None
    found = divisions.get(s.person.village)
    return found.name if found else None


@fills("person.village_short", "所在村")
def _village_short(s: Subject) -> str | None:
    found = divisions.get(s.person.village) if s.person else None
    if found is None:
        return None
    return found.short if found.short.endswith("村") or "居委" in found.name else f"{found.short}村"


@fills("person.sex", "性别")
def _sex(s: Subject) -> str | None:
    code = s.person.sex if s.person else None
    return specs.plain(specs.by_name("person", "sex"), code).removesuffix("性") if code else None


@fills("request.item", "事项名称")
def _item(s: Subject) -> str | None:
    return requests.item_of(s.desk, s.request).name if s.request else None


@fills("request.limit", "承诺时限")
def _limit(s: Subject) -> str | None:
    if s.request is None:
        return None
    days = requests.item_of(s.desk, s.request).clock.days
    return str(days) if days else "当场办结"


@fills("request.due_forecast", "按预测日历")
def _forecast(s: Subject) -> str | None:
    return "按预测日历" if s.request and s.request.due_forecast else ""


@fills("request.handling", "办理经过")
def _handling(s: Subject) -> str | None:
    return "；".join(f"{row['date'].text}{row['what'].text}" for row in _steps(s)) or None


@fills("request.result", "办理结果")
def _result(s: Subject) -> str | None:
    case = requests.case(s.desk, s.request) if s.request else None
    return (case.result or case.reply or None) if case else None


@fills("request.satisfaction", "满意程度")
def _satisfaction(s: Subject) -> str | None:
    case = requests.case(s.desk, s.request) if s.request else None
    return codes.table("satisfaction").label(case.satisfaction) if case and case.satisfaction else None


@fills("office.name", "机构名称")
def _office(s: Subject) -> str | None:
    return office_name(s.desk)


@fills("office.phone", "窗口电话")
def _phone(s: Subject) -> str | None:
    return str(get_setting(s.desk, "office.phone") or "") or None


@fills("office.supervision_phone", "监督电话")
def _supervision(s: Subject) -> str | None:
    return str(get_setting(s.desk, "office.supervision_phone") or "") or None


@fills("office.address", "办公地址")
def _address(s: Subject) -> str | None:
    return str(get_setting(s.desk, "office.address") or "") or None


@fills("account.name", "经办人")
def _account(s: Subject) -> str | None:
    return s.desk.account


@fills("paper.date", "日期")
def _date(s: Subject) -> str | None:
    return specs.long_date(local_date())


@fills("paper.serial", "编号")
def _serial(s: Subject) -> str | None:
    return s.serial or "（打印时编号）"


def _materials(s: Subject) -> list[dict[str, Printed]]:
    """In the order of the item, which is the order the clerk asks for them."""
    if s.request is None:
        return []
    given = requests.materials(s.request)
    names = dict.fromkeys([m.name for m in requests.item_of(s.desk, s.request).materials] + list(given))
    return [{"name": Printed("材料", n), "given": Printed("是否收取", "是" if given.get(n) else "否")} for n in names]


def _steps(s: Subject) -> list[dict[str, Printed]]:
    if s.request is None:
        return []
    return [
        {
            "date": Printed("日期", specs.long_date(parse_stamp(e.at).astimezone(CHINA).date())),
            "office": Printed("单位", office_name(s.desk, e.office)),
            "what": Printed("办理", flow.label(e.kind) + (f"：{e.text}" if e.text else "")),
            "by": Printed("经办人", e.by or "", "k" if e.by else "u"),
        }
        for e in requests.events(s.desk, s.request.id)
    ]


ROWS: dict[str, Callable[[Subject], list[dict[str, Printed]]]] = {"request.materials": _materials, "request.steps": _steps}
