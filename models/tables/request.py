"""诉求, its append-only events, 转办单, 附件 and 打印记录."""

from __future__ import annotations

from models.fields import FieldSpec as F
from models.fields import Kind as K
from models.fields import Merge, Secrecy
from models.tables.base import entity

REQUEST = entity(
    "request",
    "诉求",
    F("number", "编号", merge=Merge.ONCE, limit=40),
    F("person_id", "诉求人", K.REF, Merge.ONCE, ref="person", required=True),
    F("item", "事项", K.TEXT, Merge.ONCE, required=True, limit=40, hint="事项目录中的代码"),
    F("item_edition", "事项版本", K.DATE, Merge.ONCE),
    F("kind", "诉求类型", K.CODE, codes="request_kind"),
    F("channel", "提出渠道", K.CODE, codes="channel"),
    F("urgency", "紧急程度", K.CODE, codes="urgency"),
    F("text", "诉求内容", K.NOTE, required=True, limit=4000, aliases=("反映问题", "诉求")),
    F("received_on", "提出日期", K.DATE, required=True, aliases=("登记日期", "时间")),
    F("member_id", "涉及家庭成员", K.REF, ref="family_member"),
    F("answers", "事项附加信息", K.JSON, limit=20000),
    F("materials", "材料收取情况", K.JSON, limit=20000),
    F("note", "经办备注", K.NOTE, limit=2000),
    F("county_note", "县级备注", K.NOTE, Merge.COUNTY, limit=2000),
    # Folded from request events on each side (models/catalog/flow.py); they never travel.
    F("state", "状态", merge=Merge.DERIVED, initial="draft"),
    F("accepted_on", "受理日期", K.DATE, Merge.DERIVED),
    F("due_on", "应办结日期", K.DATE, Merge.DERIVED),
    F("due_forecast", "按预测日历", K.BOOL, Merge.DERIVED),
    F("closed_on", "办结日期", K.DATE, Merge.DERIVED),
    F("reply", "答复", K.NOTE, Merge.DERIVED),
    index=("person_id", "number", "state+due_on"),
)

REQUEST_EVENT = entity(
    "request_event",
    "诉求办理记录",
    F("request_id", "诉求", K.REF, Merge.ONCE, ref="request", required=True),
    F("kind", "办理动作", merge=Merge.ONCE, required=True, limit=20),
    F("at", "时间", K.MOMENT, Merge.ONCE, required=True),
    F("by", "经办人", merge=Merge.ONCE, limit=60),
    F("text", "内容", K.NOTE, Merge.ONCE, limit=4000),
    F("data", "附加数据", K.JSON, Merge.ONCE, limit=20000),
    append_only=True,
    index=("request_id",),
)

REFERRAL = entity(
    "referral",
    "转办单",
    F("request_id", "诉求", K.REF, Merge.ONCE, ref="request", required=True),
    F("bureau", "承办单位", K.OFFICE, Merge.ONCE, required=True),
    F("sent_on", "转办日期", K.DATE, Merge.ONCE, required=True),
    F("due_on", "要求答复日期", K.DATE, Merge.COUNTY),
    F("due_forecast", "按预测日历", K.BOOL, Merge.COUNTY),
    F("ask", "转办要求", K.NOTE, Merge.COUNTY, limit=2000),
    F("answer", "承办意见", K.NOTE, Merge.COUNTY, limit=4000),
    F("answered_on", "答复日期", K.DATE, Merge.COUNTY),
    F("answered_by", "答复人", merge=Merge.COUNTY, limit=60),
    index=("request_id", "bureau"),
)

ATTACHMENT = entity(
    "attachment",
    "附件",
    F("owner_entity", "所属类别", merge=Merge.ONCE, required=True, limit=20),
    F("owner_id", "所属记录", K.REF, Merge.ONCE, required=True),
    F("title", "名称", merge=Merge.ONCE, required=True, secrecy=Secrecy.PERSONAL),
    F("media_type", "类型", merge=Merge.ONCE, limit=60),
    F("size", "大小", K.INT, Merge.ONCE, unit="字节"),
    F("sha256", "内容校验值", merge=Merge.ONCE, required=True, limit=64),
    # SHA-256 of each part in order, 64 hex digits each, set hard against one another (models/sync/files.py).
    F("parts", "分块校验值", merge=Merge.ONCE, limit=5120),
    append_only=True,
    index=("owner_id", "sha256"),
)

PAPER = entity(
    "paper",
    "打印记录",
    F("serial", "编号", merge=Merge.ONCE, required=True, limit=40),
    F("form", "文书", merge=Merge.ONCE, required=True, limit=40),
    F("edition", "版式日期", merge=Merge.ONCE, limit=20),
    F("person_id", "人员", K.REF, Merge.ONCE, ref="person"),
    F("request_id", "诉求", K.REF, Merge.ONCE, ref="request"),
    F("copies", "份数", K.INT, Merge.ONCE),
    F("by", "打印人", merge=Merge.ONCE, limit=60),
    F("on", "打印日期", K.DATE, Merge.ONCE),
    # What was printed, so that it can be printed again as it was (models/services/printed.py); on the PC that did it.
    F("sheet", "打印内容", K.JSON, Merge.LOCAL),
    append_only=True,
    index=("person_id", "request_id"),
)
