"""花名册, 台账 and the ledger of contacts: lists of people, a row each."""

from __future__ import annotations

from dataclasses import replace

from forms.base import Cell, Sheet
from forms.papers._list import PRIVATE, Column, Listed, listed_sample

_ROSTER = (
    Column("no", "序号", 12), Column("name", "姓　名", 22), Column("sex", "性别", 12), Column("id_number", "身份证号", 38),
    Column("village_short", "所在村", 26), Column("phone", "联系电话", 26), Column("out_place", "务工地点", 40, 0.0),
    Column("trade", "行　业", 34, 0.0), Column("return_intent", "返乡意愿", 18), Column("note", "备　注", 39, 0.0),
)  # fmt: skip


def _roster() -> Sheet:
    return listed_sample(
        "people", _ROSTER, "慈圣镇返乡创业意向人员花名册",
        ("赵㛃", "女", "412327196001010044", "白庄村", "13800000044", "江苏省苏州市常熟市", "纺织服装、服饰业", "愿意", ""),
        ("钱䶮", "男", "412327198603150022", "白庄村", "13800000042", "江苏省苏州市常熟市", "纺织服装、服饰业", "愿意", "拟办来料加工点"),
        ("孙𬘫", "女", "412327198802020046", "后梁楼村", "13800000043", "上海市松江区", "住宿和餐饮业", "观望", ""),
        ("李𬭎", "男", "412327198306070018", "后梁楼村", "13800000051", "广东省东莞市", "金属制品业", "愿意", "需标准厂房约600平方米"),
        ("周𫖯", "男", "412327199012120014", "张庄村", "13800000061", "广东省东莞市", "金属制品业", "愿意", ""),
        ("吴𬀩", "女", "412327199208060026", "张庄村", "13800000071", "浙江省杭州市", "零售业", "已返乡", "已注册网店"),
        ("郑𠅤", "男", "412327197905050031", "王楼村", "13800000081", "北京市朝阳区", "建筑防水业", "不愿", ""),
        ("王𡋾", "男", "412327198511110019", "王楼村", "13800000091", "新疆维吾尔自治区乌鲁木齐市", "农副食品加工业", "观望", "春节前返乡"),
    )  # fmt: skip


_LABOUR = (
    Column("no", "序号", 12), Column("name", "姓　名", 20), Column("sex", "性别", 12), Column("age", "年龄", 13),
    Column("education", "学　历", 27), Column("marital", "婚姻", 14), Column("address", "户籍住址", 41, 0.0),
    Column("employer", "务工单位", 36, 0.0), Column("out_place", "务工地点", 25, 0.0), Column("occupation", "工　种", 21),
    Column("insured", "参保情况", 26, 0.0), Column("income", "年收入\n（元）", 20),
)  # fmt: skip


_RULE = "县内、县外按务工地点分列；没有登记务工地点的、已经返乡的和不在外就业的不列。"


def _counted(sheet: Sheet) -> Sheet:
    return replace(sheet, cells={**sheet.cells, "people.chosen": Cell("选中人数", "6")})


def _inside() -> Sheet:
    return _counted(listed_sample(
        "people.inside", _LABOUR, "",
        ("赵㛃", "女", "46", "初级中学毕业", "已婚", "慈圣镇白庄村东组5号", "柘城县某辣椒食品有限公司", "柘城县", "包装工", "新农合", "38,000.00"),
        ("郑𠅤", "男", "47", "普通高级中学毕业", "已婚", "慈圣镇王楼村2号", "慈圣镇某建筑队", "慈圣镇", "瓦工", "新农保、新农合", "52,000.00"),
        ("吴𬀩", "女", "34", "职业高中毕业", "初婚", "慈圣镇张庄村后街8号", "后梁楼辣椒网店", "慈圣镇", "店主", "城镇职工养老保险", "60,000.00"),
        ("王𡋾", "男", "41", "中等专科毕业", "已婚", "慈圣镇王楼村11号", "柘城县某金刚石制品有限公司", "柘城县产业集聚区", "质检员", "城镇职工养老保险、工伤保险", "66,000.00"),
    ))  # fmt: skip


def _outside() -> Sheet:
    return _counted(listed_sample(
        "people.outside", _LABOUR, "",
        ("钱䶮", "男", "40", "普通高级中学毕业", "已婚", "慈圣镇白庄村白庄东组26号", "常熟某制衣有限公司", "江苏省常熟市", "车间主任", "城镇职工养老保险", "96,000.00"),
        ("孙𬘫", "女", "38", "初级中学毕业", "已婚", "慈圣镇后梁楼村前街3号", "上海某餐饮管理有限公司", "上海市松江区", "领班", "工伤保险", "72,000.00"),
        ("李𬭎", "男", "43", "初级中学毕业", "已婚", "慈圣镇后梁楼村前街7号", "东莞某五金制品有限公司", "广东省东莞市", "厂长", "城镇职工养老保险、城镇职工医疗保险", "180,000.00"),
        ("周𫖯", "男", "36", "技工学校毕业", "未婚", "慈圣镇张庄村后街12号", "东莞某五金制品有限公司", "广东省东莞市", "模具工", "新农合", "84,000.00"),
    ))  # fmt: skip


_CONTACTS = (
    Column("no", "序号", 12), Column("person.name", "姓　名", 20), Column("person.village_short", "所在村", 26),
    Column("person.phone", "联系电话", 26), Column("on", "联系日期", 31), Column("way", "方式", 17), Column("by", "联系人", 20),
    Column("text", "谈话内容", 68, 0.0), Column("outcome", "意愿", 16), Column("next_on", "下次联系", 31),
)  # fmt: skip


def _contacts() -> Sheet:
    return listed_sample(
        "contacts", _CONTACTS, "",
        ("钱䶮", "白庄村", "13800000042", "2026年11月22日", "走访", "王𡋾", "已谈妥闲置院落，春节后动工，需要协调供电增容和担保贷款。", "愿意", "2026年12月2日"),
        ("钱䶮", "白庄村", "13800000042", "2026年9月10日", "电话", "李𬭎", "国庆节前不回，让把产业园招商材料发到微信。", "观望", "2026年10月8日"),
        ("孙𬘫", "后梁楼村", "13800000043", "2026年11月20日", "微信", "李𬭎", "孩子在当地上学，暂时不考虑回乡。", "不愿", "2027年1月25日"),
        ("周𫖯", "张庄村", "13800000061", "2026年11月18日", "座谈会", "郑𠅤", "参加镇返乡创业座谈会，想了解标准厂房租金。", "愿意", "2026年12月1日"),
    )  # fmt: skip


FORMS = (
    Listed("roster.people", "返乡创业人员花名册", "people", "people", _ROSTER, _roster, title_ask="名册名称").form(),
    Listed("roster.inside", "农村劳动力转移就业人员台账（县内）", "people", "people.inside", _LABOUR, _inside, rule=_RULE).form(),
    Listed("roster.outside", "农村劳动力转移就业人员台账（县外）", "people", "people.outside", _LABOUR, _outside, rule=_RULE).form(),
    Listed(
        "roster.contacts", "联系走访台账", "people", "contacts", _CONTACTS, _contacts,
        notes=("本台账一次联系填一行；已撤回的记录不列。", PRIVATE),
    ).form(),
)  # fmt: skip
