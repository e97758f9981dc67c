"""人员, 户, 家庭成员, 联系走访记录.

Fields: 外出务工人员信息登记表 (13 items), 农村劳动力资源信息 and the six accumulations of the programme.
"""

from __future__ import annotations

from models.fields import FieldSpec as F
from models.fields import Kind as K
from models.fields import Merge, Secrecy
from models.tables.base import entity

HOUSEHOLD = entity(
    "household",
    "户",
    F("number", "户编号", limit=18, aliases=("户号", "户编码", "户口簿编号", "家庭编号"), hint="18 位：区划 12＋组 2＋户 4"),
    F("head_name", "户主姓名", required=True, aliases=("户主",), limit=60),
    F("address", "家庭住址", secrecy=Secrecy.PERSONAL, aliases=("住址", "家庭地址")),
    F("group_no", "村民小组", aliases=("组别", "小组", "组"), limit=20),
    F("note", "备注", K.NOTE, limit=2000),
    index=("number",),
)

_ACCUMULATIONS = (
    ("capital", "资金积累"),
    ("skill", "技术积累"),
    ("management", "管理经验积累"),
    ("network", "人脉积累"),
    ("sales", "销售网络积累"),
    ("influence", "行业影响力积累"),
)


def _accumulation(name: str, label: str) -> tuple[F, F]:
    """Level and note; source and date stand in the row's states, as for every value."""
    return (
        F(f"acc_{name}", label, K.CODE, codes="level", group="六项积累"),
        F(f"acc_{name}_note", f"{label}说明", group="六项积累", limit=500),
    )


PERSON = entity(
    "person",
    "人员",
    F("name", "姓名", required=True, group="基本信息", limit=60, aliases=("名字", "姓 名", "人员姓名", "务工人员姓名")),
    F("bank_name", "银行户名", group="基本信息", limit=60, hint="与身份证写法不同时填写"),
    F("kind", "人员类别", K.CODE, codes="person_kind", group="基本信息", aliases=("类别", "人员类型")),
    F("id_number", "身份证号", K.ID_NUMBER, secrecy=Secrecy.MASKED, group="基本信息", limit=18,
      aliases=("身份证号码", "身份证", "公民身份号码", "证件号码", "居民身份证号码")),
    F("id_unchecked", "身份证号未通过校验", K.BOOL, group="基本信息", hint="经办人核对原件后确认按原件登记"),
    F("sex", "性别", K.CODE, codes="sex", group="基本信息"),
    F("born_on", "出生日期", K.DATE, secrecy=Secrecy.PERSONAL, group="基本信息", aliases=("出生年月", "出生年月日", "生日")),
    F("ethnic", "民族", K.CODE, codes="ethnic", group="基本信息"),
    F("political", "政治面貌", K.CODE, codes="political", group="基本信息"),
    F("marital", "婚姻状况", K.CODE, codes="marital", group="基本信息", aliases=("婚姻",)),
    F("education", "受教育程度", K.CODE, codes="education", group="基本信息", aliases=("学历", "文化程度", "文化")),
    F("major", "专业", group="基本信息", aliases=("所学专业",)),
    # Which of the person's own attachments is the portrait; models/services/attachments.py says when it counts.
    F("portrait_id", "证件照", K.REF, ref="attachment", group="基本信息"),
    F("phone", "联系电话", K.PHONE, secrecy=Secrecy.MASKED, group="联系方式", limit=40,
      aliases=("电话", "手机", "手机号", "手机号码", "联系方式", "电话号码")),
    F("phone2", "其他电话", K.PHONE, secrecy=Secrecy.MASKED, group="联系方式", limit=40, aliases=("备用电话", "家庭电话", "其他联系方式")),
    F("wechat", "微信号", secrecy=Secrecy.PERSONAL, group="联系方式", aliases=("微信",)),
    F("address", "户籍住址", secrecy=Secrecy.PERSONAL, group="联系方式", aliases=("家庭住址", "地址", "住址", "户籍地址", "户口所在地")),
    F("living_place", "现住地", secrecy=Secrecy.PERSONAL, group="联系方式", aliases=("现居住地", "现住址", "居住地", "常住地")),
    F("household_id", "所属户", K.REF, ref="household", group="家庭"),
    F("relation", "与户主关系", K.CODE, codes="family_relation", group="家庭", aliases=("关系",)),
    F("household_kind", "户口性质", K.CODE, codes="household_kind", group="家庭", aliases=("户籍性质", "户口类别")),
    F("out_mode", "外出方式", K.CODE, codes="out_mode", group="外出务工"),
    F("out_place", "务工地点", group="外出务工", aliases=("外出地点", "就业地点", "外出省份", "务工地", "从业地", "务工城市")),
    F("out_since", "外出时间", K.DATE, group="外出务工", aliases=("外出务工时间", "就业时间")),
    F("out_months", "累计外出时间", K.INT, unit="月", group="外出务工", aliases=("累计外出月数",)),
    F("back_on", "返乡时间", K.DATE, group="外出务工", aliases=("返乡日期", "回乡时间", "返回时间")),
    F("leave_on", "计划离乡时间", K.DATE, group="外出务工", aliases=("离乡时间", "返岗时间")),
    F("employer", "务工单位", group="外出务工", aliases=("工作单位", "单位", "就业单位", "现就业单位", "企业名称")),
    F("trade", "行业", K.CODE, codes="industry", group="外出务工", aliases=("所属行业", "从事行业")),
    F("sector", "产业", K.CODE, codes="industry_sector", group="外出务工", aliases=("从事产业类型", "所属产业")),
    F("occupation", "职业", group="外出务工", aliases=("工种", "岗位", "从事职业", "就业岗位", "从事工种")),
    F("employment_form", "就业形式", K.CODE, codes="employment_form", group="外出务工", aliases=("就业方式",)),
    F("income", "年收入", K.MONEY, secrecy=Secrecy.PERSONAL, unit="元", group="外出务工", aliases=("总收入", "年总收入", "年收入(元)")),
    F("settle_risk", "外地落户倾向", group="外出务工", limit=500, hint="在何地连续务工几年，为何想留下"),
    F("trained", "是否受过培训", K.BOOL, group="技能培训", aliases=("是否参加技能培训", "是否培训", "受过培训")),
    F("training", "培训项目", group="技能培训", aliases=("培训类型",)),
    F("certificate", "职业资格证书", group="技能培训", aliases=("职业资格证", "证书")),
    F("certificate_level", "技能等级", group="技能培训", aliases=("等级",)),
    F("specialty", "技能特长", group="技能培训", aliases=("特长", "技能", "专长")),
    F("job_permit", "就业创业证号", group="就业服务", aliases=("就业失业登记证号", "就业创业证")),
    F("services_had", "已享受就业服务", K.CODES, codes="service_need", group="就业服务"),
    F("services_wanted", "就业服务需求", K.CODES, codes="service_need", group="就业服务", aliases=("服务需求",)),
    F("training_wanted", "培训需求", group="就业服务", aliases=("培训意向",)),
    F("job_wanted", "求职意向", group="就业服务", aliases=("意向工种", "意向")),
    F("jobless_since", "失业时间", K.DATE, group="就业服务"),
    F("jobless_reason", "失业原因", group="就业服务"),
    F("hardship", "困难群体类别", K.CODES, codes="hardship", group="就业服务", aliases=("就业困难人员类型", "困难群体")),
    F("insured", "参保情况", K.CODES, codes="insured", group="就业服务", aliases=("参保",)),
    F("return_intent", "返乡创业意愿", K.CODE, codes="return_intent", group="返乡创业", aliases=("返乡意愿", "创业意愿", "意愿")),
    F("venture_plan", "创业意向", group="返乡创业", limit=500, aliases=("意向项目", "创业项目", "拟创业项目")),
    F("funds_wanted", "资金需求", K.MONEY, unit="元", group="返乡创业"),
    F("worries", "后顾之忧", K.CODES, codes="worry", group="返乡创业", aliases=("需求", "困难")),
    F("talent_rank", "乡贤层次", K.CODE, codes="talent_rank", group="返乡创业", aliases=("层次",)),
    *(spec for pair in _ACCUMULATIONS for spec in _accumulation(*pair)),
    F("bank_account", "银行账号", K.ACCOUNT, secrecy=Secrecy.MASKED, group="银行账户", limit=30, aliases=("银行卡号", "账号", "社保卡号")),
    F("bank", "开户行", group="银行账户", aliases=("开户银行",)),
    F("note", "备注", K.NOTE, group="其他", limit=2000),
    F("filled_by", "填报人", group="其他", limit=60),
    F("filled_on", "填报日期", K.DATE, group="其他", aliases=("登记日期", "登记时间")),
    index=("id_number", "household_id", "village+name", "changed"),
)

FAMILY_MEMBER = entity(
    "family_member",
    "家庭成员",
    F("person_id", "所属人员", K.REF, Merge.ONCE, ref="person", required=True),
    F("name", "姓名", required=True, limit=60),
    F("relation", "与本人关系", K.CODE, codes="family_relation", required=True),
    F("born_on", "出生日期", K.DATE, secrecy=Secrecy.PERSONAL),
    F("sex", "性别", K.CODE, codes="sex"),
    F("id_number", "身份证号", K.ID_NUMBER, secrecy=Secrecy.MASKED, limit=18),
    F("phone", "联系电话", K.PHONE, secrecy=Secrecy.MASKED, limit=40),
    F("school", "就读学校年级"),
    F("employer", "工作单位"),
    F("needs", "服务需求", K.CODES, codes="worry"),
    F("linked_person_id", "本人档案", K.REF, ref="person"),
    F("note", "备注", K.NOTE, limit=2000),
    index=("person_id",),
)

CONTACT = entity(
    "contact",
    "联系走访记录",
    F("person_id", "联系对象", K.REF, Merge.ONCE, ref="person", required=True),
    F("way", "联系方式", K.CODE, Merge.ONCE, codes="contact_way", required=True),
    F("on", "联系日期", K.DATE, Merge.ONCE, required=True, aliases=("走访时间", "走访日期", "时间")),
    F("by", "联系人", merge=Merge.ONCE, required=True, limit=60, aliases=("走访人",)),
    F("text", "谈话内容", K.NOTE, Merge.ONCE, required=True, limit=4000, aliases=("反映问题", "走访内容")),
    F("outcome", "意愿", K.CODE, Merge.ONCE, codes="return_intent"),
    F("next_on", "下次联系日期", K.DATE, Merge.ONCE),
    F("retracts", "撤回的记录", K.REF, Merge.ONCE, ref="contact"),
    append_only=True,
    index=("person_id", "next_on"),
)
