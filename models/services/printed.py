"""What leaves the press: checked, numbered, drawn, logged with what stood on it, and printed again as it was.

Copies are filled before they have their numbers, so that whatever stops a paper stops it before a number is taken: NUMBER
stands in a sheet where its serial will. What was printed is kept as its cells in paper.sheet, on this PC alone; a paper of
another PC, or of a release that kept nothing, cannot be printed again, and the sentence says so.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection, SelectBase, func, select

import forms
from forms.base import Cell as Printed
from forms.base import Form, Sheet
from forms.registry import get
from models import scope
from models.base import CHINA, local_date, parse_stamp
from models.errors import KnownError, RuleError
from models.records import Cell, canonical, parse_json
from models.services import own_fonts
from models.services.desk import Desk
from models.services.filling import Subject
from models.store import audit, keyfile
from models.store.unit import New
from models.tables import ENTITIES
from models.tables.system import AUDIT

Progress = Callable[[int, int], bool]
NUMBER = "\ufdd0"  # stands for the serial: a code point that is no character, so nobody can have typed it
_PRESS = threading.Lock()  # a font is open for one document at a time
_PARTS = 500
_LEAST, _LEAST_OF_ONE = 8 << 10, 256  # bytes: no PDF with its fonts, no copy in it is smaller
_NAMED = 3  # people whom a sentence names


@dataclass(frozen=True, slots=True)
class Paper:
    """One entry of the log. whom: the person's name, '' for a list; again: how often it was printed again, last on again_on.

    kept: whether it can be printed again here.
    """

    id: str
    serial: str
    form: str
    on: str
    by: str
    whom: str
    copies: int
    person_id: str
    request_id: str
    again: int
    again_on: str
    kept: bool


def draw(desk: Desk, what: Form, sheets: Sequence[Sheet], progress: Progress | None = None) -> bytes:
    """The PDF. Raises RuleError naming what stops it; print.stopped when progress said so."""
    try:
        with _PRESS:
            return forms.render(what.code, sheets, on=what.valid_from, overrides=own_fonts.files(desk), progress=progress)
    except forms.FormError as e:
        raise RuleError(e.code, e.sentence) from e


def check(desk: Desk, sheets: Sequence[Sheet]) -> None:
    """Raises RuleError for characters that no font has, saying whose copies they stand on: before a number is taken for a
    paper that cannot be drawn."""
    texts = dict.fromkeys(text.replace(NUMBER, "") for sheet in sheets for text in sheet.texts())
    try:
        lacking = forms.missing(texts, own_fonts.files(desk))
    except forms.FormError as e:
        raise RuleError(e.code, e.sentence) from e
    if lacking:
        missing = forms.MissingGlyph(lacking)
        raise RuleError(missing.code, f"{_whose(sheets, set(missing.characters))}{missing.sentence}")


def _whose(sheets: Sequence[Sheet], characters: set[str]) -> str:
    """Whose copies, or whose lines of a list, have one of these characters, as the head of a sentence; '' for nobody's."""

    def stands(texts: Iterable[str]) -> bool:
        return any(characters & set(text) for text in texts)

    found: list[str] = []
    for sheet in sheets:
        if sheet.name:
            found += [sheet.name] if stands(sheet.texts()) else []
            continue
        for row in (row for rows in sheet.rows.values() for row in rows if stands(c.text for c in row.values())):
            found += [row[key].text for key in ("name", "person.name") if key in row]
    if not found:
        return ""
    more = len(found) - _NAMED
    return f"{'、'.join(found[:_NAMED])}{f'等（另有 {more} 人）' if more > 0 else ''}的文书印不出来："


def check_place(out: Path, count: int) -> None:
    """Raises KnownError where a PDF of so many copies cannot be written, before a number is taken for it."""
    try:
        keyfile.try_out(out, _LEAST + count * _LEAST_OF_ONE)
    except KnownError as e:
        raise KnownError(e.code, f"{e.sentence}没有打印，没有取用编号。") from e


def take(desk: Desk, count: int) -> list[str]:
    """So many new serials of this office and PC. They are taken for good."""
    today, identity = local_date(), desk.store.identity
    with desk.store.write(desk.account, "取文书编号") as unit:
        head = f"{scope.prefix_of(identity.office)}-{today.year}-{identity.letter}P"
        return [f"{head}{unit.next_serial('paper', today.year):05d}" for _ in range(count)]


def numbered(sheet: Sheet, serial: str) -> Sheet:
    """A filled copy with its number in place."""

    def put(cells: Mapping[str, Printed]) -> dict[str, Printed]:
        return {n: replace(c, text=c.text.replace(NUMBER, serial)) if NUMBER in c.text else c for n, c in cells.items()}

    return replace(sheet, cells=put(sheet.cells), rows={n: [put(r) for r in rows] for n, rows in sheet.rows.items()}, serial=serial)


def range_of(serials: Sequence[str]) -> str:
    """As in 编号 …AP00001 至 …AP00020."""
    return serials[0] if len(serials) == 1 else f"{serials[0]} 至 {serials[-1]}"


@contextmanager
def told(serials: Sequence[str]) -> Iterator[None]:
    """Whatever stops a paper in here also says which numbers are spent."""
    try:
        yield
    except (RuleError, KnownError) as e:
        raise type(e)(e.code, f"{e.sentence}编号 {range_of(serials)} 已取用，不再使用。") from e


def log(desk: Desk, what: Form, copies: Sequence[tuple[Subject, Sheet]], count: int, then: Callable[[], object] = lambda: None) -> None:
    """One record for each copy, with what stood on it. count: how many of each are printed.

    Whom a list names is in the audit log, by ids: one entry for each of them, whatever else is known of the list.
    then: the last step of the same transaction, such as writing the file: when it fails nothing is logged.
    """
    today = local_date().isoformat()
    news = []
    for s, sheet in copies:
        cells = {
            "serial": Cell.of(sheet.serial), "form": Cell.of(what.title), "edition": Cell.of(what.valid_from),
            "person_id": Cell.of(s.person.id if s.person else None), "request_id": Cell.of(s.request.id if s.request else None),
            "copies": Cell.of(count), "by": Cell.of(desk.account), "on": Cell.of(today), "sheet": Cell.of(_kept(what, sheet)),
        }  # fmt: skip
        owner = s.request or s.person
        news.append(New(cells, owner.village if owner else ""))
    with desk.store.write(desk.account, f"打印{what.title}") as unit:
        made = unit.create_many("paper", news)
        unit.audit("print", "paper", "", {"form": what.code, "count": len(news), "copies": count})
        for paper, (_s, sheet) in zip(made, copies, strict=True):
            named = dict.fromkeys(row["id"].text for rows in sheet.rows.values() for row in rows if "id" in row)
            audit.append_each(unit.conn, unit.actor, "print", ((what.entity, record, {"paper": paper}) for record in named))
        then()


def _kept(what: Form, sheet: Sheet) -> str:
    def pack(cells: Mapping[str, Printed]) -> dict[str, list[str]]:
        return {n: [c.label, c.text, c.state, c.origin] for n, c in cells.items()}

    return canonical({
        "form": what.code, "edition": what.valid_from, "name": sheet.name, "cells": pack(sheet.cells),
        "rows": {n: [pack(r) for r in rows] for n, rows in sheet.rows.items()},
        "pictures": {n: base64.b64encode(p).decode() for n, p in sheet.pictures.items()},
    })  # fmt: skip


def _opened(serial: str, text: str) -> tuple[Form, Sheet]:
    """The form and the copy of a paper that was kept. Raises RuleError when the form is not the one it was."""
    kept = parse_json(text)

    def unpack(cells: Mapping[str, Sequence[str]]) -> dict[str, Printed]:
        return {n: Printed(*c) for n, c in cells.items()}

    try:
        what: Form | None = get(kept["form"], kept["edition"])
    except KeyError:
        what = None
    if what is None or what.valid_from != kept["edition"]:
        raise RuleError(
            "print.edition", f"{serial} 是按 {kept['edition']} 的版式打印的，本机现在没有这个版式，重打出来不会与原件一样，没有打印。"
            "请用原来留存的 PDF，或者重新编号打印。",
        )  # fmt: skip
    rows = {n: [unpack(r) for r in rows] for n, rows in kept["rows"].items()}
    pictures = {n: base64.b64decode(p) for n, p in kept["pictures"].items()}
    return what, Sheet(unpack(kept["cells"]), rows, serial, pictures, kept["name"], reprint=True)


def latest(desk: Desk, text: str = "", limit: int = 200) -> list[Paper]:
    """What was printed lately, newest first. text: parts of the serial, of the form's title or of the name of a person whom
    it is about or names in a list."""
    paper, person, request = (ENTITIES[n].table for n in ("paper", "person", "request"))
    query = (
        select(paper.c.id, paper.c.serial, paper.c.form, paper.c.on, paper.c.by, person.c.name, paper.c.copies, paper.c.person_id,
               paper.c.request_id, paper.c.sheet.is_not(None).label("kept"))
        .outerjoin(person, person.c.id == paper.c.person_id)
        .where(paper.c.deleted.is_(False)).order_by(paper.c.born.desc(), paper.c.id.desc()).limit(limit)
    )  # fmt: skip
    with desk.store.read() as conn:
        for word in text.split():
            named = person.c.name.contains(word, autoescape=True)
            theirs = select(request.c.id).join(person, person.c.id == request.c.person_id).where(named)
            query = query.where(
                paper.c.serial.contains(word, autoescape=True) | paper.c.form.contains(word, autoescape=True) | named
                | paper.c.id.in_(lists_of(conn, select(person.c.id).where(named).union(theirs)))
            )  # fmt: skip
        found = conn.execute(query).all()
        again: dict[str, tuple[int, str]] = {}
        for start in range(0, len(found), _PARTS):
            ids = [f.id for f in found[start : start + _PARTS]]
            counted = select(AUDIT.c.entity_id, func.count(), func.max(AUDIT.c.at)).where(
                AUDIT.c.entity_id.in_(ids), AUDIT.c.action == "reprint"
            )
            again |= {i: (n, at) for i, n, at in conn.execute(counted.group_by(AUDIT.c.entity_id))}
    return [
        Paper(f.id, f.serial, f.form, f.on or "", f.by or "", f.name or "", f.copies or 1, f.person_id or "", f.request_id or "",
              *_times(again.get(f.id)), bool(f.kept))
        for f in found
    ]  # fmt: skip


def lists_of(conn: Connection, records: Sequence[str] | SelectBase) -> set[str]:
    """Ids of the lists that were printed here and name one of these people or requests (their ids)."""
    named = (AUDIT.c.entity_id.in_(records), AUDIT.c.action == "print", AUDIT.c.entity.in_(("person", "request")))
    return {parse_json(detail)["paper"] for detail in conn.execute(select(AUDIT.c.detail).where(*named).distinct()).scalars()}


def _times(again: tuple[int, str] | None) -> tuple[int, str]:
    return (again[0], parse_stamp(again[1]).astimezone(CHINA).date().isoformat()) if again else (0, "")


def reprint(desk: Desk, ids: Sequence[str], out: Path, *, copies: int = 1, progress: Progress | None = None) -> list[str]:
    """The same papers with the same numbers and words, marked 重打; returns their serials. Each is logged as a reprint."""
    what, serials, data = _again(desk, ids, progress)
    with desk.store.write(desk.account, f"重打{what.title}") as unit:
        for i in ids:
            unit.audit("reprint", "paper", i, {"form": what.code, "copies": copies})
        keyfile.write_atomically(out, data)
    return serials


def look_again(desk: Desk, ids: Sequence[str]) -> bytes:
    """What reprint would print."""
    return _again(desk, ids, None)[2]


def _again(desk: Desk, ids: Sequence[str], progress: Progress | None) -> tuple[Form, list[str], bytes]:
    table = ENTITIES["paper"].table
    found: dict[str, tuple[str, str | None]] = {}
    with desk.store.read() as conn:
        for start in range(0, len(ids), _PARTS):
            query = select(table.c.id, table.c.serial, table.c.sheet).where(table.c.id.in_(list(ids[start : start + _PARTS])))
            found |= {r.id: (r.serial, r.sheet) for r in conn.execute(query)}
    if not found:
        raise RuleError("print.nobody", "请先在打印记录里选择要重打的文书。")
    chosen = [found[i] for i in ids]
    lacking = next((serial for serial, text in chosen if not text), "")
    if lacking:
        raise RuleError(
            "print.not_kept", f"本机没有存下 {lacking} 的内容（在别的电脑上打印，或者升级以前打印的），不能原样重打。"
            "请在打印它的电脑上重打，或者重新编号打印。",
        )  # fmt: skip
    opened = [_opened(serial, text or "") for serial, text in chosen]
    what = opened[0][0]
    if any(form.code != what.code or form.valid_from != what.valid_from for form, _sheet in opened):
        raise RuleError("print.mixed", "选中的不是同一种文书，或者版式不同，请分别重打。")
    return what, [serial for serial, _text in chosen], draw(desk, what, [sheet for _form, sheet in opened], progress)
