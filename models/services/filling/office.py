"""Cells of the office, of who prints, and of the paper itself."""

from __future__ import annotations

from models.base import local_date
from models.services import specs
from models.services.desk import get_setting, office_name
from models.services.filling import Subject, fills


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
