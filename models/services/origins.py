"""Where what stands on a paper comes from: each cell of a copy with its state and its source, and the record that holds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forms.base import Cell as Printed
from forms.base import words
from forms.masking import mask
from models.fields import State
from models.services import filling, printing, specs
from models.services.desk import Desk
from models.services.filling import Subject

_SAID = {"office": "本机构的设置", "account": "登录的账号", "paper": "打印时"}
_OF_REQUEST = ("request", "field", "supplement", "refusal", "reply", "referral")


@dataclass(frozen=True, slots=True)
class Origin:
    """One cell. text: in words, masked as on the screen; source: where it comes from; verified: ISO day, '' when nobody did.

    entity, record_id: the record to open for it; ('settings', '') when it is a setting, ('', '') when there is nothing.
    """

    label: str
    text: str
    state: str
    source: str = ""
    verified: str = ""
    entity: str = ""
    record_id: str = ""


_ORDER = {"u": 0, "v": 1}


def of_copy(desk: Desk, code: str, ids: Sequence[str], extra: Mapping[str, str], copy: int) -> list[Origin]:
    """Of that copy, from 0: 未采集 first, then 待核实, then the others as the form names them. Of rows only what is lacking."""
    what = printing.form(code)
    chosen = printing.subjects(desk, what, ids, extra)
    s = chosen[min(copy, len(chosen) - 1)]
    sheet, asked = printing.sheet(s, what), {a.name: a.label for a in what.asks}
    found = [_asked(label, sheet.cell(name)) for name, label in asked.items()]
    found += [_cell(s, name, sheet.cell(name)) for name in what.wants if name not in asked]
    found += [_picture(s, name) for name in what.pictures]
    found = [o for o in found if o.text]  # an ask left empty, or what is known to be nothing, is no gap of a record
    for name, rows in sheet.rows.items():
        for n, row in enumerate(rows):
            whose = (what.entity, row["id"].text) if "id" in row else _record(s, name)
            found += [
                Origin(f"第 {n + 1} 行 {cell.label}", words(cell), cell.state, "", "", *whose)
                for cell in row.values() if cell.state == State.UNCOLLECTED
            ]  # fmt: skip
    return sorted(found, key=lambda o: _ORDER.get(o.state, 2))


def _asked(label: str, cell: Printed) -> Origin:
    return Origin(label, words(cell), cell.state, "这次填写")


def _cell(s: Subject, name: str, cell: Printed) -> Origin:
    entity, _, field = name.partition(".")
    record = {"person": s.person, "request": s.request}.get(entity)
    if record is not None and filling.filler(name) is None:
        spec = specs.by_name(entity, field)
        source, verified = record.origin(field)
        return Origin(spec.label, specs.show(spec, record.cell(field)), cell.state, source, verified[:10], entity, record.id)
    said = _SAID.get(entity, "由登记资料得出")
    return Origin(cell.label or name, mask(words(cell)), cell.state, said if cell.state != "u" else "", "", *_record(s, name))


def _picture(s: Subject, name: str) -> Origin:
    """Of a picture: the attachment that it is, and what keeps it from being printed."""
    found = filling.picture(s, name)
    cell = Printed(found.label, found.title, "k" if found.title else "u")
    return Origin(found.label, words(cell), cell.state, found.why or ("人员的附件" if found.title else ""), "", *_record(s, "person"))


def _record(s: Subject, name: str) -> tuple[str, str]:
    """What to open to put something right there."""
    entity = name.partition(".")[0]
    if entity in _SAID:
        return ("settings" if entity == "office" else "", "")
    if s.request is not None and (entity in _OF_REQUEST or s.person is None):
        return ("request", s.request.id)
    return ("person", s.person.id) if s.person is not None else ("", "")
