"""A PDF for each person: their names as files, and what is told when a run stops half way."""

from __future__ import annotations

from pathlib import Path

import pypdfium2 as pdfium
import pytest

from models.errors import KnownError, RuleError
from models.records import Cell
from models.services import people, print_runs, printed
from models.services.desk import Desk
from tests.conftest import COUNTY, VILLAGE, DeskFactory

LETTER = {"notice.title": "关于座谈会的通知", "notice.to": "【姓名】同志", "notice.body": "凭【通知编号】入场。"}


@pytest.fixture
def desk(desk_factory: DeskFactory) -> Desk:
    return desk_factory(COUNTY, "赵立新")


def someone(desk: Desk, *names: str) -> list[str]:
    return [people.save(desk, None, {"name": Cell.of(n)}, VILLAGE).id for n in names]


def words(file: Path) -> str:
    with pdfium.PdfDocument(file) as document:
        return "".join(page.get_textpage().get_text_range() for page in document)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("赵㛃", "赵㛃"), ("艾·买提/江", "艾·买提_江"), ("con", "_con"), ("LPT1.x", "_LPT1.x"), ("甲. .", "甲"), ("  ", "_"),
        ('a<b>c:"|?*\\', "a_b_c______"), ("e\u0301", "é"), ("\x07响", "_响"), ("控制", "控制"),
    ],
)  # fmt: skip
def test_a_name_is_a_file_on_any_system(name: str, file: str) -> None:
    assert print_runs.safe(name) == file


def test_a_long_name_is_cut_between_characters() -> None:
    cut = print_runs.safe("郑𠅤" * 60)
    assert len(cut.encode()) <= 120
    assert ("郑𠅤" * 60).startswith(cut)


def test_everybody_has_a_file_of_their_own(desk: Desk, tmp_path: Path) -> None:
    ids = someone(desk, "赵㛃", "钱䶮", "钱䶮")
    seen: list[int] = []
    run = print_runs.issue_each(
        desk, "notice.meeting", ids, tmp_path / "新" / "夹", LETTER, progress=lambda done, total: seen.append(done) or total == 6
    )  # type: ignore[func-returns-value]  # append's None
    assert [f.name for f in run.files] == [f"{n}_{s}.pdf" for n, s in zip(("赵㛃", "钱䶮", "钱䶮"), run.serials, strict=True)]
    for file, serial in zip(run.files, run.serials, strict=True):
        assert f"凭{serial}入场" in words(file)
    assert seen == [1, 2, 3, 6]
    assert {p.serial for p in printed.latest(desk)} == set(run.serials)
    assert sorted(f.name for f in run.folder.iterdir()) == sorted(f.name for f in run.files)


def test_a_file_that_lies_there_is_not_written_over(desk: Desk, tmp_path: Path) -> None:
    (one,) = someone(desk, "赵㛃")
    number = int(printed.take(desk, 1)[0][-5:])
    serial = printed.take(desk, 1)[0].replace(f"{number + 1:05d}", f"{number + 2:05d}")
    there = tmp_path / f"赵㛃_{serial}.pdf"
    there.write_bytes(b"mine")
    run = print_runs.issue_each(desk, "notice.meeting", [one], tmp_path, LETTER)
    assert [f.name for f in run.files] == [f"赵㛃_{serial} (2).pdf"]
    assert there.read_bytes() == b"mine"


def test_a_stop_leaves_whole_files_and_says_which(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(print_runs, "_CHUNK", 2)
    ids = someone(desk, *"甲乙丙丁戊")
    with pytest.raises(RuleError, match=r"已写成 2 份（编号 .*AP00001 至 .*AP00002），在 .*；其余 3 份没有生成。没有多取编号"):
        print_runs.issue_each(desk, "notice.meeting", ids, tmp_path / "out", LETTER, progress=lambda done, _all: done < 7)
    assert sorted(f.name[:1] for f in (tmp_path / "out").iterdir()) == ["乙", "甲"]
    assert len(printed.latest(desk)) == 2
    assert printed.take(desk, 1)[0].endswith("P00003")


def test_a_full_disk_half_way_keeps_what_is_written_and_says_which_numbers_are_spent(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(print_runs, "_CHUNK", 3)
    write = print_runs.write_atomically

    def full(path: Path, data: bytes) -> None:
        if path.name.startswith("戊"):
            raise KnownError("disk.write", f"无法写入 {path}：磁盘空间不足。")
        write(path, data)

    monkeypatch.setattr(print_runs, "write_atomically", full)
    words = r"磁盘空间不足。已写成 4 份（编号 .*AP00001 至 .*AP00004），在 .*；其余 2 份没有生成。编号 .*AP00005 至 .*AP00006 已取用"
    with pytest.raises(KnownError, match=words):
        print_runs.issue_each(desk, "notice.meeting", someone(desk, *"甲乙丙丁戊己"), tmp_path / "out", LETTER)
    assert len(list((tmp_path / "out").iterdir())) == len(printed.latest(desk)) == 4


def test_files_that_could_not_be_logged_are_taken_away(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object) -> None:
        raise KnownError("disk.full", "数据库所在的磁盘已满。")

    monkeypatch.setattr(printed, "log", broken)
    with pytest.raises(KnownError, match=r"已满。2 份都没有写成。编号 .*AP00001 至 .*AP00002 已取用"):
        print_runs.issue_each(desk, "notice.meeting", someone(desk, "甲", "乙"), tmp_path / "out", LETTER)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_folder_that_cannot_be_made_takes_no_number(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(KnownError, match="没有取用编号"):
        print_runs.issue_each(desk, "notice.meeting", someone(desk, "甲"), tmp_path / "file" / "x", LETTER)
    assert printed.take(desk, 1)[0].endswith("P00001")
