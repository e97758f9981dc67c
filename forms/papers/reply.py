"""答复书: the letter that answers one person's request, in the letter format of official papers.

Offices answer a person by a letter with their red head and their seal, not by a ruled slip: the answer is to be kept and
shown elsewhere, and is read as the office's own word.
"""

from __future__ import annotations

from forms.base import Ask, Form, Sheet
from forms.papers._slips import cells
from forms.typeset.official import Layout, Paper, draw
from forms.typeset.page import Press

_ASKS = (
    Ask("notice.mark", "发文机关标志"), Ask("notice.number", "发文字号"), Ask("notice.sign", "落款"),
    Ask("ask.reply", "答复正文（不填则用办理记录里的答复或结果）", 6), Ask("notice.date", "成文日期"), Ask("notice.sealed", "是否加盖印章", proposed="是"),
)  # fmt: skip
_BLANK = "________________"  # to be filled in by hand: a letter does not say that its own office has not been asked


def _body(sheet: Sheet) -> tuple[str, ...]:
    said = sheet.text
    answer = [part.strip() for part in (sheet.known("ask.reply") or said("reply.text")).split("\n") if part.strip()]
    phone, supervision = (sheet.known(f"office.{name}") or _BLANK for name in ("phone", "supervision_phone"))
    return (
        f"您于{said('request.received_on')}提出的“{said('request.item')}”事项（编号：{said('request.number')}）收悉。"
        "经研究，现答复如下：",
        *answer,
        f"如有疑问，请拨打窗口电话{phone}询问；对办理情况有意见的，可以拨打监督电话{supervision}反映。",
        "特此答复。",
    )


def _render(press: Press, sheet: Sheet) -> None:
    paper = Paper(
        layout=Layout.LETTER,
        mark=sheet.text("notice.mark"),
        number=sheet.known("notice.number"),
        title=f"关于{sheet.text('request.item')}办理情况的答复",
        to=f"{sheet.known('person.village_short')}{sheet.text('person.name')}同志",
        body=_body(sheet),
        sign=sheet.text("notice.sign"),
        date=sheet.text("notice.date"),
        sealed=sheet.known("notice.sealed") != "否",
    )
    draw(press, paper)


def _sample() -> Sheet:
    own = cells(
        notice__mark="慈圣镇人民政府",
        notice__number="慈政函〔2026〕21号",
        notice__sign="慈圣镇人民政府",
        notice__date="2026年12月4日",
        notice__sealed="是",
        ask__reply="",
        person__name="孙𬘫",
        person__village_short="后梁楼村",
        request__item="返乡创业综合诉求",
        request__number="411424108-2026-A0018",
        request__received_on="2026年11月30日",
        reply__text="一、关于用电。供电所已于12月2日现场查勘，同意增容至80千瓦，请携带营业执照和身份证到供电所签订用电协议，"
        "预计12月20日前通电。\n二、关于场地。村委会闲置院落可以租用，租期和租金由您与村委会商定后签订合同，"
        "合同报镇备案。\n三、关于贷款。您符合创业担保贷款的条件，请到本窗口填写申请表。",
        office__phone="0370-0000000",
        office__supervision_phone="0370-0000001",
    )
    return Sheet(own)


FORM = Form(
    code="letter.reply",
    title="诉求答复书",
    edition="GB/T 9704-2012 信函格式",
    valid_from="2012-07-01",
    subject="request",
    wants=tuple(_sample().cells),
    row_wants={},
    render=_render,
    sample=_sample,
    must=(("reply.text", "ask.reply"),),
    asks=_ASKS,
)
