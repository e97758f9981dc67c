"""An office's own texts: kept, refused before anything is printed, filled for a person, given back."""

from __future__ import annotations

from pathlib import Path

import pypdfium2 as pdfium
import pytest
from sqlalchemy import select

from forms.registry import get
from models.errors import RuleError
from models.records import Cell
from models.services import letters, people, printing, requests
from models.services.desk import Desk, put_setting
from models.tables.system import AUDIT, EVENT
from resources import divisions
from resources import letters as shipped
from tests.conftest import VILLAGE, DeskFactory


@pytest.fixture
def desk(desk_factory: DeskFactory) -> Desk:
    return desk_factory()


def person(desk: Desk, **cells: str) -> str:
    said = {"name": "钱䶮", "sex": "2", **cells}
    return people.save(desk, None, {n: Cell.of(v) for n, v in said.items()}, VILLAGE).id


def words(pdf: bytes) -> str:
    with pdfium.PdfDocument(pdf) as document:
        return "".join(page.get_textpage().get_text_range() for page in document).replace(" ", "").replace("\r\n", "")


@pytest.mark.parametrize("code", shipped.codes())
def test_a_shipped_text_belongs_to_an_ask_of_its_form_and_can_be_filled(code: str) -> None:
    form = get(code)
    assert set(shipped.texts(code)) <= {a.name for a in form.asks}
    letters.refuse_wrong(form, shipped.texts(code), "")


def test_the_words_of_a_text_are_cells_that_are_filled(desk: Desk) -> None:
    one = person(desk)
    text = "。".join(f"【{w}】" for w in letters.PLACES["person"])
    body = words(printing.preview(desk, "notice.meeting", [one], {"notice.title": "通知", "notice.body": text}))
    village = divisions.get(VILLAGE)
    assert village is not None
    for said in ("钱䶮", "女士", village.name, "李经办", "未采集", "________________", "柘城县慈圣镇人民政府"):
        assert said in body, said


def test_an_office_keeps_its_own_text_and_gives_it_back(desk: Desk) -> None:
    one = person(desk)
    before = letters.one(desk, "notice.meeting")
    assert not before.own
    assert printing.proposed(desk, "notice.meeting")["notice.to"] == "【村】【姓名】同志"
    letters.save(desk, "notice.meeting", {"notice.to": "尊敬的【姓名】【称谓】", "notice.body": "请您来镇里坐坐。"})
    after = letters.one(desk, "notice.meeting")
    assert after.own
    assert {p.name for p in after.parts} == {"notice.title", "notice.to", "notice.body"}
    assert words(printing.preview(desk, "notice.meeting", [one], printing.proposed(desk, "notice.meeting"))).count("钱䶮女士") == 1
    letters.save(desk, "notice.meeting", {"notice.to": "【村】【姓名】同志"})
    assert letters.texts(desk, "notice.meeting")["notice.body"] == "请您来镇里坐坐。"
    assert letters.restore(desk, "notice.meeting") == before
    with desk.store.read() as conn:
        assert list(conn.execute(select(AUDIT.c.action).where(AUDIT.c.action == "letter")).scalars()) == ["letter"] * 3
        assert not [e for e in conn.execute(select(EVENT.c.entity)).scalars() if e not in ("account", "person")]


def test_what_says_the_same_as_the_shipped_text_is_not_the_offices_own(desk: Desk) -> None:
    assert not letters.save(desk, "notice.meeting", shipped.texts("notice.meeting")).own


@pytest.mark.parametrize(
    ("said", "code", "sentence"),
    [
        ({"notice.body": "您好\n请带【身份证】"}, "print.placeholder", "正文第 2 行的【身份证】不是这里可用的占位符"),
        ({"notice.title": "{% if 村 %}通知"}, "print.placeholder", "标题第 1 行“{% if 村 %}通知”写得不对"),
        ({"notice.body": "{{ ''.__class__ }}"}, "print.placeholder", "用了不允许的写法"),
        ({"notice.body": " \n"}, "letter.empty", "正文不能为空"),
        ({"notice.mark": "红头"}, "letter.part", "notice.mark"),
    ],
)
def test_a_wrong_text_is_not_kept(desk: Desk, said: dict[str, str], code: str, sentence: str) -> None:
    before = letters.texts(desk, "notice.meeting")
    with pytest.raises(RuleError) as caught:
        letters.save(desk, "notice.meeting", {"notice.to": "各位", **said})
    assert caught.value.code == code
    assert sentence in caught.value.sentence
    assert caught.value.sentence.endswith("没有保存。")
    assert letters.texts(desk, "notice.meeting") == before


def test_a_wrong_text_of_one_print_makes_no_file(desk: Desk, tmp_path: Path) -> None:
    one, out = person(desk), tmp_path / "x.pdf"
    with pytest.raises(RuleError, match=r"正文第 2 行的【身份证】.*没有打印。"):
        printing.issue(desk, "notice.meeting", [one], out, {"notice.title": "通知", "notice.body": "甲\n【身份证】"})
    assert not out.exists()


def test_a_paper_for_all_has_no_words_of_one_person(desk: Desk) -> None:
    with pytest.raises(RuleError, match="【姓名】不是这里可用的占位符"):
        printing.preview(desk, "notice.document", [], {"notice.title": "通知", "notice.to": "【姓名】", "notice.body": "甲。"})
    assert "柘城县慈圣镇甲" in words(
        printing.preview(desk, "notice.document", [], {"notice.title": "通知", "notice.body": "【机构】甲。"})
    )


def test_the_items_somebody_asked_for_are_listed(desk: Desk) -> None:
    one = person(desk)
    text = "{% if 诉求 %}您登记了{% for 项 in 诉求 %}“{{ 项 }}”{% endfor %}。{% else %}您没有登记诉求。{% endif %}"
    said = {"notice.title": "通知", "notice.body": text}
    assert "您没有登记诉求。" in words(printing.preview(desk, "notice.meeting", [one], said))
    item = next(i for i in requests.items(desk) if i.code == "request.consult")
    answers = {f.name: item.sample[f.name] for f in item.fields if f.required}
    case = requests.submit(desk, one, item.code, {"text": Cell.of("咨询开店手续")}, answers=answers).id
    assert "您没有登记诉求。" in words(printing.preview(desk, "notice.meeting", [one], said))
    requests.act(desk, case, "accept")
    assert f"您登记了“{item.name}”。" in words(printing.preview(desk, "notice.meeting", [one], said))


def test_a_refused_request_is_not_said_to_be_dealt_with(desk: Desk) -> None:
    one = person(desk)
    item = next(i for i in requests.items(desk) if i.code == "request.consult")
    answers = {f.name: item.sample[f.name] for f in item.fields if f.required}
    case = requests.submit(desk, one, item.code, {"text": Cell.of("咨询开店手续")}, answers=answers).id
    requests.act(desk, case, "reject", "不在本县经营")
    assert "正在办理或已经答复" not in words(printing.preview(desk, "letter.home", [one], {}))


def test_the_offices_phone_stands_in_its_letters(desk: Desk) -> None:
    one = person(desk)
    put_setting(desk, "office.phone", "0370-0000000")
    assert "联系电话：0370-0000000。" in words(
        printing.preview(desk, "notice.meeting", [one], printing.proposed(desk, "notice.meeting"))
    )


def test_trouble_is_said_while_one_types(desk: Desk) -> None:
    assert letters.trouble("notice.meeting", "notice.body", "【村】【姓名】") == ""
    assert "【生日】" in letters.trouble("notice.meeting", "notice.body", "【生日】")
    with pytest.raises(RuleError, match="没有可以修改的文字"):
        letters.trouble("slip.acceptance", "notice.body", "")


def test_a_card_is_filled_from_the_item_in_force(desk: Desk) -> None:
    item = next(i for i in requests.items(desk) if i.code == "money.loan")
    said = {**printing.proposed(desk, "card.policy"), "ask.item": item.name}
    card = words(printing.preview(desk, "card.policy", [], said))
    for text in (item.name, f"受理后{item.clock.days}个工作日", *(m.name for m in item.materials)):
        assert text in card, text
    assert words(printing.preview(desk, "card.policy", [], {**said, "ask.item": item.code})) == card, "by its code as well"
    with pytest.raises(RuleError, match="没有名为“没有的事项”的事项"):
        printing.preview(desk, "card.policy", [], {"ask.item": "没有的事项"})
