"""Papers: cells filled from records and put on paper (printed.py draws, numbers and logs). A form never sees a record.

A cell named entity.field is filled from the record's FieldSpec; what is not simply a field is filled by a function in the
package filling. To add a form: forms/base.py says how; add a filler only for a new kind of cell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from forms.base import Ask, Form, Sheet
from forms.base import Cell as Printed
from forms.base import Subject as About
from forms.registry import all_forms, get
from models.base import local_date
from models.catalog import flow
from models.errors import RuleError
from models.records import Record
from models.services import filling, letters, options, printed, requests, specs
from models.services.desk import Desk, get_setting
from models.services.filling import Subject
from models.services.options import Option
from models.services.people import must_get, records
from models.services.printed import Progress
from models.store.keyfile import write_atomically


@dataclass(frozen=True, slots=True)
class Choice:
    """A form in the print menu. asks: what the user types for it; paper: the size it is printed on (forms.base.Form)."""

    code: str
    title: str
    subject: About
    asks: tuple[Ask, ...] = ()
    paper: str = "A4"


def menu(subject: str = "") -> tuple[Choice, ...]:
    """The forms there are, all or those of a subject (forms.base.Subject)."""
    return tuple(
        Choice(f.code, f.title, f.subject, f.asks, f.paper)
        for f in all_forms(local_date().isoformat())
        if not subject or f.subject == subject
    )


def papers_of(desk: Desk, request: Record) -> tuple[Choice, ...]:
    """The forms about one request or a list of them, the one that is due in its state first (resources/catalog/flow.toml)."""
    there = {c.code: c for c in (*menu("request"), *menu("requests"))}
    due = flow.papers(request.state or "draft", requests.item_of(desk, request).forms)
    return tuple(there[code] for code in dict.fromkeys((*due, *there)) if code in there)


def due(desk: Desk, request_id: str) -> str:
    """The code of the form that a request's state asks for."""
    return papers_of(desk, records(desk, [request_id], "request")[request_id])[0].code


def form(code: str) -> Form:
    """Today's edition. Raises RuleError for a code that no form has."""
    try:
        return get(code, local_date().isoformat())
    except KeyError as e:
        raise RuleError("form.unknown", f"没有代码为“{code}”的文书。现有：{'、'.join(f.code for f in all_forms())}。") from e


def subjects(desk: Desk, what: Form, ids: Sequence[str], extra: Mapping[str, str]) -> list[Subject]:
    """One a copy: a form about people or requests in a list gets them all in one."""
    if what.subject == "list":
        return [Subject(desk, extra=extra)]
    if not ids:
        raise RuleError("print.nobody", "请先选择要打印的人员或诉求。")
    found = records(desk, ids, what.entity)
    lacking = [i for i in ids if i not in found]
    if lacking:
        raise RuleError("record.unknown", f"没有编号为 {lacking[0]} 的{specs.label(what.entity)}记录。")
    chosen = [found[i] for i in ids]
    if what.subject == "people":
        return [Subject(desk, extra=extra, people=chosen)]
    if what.subject == "person":
        return [Subject(desk, r, None, extra) for r in chosen]
    if what.subject == "requests":
        return [Subject(desk, extra=extra, requests=chosen)]
    people = records(desk, [r.person_id for r in chosen])
    one_each = [Subject(desk, people.get(r.person_id), r, extra) for r in chosen]
    return _each_referral(one_each) if what.each == "referral" else one_each


def _each_referral(subjects: Sequence[Subject]) -> list[Subject]:
    """A copy for each referral that waits for its answer; for all of a request's when none does: then they are for the file."""
    copies: list[Subject] = []
    for s in subjects:
        every = requests.referrals(s.desk, s.request.id) if s.request else []
        copies += [replace(s, referral=r) for r in [r for r in every if not r.answered_on] or every]
    if not copies:
        raise RuleError("print.no_referral", "选中的诉求还没有转办，没有可打印的转办单。请先在诉求页办理“转办”。")
    return copies


def sheet(subject: Subject, what: Form) -> Sheet:
    """The cells that a form wants, filled with what is known and with nothing else."""
    asked = {a.name: a for a in what.asks}
    extra = subject.extra or {}

    def typed(ask: Ask) -> Printed:
        said = letters.filled(subject, what, ask, extra.get(ask.name, ""))
        return Printed(ask.label, options.label(subject.desk, ask, said))

    cells = {name: typed(asked[name]) if name in asked else filling.cell(subject, name) for name in what.wants}
    rows = {name: filling.rows(subject, name, wants) for name, wants in what.row_wants.items()}
    pictures = {name: data for name in what.pictures if (data := filling.picture(subject, name).data)}
    return Sheet(cells, rows, subject.serial, pictures, name=(subject.person.name or "") if subject.person else "")


def proposed(desk: Desk, code: str) -> dict[str, str]:
    """What a notice says until somebody says otherwise, by cell name; places and hours are blanks to be filled in by hand."""
    wanted = form(code)
    said = {a.name: a.proposed for a in wanted.asks if a.proposed}
    if "notice.mark" in wanted.wants:
        sign = letters.sign(desk)
        said |= {
            "notice.mark": str(get_setting(desk, "office.letterhead") or "") or sign,
            "notice.sign": sign,
            "notice.date": specs.long_date(local_date()),
        }
    return said | letters.texts(desk, code)


def chosen_from(desk: Desk) -> dict[str, tuple[Option, ...]]:
    """Every list that something of a paper is chosen from, by its name in Ask.choices."""
    return {name: options.of(desk, name) for name in {a.choices for c in menu() for a in c.asks} - {""}}


def preview(
    desk: Desk, code: str, ids: Sequence[str], extra: Mapping[str, str] | None = None, progress: Progress | None = None
) -> bytes:
    """The PDF that would be printed, with serials not yet given. Raises RuleError naming what stops it."""
    what, extra = form(code), extra or {}
    chosen = subjects(desk, what, ids, extra)
    return printed.draw(desk, what, _fill(what, chosen, extra, half(progress, 0, len(chosen))), half(progress, 1, len(chosen)))


def half(progress: Progress | None, which: int, count: int) -> Progress | None:
    """The share of one of two walks over so many copies: first they are filled, then they are drawn."""
    return None if progress is None else lambda done, _all: progress(which * count + done, 2 * count)


def _refuse_early(what: Form, filled: Sheet) -> None:
    """A paper that tells of a step is not printed before the step is taken: nobody is told of what never happened."""
    for group in what.must:
        if not any(filled.known(name).strip() for name in group):
            labels = "或".join(dict.fromkeys(filled.cell(name).label.partition("（")[0] for name in group))
            of = f"{filled.known('person.name')}的“{filled.known('request.item')}”"
            raise RuleError("print.early", f"{of}还没有{labels}，不能打印{what.title}。请先在诉求页办理这一步，再打印。")


def _fill(what: Form, chosen: Sequence[Subject], extra: Mapping[str, str], progress: Progress | None) -> list[Sheet]:
    """Raises RuleError print.stopped when progress said so."""
    letters.refuse_wrong(what, extra, "没有打印。")
    sheets: list[Sheet] = []
    for s in chosen:
        sheets.append(sheet(s, what))
        _refuse_early(what, sheets[-1])
        if progress is not None and not progress(len(sheets), len(chosen)):
            raise RuleError("print.stopped", "已停止打印，没有生成文件，没有取用编号。")
    return sheets


def filled(
    desk: Desk, code: str, ids: Sequence[str], extra: Mapping[str, str], progress: Progress | None
) -> list[tuple[Subject, Sheet]]:
    """Every copy but for its number, and all of them can be drawn: what is wrong with one is said before a number is taken."""
    what = form(code)
    chosen = [replace(s, serial=printed.NUMBER) for s in subjects(desk, what, ids, extra)]
    sheets = _fill(what, chosen, extra, half(progress, 0, len(chosen)))
    printed.check(desk, sheets)
    return list(zip(chosen, sheets, strict=True))


def issue(
    desk: Desk,
    code: str,
    ids: Sequence[str],
    out: Path,
    extra: Mapping[str, str] | None = None,
    *,
    copies: int = 1,
    progress: Progress | None = None,
) -> list[str]:
    """Give each copy its serial, write one PDF of all and log it; returns the serials. Nothing is logged for a paper that stops.

    A serial is never reused: when the file cannot be written, which is tried out before, its numbers are spent, and the
    sentence says which.
    """
    ready = filled(desk, code, ids, extra or {}, progress)
    printed.check_place(out, len(ready))
    serials = printed.take(desk, len(ready))
    with printed.told(serials):
        done = [(s, printed.numbered(sheet, serial)) for (s, sheet), serial in zip(ready, serials, strict=True)]
        data = printed.draw(desk, form(code), [sheet for _s, sheet in done], half(progress, 1, len(done)))
        printed.log(desk, form(code), done, copies, lambda: write_atomically(out, data))
    return serials


def find_one(desk: Desk, code: str, record_id: str, text: str) -> list[str]:
    """Ids for the command line's --id or --find: exactly one record of the form's subject, or a RuleError."""
    from models.services.find import find

    entity = form(code).entity
    if record_id:
        return [must_get(desk, record_id, entity).id]
    found = find(desk, text, 200)
    hits = [h for h in found if h.kind == entity]
    if entity == "request" and not hits and found:
        owned = {i: h for h in found for i in requests.ids(desk, person_id=h.id)}
        if not owned:
            raise RuleError("find.no_request", f"“{text}”名下还没有诉求，请先登记诉求再打印。")
        hits = [replace(h, id=i) for i, h in owned.items()]
    if not hits:
        raise RuleError("find.none", f"没有找到“{text}”。")
    if len(hits) > 1:
        raise RuleError(
            "find.many",
            f"“{text}”找到 {len(hits)} 条，请用 --id 指明：" + "、".join(f"{h.name}（{h.id}）" for h in hits[:5]) + "。",
        )
    return [hits[0].id]
