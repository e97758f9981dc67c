"""What a printed form is made of: cells in, pages out. A form adds layout, never data.

A form names the cells it wants; the printing service fills a Sheet with them, and with nothing it does not know.
Names of cells are dotted. Those in use:

person.    name sex id_number phone village address; age (周岁 on the day of the paper) village_short place (县乡村)
household. a field of the household the person is in
contact.   a field of the latest contact with the person; blank when there is none
request.   number item kind (诉求类型) service (承诺件 or 即办件) text urgency channel limit (承诺时限, 工作日, or '当场办结') received_on due_on
           due_forecast ('按预测日历' or '') materials_note handling (办理经过) reply result satisfaction
           due_listed outcome called_on called_by answered: in a list, where what is not there yet is left white
           state overdue (超期工作日) handler (承办单位) ground (设定依据) received_count (已收材料件数)
supplement. on text by forecast: of the last 补正; refusal. on text: of the last 不予受理
reply.     text; lines of it are parted by newlines
referral.  bureau sent_on due_on due_forecast ask answer answered_on answered_by
public.    period date sign total: of a 村级公示
people.    chosen (how many were chosen for a list that does not take them all)
office.    name phone supervision_phone address county_government
account.   name
paper.     date
field.     NAME: a field of the request's item, by its name in the item's TOML
ask.       NAME: typed for this paper (Form.asks)
notice.    mark (发文机关标志) number (发文字号) title to body sign date sealed ('是' or '否') attachments copies (抄送)
           print_office print_date signer (签发人); lines of a text are parted by newlines
rows:      request.materials {name, given ('是' or '否'), required ('是' or '否'), note}
           request.steps {date, office, what, by}
           request.callbacks {date, by, satisfaction, text}
           request.delivered {name, serial, copies, date}: papers given out that no 送达回证 has named yet
           family, family.needs {no relation sex age where (school or work) and any field of a member}
           contact.earlier, contacts {no, any field of a contact; with a dot the person's}
           public.people {no, name, village, words, sum}
           people.inside, people.outside: of the people chosen, those of that ledger, with the cells of people
           people, requests {no, and any cell: without a dot the person's or the request's own}
           a row that is about a person or a request also has its id, which no form prints
pictures:  photo (the person's 证件照)

To add a form you must 1. write forms/papers/<noun>.py with a FORM (or FORMS) of the type below; 2. give it a sample
of invented people that fills every cell it wants; 3. have the printing service fill any cell that is not simply a
record's field; 4. make its golden text (tests/forms/test_golden.py) and the book (./run specimens) anew, looking at both.
Tests fail when a step is missing; the print menu fills itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from forms.typeset.chains import clean

if TYPE_CHECKING:  # the canvas is loaded when the first paper is drawn
    from forms.typeset.page import Press

State = Literal["k", "n", "u", "r", "v"]
# What one copy is about: a request or a person each; many in one list; nothing that is recorded.
Subject = Literal["request", "person", "requests", "people", "list"]


@dataclass(frozen=True, slots=True)
class Cell:
    """label: the Chinese heading; text: the value as people read it.

    state: k known, n 不适用, u 未采集, r 拒绝提供, v 待核实 (may hold a text). origin: where the value comes from.
    """

    label: str
    text: str
    state: str = "k"
    origin: str = ""


Rows = Mapping[str, Sequence[Mapping[str, Cell]]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The data of one copy. serial: the number of the paper, '' when it has none. pictures: JPEG or PNG files by name.

    name: under which the reader's side bar lists the copy, '' when it does not. reprint: every page says that it is one.
    """

    cells: Mapping[str, Cell]
    rows: Rows = field(default_factory=dict)
    serial: str = ""
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    name: str = ""
    reprint: bool = False

    def cell(self, name: str) -> Cell:
        """The cell, or an uncollected one: a form never finds out by an error that nobody asked."""
        return self.cells.get(name) or Cell("", "", "u")

    def text(self, name: str) -> str:
        """The cell as words, its state said in them; for running text and drawn parts."""
        return words(self.cell(name))

    def known(self, name: str) -> str:
        """The value when there is one to print (known or to be verified), else ''."""
        cell = self.cell(name)
        return cell.text if cell.state in ("k", "v") else ""

    def each(self, name: str) -> Sequence[Mapping[str, Cell]]:
        return self.rows.get(name, ())

    def cleaned(self) -> Sheet:
        """The same sheet with texts as they can be set (chains.clean)."""
        rows = {name: [_cleaned(row) for row in rows] for name, rows in self.rows.items()}
        return replace(self, cells=_cleaned(self.cells), rows=rows, serial=clean(self.serial), name=clean(self.name))

    def texts(self) -> list[str]:
        """Every text of the sheet, for the check of glyphs."""
        found = [part for cell in self.cells.values() for part in (cell.label, cell.text)]
        for rows in self.rows.values():
            found += [part for row in rows for cell in row.values() for part in (cell.label, cell.text)]
        return [*found, self.serial]


def _cleaned(cells: Mapping[str, Cell]) -> dict[str, Cell]:
    return {
        name: cell if (text := clean(cell.text)) == cell.text else replace(cell, text=text)
        for name, cell in cells.items()
    }


STATE_WORDS: Mapping[str, str] = {"n": "不适用", "u": "未采集", "r": "拒绝提供"}
TO_VERIFY = "（待核实）"


def words(cell: Cell) -> str:
    """The five states in words. A known empty text stays empty; nothing is ever put in for a value."""
    if cell.state == "k":
        return cell.text
    if cell.state == "v":
        return cell.text + TO_VERIFY
    return STATE_WORDS[cell.state]


@dataclass(frozen=True, slots=True)
class Ask:
    """What the user types for this paper, because no record holds it.

    name: the cell it fills (one of the form's wants); lines: of the box it is typed in; proposed: what stands there until
    somebody says otherwise; required: without it the paper takes no number. choices: what it is chosen from, 'items' (those of
    the catalogue that are in force) or a code table; the label or the code may be said.
    """

    name: str
    label: str
    lines: int = 1
    proposed: str = ""
    required: bool = False
    choices: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """One printed form.

    code: lower-case words joined by dots, stable; title: Chinese; edition: as the office names it; valid_from: ISO day.
    subject: what one copy is about. wants, row_wants: names of cells, and of the cells of each row; asks: those that are typed. render draws one
    copy, beginning with press.page(). sample gives a sheet that fills all of it. public: it is put up, or goes round, where others read it,
    so every number that names a person is masked before it is drawn, whoever fills the sheet (masking.py). must: groups of
    cells; of each group one must be known, or the paper would say what never happened, and is refused.
    paper: what its pages are printed on, upright or turned. each: 'referral' when a request gets a copy for each of its referrals; the user still chooses requests. pictures: names of
    those it has a frame for; each is filled or, when there is none, left empty.
    """

    code: str
    title: str
    edition: str
    valid_from: str
    subject: Subject
    wants: tuple[str, ...]
    row_wants: Mapping[str, tuple[str, ...]]
    render: Callable[[Press, Sheet], None]
    sample: Callable[[], Sheet]
    public: bool = False
    asks: tuple[Ask, ...] = ()
    must: tuple[tuple[str, ...], ...] = ()
    each: Literal["", "referral"] = ""
    pictures: tuple[str, ...] = ()
    paper: Literal["A4", "A3", "DL"] = "A4"

    @property
    def entity(self) -> str:
        """Which kind of record a copy, or a line of a list, is about."""
        return "request" if self.subject in ("request", "requests") else "person"
