"""Cells of a request in a list, where what is not there yet is left white for the hand: a deadline, an outcome, a call-back."""

from __future__ import annotations

from forms.base import Cell as Printed
from models.services import requests, specs
from models.services.filling import Subject, cell, fills, rows

_CALLBACK = ("date", "by", "satisfaction")


@fills("request.due_listed", "办结期限")
def _due(s: Subject) -> str | None:
    """The day, or 当场办结; '' before the request is accepted, from when on the days are counted."""
    if s.request is None:
        return None
    if s.request.due_on:
        return specs.long_date(s.request.due_on) + ("（按预测日历）" if s.request.due_forecast else "")
    return "" if requests.item_of(s.desk, s.request).clock.days else "当场办结"


@fills("request.closed_listed", "办结日期")
def _closed(s: Subject) -> str | None:
    """'' as long as it is open."""
    if s.request is None:
        return None
    return specs.long_date(s.request.closed_on) if s.request.closed_on else ""


@fills("request.outcome", "办理结果")
def _outcome(s: Subject) -> Printed | None:
    """'' as long as somebody still has to work on it."""
    if s.request is None:
        return None
    found = cell(s, "request.result")
    return Printed(found.label, "") if not found.text and s.request.state in requests.OPEN else found


def _callback(s: Subject, name: str) -> str | None:
    """Of the last call-back; '' before the first."""
    if s.request is None:
        return None
    found = rows(s, "request.callbacks", _CALLBACK)
    return found[-1][name].text if found else ""


@fills("request.called_on", "回访日期")
def _called_on(s: Subject) -> str | None:
    return _callback(s, "date")


@fills("request.called_by", "回访人")
def _called_by(s: Subject) -> str | None:
    return _callback(s, "by")


@fills("request.answered", "满意程度")
def _answered(s: Subject) -> str | None:
    return _callback(s, "satisfaction")
