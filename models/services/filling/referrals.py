"""Cells of a referral, and who has a request in hand now."""

from __future__ import annotations

from datetime import date

from models.base import local_date
from models.catalog import flow
from models.catalog.workdays import workdays_between
from models.services import requests
from models.services.desk import office_name
from models.services.filling import Subject, fills
from models.store import rules


@fills("referral.bureau", "承办单位")
def _bureau(s: Subject) -> str | None:
    return office_name(s.desk, s.referral.bureau) if s.referral else None


@fills("referral.due_forecast", "按预测日历")
def _forecast(s: Subject) -> str | None:
    return "按预测日历" if s.referral and s.referral.due_forecast else ""


@fills("referral.ask", "转办要求")
def _ask(s: Subject) -> str | None:
    """A referral without words of its own asks for nothing more: the box stays empty."""
    return (s.referral.ask or "") if s.referral else None


@fills("referral.answer", "承办意见")
def _answer(s: Subject) -> str | None:
    """Written by hand on the paper as long as it has not come."""
    return (s.referral.answer or "") if s.referral else None


@fills("request.state", "状态")
def _state(s: Subject) -> str | None:
    return flow.state_label(s.request.state or "draft") if s.request else None


@fills("request.handler", "承办单位")
def _handler(s: Subject) -> str | None:
    """The bureaus that owe an answer; else the township, or the office that took the request in."""
    if s.request is None:
        return None
    waiting = [r.bureau for r in requests.referrals(s.desk, s.request.id) if not r.answered_on]
    if waiting:
        return "、".join(office_name(s.desk, bureau) for bureau in dict.fromkeys(waiting))
    village = str(s.request.village or "")
    return office_name(s.desk, f"{village[:9]}000" if len(village) == 12 else str(s.request.office))


@fills("request.overdue", "超期工作日")
def _overdue(s: Subject) -> str | None:
    """Working days since the day by which it was to be closed; '' when that day has not passed or there is none."""
    if s.request is None:
        return None
    if not s.request.due_on or s.request.state not in requests.OPEN:
        return ""
    due, today = date.fromisoformat(s.request.due_on), local_date()
    if today <= due:
        return ""
    with s.desk.store.read() as conn:
        late = workdays_between(due, today, rules.calendar(conn, s.request.county))
    return str(late) if late else "不足1"
