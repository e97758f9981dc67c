"""Who stands on a printed list: on the time line of each of them, found by their names, and its scan filed once."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest
from sqlalchemy import select

from models.records import Cell
from models.services import attachments, merging_people, origins, people, printed, printing, requests, scan_tray, scans, timeline
from models.services.desk import Desk
from models.store import audit
from models.tables.system import AUDIT, EVENT
from tests.conftest import SIBLING, VILLAGE, DeskFactory
from tests.models.services.test_scans import as_pdf, scanned


@pytest.fixture
def desk(desk_factory: DeskFactory) -> Desk:
    return desk_factory()


def someone(desk: Desk, name: str, village: str = VILLAGE, **cells: str) -> str:
    return people.save(desk, None, {"name": Cell.of(name)} | {n: Cell.of(v) for n, v in cells.items()}, village).id


def listed(desk: Desk, person: str) -> list[tuple[str, str]]:
    return [(e.title, e.text) for e in timeline.of_person(desk, person) if e.kind == "list"]


def issued(desk: Desk, code: str, ids: list[str], folder: Path) -> tuple[str, Path]:
    out = folder / f"{code}-{len(ids)}.pdf"
    (serial,) = printing.issue(desk, code, ids, out)
    return serial, out


@pytest.mark.parametrize("code", ["roster.people", "roster.contacts", "roster.signin", "label.address", "public.notice"])
def test_a_list_stands_on_the_time_line_of_everybody_on_it(desk: Desk, tmp_path: Path, code: str) -> None:
    one, other, neither = (someone(desk, name) for name in ("赵㛃", "钱䶮", "孙𬘫"))
    extra = {a.name: "补贴" for a in printing.form(code).asks if a.required}
    (serial,) = printing.issue(desk, code, [one, other], tmp_path / "a.pdf", extra)
    title = f"打印 {printing.form(code).title}（列在其中）"
    assert listed(desk, one) == listed(desk, other) == [(title, serial)]
    assert listed(desk, neither) == []
    with pypdfium2.PdfDocument(tmp_path / "a.pdf") as document:
        text = "".join(page.get_textpage().get_text_range() for page in document)
    assert one not in text


def test_whom_a_list_leaves_out_does_not_stand_on_it(desk: Desk, tmp_path: Path) -> None:
    away = someone(desk, "赵㛃", kind="migrant", out_place="浙江省杭州市")
    here = someone(desk, "钱䶮", kind="migrant", out_place="柘城县慈圣镇")
    issued(desk, "roster.outside", [away, here], tmp_path)
    assert [len(listed(desk, who)) for who in (away, here)] == [1, 0]


def test_a_list_of_requests_stands_with_whose_they_are(desk: Desk, tmp_path: Path) -> None:
    one, other = someone(desk, "赵㛃"), someone(desk, "钱䶮")
    cases = [requests.submit(desk, who, "request.help", {"text": Cell.of("增容")}).id for who in (one, other)]
    serial, _out = issued(desk, "roster.requests", cases[:1], tmp_path)
    assert [text for _title, text in listed(desk, one)] == [serial]
    assert listed(desk, other) == []


def test_a_paper_of_ones_own_is_no_list(desk: Desk, tmp_path: Path) -> None:
    one = someone(desk, "赵㛃")
    issued(desk, printing.menu("person")[0].code, [one], tmp_path)
    assert listed(desk, one) == []


def test_the_log_holds_ids_and_no_names_and_they_stay_here(desk: Desk, tmp_path: Path) -> None:
    one = someone(desk, "赵㛃", phone="13800000042")
    issued(desk, "roster.people", [one], tmp_path)
    with desk.store.read() as conn:
        said = conn.execute(select(AUDIT.c.entity, AUDIT.c.entity_id, AUDIT.c.detail).where(AUDIT.c.action == "print")).all()
        events = "".join(conn.execute(select(EVENT.c.changes).where(EVENT.c.entity == "paper")).scalars())
        assert list(audit.verify(conn)) == []
    assert [(s.entity, s.entity_id) for s in said] == [("paper", ""), ("person", one)]
    assert not [word for word in ("赵㛃", "13800000042") if word in str(said)]
    assert one not in events


def test_a_list_is_found_by_the_names_on_it(desk: Desk, tmp_path: Path) -> None:
    one, other = someone(desk, "赵㛃"), someone(desk, "钱䶮")
    case = requests.submit(desk, other, "request.help", {"text": Cell.of("增容")}).id
    roster, _out = issued(desk, "roster.people", [one], tmp_path)
    ledger, _out = issued(desk, "roster.requests", [case], tmp_path)
    assert [p.serial for p in printed.latest(desk, "赵㛃")] == [roster]
    assert [p.serial for p in printed.latest(desk, "钱")] == [ledger]
    assert [p.serial for p in printed.latest(desk, "钱 台账")] == [ledger]
    assert printed.latest(desk, "孙") == []


def test_a_list_of_a_file_that_was_merged_stands_with_the_one_that_was_kept(desk: Desk, tmp_path: Path) -> None:
    first, second, third = (someone(desk, "赵㛃", village) for village in (VILLAGE, SIBLING, SIBLING))
    serial, _out = issued(desk, "roster.people", [third], tmp_path)
    merging_people.merge(desk, second, third)
    merging_people.merge(desk, first, second)
    assert [text for _title, text in listed(desk, first)] == [serial]


def test_the_scan_of_a_list_is_filed_once_with_the_list(desk: Desk, tmp_path: Path) -> None:
    ids = [someone(desk, name) for name in ("赵㛃", "钱䶮")]
    serial, out = issued(desk, "roster.signin", ids, tmp_path)
    scan = as_pdf(tmp_path / "签到.pdf", [scanned(out.read_bytes())])
    (filed,) = scans.file(desk, scan).filed
    (paper,) = printed.latest(desk, serial)
    assert (filed.serial, filed.entity, filed.record_id, filed.who) == (serial, "paper", paper.id, "")
    (kept,) = attachments.of_owner(desk, paper.id)
    assert attachments.read(desk, kept.id) == scan.read_bytes()
    assert [attachments.of_person(desk, i) for i in ids] == [[], []]  # in nobody's file: it shows the others too
    said = [(e.title, e.entity, e.record_id) for e in timeline.of_person(desk, ids[1]) if e.kind == "attachment"]
    assert said == [(f"附件 {paper.form}", "paper", paper.id)]
    assert [f.twice for f in scans.file(desk, scan).filed] == [True]
    assert scan_tray.tray(desk) == []


def test_what_a_list_lacks_leads_to_the_person_it_lacks_it_of(desk: Desk, tmp_path: Path) -> None:
    here = someone(desk, "赵㛃", kind="migrant", out_place="柘城县慈圣镇")
    away = someone(desk, "钱䶮", kind="migrant", out_place="浙江省杭州市")
    found = origins.of_copy(desk, "roster.outside", [here, away], {}, 0)
    assert {(o.entity, o.record_id) for o in found if o.label.startswith("第 1 行")} == {("person", away)}
