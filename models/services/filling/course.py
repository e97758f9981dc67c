"""Cells and rows of what the steps of a request left behind: the last 补正, 不予受理 and 答复, the call-backs, the papers given out."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from forms.base import Cell as Printed
from forms.registry import all_forms
from models.base import CHINA, parse_stamp
from models.catalog import flow
from models.catalog.workdays import Due
from models.records import Record, parse_json
from models.services import requests, specs
from models.services.desk import office_name
from models.services.filling import Subject, fills, fills_rows
from models.services.filling.steps import last_step
from models.store import rows
from models.tables import ENTITIES
from resources import codes, divisions


def _day(event: Record) -> str:
    return specs.long_date(parse_stamp(event.at).astimezone(CHINA).date())


def _supply_by(s: Subject) -> Due | None:
    """Until when the last 补正 lets the person supply: as it stood right after that step, also when all is here since."""
    event = last_step(s, "supplement")
    if s.request is None or event is None:
        return None
    return requests.case(s.desk, s.request, event).supplement_by


def _text(event: Record | None) -> str | None:
    return (event.text or None) if event else None


@fills("supplement.on", "补正告知日期")
def _supplement_on(s: Subject) -> str | None:
    event = last_step(s, "supplement")
    return _day(event) if event else None


@fills("supplement.text", "需补正的内容")
def _supplement_text(s: Subject) -> str | None:
    return _text(last_step(s, "supplement"))


@fills("supplement.by", "补齐期限")
def _supplement_by(s: Subject) -> str | None:
    by = _supply_by(s)
    return specs.long_date(by.date) if by else None


@fills("supplement.forecast", "按预测日历")
def _supplement_forecast(s: Subject) -> str | None:
    by = _supply_by(s)
    return "按预测日历" if by and by.forecast else ""


@fills("refusal.on", "决定日期")
def _refusal_on(s: Subject) -> str | None:
    event = last_step(s, "reject")
    return _day(event) if event else None


@fills("refusal.text", "不予受理的原因")
def _refusal_text(s: Subject) -> str | None:
    return _text(last_step(s, "reject"))


@fills("reply.text", "答复意见")
def _reply_text(s: Subject) -> str | None:
    """The reply of the county; before there is one, the opinions of the bureaus, each under its name; else how it ended,
    for a township that needs nobody else answers by closing."""
    said = _text(last_step(s, "reply"))
    if said or s.request is None:
        return said
    answers = [f"{office_name(s.desk, r.bureau)}：{r.answer}" for r in requests.referrals(s.desk, s.request.id) if r.answer]
    return "\n".join(answers) or requests.case(s.desk, s.request).result or None


@fills("request.ground", "设定依据")
def _ground(s: Subject) -> str | None:
    return (requests.item_of(s.desk, s.request).ground or None) if s.request else None


@fills("request.received_count", "已收材料件数")
def _received_count(s: Subject) -> str | None:
    return str(sum(requests.materials(s.request).values())) if s.request else None


@fills("office.county_government", "县级人民政府")
def _county_government(s: Subject) -> str | None:
    """Who reviews what a township or a bureau of the county has decided (行政复议法 2023 revision, article 24)."""
    county = divisions.get(f"{s.desk.office[:6]}000000")
    return f"{county.name}人民政府" if county else None


@fills_rows("request.callbacks")
def _callbacks(s: Subject, wants: Sequence[str]) -> list[dict[str, Printed]]:
    """One row a call-back that counts, the oldest first."""
    if s.request is None:
        return []
    applied = set(requests.case(s.desk, s.request).applied)
    out = []
    for event in requests.events(s.desk, s.request.id):
        if event.kind != "revisit" or event.id not in applied:
            continue
        answer = str((parse_json(event.data) or {}).get("satisfaction") or "")
        out.append({
            "date": Printed("回访日期", _day(event)), "by": Printed("回访人", event.by or "", "k" if event.by else "u"),
            "satisfaction": Printed("满意程度", codes.table("satisfaction").label(answer)),
            "text": Printed("意见和建议", event.text or ""),
        })  # fmt: skip
    return out


@fills_rows("request.delivered")
def _delivered(s: Subject, wants: Sequence[str]) -> list[dict[str, Printed]]:
    """The papers printed for the applicant since the last 送达回证, of each kind the last one."""
    if s.request is None:
        return []
    paper = ENTITIES["paper"]
    with s.desk.store.read() as conn:
        query = select(paper.table).where(paper.table.c.request_id == s.request.id, paper.table.c.deleted.is_(False))
        printed = [rows.to_record(paper, r) for r in conn.execute(query.order_by(paper.table.c.born)).mappings()]
    titles = {f.code: f.title for f in all_forms()}
    wanted = {titles[code] for code in flow.delivered() if code in titles}
    found: dict[str, Record] = {}
    for one in printed:
        if one.form == titles.get("slip.delivery"):
            found = {}
        elif one.form in wanted:
            found[one.form] = one
    return [
        {
            "name": Printed("文书名称", one.form), "serial": Printed("文书编号", one.serial),
            "copies": Printed("份数", str(one.copies or 1)), "date": Printed("打印日期", specs.long_date(one.on)),
        }
        for one in found.values()
    ]  # fmt: skip
