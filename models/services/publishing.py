"""What the county desk publishes: editions of items (事项) and days of the calendar. Sync brings them to every office
below; a case keeps the edition it was begun under, and an open case is counted again when a day of its term is settled.

To publish is to write records that only a county may write, so it is audited and can be undone like any other act.
A withdrawn edition is in force on no day and still answers for the cases that were begun under it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from models import catalog, scope
from models.base import CHINA, hlc_moment, local_date
from models.catalog import reading, writing
from models.errors import KnownError, RuleError, reason, toml_place
from models.records import Cell, Record, canonical
from models.services.desk import Desk
from models.services.people import must_get, refuse_wrong
from models.store import rows, rules
from models.tables import ENTITIES

UNCHANGED = "请改好后重新发布；事项目录没有改动。"


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of an item. state: now, later, past or withdrawn. record_id, by (account) and at (local time) are ''
    for an edition that came with the program; by and at of a withdrawn one say who took it back, and when. own: whether
    this office's county (or city) published it, and may take it back."""

    item: catalog.Item
    state: str
    record_id: str = ""
    by: str = ""
    at: str = ""
    own: bool = False

    @property
    def key(self) -> str:
        return f"{self.item.code}@{self.item.edition}"


def may_publish(desk: Desk) -> bool:
    return desk.level in (scope.Level.COUNTY, scope.Level.CITY)


def must_publish(desk: Desk) -> None:
    if not may_publish(desk):
        raise RuleError("publish.level", "事项目录和工作日历由县级或市级发布，本机构不能发布。如需修改，请向县专班提出。")


def editions(desk: Desk) -> list[Edition]:
    """Every edition of every item, by group and code, the newest of an item first."""
    table, today = ENTITIES["amendment"].table, local_date()
    with desk.store.read() as conn:
        found = list(rules.catalogue(conn, desk.office))
        query = select(table).where(rules.published_to("amendment", desk.office)).order_by(table.c.county, table.c.born)
        records = [rows.to_record(ENTITIES["amendment"], r) for r in conn.execute(query).mappings()]
    by_key = {(r.item, r.valid_from, bool(r.deleted)): r for r in records}
    order = {code: n for n, code in enumerate(dict.fromkeys(i.code for i in found))}
    made = [_edition(desk, i, by_key.get((i.code, i.edition, i.withdrawn)) if i.amended else None, today) for i in found]
    return sorted(sorted(made, key=lambda e: e.item.valid_from, reverse=True), key=lambda e: order[e.item.code])


def _edition(desk: Desk, item: catalog.Item, record: Record | None, today: date) -> Edition:
    state = "withdrawn" if item.withdrawn else "now" if item.holds(today) else "later" if item.valid_from > today else "past"
    if record is None:
        return Edition(item, state)
    return Edition(item, state, record.id, record.changed_by, when(record), is_own(desk, record))


def is_own(desk: Desk, record: Record) -> bool:
    """Whether what is published is this office's county's (or city's) own word; the server lets nobody else change it."""
    return bool(record.county == desk.office[:6])


def when(record: Record) -> str:
    """The local time of a record's last change, 'YYYY-MM-DD HH:MM'."""
    return hlc_moment(record.changed).astimezone(CHINA).strftime("%Y-%m-%d %H:%M")


def differences(before: catalog.Item, now: catalog.Item) -> list[str]:
    """What an edition changes of the one before it, a phrase each."""
    pairs = [
        ("名称", before.name, now.name),
        ("承诺时限", f"{before.clock.days} 个工作日", f"{now.clock.days} 个工作日"),
        ("受理期限", f"{before.clock.acceptance} 个工作日", f"{now.clock.acceptance} 个工作日"),
        ("补正期限", supplement(before.clock), supplement(now.clock)),
        ("依据", before.ground, now.ground),
    ]
    found = [f"{label}由“{old}”改为“{new}”" for label, old, new in pairs if old != new]
    parts = [
        ("材料", [m.name for m in before.materials], [m.name for m in now.materials]),
        ("填写内容", [f.label for f in before.fields], [f.label for f in now.fields]),
    ]
    for label, olds, news in parts:
        found += [f"{label}增加“{name}”" for name in news if name not in olds]
        found += [f"{label}取消“{name}”" for name in olds if name not in news]
    return found


def supplement(clock: catalog.Clock) -> str:
    return f"{clock.supplement} 个{'工作日' if clock.supplement_unit == 'work' else '自然日'}"


_OPTIONAL = "（可缺）"


def materials_text(item: catalog.Item) -> str:
    """The materials as a clerk edits them, a line each: 名称（可缺）｜说明."""
    return "\n".join(m.name + ("" if m.required else _OPTIONAL) + (f"｜{m.note}" if m.note else "") for m in item.materials)


def materials_of(text: str) -> list[dict[str, Any]]:
    """What materials_text() said, as an edition holds it."""
    found = []
    for line in text.splitlines():
        name, _, note = (part.strip() for part in line.replace("|", "｜").partition("｜"))
        if name:
            optional = name.replace("(", "（").replace(")", "）").endswith(_OPTIONAL)
            found.append({"name": name[: -len(_OPTIONAL)].strip() if optional else name, "required": not optional, "note": note})
    return found


def text_of(path: Path) -> str:
    """The text of a file. Raises KnownError when it cannot be read."""
    try:
        return decoded(path.read_bytes())
    except OSError as e:
        raise KnownError("file.read", f"无法读取 {path}：{reason(e)}。请核对文件名。") from e


def decoded(raw: bytes) -> str:
    """A text as offices save them: UTF-8, or else GB 18030."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("gb18030", errors="replace")


def read(desk: Desk, text: str, name: str, *, new: bool = False) -> list[catalog.Item]:
    """The editions of an amendment (TOML in the shape of models/catalog/items.py), checked against what is in force.

    new: items with codes that the catalogue does not know are meant to be new ones. Raises RuleError naming file,
    place and what to do.
    """
    with desk.store.read() as conn:
        return [item for item, _body in _checked(conn, desk.office, _structure(text, name), name, new=new)]


def amend(desk: Desk, text: str, name: str, *, new: bool = False) -> list[Record]:
    """Publish the editions of an amendment; nothing is stored when one of them is wrong. See read()."""
    must_publish(desk)
    return _publish(desk, _structure(text, name), name, new=new)


def amend_figures(desk: Desk, code: str, valid_from: str, figures: Mapping[str, Any]) -> list[Record]:
    """Publish a newer edition of one item that differs from its newest in some figures: keys of the edition (ground,
    source, hint, materials as [{name, required, note}]) and of its clock (days, acceptance, supplement, ...)."""
    must_publish(desk)
    with desk.store.read() as conn:
        item = rules.catalogue(conn, desk.office).item(code)
    data = {**writing.to_data(item), "valid_from": valid_from}
    data.pop("valid_to", None)
    for key, value in figures.items():
        (data["clock"] if key in data["clock"] else data)[key] = value
    return _publish(desk, {"edition": [data]}, f"“{item.name}”的修订")


def withdraw(desk: Desk, amendment_id: str) -> None:
    """Take a published edition back: from now on the edition before it is in force again."""
    must_publish(desk)
    record = must_get(desk, amendment_id, "amendment")
    if record.deleted:
        raise RuleError("publish.gone", "这一版已经撤回。")
    if not is_own(desk, record):
        raise RuleError("publish.above", "这一版由市级发布，本级不能撤回。需要撤回的，请向市级提出；本级可以另行发布更晚生效的版本。")
    with desk.store.write(desk.account, "撤回事项修订") as unit:
        unit.delete("amendment", amendment_id)
        unit.audit("withdraw", "amendment", amendment_id, {"item": record.item, "valid_from": record.valid_from})


def _publish(desk: Desk, data: Mapping[str, Any], name: str, *, new: bool = False) -> list[Record]:
    made = []
    with desk.store.write(desk.account, "发布事项修订") as unit:
        for item, body in _checked(unit.conn, desk.office, data, name, new=new):
            cells = {"item": Cell.of(item.code), "valid_from": Cell.of(item.edition), "body": Cell.of(body)}
            refuse_wrong("amendment", cells)
            made.append(unit.create("amendment", cells))
            unit.audit("publish", "amendment", made[-1], {"item": item.code, "valid_from": item.edition})
    return [must_get(desk, i, "amendment") for i in made]


def _structure(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RuleError(
            "catalog.toml",
            f"{name} {toml_place(error)}不合 TOML 写法（文字要加引号，日期写成 2027-01-01，一项一行）。{UNCHANGED}",
        ) from None


def _checked(conn: Connection, place: str, data: Mapping[str, Any], name: str, *, new: bool) -> list[tuple[catalog.Item, str]]:
    """(edition, what is stored of it), each right by itself and beside what there is already at a place."""
    try:
        items = reading.read_data(data, name)
    except RuleError as error:
        raise RuleError(error.code, f"{error.sentence}{UNCHANGED}") from None
    newest = _newest(conn, place)
    found = []
    for n, (item, edition) in enumerate(zip(items, data.get("edition", [data]), strict=True), 1):
        where = f"{name} › edition[{n}]"
        before = newest.get(item.code)
        if before is None and not new:
            raise RuleError(
                "publish.unknown",
                f"{where} 的 code：目录中没有代码为“{item.code}”的事项。请核对代码；确是新增的事项，发布时请注明是新增。{UNCHANGED}",
            )
        if before is not None and item.valid_from <= before.valid_from:
            raise RuleError(
                "publish.past",
                f"{where} 的 valid_from：{item.edition} 不晚于“{before.name}”已有的 {before.edition} 版，"
                f"已按那一版办理的诉求不能改。请写更晚的生效日期。{UNCHANGED}",
            )
        _check_forms(where, item)
        newest[item.code] = item
        found.append((item, canonical(_plain(edition))))
    return found


def _newest(conn: Connection, place: str) -> dict[str, catalog.Item]:
    """The newest edition of each item at a place; a withdrawn one counts when cases may have been begun under it."""
    today = local_date()
    found: dict[str, catalog.Item] = {}
    for item in rules.catalogue(conn, place):
        if not (item.withdrawn and item.valid_from > today):
            found[item.code] = max(found.get(item.code, item), item, key=lambda i: i.valid_from)
    return found


def _check_forms(where: str, item: catalog.Item) -> None:
    from models.services import printing  # imported late: only publishing asks which papers there are

    there = [choice.code for choice in printing.menu()]
    wrong = next((form for form in item.forms if form not in there), None)
    if wrong or not item.forms:
        why = f"没有代码为“{wrong}”的文书" if wrong else "没有写文书"
        raise RuleError("publish.forms", f"{where} 的 forms：{why}。可用的有：{'、'.join(there)}。{UNCHANGED}")


def _plain(value: Any) -> Any:
    """The same structure with its dates as text, as it is stored and travels."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(v) for v in value]
    return value
