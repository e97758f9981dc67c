"""What the county publishes downwards, and what both sides must see: rules, calendar, conflicts, accounts' names."""

from __future__ import annotations

from models.fields import FieldSpec as F
from models.fields import Kind as K
from models.fields import Merge
from models.tables.base import entity

ACCOUNT = entity(
    "account",
    "账号",
    F("name", "姓名", required=True, limit=60),
    F("post", "职务", limit=60),
    F("active", "在用", K.BOOL),
)

AMENDMENT = entity(
    "amendment",
    "事项目录修订",
    F("item", "事项代码", merge=Merge.ONCE, required=True, limit=40),
    F("valid_from", "生效日期", K.DATE, Merge.ONCE, required=True),
    F("body", "内容", K.JSON, Merge.COUNTY, limit=60000),
)

CALENDAR_DAY = entity(
    "calendar_day",
    "工作日历",
    F("on", "日期", K.DATE, Merge.ONCE, required=True),
    F("workday", "是否工作日", K.BOOL, Merge.COUNTY, required=True),
    F("name", "名称", merge=Merge.COUNTY, limit=60, hint="如 春节、国庆节调休"),
    F("source", "依据", merge=Merge.COUNTY),
    index=("on",),
)

# A clash of two offices on one field: both values, who and when; its settling is an event like any other.
CONFLICT = entity(
    "conflict",
    "冲突",
    F("entity", "记录类别", merge=Merge.ONCE, required=True, limit=40),
    F("record_id", "记录", K.REF, Merge.ONCE, required=True),
    F("field", "字段", merge=Merge.ONCE, required=True, limit=60),
    F("base", "原值", K.JSON, Merge.ONCE),
    F("kept", "现值", K.JSON, Merge.ONCE),
    F("kept_by", "现值来自", merge=Merge.ONCE),
    F("kept_at", "现值时间", merge=Merge.ONCE),
    F("other", "另一值", K.JSON, Merge.INTAKE),
    F("other_by", "另一值来自", merge=Merge.ONCE),
    F("other_at", "另一值时间", merge=Merge.ONCE),
    F("settled", "处理结果", limit=10, hint="kept 保留现值，other 采用另一值"),
    F("settled_by", "处理人", limit=60),
    index=("record_id",),
)
