"""Numbers, the log, and the same paper once more: what stops a paper, what it says then, and what a reprint may differ in."""

from __future__ import annotations

import sys
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from sqlalchemy import select

from models.errors import KnownError, RuleError
from models.records import Cell, parse_json
from models.services import people, printed, printing
from models.services.desk import Desk
from models.store import rows
from models.tables import ENTITIES
from models.tables.system import AUDIT, EVENT
from tests.conftest import COUNTY, VILLAGE, DeskFactory

LETTER = {"notice.title": "关于座谈会的通知", "notice.to": "【姓名】同志", "notice.body": "凭【通知编号】入场，电话【电话】。"}
PAPER = ENTITIES["paper"].table


@pytest.fixture
def desk(desk_factory: DeskFactory) -> Desk:
    return desk_factory(COUNTY, "赵立新")


@pytest.fixture
def ids(desk: Desk) -> list[str]:
    cells = [{"name": Cell.of(n), "phone": Cell.of("13800000042")} for n in ("赵㛃", "钱䶮", "郑𠅤")]
    return [people.save(desk, None, c, VILLAGE).id for c in cells]


def words(pdf: bytes) -> list[str]:
    with pdfium.PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_range().replace("\r\n", "") for page in document]


def titles(pdf: bytes) -> list[str]:
    with pdfium.PdfDocument(pdf) as document:
        return [item.get_title() for item in document.get_toc()]


def next_number(desk: Desk) -> int:
    return int(printed.take(desk, 1)[0][-5:])


def logged(desk: Desk) -> list[str]:
    with desk.store.read() as conn:
        return list(conn.execute(select(PAPER.c.serial).order_by(PAPER.c.serial)).scalars())


def test_every_copy_has_its_number_its_name_and_its_record(desk: Desk, ids: list[str], tmp_path: Path) -> None:
    serials = printing.issue(desk, "notice.meeting", ids, tmp_path / "a.pdf", LETTER, copies=2)
    pdf = (tmp_path / "a.pdf").read_bytes()
    assert titles(pdf) == ["赵㛃", "钱䶮", "郑𠅤"]
    for page, serial in zip(words(pdf), serials, strict=True):
        assert f"凭{serial}入场" in page
        assert printed.NUMBER not in page
    assert [(p.serial, p.whom, p.copies, p.kept, p.again) for p in printed.latest(desk)] == [
        (s, n, 2, True, 0) for s, n in zip(reversed(serials), ("郑𠅤", "钱䶮", "赵㛃"), strict=True)
    ]


def test_a_reprint_is_the_paper_that_was_printed_not_what_would_be_printed_now(
    desk: Desk, ids: list[str], tmp_path: Path
) -> None:
    serials = printing.issue(desk, "notice.meeting", ids, tmp_path / "a.pdf", LETTER)
    people.save(desk, ids[0], {"name": Cell.of("赵改名"), "phone": Cell.of("13800000043")})
    papers = {p.serial: p for p in printed.latest(desk)}
    chosen = [papers[s].id for s in serials]
    assert printed.reprint(desk, chosen, tmp_path / "b.pdf", copies=3) == serials
    before, after = (words((tmp_path / n).read_bytes()) for n in ("a.pdf", "b.pdf"))
    assert all("重打" in page for page in after)
    assert [page.replace("重打", "", 1) for page in after] == before
    assert printed.look_again(desk, chosen) == (tmp_path / "b.pdf").read_bytes()  # the preview is logged nowhere
    again = printed.latest(desk, "赵改名")
    assert [(p.serial, p.again, p.again_on[:2]) for p in again] == [(serials[0], 1, "20")]
    assert logged(desk) == serials  # the same papers
    with desk.store.read() as conn:
        said = conn.execute(select(AUDIT.c.entity_id, AUDIT.c.detail).where(AUDIT.c.action == "reprint")).all()
    assert {s.entity_id for s in said} == set(chosen)
    assert {parse_json(s.detail)["copies"] for s in said} == {3}


def test_what_was_printed_never_travels(desk: Desk, ids: list[str], tmp_path: Path) -> None:
    printing.issue(desk, "notice.meeting", ids[:1], tmp_path / "a.pdf", LETTER)
    with desk.store.read() as conn:
        row = conn.execute(select(PAPER)).mappings().one()
        events = list(conn.execute(select(EVENT.c.changes).where(EVENT.c.entity == "paper")).scalars())
    assert "13800000042" in row["sheet"]
    assert "sheet" not in rows.to_wire(ENTITIES["paper"], row)
    assert len(events) == 1
    assert "13800000042" not in events[0]


def test_a_paper_whose_content_or_edition_is_not_here_is_not_printed_as_if_it_were(
    desk: Desk, ids: list[str], tmp_path: Path
) -> None:
    serials = printing.issue(desk, "notice.meeting", ids[:2], tmp_path / "a.pdf", LETTER)
    printing.issue(desk, "notice.document", [], tmp_path / "d.pdf", {"notice.title": "题", "notice.body": "文"})
    papers = {p.serial: p.id for p in printed.latest(desk)}
    with pytest.raises(RuleError, match="不是同一种文书"):
        printed.reprint(desk, list(papers.values()), tmp_path / "b.pdf")
    with desk.store.transaction() as conn:
        kept = conn.execute(select(PAPER.c.sheet).where(PAPER.c.id == papers[serials[0]])).scalar_one()
        older = kept.replace('"edition":"2012-07-01"', '"edition":"2009-01-01"')
        assert older != kept
        conn.execute(PAPER.update().where(PAPER.c.id == papers[serials[0]]).values(sheet=older))
        conn.execute(PAPER.update().where(PAPER.c.id == papers[serials[1]]).values(sheet=None))
    with pytest.raises(RuleError, match="2009-01-01 的版式"):
        printed.reprint(desk, [papers[serials[0]]], tmp_path / "b.pdf")
    with pytest.raises(RuleError, match=f"没有存下 {serials[1]} 的内容"):
        printed.reprint(desk, [papers[serials[1]]], tmp_path / "b.pdf")
    assert not (tmp_path / "b.pdf").exists()
    assert [p.kept for p in printed.latest(desk) if p.id == papers[serials[1]]] == [False]
    assert {p.again for p in printed.latest(desk)} == {0}


def test_what_cannot_be_drawn_takes_no_number(desk: Desk, ids: list[str], tmp_path: Path) -> None:
    first = next_number(desk)
    for body, match in (("请看ሀ这里", "没有这些字"), ("【年龄】", "占位符")):
        with pytest.raises(RuleError, match=match):
            printing.issue(desk, "notice.meeting", ids, tmp_path / "a.pdf", {**LETTER, "notice.body": body})
    assert next_number(desk) == first + 1
    assert list(tmp_path.glob("*.pdf*")) == []


def test_a_stop_says_whether_numbers_are_spent(desk: Desk, ids: list[str], tmp_path: Path) -> None:
    first = next_number(desk)
    with pytest.raises(RuleError, match="没有取用编号"):
        printing.issue(desk, "notice.meeting", ids, tmp_path / "a.pdf", LETTER, progress=lambda done, _all: done < 2)
    seen: list[tuple[int, int]] = []
    with pytest.raises(RuleError, match=f"AP{first + 1:05d} 至 .*AP{first + 3:05d} 已取用，不再使用"):
        printing.issue(
            desk, "notice.meeting", ids, tmp_path / "a.pdf", LETTER,
            progress=lambda done, total: seen.append((done, total)) or done < 5,  # type: ignore[func-returns-value]  # append's None
        )  # fmt: skip
    assert seen == [(n, 6) for n in range(1, 6)]
    assert list(tmp_path.glob("*.pdf*")) == []
    assert logged(desk) == []
    assert next_number(desk) == first + 4


def test_a_full_disk_leaves_no_file_and_no_entry_and_says_so(
    desk: Desk, ids: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> None:
        raise KnownError("disk.write", f"无法写入 {path}：磁盘空间不足。")

    monkeypatch.setattr(printing, "write_atomically", full)
    with pytest.raises(KnownError, match=r"磁盘空间不足。编号 .*AP00001 至 .*AP00003 已取用"):
        printing.issue(desk, "notice.meeting", ids, tmp_path / "a.pdf", LETTER)
    assert logged(desk) == []


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("没有/a.pdf", "没有 .*没有 这个文件夹"), ("文件/a.pdf", "无法写入"), ("夹", "无法写入"),
        pytest.param(
            "/proc/a.pdf", "/proc/a.pdf：这个文件夹里不能存放文件。",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's"),
        ),
    ],
)  # fmt: skip
def test_a_place_where_nothing_can_be_written_takes_no_number(
    desk: Desk, ids: list[str], tmp_path: Path, place: str, said: str
) -> None:
    (tmp_path / "文件").write_bytes(b"mine")
    (tmp_path / "夹").mkdir()
    with pytest.raises(KnownError, match=f"{said}.*没有取用编号。$"):
        printing.issue(desk, "notice.meeting", ids, tmp_path / place, LETTER)
    assert next_number(desk) == 1
    assert list(tmp_path.rglob("*.new")) == []


def test_trying_a_place_leaves_what_lies_there(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"mine")
    printed.check_place(tmp_path / "a.pdf", 3)
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a.pdf", b"mine")]


def test_the_log_is_searched_by_number_form_and_name(desk: Desk, ids: list[str], tmp_path: Path) -> None:
    serials = printing.issue(desk, "notice.meeting", ids, tmp_path / "a.pdf", LETTER)
    assert [p.whom for p in printed.latest(desk, "通知 钱")] == ["钱䶮"]
    assert [p.serial for p in printed.latest(desk, serials[2])] == [serials[2]]
    assert printed.latest(desk, "100%") == []
    assert len(printed.latest(desk, limit=2)) == 2


def test_who_cannot_be_printed_is_named_up_to_three(desk: Desk, ids: list[str], tmp_path: Path) -> None:
    bad = [people.save(desk, None, {"name": Cell.of(f"甲{n}\U000f1234")}, VILLAGE).id for n in "一二三四五"]
    for code, extra in (("notice.meeting", LETTER), ("roster.people", {})):
        with pytest.raises(RuleError) as caught:
            printing.issue(desk, code, [*ids, bad[0]], tmp_path / "a.pdf", extra)
        assert caught.value.code == "print.missing_glyph"
        assert caught.value.sentence.startswith("甲一\U000f1234的文书印不出来：字库里没有这些字")
        with pytest.raises(RuleError, match="甲三\U000f1234等（另有 2 人）的文书印不出来：") as caught:
            printing.issue(desk, code, [*ids, *bad], tmp_path / "a.pdf", extra)
        assert "赵㛃" not in caught.value.sentence
    assert next_number(desk) == 1
