"""The way back of a paper: a signed sheet is scanned, its code is read, and it is filed to its request or person by itself.

A sheet whose code cannot be read, or names a paper that is not known here, waits in a tray (scan_tray.py) until somebody
says where it belongs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from models.errors import RuleError
from models.records import Record
from models.services import attachments, filetypes, scan_reading, scan_tray
from models.services.desk import Desk
from models.services.people import must_get, records
from models.services.scan_reading import Progress, Sheet
from models.services.scan_tray import Waiting
from models.store import rows
from models.tables import ENTITIES

_LARGEST = 200 << 20  # bytes of a scan; each part of it obeys the limit of attachments


@dataclass(frozen=True, slots=True)
class Filed:
    """Sheets that found their record. who: the person's name, '' of a list; twice: they were there already and were not added again."""

    serial: str
    form: str
    entity: str
    record_id: str
    who: str
    sheets: tuple[int, ...]
    twice: bool = False


@dataclass(slots=True)
class Outcome:
    """What became of one scan. blank: sheets with nothing on them, left out; refused: sentences about what was not taken."""

    filed: list[Filed] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    blank: list[int] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def _go_on(_done: int, _total: int) -> bool:
    return True


def file(desk: Desk, path: Path, progress: Progress = _go_on) -> Outcome:
    """Read a scan and file each paper on it; the rest goes to the tray. progress(sheets read, all) answers whether to go on.

    Raises RuleError or KnownError for a scan that cannot be read at all: nothing is filed then, and the file stays where
    it is. A full disk half-way leaves what is filed filed; the same scan may be given again and is not filed twice.
    """
    data = filetypes.load(path, _LARGEST)
    read = scan_reading.sheets(path.name, data, progress)
    papers = _papers(desk, {serial for sheet in read for serial in sheet.serials})
    done = Outcome(blank=[s.number for s in read if s.blank])
    together: dict[str, list[int]] = {}
    for sheet in read:
        homes = [s for s in sheet.serials if s in papers]
        for serial in homes:
            together.setdefault(serial, []).append(sheet.number)
        if not homes and not sheet.blank:
            _wait(desk, path.name, data, (sheet.number,), _why(sheet), done)
    for serial, numbers in together.items():
        try:
            done.filed.append(_file(desk, path.name, data, papers[serial], tuple(numbers)))
        except RuleError as e:  # its record is full, or gone: the sheets are not lost for that
            _wait(desk, path.name, data, tuple(numbers), e.sentence, done)
    return done


def _papers(desk: Desk, serials: set[str]) -> dict[str, Record]:
    what = ENTITIES["paper"]
    with desk.store.read() as conn:
        found = conn.execute(select(what.table).where(what.table.c.serial.in_(serials), what.table.c.deleted.is_(False)))
        return {r["serial"]: rows.to_record(what, r) for r in found.mappings()}


def _home(paper: Record) -> tuple[str, str]:
    """(entity, id) of the record whose file a paper belongs to: the request before the person; of a list, or of what is about
    nobody, its own entry in the log (decision 14)."""
    if paper.request_id:
        return "request", paper.request_id
    return ("person", paper.person_id) if paper.person_id else ("paper", paper.id)


def _file(desk: Desk, name: str, data: bytes, paper: Record, numbers: tuple[int, ...]) -> Filed:
    entity, record_id = _home(paper)
    owner = must_get(desk, record_id, entity)
    whose = record_id if entity == "person" else owner.person_id  # nobody's, of a list
    person = records(desk, [whose]).get(whose) if whose else None
    ending, body = scan_reading.part(name, data, numbers)
    done = Filed(paper.serial, paper.form, entity, record_id, (person.name if person else "") or "", numbers)
    try:
        attachments.add(desk, entity, record_id, f"{paper.form}（签字件）{paper.serial}{ending}", body)
    except RuleError as e:
        if e.code != "attachment.twice":
            raise
        return Filed(done.serial, done.form, entity, record_id, done.who, numbers, twice=True)
    return done


def _why(sheet: Sheet) -> str:
    if sheet.serials:
        return f"编号 {sheet.serials[0]} 的文书不在本机的打印记录里，可能是别的机构打印的，或者还没有同步过来。"
    return "没有找到可以识别的二维码：可能折皱、涂污、太淡，或者这一页本来没有。"


def _wait(desk: Desk, name: str, data: bytes, numbers: tuple[int, ...], why: str, done: Outcome) -> None:
    ending, body = scan_reading.part(name, data, numbers)
    stem = Path(name).stem
    title = f"{stem}{ending}" if body is data else f"{stem} 第{'、'.join(map(str, numbers))}页{ending}"
    try:
        done.waiting.append(scan_tray.put(desk, title, body, why))
    except RuleError as e:
        done.refused.append(e.sentence)


def try_again(desk: Desk) -> list[Filed]:
    """File what waits for a paper that has come by sync since. Called after a round; a sheet without a code stays."""
    done: list[Filed] = []
    for waiting in scan_tray.tray(desk):
        _kind, data = scan_tray.look(desk, waiting.id)
        stored = scan_tray.stored_of(desk, waiting.id)
        read = scan_reading.sheets(stored.title, data, _go_on)
        papers = _papers(desk, {s for sheet in read for s in sheet.serials})
        if papers:
            done += [_file(desk, stored.title, data, paper, (1,)) for paper in papers.values()]
            scan_tray.discard(desk, waiting.id)
    return done
