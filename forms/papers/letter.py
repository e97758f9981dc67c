"""信函: the letter home before Spring Festival, and the invitation whose 回执 is cut off and comes back."""

from __future__ import annotations

from forms.base import Ask, Cell, Form, Sheet
from forms.papers import _letter
from forms.papers._letter import LEFT, MEASURE, lettered, small
from forms.typeset import codes
from forms.typeset.chains import SONG, TITLE
from forms.typeset.contents import Choice, Label
from forms.typeset.ink import GREY
from forms.typeset.page import MM, Pen, Press
from forms.typeset.table import Box, Row, Table, blank, field

_CODE = 17.0
_SLIP = 112.0  # mm at the foot of an invitation
_COLUMNS = (24.0, 53.0, 24.0, 53.0)
_CUT = "沿　此　线　剪　下"


def _home(press: Press, sheet: Sheet) -> None:
    pen, _y = lettered(press, sheet, _CODE if sheet.serial else 0.0)
    if sheet.serial:
        _code(press, pen, sheet, LEFT + MEASURE - _CODE + 2, _letter.BOTTOM - _CODE + 2)
        small(press, pen, f"编号：{sheet.serial}", LEFT + MEASURE - _CODE, _letter.BOTTOM - 5, 1.0)


def _code(press: Press, pen: Pen, sheet: Sheet, x: float, y: float) -> None:
    codes.qr(pen, codes.mark(sheet.serial, 1), x, y, _CODE)


def _invitation(press: Press, sheet: Sheet) -> None:
    pen, _y = lettered(press, sheet, _SLIP)
    top = _letter.BOTTOM - _SLIP + 6
    _cut_line(press, pen, top)
    middle, y = pen.width / 2, top + 9
    pen.text(press.setting(TITLE, 18.0), "回执", middle, y, 0.5, spread=6)
    if sheet.serial:
        _code(press, pen, sheet, LEFT + MEASURE - _CODE + 2, y - 5)
        small(press, pen, f"编号：{sheet.serial}", LEFT, y + 6)
    cell = sheet.cell
    rows = (
        Row((*field("姓　　名", cell("person.name")), *field("所 在 村", cell("person.village_short"))), 10.5),
        Row((*field("联系电话", cell("person.phone")), Box(Label("从 业 地")), field("", cell("person.out_place"))[1]), 10.5),
        Row((Box(Label("是否参加")), Box(Choice(blank(), ("参加", "不参加"))), Box(Label("参加人数")), Box(Label("　　　　　人"))), 10.5),
        Row((Box(Label("是否住宿")), Box(Choice(blank(), ("需要", "不需要"))), Box(Label("到达时间")), Box(Label("　　月　　日　　时"))), 10.5),
        Row((Box(Label("诉　　求\n和 建 议")), Box(Label(""), 3)), 20, 1),
    )
    Table(_COLUMNS, rows, LEFT, sizes=(12.0, 11.0, 10.5)).draw(press, pen, y + 13, _letter.BOTTOM - 8, 28.0, press.page)
    y = _letter.BOTTOM - 6
    day = "填写日期：　　　　年　　月　　日"
    pen.text(press.setting(SONG, 10.5), "本人（签字）：", LEFT, y)
    pen.text(press.setting(SONG, 10.5), day, LEFT + MEASURE, y, 1.0)


def _cut_line(press: Press, pen: Pen, y: float) -> None:
    """Dashes across the page with words in their middle."""
    setting = press.setting(SONG, 9.0)
    half = setting.width(_CUT) / MM / 2 + 3
    x, middle = 14.0, pen.width / 2
    while x < pen.width - 14:
        if not middle - half < x + 1 < middle + half:
            pen.rule(x, y, x + 2, y, 0.2, GREY)
        x += 4
    pen.text(setting, _CUT, middle, y - 1.6, 0.5, GREY)


def _asks(title: str, to: str) -> tuple[Ask, ...]:
    return (
        Ask("notice.mark", "发文机关标志"), Ask("notice.title", "标题", proposed=title, required=True),
        Ask("notice.to", "称呼", proposed=to), Ask("notice.body", "正文", 8, required=True), Ask("notice.sign", "落款"),
        Ask("notice.date", "日期"),
    )  # fmt: skip


_HOME_ASKS = _asks("致返乡人员的一封信", "亲爱的【姓名】【称谓】")
_INVITATION_ASKS = _asks("邀请函", "尊敬的【姓名】【称谓】")
_REPLIES = ("person.name", "person.village_short", "person.phone", "person.out_place")

HOME_BODY = """您好！春节将至，您在外辛苦了一年。慈圣镇党委、镇政府向您和您的家人致以诚挚的问候和美好的祝愿！
一、家乡的变化
今年，镇里硬化了通村道路，返乡创业产业园投入使用，三家服装加工企业在园区开工，家门口的岗位多了起来。
二、您可能用得上的政策
回乡创业可以咨询创业担保贷款、开业补贴、运营补贴、免费技能培训和创业用地等事项。每一项的对象、标准和材料，以县级现行规定为准，\
窗口备有“政策明白卡”，可以免费领取。
三、为您服务的平台
返乡创业服务窗口受理您和家人的诉求，包括办证、用地、贷款、培训，以及子女上学、就医、社保。当场能答复的当场答复，\
需要转办的在承诺时限内答复，您可以凭受理编号查询进度。
四、怎样找到我们
地址：慈圣镇便民服务中心一楼；电话：0370-0000000。您也可以请村干部代为登记。
家乡的发展离不开您。无论您打算回来看看，还是回来干一番事业，我们都愿意为您做好服务。"""

INVITATION_BODY = """您好！感谢您在外打拼期间始终牵挂家乡。为面对面听取您对家乡发展和返乡创业的意见，我们诚挚邀请您参加返乡创业座谈会。
时间：2027年1月28日上午9:00
地点：镇政府三楼会议室
议程：介绍家乡情况、讲解政策、座谈交流、实地观摩。
请填写下方回执，于1月26日前交到村委会或返乡创业服务窗口，也可以拍照发送或者电话告知，联系电话：0370-0000000。\
您的诉求请一并写在回执上，我们会逐件登记、逐件答复。"""


def _cells(**texts: str) -> dict[str, Cell]:
    return {name.replace("__", "."): Cell(name, text) for name, text in texts.items()}


def _home_sample() -> Sheet:
    cells = _cells(
        notice__mark="慈圣镇人民政府", notice__title="致返乡人员的一封信", notice__to="亲爱的赵㛃女士", notice__body=HOME_BODY,
        notice__sign="慈圣镇人民政府", notice__date="2027年1月18日",
    )  # fmt: skip
    return Sheet(cells, serial="411424108-2027-AP00081")


def _invitation_sample() -> Sheet:
    cells = _cells(
        notice__mark="慈圣镇人民政府", notice__title="邀请函", notice__to="尊敬的钱䶮先生", notice__body=INVITATION_BODY,
        notice__sign="慈圣镇人民政府", notice__date="2027年1月18日", person__name="钱䶮", person__village_short="白庄村",
        person__phone="13800000042", person__out_place="江苏省常熟市",
    )  # fmt: skip
    return Sheet(cells, serial="411424108-2027-AP00082")


FORMS = (
    Form(
        code="letter.home",
        title="致返乡人员的一封信",
        edition="2026年版",
        valid_from="2026-01-01",
        subject="person",
        wants=tuple(a.name for a in _HOME_ASKS),
        row_wants={},
        render=_home,
        sample=_home_sample,
        asks=_HOME_ASKS,
    ),
    Form(
        code="letter.invitation",
        title="邀请函（附回执）",
        edition="2026年版",
        valid_from="2026-01-01",
        subject="person",
        wants=(*(a.name for a in _INVITATION_ASKS), *_REPLIES),
        row_wants={},
        render=_invitation,
        sample=_invitation_sample,
        asks=_INVITATION_ASKS,
    ),
)
