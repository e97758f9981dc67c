"""The steps of a request that papers tell of."""

from __future__ import annotations

from models.records import Record
from models.services import requests
from models.services.filling import Subject


def last_step(s: Subject, kind: str) -> Record | None:
    """The last step of that kind which has effect: what was taken back or never counted is on no paper."""
    if s.request is None:
        return None
    applied = set(requests.case(s.desk, s.request).applied)
    return next((e for e in reversed(requests.events(s.desk, s.request.id)) if e.kind == kind and e.id in applied), None)
