"""What a paper says of the rules in force, and the office's own fonts on it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from sqlalchemy import select

from models.base import local_date
from models.errors import KnownError, RuleError
from models.records import Cell
from models.services import own_fonts, people, printing, publishing, requests
from models.services.desk import Desk
from models.store import settings
from models.tables.system import AUDIT
from resources import fonts
from tests.conftest import COUNTY, VILLAGE, DeskFactory


@pytest.fixture
def county(desk_factory: DeskFactory) -> Desk:
    return desk_factory(COUNTY, "赵立新")


def case(desk: Desk) -> str:
    person = people.save(desk, None, {"name": Cell.of("钱䶮")}, VILLAGE).id
    item = next(i for i in requests.items(desk) if i.code == "request.consult")
    answers = {f.name: item.sample[f.name] for f in item.fields if f.required}
    return requests.submit(desk, person, item.code, {"text": Cell.of("咨询开店手续")}, answers=answers).id


def notice(desk: Desk) -> bytes:
    """A notice in 仿宋; made anew for each call."""
    person = people.save(desk, None, {"name": Cell.of("钱䶮")}, VILLAGE).id
    extra = {"notice.title": "关于召开座谈会的通知", "notice.to": "【姓名】同志：", "notice.body": "定于周五上午召开座谈会。"}
    return printing.preview(desk, "notice.meeting", [person], extra)


def words(pdf: bytes) -> str:
    with pdfium.PdfDocument(pdf) as document:
        return "".join(page.get_textpage().get_text_range() for page in document).replace(" ", "").replace("\r\n", "")


def test_the_slip_of_an_item_settled_at_once_says_so(county: Desk) -> None:
    before = case(county)
    publishing.amend_figures(county, "request.consult", local_date().isoformat(), {"days": 0})
    after = case(county)
    old, new = (words(printing.preview(county, "slip.once", [i])) for i in (before, after))
    assert "办理时限3个工作日" in old
    assert "办理时限当场办结" in new
    assert "类型承诺件" in old
    assert "类型即办件" in new
    assert "0个工作日" not in new


def test_an_office_prints_with_its_own_font_even_when_the_stick_is_gone(county: Desk, tmp_path: Path) -> None:
    stick = tmp_path / "楷体Kai_GB2312.ttf"
    stick.write_bytes(fonts.path(fonts.KAI).read_bytes())
    assert set(own_fonts.names(county).values()) == {""}
    assert b"+KaiGB2312" not in notice(county)
    own_fonts.choose(county, "仿宋", stick)
    stick.unlink()
    assert own_fonts.names(county)["仿宋"] == "楷体Kai_GB2312.ttf"
    pdf = notice(county)
    assert b"+KaiGB2312" in pdf
    assert "钱䶮" in words(pdf)
    own_fonts.choose(county, "仿宋", None)
    assert b"+KaiGB2312" not in notice(county)
    with county.store.read() as conn:
        assert settings.get(conn, "fonts") is None
        assert list(conn.execute(select(AUDIT.c.action).where(AUDIT.c.action == "font")).scalars()) == ["font", "font"]


def test_what_is_no_font_is_refused_and_the_chosen_one_stays(county: Desk, tmp_path: Path) -> None:
    (tmp_path / "坏.ttf").write_bytes(b"not a font")
    (tmp_path / "cff.otf").write_bytes(b"OTTO" + bytes(64))
    own_fonts.choose(county, "仿宋", fonts.path(fonts.KAI))
    for chain, file, kind, word in (
        ("仿宋", "坏.ttf", RuleError, "坏.ttf"),
        ("仿宋", "cff.otf", RuleError, "TrueType"),
        ("仿宋", "没有.ttf", KnownError, "没有.ttf"),
        ("隶书", "坏.ttf", RuleError, "小标宋"),
    ):
        with pytest.raises(kind, match=word):
            own_fonts.choose(county, chain, tmp_path / file)
    assert own_fonts.names(county)["仿宋"] == fonts.KAI


def test_a_font_file_that_was_lost_says_what_to_do(county: Desk) -> None:
    own_fonts.choose(county, "仿宋", fonts.path(fonts.KAI))
    own_fonts.files(county)["仿宋"].unlink()
    with pytest.raises(RuleError, match="改回自带字体"):
        notice(county)


@pytest.mark.parametrize(
    ("code", "lacking"),
    [
        ("slip.acceptance", "受理日期"), ("slip.supplement", "补正告知日期"), ("slip.refusal", "决定日期"), ("slip.closing", "办结日期"),
        ("letter.reply", "答复"),
    ],
)  # fmt: skip
def test_a_paper_of_a_step_that_never_happened_is_not_printed(county: Desk, tmp_path: Path, code: str, lacking: str) -> None:
    one, extra = case(county), {"notice.mark": "慈圣镇人民政府", "notice.sign": "慈圣镇人民政府"} if code == "letter.reply" else {}
    for act in (
        lambda: printing.preview(county, code, [one], extra),
        lambda: printing.issue(county, code, [one], tmp_path / "a.pdf", extra),
    ):
        with pytest.raises(RuleError, match=lacking) as e:
            act()
        assert e.value.code == "print.early"
    assert not list(tmp_path.glob("*.pdf"))


def test_papers_name_who_took_the_step_and_not_who_prints(desk_factory: DeskFactory) -> None:
    desk = desk_factory()
    one = case(desk)
    requests.act(desk, one, "accept")
    took = desk.account
    printing_now = replace(desk, account="李四")
    for code in ("slip.acceptance", "register.request"):
        said = words(printing.preview(printing_now, code, [one]))
        assert took in said
        assert "李四" not in said


def test_a_case_that_was_not_taken_says_why(desk_factory: DeskFactory) -> None:
    desk = desk_factory()
    one = case(desk)
    requests.act(desk, one, "reject", "不属于本机关职责")
    assert "办理结果不予受理：不属于本机关职责" in words(printing.preview(desk, "register.request", [one]))


def test_what_is_chosen_may_be_said_by_its_code_and_what_no_list_knows_is_written_as_it_is(county: Desk) -> None:
    person = people.save(county, None, {"name": Cell.of("钱䶮")}, VILLAGE).id
    form = printing.form("register.training")
    for said, stands in (("online", "网络创业培训"), ("网络创业培训", "网络创业培训"), ("厨师班", "厨师班"), ("", "")):
        (subject,) = printing.subjects(county, form, [person], {"ask.kind": said})
        assert printing.sheet(subject, form).known("ask.kind") == stands
