"""A run of papers into a folder, a PDF for each copy: 姓名_编号.pdf, as it may be called on any system.

Numbers are taken a few at a time, and files are logged as soon as they are written: whenever a run stops, what lies in the
folder is what the log says, and the sentence tells how much that is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from forms.base import Sheet
from models import scope
from models.errors import KnownError, RuleError, reason
from models.services import people, printed, printing, requests
from models.services.desk import Desk
from models.services.filling import Subject
from models.services.printed import Progress
from models.store.keyfile import write_atomically
from resources import divisions

_CHUNK = 20  # numbers taken at a time
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f]')  # on Windows, and what cannot be seen
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.IGNORECASE)
_LONGEST = 120  # bytes of the name before the serial: file systems take 255 in all


@dataclass(frozen=True, slots=True)
class Run:
    folder: Path
    files: tuple[Path, ...]
    serials: tuple[str, ...]


def issue_each(
    desk: Desk,
    code: str,
    ids: Sequence[str],
    folder: Path,
    extra: Mapping[str, str] | None = None,
    *,
    copies: int = 1,
    progress: Progress | None = None,
) -> Run:
    """Like printing.issue, with a file for each copy. The folder is made. What stops it says what was written before."""
    ready = printing.filled(desk, code, ids, extra or {}, progress)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise KnownError("disk.write", f"无法建立文件夹 {folder}：{reason(e)}。没有打印，没有取用编号。") from e
    printed.check_place(folder / f"{safe(printing.form(code).title)}.pdf", len(ready))
    files: list[Path] = []
    serials: list[str] = []
    step = printing.half(progress, 1, len(ready))
    for start in range(0, len(ready), _CHUNK):
        if start and step is not None and not step(start, len(ready)):
            raise RuleError("print.stopped", f"已停止。{_so_far(folder, serials, len(ready))}没有多取编号。")
        try:
            taken = printed.take(desk, len(ready[start : start + _CHUNK]))
        except (RuleError, KnownError) as e:
            raise type(e)(e.code, f"{e.sentence}{_so_far(folder, serials, len(ready))}") from e
        made, trouble = _write(desk, code, ready[start : start + _CHUNK], taken, folder, copies)
        files += made
        serials += taken[: len(made)]
        if trouble is not None:
            spent = f"编号 {printed.range_of(taken[len(made) :])} 已取用，不再使用。"
            raise type(trouble)(trouble.code, f"{trouble.sentence}{_so_far(folder, serials, len(ready))}{spent}") from trouble
    if step is not None:
        step(len(ready), len(ready))
    return Run(folder, tuple(files), tuple(serials))


def of_village(desk: Desk, code: str, village: str) -> list[str]:
    """Everybody, or every request, of a village or a township, for a form about one or many of them."""
    if divisions.get(village) is None or not scope.covers(desk.office, village):
        raise RuleError("village.unknown", f"本机构辖区内没有代码为 {village} 的村或乡镇。请核对 12 位区划代码。")
    request = printing.form(code).entity == "request"
    found = requests.ids(desk, village=village) if request else people.ids(desk, village=village, sort="village", descending=False)
    if not found:
        raise RuleError("print.nobody", f"{divisions.path(village)}还没有登记{'诉求' if request else '人员'}，没有打印。")
    return found


def _so_far(folder: Path, serials: Sequence[str], wanted: int) -> str:
    if not serials:
        return f"{wanted} 份都没有写成。"
    return f"已写成 {len(serials)} 份（编号 {printed.range_of(serials)}），在 {folder}；其余 {wanted - len(serials)} 份没有生成。"


def _write(
    desk: Desk, code: str, ready: Sequence[tuple[Subject, Sheet]], serials: Sequence[str], folder: Path, copies: int
) -> tuple[list[Path], RuleError | KnownError | None]:
    """The files of one chunk that are written and logged, and what stopped it."""
    what, trouble = printing.form(code), None
    files: list[Path] = []
    done: list[tuple[Subject, Sheet]] = []
    try:
        for (s, blank), serial in zip(ready, serials, strict=True):
            sheet = printed.numbered(blank, serial)
            path = _free(folder, f"{safe(sheet.name or what.title)}_{safe(serial)}")
            write_atomically(path, printed.draw(desk, what, [sheet]))
            files.append(path)
            done.append((s, sheet))
    except (RuleError, KnownError) as e:
        trouble = e
    if done:
        try:
            printed.log(desk, what, done, copies)
        except (RuleError, KnownError) as e:  # what no log names must not lie about as if it counted
            for path in files:
                path.unlink(missing_ok=True)
            return [], trouble or e
    return files, trouble


def safe(name: str) -> str:
    """A name as every system takes it for a file: no sign that means something there, no device's name, not too long."""
    name = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", name))
    while len(name.encode()) > _LONGEST:
        name = name[:-1]
    name = name.strip().rstrip(". ") or "_"
    return f"_{name}" if _DEVICES.match(name) else name


def _free(folder: Path, stem: str) -> Path:
    """A file of that name that is not there yet."""
    path, n = folder / f"{stem}.pdf", 1
    while path.exists():
        n += 1
        path = folder / f"{stem} ({n}).pdf"
    return path
