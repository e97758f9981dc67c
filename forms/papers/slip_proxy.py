"""代办委托书: who may act for whom in which matters, for how long, signed and with fingerprints."""

from __future__ import annotations

from forms.base import Ask, Form, Sheet
from forms.papers._slips import DAY, Hand, Said, sample, slip
from forms.typeset.contents import Choice, Label, Signed, Value
from forms.typeset.page import Press
from forms.typeset.table import Box, Row, blank, field

TITLE = "代办委托书"
_COLUMNS = (12.0, 24.0, 36.0, 20.0, 68.0)
_ASKS = (
    Ask("ask.proxy_name", "受托人姓名"), Ask("ask.proxy_id", "受托人身份证号"), Ask("ask.proxy_phone", "受托人电话"),
    Ask("ask.proxy_address", "受托人住址"), Ask("ask.relation", "与委托人关系"),
    Ask("ask.from", "委托期限自"), Ask("ask.until", "委托期限至"), Ask("ask.limits", "不得代办的事项", 2),
)  # fmt: skip
_MATTERS = ("提交材料", "补正材料", "签收文书", "领取证照")
_SIGN = "委托人因故不能到场，自愿委托受托人办理上列事项。受托人在委托权限和期限内办理的行为，由委托人承担法律责任。"
_TAKE = "受托人接受委托，如实提交材料，不收取任何费用，不超越权限；办理结果及时告知委托人。"


def _party(sheet: Sheet, label: str, names: tuple[str, ...], more: tuple[str, str]) -> tuple[Row, ...]:
    """The three rows of one side: names are the cells of its name, its ID, its phone and its address."""
    name, number, phone, address = (sheet.cell(n) for n in names)
    word, cell = more
    return (
        Row((Box(Label(label), down=3), *field("姓　　名", name), *field("身份证号", number)), 9),
        Row((*field(word, sheet.cell(cell)), *field("联系电话", phone)), 9),
        Row(field("住　　址", address, 3), 10),
    )


def _rows(sheet: Sheet) -> tuple[Row, ...]:
    begin, end = sheet.known("ask.from") or "　　　" + DAY, sheet.known("ask.until") or "　　　" + DAY
    principal = ("person.name", "person.id_number", "person.phone", "person.address")
    proxy = ("ask.proxy_name", "ask.proxy_id", "ask.proxy_phone", "ask.proxy_address")
    return (
        *_party(sheet, "委\n托\n人", principal, ("性　　别", "person.sex")),
        *_party(sheet, "受\n托\n人", proxy, ("双方关系", "ask.relation")),
        Row((Box(Label("委托事项"), 2), Box(Value(sheet.cell("request.item")), 3)), 11),
        Row((Box(Label("诉求内容"), 2), Box(Value(sheet.cell("request.text"), top=True), 3)), 14, 0.6),
        Row((Box(Label("代办权限"), 2), Box(Choice(blank(), _MATTERS), 3)), 11),
        Row((Box(Label("不得代办\n的 事 项"), 2), Box(Value(sheet.cell("ask.limits"), top=True), 3)), 13, 0.2),
        Row((Box(Label("委托期限"), 2), Box(Label(f"自　{begin}　起，至　{end}　止"), 3)), 11),
        Row((Box(Label("声　　明"), 2), Box(Said((_SIGN, _TAKE)), 3)), 22, keep=True),
        Row(
            (
                Box(Label("委托人"), 2), Box(Hand(("签字、捺印：", DAY))),
                Box(Label("受托人")), Box(Hand(("签字、捺印：", DAY))),
            ),
            24, 0.4,
        ),
        Row((Box(Label("窗口核验"), 2), Box(Signed("", "双方身份证件已核对（是　否）。经办人（签字）：", room=8), 3)), 11),
    )  # fmt: skip


def _render(press: Press, sheet: Sheet) -> None:
    notes = ("说明：代办权限由委托人逐项勾选，未勾选的不得代办；附双方身份证复印件。委托人可以随时书面撤回委托。",)
    slip(press, sheet, TITLE, _rows(sheet), notes, _COLUMNS)


def _sample() -> Sheet:
    serial = "411424108-2026-AP00018"
    own = sample(
        serial,
        person__sex="男",
        person__id_number="412327198603150032",
        person__address="慈圣镇白庄村白庄东组26号",
        request__text="在外务工不能返乡，委托村级代办员提交创业担保贷款材料，并代为签收通知。",
        ask__proxy_name="郑𠅤",
        ask__proxy_id="412327197001010026",
        ask__proxy_phone="13800000051",
        ask__proxy_address="慈圣镇白庄村白庄西组3号",
        ask__relation="村级代办员",
        ask__from="2026年11月24日",
        ask__until="2027年2月24日",
        ask__limits="签订借款合同、领取贷款",
    )
    del own["request.received_on"], own["request.number"]
    return Sheet(own, {}, serial)


FORM = Form(
    code="slip.proxy",
    title=TITLE,
    edition="2026年版",
    valid_from="2026-01-01",
    subject="request",
    wants=tuple(_sample().cells),
    row_wants={},
    render=_render,
    sample=_sample,
    asks=_ASKS,
)
