"""诉求台账 and 回访台账: requests in a list, a row each."""

from __future__ import annotations

from forms.base import Sheet
from forms.papers._list import PRIVATE, Column, Listed, listed_sample

_REQUESTS = (
    Column("no", "序号", 12), Column("number", "编　号", 45), Column("person.name", "姓　名", 20),
    Column("person.village_short", "所在村", 26), Column("item", "事　项", 44, 0.0), Column("received_on", "提出日期", 31),
    Column("due_listed", "办结期限", 31), Column("state", "状态", 17), Column("outcome", "办理结果", 41, 0.0),
)  # fmt: skip


def _requests() -> Sheet:
    return listed_sample(
        "requests", _REQUESTS, "",
        ("411424104-2026-A0017", "钱䶮", "白庄村", "创业担保贷款推荐", "2026年11月10日", "2026年11月17日", "已办结", "推荐材料已报县人社局。"),
        ("411424104-2026-A0018", "孙𬘫", "后梁楼村", "子女转学入学", "2026年11月16日", "2026年11月23日", "已转办", ""),
        ("411424104-2026-A0019", "李𬭎", "后梁楼村", "返乡创业综合诉求", "2026年11月20日", "2026年11月27日", "已受理", ""),
        ("411424104-2026-A0020", "周𫖯", "张庄村", "政策咨询", "2026年11月23日", "当场办结", "已办结", "已当面答复创业担保贷款额度和贴息规定。"),
        ("411424104-2026-A0021", "吴𬀩", "张庄村", "一次性开业补贴申报", "2026年11月24日", "", "待补正", ""),
    )  # fmt: skip


_CALLBACKS = (
    Column("no", "序号", 12), Column("number", "编　号", 45), Column("person.name", "姓　名", 20),
    Column("person.village_short", "所在村", 26), Column("person.phone", "联系电话", 26), Column("item", "事　项", 40, 0.0),
    Column("closed_listed", "办结日期", 31), Column("called_on", "回访日期", 31), Column("answered", "满意程度", 18),
    Column("called_by", "回访人", 18),
)  # fmt: skip


def _callbacks() -> Sheet:
    return listed_sample(
        "requests", _CALLBACKS, "",
        ("411424104-2026-A0011", "赵㛃", "白庄村", "13800000044", "政策咨询", "2026年11月3日", "2026年11月5日", "满意", "王𡋾"),
        ("411424104-2026-A0012", "郑𠅤", "王楼村", "13800000081", "设施农业用地备案", "2026年11月12日", "2026年11月16日", "基本满意", "王𡋾"),
        ("411424104-2026-A0017", "钱䶮", "白庄村", "13800000042", "创业担保贷款推荐", "2026年11月17日", "", "", ""),
    )  # fmt: skip


FORMS = (
    Listed("roster.requests", "返乡创业诉求台账", "requests", "requests", _REQUESTS, _requests).form(),
    Listed(
        "roster.callbacks", "诉求回访台账", "requests", "requests", _CALLBACKS, _callbacks,
        notes=("回访日期、满意程度空白的，由回访人当日填写并补录。", PRIVATE),
    ).form(),
)  # fmt: skip
