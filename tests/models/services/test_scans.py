"""The paper's way back: printed, signed, scanned askew and grey, and filed to its case by itself."""

from __future__ import annotations

import random
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageDraw, ImageFilter

from models.errors import KnownError, RuleError
from models.records import Cell
from models.services import attachments, carrying, find, home, people, printing, requests, scan_tray, scans
from models.services.desk import Desk
from tests.conftest import VILLAGE, DeskFactory
from tests.models.services.test_attachments import long_ago, on_disk


@pytest.fixture
def desk(desk_factory: DeskFactory) -> Desk:
    return desk_factory()


def case(desk: Desk, name: str, village: str = VILLAGE) -> str:
    who = people.save(desk, None, {"name": Cell.of(name)}, village).id
    return requests.submit(desk, who, "request.help", {"text": Cell.of("希望联系电力增容")}).id


def printed(desk: Desk, tmp_path: Path, case_id: str) -> tuple[str, bytes]:
    """(serial, PDF) of a paper that was really issued."""
    out = tmp_path / f"{case_id}.pdf"
    (serial,) = printing.issue(desk, "register.request", [case_id], out)
    return serial, out.read_bytes()


def scanned(pdf: bytes, *, dpi: int = 200, turn: float = 0.0, seed: int = 1) -> Image.Image:
    """As an office scanner gives it back: grey, a little askew, with dust, a pen's marks and a soft lens."""
    document = pypdfium2.PdfDocument(pdf)
    page = document[0].render(scale=dpi / 72, grayscale=True).to_pil().copy()
    document.close()
    page = page.rotate(turn, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
    dice, pen = random.Random(seed), ImageDraw.Draw(page)
    for _ in range(400):
        x, y = dice.randrange(page.width), dice.randrange(page.height)
        pen.point((x, y), fill=dice.randrange(90, 200))
    pen.line([(page.width * 0.2, page.height * 0.8), (page.width * 0.4, page.height * 0.78)], fill=40, width=4)
    return page.filter(ImageFilter.GaussianBlur(0.6)).point(lambda v: 20 + int(v * 0.86))


def as_pdf(path: Path, pages: Sequence[Image.Image]) -> Path:
    pages[0].save(path, "PDF", save_all=True, append_images=list(pages[1:]), resolution=200)
    return path


def blank() -> Image.Image:
    return Image.new("L", (1654, 2339), 250)


@pytest.mark.parametrize("turn", [0, 1.7, -2.4, 90, 180, 270])
@pytest.mark.parametrize("ending", ["pdf", "jpg", "png"])
def test_a_signed_paper_is_filed_to_its_case(desk: Desk, tmp_path: Path, turn: float, ending: str) -> None:
    one = case(desk, "钱䶮")
    serial, pdf = printed(desk, tmp_path, one)
    picture = scanned(pdf, turn=turn)
    scan = tmp_path / f"扫描0001.{ending}"
    if ending == "pdf":
        as_pdf(scan, [picture])
    else:
        picture.save(scan, quality=60)
    outcome = scans.file(desk, scan)
    assert [(f.serial, f.entity, f.record_id, f.who, f.sheets, f.twice) for f in outcome.filed] == [
        (serial, "request", one, "钱䶮", (1,), False)
    ]
    assert not outcome.waiting
    (kept,) = attachments.of_owner(desk, one)
    assert kept.title == f"返乡创业诉求登记表（签字件）{serial}.{ending}"
    assert attachments.read(desk, kept.id) == scan.read_bytes()


def test_many_sheets_in_one_scan_go_each_to_its_own_case(desk: Desk, tmp_path: Path) -> None:
    cases = [case(desk, name) for name in ("赵㛃", "孙𬘫", "李𬭎")]
    papers = [printed(desk, tmp_path, c) for c in cases]
    pages = [scanned(papers[0][1]), blank(), scanned(papers[1][1], turn=1), scanned(papers[2][1]), scanned(papers[0][1], seed=9)]
    seen: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> bool:
        seen.append((done, total))
        return True

    outcome = scans.file(desk, as_pdf(tmp_path / "一摞.pdf", pages), progress)
    assert {f.serial: f.sheets for f in outcome.filed} == {papers[0][0]: (1, 5), papers[1][0]: (3,), papers[2][0]: (4,)}
    assert outcome.blank == [2]
    assert seen == [(n, 5) for n in range(1, 6)]
    for c, sheets in zip(cases, (2, 1, 1), strict=True):
        (kept,) = attachments.of_owner(desk, c)
        data = attachments.read(desk, kept.id)
        assert data is not None
        assert len(pypdfium2.PdfDocument(data)) == sheets


def test_two_papers_side_by_side_on_the_glass(desk: Desk, tmp_path: Path) -> None:
    cases = [case(desk, name) for name in ("周𫖯", "吴𬀩")]
    papers = [printed(desk, tmp_path, c) for c in cases]
    left, right = (scanned(pdf) for _, pdf in papers)
    glass = Image.new("L", (left.width * 2, left.height), 255)
    glass.paste(left, (0, 0))
    glass.paste(right, (left.width, 0))
    glass.save(tmp_path / "两张.png")
    outcome = scans.file(desk, tmp_path / "两张.png")
    assert {f.record_id for f in outcome.filed} == set(cases)
    assert all(len(attachments.of_owner(desk, c)) == 1 for c in cases)


def test_the_same_scan_twice_is_filed_once(desk: Desk, tmp_path: Path) -> None:
    one = case(desk, "郑𠅤")
    _, pdf = printed(desk, tmp_path, one)
    scan = as_pdf(tmp_path / "a.pdf", [scanned(pdf)])
    assert [f.twice for f in scans.file(desk, scan).filed + scans.file(desk, scan).filed] == [False, True]
    assert len(attachments.of_owner(desk, one)) == 1


def test_an_unreadable_sheet_waits_until_somebody_says_where_it_belongs(desk: Desk, tmp_path: Path) -> None:
    one = case(desk, "王𡋾")
    _, pdf = printed(desk, tmp_path, one)
    torn = scanned(pdf)
    ImageDraw.Draw(torn).rectangle([torn.width * 0.7, 0, torn.width, torn.height * 0.15], fill=30)  # the corner with the code
    scan = as_pdf(tmp_path / "撕角.pdf", [torn])
    outcome = scans.file(desk, scan)
    assert not outcome.filed
    (waiting,) = outcome.waiting
    assert waiting.title == "撕角.pdf"
    assert "二维码" in waiting.why
    assert [w.id for w in scans.file(desk, scan).waiting] == [waiting.id]  # once more is the same sheet
    kind, data = scan_tray.look(desk, waiting.id)
    assert (kind, data) == ("application/pdf", scan.read_bytes())
    assert "待归档的扫描件" in [line.detail for line in home.today(desk).drafts]
    long_ago(desk)
    assert carrying.sweep(desk) == 0  # what waits is not swept away
    made = scan_tray.assign(desk, waiting.id, "request", one)
    assert attachments.read(desk, made.id) == scan.read_bytes()
    assert scan_tray.tray(desk) == []
    with pytest.raises(RuleError, match="不在待归档"):
        scan_tray.assign(desk, waiting.id, "request", one)


def test_a_sheet_thrown_away_leaves_the_disk(desk: Desk, tmp_path: Path) -> None:
    page = blank()
    ImageDraw.Draw(page).text((300, 300), "not ours", fill=0, font_size=80)
    page.save(tmp_path / "别的.png")
    (waiting,) = scans.file(desk, tmp_path / "别的.png").waiting
    scan_tray.discard(desk, waiting.id)
    long_ago(desk)
    assert carrying.sweep(desk) == 1
    assert on_disk(desk) == []


def test_a_paper_of_another_pc_is_filed_once_its_record_is_here(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = case(desk, "赵㛃")
    serial, pdf = printed(desk, tmp_path, one)
    with monkeypatch.context() as not_yet:
        not_yet.setattr(scans, "_papers", lambda _desk, _serials: {})
        (waiting,) = scans.file(desk, as_pdf(tmp_path / "a.pdf", [scanned(pdf)])).waiting
        assert serial in waiting.why
        assert scans.try_again(desk) == []
    assert [f.record_id for f in scans.try_again(desk)] == [one]
    assert scan_tray.tray(desk) == []
    assert len(attachments.of_owner(desk, one)) == 1


@pytest.mark.parametrize("typed", ["{}", "gy:{}:1", " {} "])
def test_a_hand_scanner_types_the_serial_and_finds_the_case(desk: Desk, tmp_path: Path, typed: str) -> None:
    one = case(desk, "钱䶮")
    case(desk, "孙𬘫")
    serial, _ = printed(desk, tmp_path, one)
    assert [(h.kind, h.id) for h in find.find(desk, typed.format(serial))] == [("request", one)]
    assert find.find(desk, serial[:-1] + "9") == []


def test_a_full_record_keeps_no_sheet_from_being_found_again(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full, free = case(desk, "赵㛃"), case(desk, "孙𬘫")
    pages = [scanned(printed(desk, tmp_path, c)[1]) for c in (full, free)]
    attachments.add(desk, "request", full, "a.png", b"\x89PNG\r\n\x1a\n a")
    monkeypatch.setattr(attachments, "MOST_ON_ONE", 1)
    outcome = scans.file(desk, as_pdf(tmp_path / "a.pdf", pages))
    assert [f.record_id for f in outcome.filed] == [free]
    assert "最多 1 个附件" in outcome.waiting[0].why


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("坏.pdf", b"%PDF-1.7 nothing", "scan.pdf"),
        ("坏.png", b"\x89PNG\r\n\x1a\n nothing", "scan.picture"),
        ("坏.jpg", b"\xff\xd8\xff\xe0 nothing", "scan.picture"),
        ("空.pdf", b"", "attachment.empty"),
        ("表.xlsx", b"PK\x03\x04", "attachment.kind"),
    ],
)
def test_what_is_no_scan_is_refused_and_nothing_is_kept(desk: Desk, tmp_path: Path, name: str, data: bytes, code: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(RuleError) as e:
        scans.file(desk, tmp_path / name)
    assert e.value.code == code
    assert scan_tray.tray(desk) == []
    assert on_disk(desk) == []


def test_a_missing_file_and_a_bomb(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(KnownError):
        scans.file(desk, tmp_path / "没有.pdf")
    huge = BytesIO()
    Image.new("1", (20_000, 20_000), 1).save(huge, "PNG")
    (tmp_path / "大.png").write_bytes(huge.getvalue())
    with pytest.raises(RuleError, match="像素"):
        scans.file(desk, tmp_path / "大.png")


def test_a_stop_files_nothing(desk: Desk, tmp_path: Path) -> None:
    one = case(desk, "赵㛃")
    _, pdf = printed(desk, tmp_path, one)
    with pytest.raises(RuleError, match="已停止"):
        scans.file(desk, as_pdf(tmp_path / "a.pdf", [scanned(pdf)]), lambda _d, _t: False)
    assert attachments.of_owner(desk, one) == []
