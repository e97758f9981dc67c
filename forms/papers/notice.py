"""通知: the invitation that goes to each person by name, the red-headed document, and the one that founds a 领导小组."""

from __future__ import annotations

import re
from dataclasses import replace

from forms.base import Ask, Cell, Form, Sheet
from forms.typeset.official import Annex, Layout, Paper, draw
from forms.typeset.page import Press


def _paper(sheet: Sheet, layout: Layout) -> Paper:
    return Paper(
        layout=layout,
        mark=sheet.text("notice.mark"),
        number=sheet.known("notice.number"),
        title=sheet.text("notice.title"),
        to=sheet.text("notice.to"),
        body=tuple(part for part in sheet.text("notice.body").split("\n") if part.strip()),
        sign=sheet.text("notice.sign"),
        date=sheet.text("notice.date"),
        signer=sheet.known("notice.signer"),
        sealed=sheet.known("notice.sealed") != "否",
        attachments=tuple(part for part in sheet.known("notice.attachments").split("\n") if part.strip()),
        copies=sheet.known("notice.copies"),
        print_office=sheet.known("notice.print_office"),
        print_date=sheet.known("notice.print_date"),
        copy_number=sheet.known("notice.copy_number"),
        secrecy=sheet.known("notice.secrecy"),
        urgency=sheet.known("notice.urgency"),
        note=sheet.known("notice.note"),
    )


_PARTS = re.compile(r"[｜|\s]+")
_ROSTER = ((16.0, 30.0, 32.0, 78.0), ("序号", "组内职务", "姓　名", "单位及职务"))


def _members(text: str) -> tuple[tuple[str, ...], ...]:
    """A line a member: 职务 姓名 单位及职务, parted by blanks or ｜; what lacks stays empty, to be written in by hand."""
    rows: list[tuple[str, ...]] = []
    for line in text.split("\n"):
        if line.strip():
            parts = [*_PARTS.split(line.strip(), 2), "", ""]
            rows.append((str(len(rows) + 1), *parts[:3]))
    return tuple(rows)


def _letter(press: Press, sheet: Sheet) -> None:
    draw(press, _paper(sheet, Layout.LETTER))


def _document(press: Press, sheet: Sheet) -> None:
    draw(press, _paper(sheet, Layout.FILE))


def _group(press: Press, sheet: Sheet) -> None:
    roster = _members(sheet.known("notice.members"))
    title = sheet.text("notice.roster_title")
    annexes = (Annex(title, columns=_ROSTER[0], head=_ROSTER[1], rows=roster),) if roster else ()
    draw(press, replace(_paper(sheet, Layout.FILE), attachments=(title,) if roster else (), annexes=annexes))


MEETING_BODY = """为进一步优化营商环境，吸引更多在外务工人员、大学毕业生、退役军人返乡创业，经镇党委、镇政府研究，\
决定在春节前召开“返乡创业座谈会”，面对面听取大家的意见和诉求。现将有关事项通知如下：
一、会议时间：2027年1月28日上午9:00，会期半天。
二、会议地点：镇政府三楼会议室，您的座位号为3排12座。
三、有关要求：请您于1月26日17:00前与镇返乡创业服务窗口联系，确认是否参加，登记电话为0370-0000000，通知编号FX20270052；\
参会人员应提前10分钟入场；确因特殊情况不能参会的，请提前告知，工作人员将上门或电话听取您的意见。
四、会后组织参观镇返乡创业产业园，请自备身份证件。特此通知。"""

GROUP_BODY = """为认真贯彻落实县委、县政府关于做好返乡创业工作的部署，进一步加强组织领导，健全工作机制，\
经镇党委、镇政府研究，决定成立慈圣镇返乡创业工作领导小组。现将有关事项通知如下：
一、组成人员
组长由镇长担任，副组长由分管副镇长担任，成员由党政办、劳动保障所、财政所、自然资源所、\
便民服务中心负责人和各村支部书记组成。领导小组办公室设在镇便民服务中心，负责日常工作。
二、主要职责
（一）摸清底数。以村为单位逐户走访在外务工人员，登记从业地、从业行业、技能和返乡意愿，做到一户一档、一人一表；\
没有采集到的信息如实注明“未采集”，不得代填。
（二）办理诉求。对返乡人员提出的用地、贷款、证照、培训、子女就学等诉求，按照“首问负责、限时办结”的要求受理、转办、\
督办和回访，能当场答复的当场答复，不能当场答复的在承诺时限内答复。
（三）落实政策。及时宣传开业补贴、创业担保贷款、运营补贴等政策，帮助符合条件的人员申报——不让一个人因为不知道而错过。
三、工作要求
各村要明确一名联络员，于12月31日前将《村级联络员名册》报领导小组办公室；每月24日前报送工作进展情况……\
领导小组办公室每季度通报一次，重大问题随时报告。"""


def _cells(**texts: str) -> dict[str, Cell]:
    return {f"notice.{name}": Cell(name, text) for name, text in texts.items()}


def _letter_sample() -> Sheet:
    cells = _cells(
        mark="慈圣镇人民政府", number="慈政函〔2027〕3号", title="关于召开返乡创业座谈会的通知",
        to="白庄村赵㛃同志", body=MEETING_BODY, sign="慈圣镇人民政府", date="2027年1月20日", sealed="是",
    )  # fmt: skip
    return Sheet(cells, serial="FX20270052")


def _document_sample() -> Sheet:
    cells = _cells(
        mark="慈圣镇人民政府", number="慈政〔2026〕18号", title="慈圣镇人民政府关于成立返乡创业工作领导小组的通知",
        to="各村民委员会，镇直各单位", body=GROUP_BODY, sign="慈圣镇人民政府", date="2026年12月8日", sealed="是",
        attachments="慈圣镇返乡创业工作领导小组成员名单\n村级联络员名册（样表）", signer="",
        copies="县人民政府办公室，县人力资源和社会保障局，县返乡创业工作领导小组办公室",
        print_office="慈圣镇党政综合办公室", print_date="2026年12月8日", copy_number="", secrecy="", urgency="", note="",
    )  # fmt: skip
    return Sheet(cells)


MEMBERS = """组长 李𬭎 镇党委副书记、镇长
副组长 钱䶮 镇党委委员、副镇长
副组长 周𫖯 镇人大副主席
成员 赵㛃 镇党政综合办公室主任
成员 孙𬘫 镇便民服务中心主任
成员 吴𬀩 镇财政所所长
成员 郑𠅤 镇自然资源所所长
成员 王𡋾 镇劳动保障所所长
成员 李小雁 镇司法所所长
成员 赵返乡 白庄村党支部书记、村委会主任
成员 钱归来 孟庄村党支部书记、村委会主任"""


def _group_sample() -> Sheet:
    cells = {n: c for n, c in _document_sample().cells.items() if n in {a.name for a in _GROUP_ASKS}}
    roster = _cells(roster_title="慈圣镇返乡创业工作领导小组成员名单", members=MEMBERS)
    return Sheet({**cells, **roster, **_cells(body=GROUP_BODY.replace("领导小组办公室设在", "成员名单附后。领导小组办公室设在"))})


_ASKS = (
    Ask("notice.mark", "发文机关标志"), Ask("notice.number", "发文字号"), Ask("notice.title", "标题", required=True),
    Ask("notice.to", "主送"), Ask("notice.body", "正文", 8, required=True), Ask("notice.sign", "落款"),
    Ask("notice.date", "成文日期"), Ask("notice.sealed", "是否加盖印章", proposed="是"),
)  # fmt: skip
_FILE_ASKS = (
    *_ASKS, Ask("notice.attachments", "附件", 3), Ask("notice.signer", "签发人"), Ask("notice.copies", "抄送"),
    Ask("notice.print_office", "印发机关"), Ask("notice.print_date", "印发日期"), Ask("notice.note", "附注"),
    Ask("notice.urgency", "紧急程度"), Ask("notice.secrecy", "密级和保密期限"), Ask("notice.copy_number", "份号"),
)  # fmt: skip
_GROUP_ASKS = (
    *_ASKS, Ask("notice.roster_title", "附件标题", proposed="返乡创业工作领导小组成员名单"),
    Ask("notice.members", "成员名单（每行一人：组内职务 姓名 单位及职务）", 8, required=True),
    Ask("notice.copies", "抄送"), Ask("notice.print_office", "印发机关"), Ask("notice.print_date", "印发日期"),
)  # fmt: skip

FORMS = (
    Form(
        code="notice.meeting",
        title="座谈会通知",
        edition="GB/T 9704-2012 信函格式",
        valid_from="2012-07-01",
        subject="person",
        wants=tuple(a.name for a in _ASKS),
        row_wants={},
        render=_letter,
        sample=_letter_sample,
        asks=_ASKS,
    ),
    Form(
        code="notice.document",
        title="红头文件",
        edition="GB/T 9704-2012 文件格式",
        valid_from="2012-07-01",
        subject="list",
        wants=tuple(a.name for a in _FILE_ASKS),
        row_wants={},
        render=_document,
        sample=_document_sample,
        asks=_FILE_ASKS,
    ),
    Form(
        code="notice.group",
        title="成立领导小组的通知",
        edition="GB/T 9704-2012 文件格式",
        valid_from="2012-07-01",
        subject="list",
        wants=tuple(a.name for a in _GROUP_ASKS),
        row_wants={},
        render=_group,
        sample=_group_sample,
        asks=_GROUP_ASKS,
    ),
)
