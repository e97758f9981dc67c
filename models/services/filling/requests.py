"""Cells and rows of a request: its item, its clock, what was handed in, how it was handled."""

from __future__ import annotations

from collections.abc import Sequence

from forms.base import Cell as Printed
from models.base import CHINA, parse_stamp
from models.catalog import flow
from models.services import requests, specs
from models.services.desk import office_name
from models.services.filling import Subject, about, cell, fills, fills_prefix, fills_rows
from models.services.filling.steps import last_step
from models.services.people import records
from resources import codes


@fills("request.item", "事项名称")
def _item(s: Subject) -> str | None:
    return requests.item_of(s.desk, s.request).name if s.request else None


@fills("request.limit", "承诺时限")
def _limit(s: Subject) -> str | None:
    if s.request is None:
        return None
    days = requests.item_of(s.desk, s.request).clock.days
    return str(days) if days else "当场办结"


@fills("request.service", "服务类型")
def _service(s: Subject) -> str | None:
    """As windows of government service call it: 即办件 is settled at once, 承诺件 within its limit."""
    if s.request is None:
        return None
    return "承诺件" if requests.item_of(s.desk, s.request).clock.days else "即办件"


@fills("request.due_forecast", "按预测日历")
def _forecast(s: Subject) -> str | None:
    return "按预测日历" if s.request and s.request.due_forecast else ""


@fills("request.handling", "办理经过")
def _handling(s: Subject) -> str | None:
    return "；".join(f"{row['date'].text}{row['what'].text}" for row in _course(s)) or None


@fills("request.result", "办理结果")
def _result(s: Subject) -> str | None:
    case = requests.case(s.desk, s.request) if s.request else None
    if case is None:
        return None
    refused = last_step(s, "reject") if case.state == "rejected" else None
    return case.result or case.reply or (f"不予受理：{refused.text}" if refused and refused.text else None)


@fills("request.accepted_by", "受理人")
def _accepted_by(s: Subject) -> str | None:
    """Who took the step, whoever prints."""
    step = last_step(s, "accept")
    return step.by or None if step else None


@fills("request.registered_by", "登记人")
def _registered_by(s: Subject) -> str | None:
    step = last_step(s, "submit")
    return step.by or None if step else None


@fills("request.satisfaction", "满意程度")
def _satisfaction(s: Subject) -> str | None:
    case = requests.case(s.desk, s.request) if s.request else None
    return codes.table("satisfaction").label(case.satisfaction) if case and case.satisfaction else None


@fills_rows("request.materials")
def _materials(s: Subject, wants: Sequence[str]) -> list[dict[str, Printed]]:
    """In the order of the item, which is the order the clerk asks for them."""
    if s.request is None:
        return []
    given = requests.materials(s.request)
    listed = {m.name: m for m in requests.item_of(s.desk, s.request).materials}
    out = []
    for name in dict.fromkeys([*listed, *given]):
        asked = listed.get(name)
        out.append({
            "name": Printed("材料", name), "given": Printed("是否收取", "是" if given.get(name) else "否"),
            "required": Printed("是否必需", "是" if asked and asked.required else "否"),
            "note": Printed("要求", asked.note if asked else ""),
        })  # fmt: skip
    return out


@fills_rows("request.steps")
def _steps(s: Subject, wants: Sequence[str]) -> list[dict[str, Printed]]:
    return _course(s)


def _course(s: Subject) -> list[dict[str, Printed]]:
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


@fills_prefix("field")
def _own_field(s: Subject, name: str) -> Printed:
    """A field that the request's item adds (its TOML names it); 未采集 when the item does not ask for it."""
    spec = next((f for f in requests.item_of(s.desk, s.request).fields if f.name == name), None) if s.request else None
    if s.request is None or spec is None:
        return Printed(name, "", "u")
    value = requests.answers(s.request).get(name)
    if value in (None, ""):
        return Printed(spec.label, "", "u")
    text = specs.plain(spec, value)
    return Printed(spec.label, specs.long_date(text) if spec.kind == "date" else text)


@fills_rows("requests")
def _requests(s: Subject, wants: Sequence[str]) -> list[dict[str, Printed]]:
    """One row a request. Names without a dot are the request's, 'no' is the running number."""
    known = records(s.desk, [r.person_id for r in s.requests])
    out = []
    for n, request in enumerate(s.requests, 1):
        one = Subject(s.desk, known.get(request.person_id), request, s.extra)
        made = {w: Printed("序号", str(n)) if w == "no" else cell(one, w if "." in w else f"request.{w}") for w in wants}
        out.append(made | about(request))
    return out
