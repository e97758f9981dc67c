"""The texts of notices and letters: shipped ones, the office's own in their place, filled for each person.

A text belongs to a form and to one of its asks (forms.base.Ask). It is a template (placeholders.py), whose words are said
here: PLACES and LISTS. The office's own texts are local settings, one a form: they belong to this PC and its letterhead.

To add a word: one line in PLACES with its cell (a filler in filling/ when it is not a record's field).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from forms.base import Ask, Form
from forms.base import Subject as About
from forms.registry import all_forms
from models.errors import RuleError
from models.services import filling, requests
from models.services.desk import Desk, get_setting, office_name
from models.services.filling import Subject
from models.services.people import records
from models.services.placeholders import LONGEST, Said, Value, Wrong, check, fill
from models.store import settings
from resources import letters as shipped

_OFFICE = {
    "机构": "office.name", "落款": "office.sign", "窗口电话": "office.phone", "监督电话": "office.supervision_phone",
    "窗口地址": "office.address", "经办人": "account.name", "日期": "paper.date", "通知编号": "paper.serial",
}  # fmt: skip
_PERSON = {
    "姓名": "person.name", "称谓": "person.courtesy", "村": "person.village_short", "村委会": "person.village",
    "电话": "person.phone", "地址": "person.address", "务工地": "person.out_place", "务工单位": "person.employer",
}  # fmt: skip
_REQUEST = {
    "事项": "request.item", "受理编号": "request.number", "提出日期": "request.received_on", "办结期限": "request.due_on",
}  # fmt: skip
# Word → cell, by what a copy is about. The words of a person are none of a paper that goes to all alike.
PLACES: Mapping[About, Mapping[str, str]] = {
    "request": {**_PERSON, **_REQUEST, **_OFFICE}, "person": {**_PERSON, **_OFFICE},
    "requests": _OFFICE, "people": _OFFICE, "list": _OFFICE,
}  # fmt: skip
# Words of a list, for {% for 项 in 诉求 %}.
LISTS: Mapping[About, tuple[str, ...]] = {"request": ("诉求",), "person": ("诉求",), "requests": (), "people": (), "list": ()}
# What the office has not said of itself is a line to write on, on a paper that it gives out.
_LINE = "________________"
_WORKED_ON = frozenset(requests.OPEN) - {"submitted", "supplement"}
_GOVERNED = ("乡", "镇", "县", "区", "市")  # they sign as their government; a village, a 街道 or a bureau has a name of its own


@dataclass(frozen=True, slots=True)
class Part:
    """One text of a letter. name: of the form's ask; text: the office's own, or the shipped one; lines: of its box."""

    name: str
    label: str
    lines: int
    text: str


@dataclass(frozen=True, slots=True)
class Letter:
    """The texts of one form. own: this office has changed them. places, lists: the words that may stand in them."""

    code: str
    title: str
    own: bool
    parts: tuple[Part, ...]
    places: tuple[str, ...]
    lists: tuple[str, ...]


def every(desk: Desk) -> tuple[Letter, ...]:
    """The forms whose texts can be changed, in order of code."""
    return tuple(_letter(desk, form) for form in _templated().values())


def one(desk: Desk, code: str) -> Letter:
    return _letter(desk, _form(code))


def texts(desk: Desk, code: str) -> dict[str, str]:
    """Name of the ask → its text, as this office has it; {} for a form without texts."""
    return {**shipped.texts(code), **_own(desk, code)} if code in _templated() else {}


def save(desk: Desk, code: str, said: Mapping[str, str]) -> Letter:
    """Keep these texts as the office's own. Raises RuleError letter.* naming the text, the line and the word; then nothing
    is kept. What says the same as the shipped text is none of its own."""
    form = _form(code)
    strange = said.keys() - shipped.texts(code).keys()
    if strange:
        raise RuleError("letter.part", f"“{form.title}”没有“{min(strange)}”这一段文字。没有保存。")
    refuse_wrong(form, said, "没有保存。")
    asks = {a.name: a for a in form.asks}
    for name, text in said.items():
        if asks[name].required and not text.strip():
            raise RuleError("letter.empty", f"{asks[name].label}不能为空；要用随程序提供的文字，请按“恢复原文”。没有保存。")
    kept = {**_own(desk, code), **said}
    _keep(desk, form, {name: text for name, text in kept.items() if text != shipped.texts(code)[name]})
    return one(desk, code)


def restore(desk: Desk, code: str) -> Letter:
    """The shipped texts again."""
    _keep(desk, _form(code), {})
    return one(desk, code)


def trouble(code: str, name: str, text: str) -> str:
    """What is wrong with one text of a form, as a sentence; '' when nothing is. For the check while it is typed."""
    form = _form(code)
    try:
        refuse_wrong(form, {name: text}, "")
    except RuleError as error:
        return error.sentence
    return ""


def refuse_wrong(form: Form, said: Mapping[str, str], after: str) -> None:
    """Raises RuleError print.placeholder for the first text that cannot be filled. after: what did not happen, then."""
    labels = {a.name: a.label for a in form.asks}
    for name, text in said.items():
        try:
            check(text, PLACES[form.subject], LISTS[form.subject])
        except Wrong as wrong:
            raise _refusal(labels.get(name, name), wrong, after) from None


def _refusal(label: str, wrong: Wrong, after: str) -> RuleError:
    return RuleError("print.placeholder", f"{label}{wrong.sentence}。{after}")


def filled(subject: Subject, form: Form, ask: Ask, text: str) -> str:
    """One text of a paper, for whom it is about."""
    places = PLACES[form.subject]

    def value(word: str) -> Value:
        if word not in places:
            return _requested(subject)
        name = places[word]
        return Said(filling.cell(subject, name), _LINE if name.startswith("office.") else "")

    try:
        return fill(text, value, places, LISTS[form.subject])
    except Wrong as wrong:
        raise _refusal(ask.label, wrong, "没有打印。") from None


def sign(desk: Desk) -> str:
    """The name under which the office signs: what it has set, or what offices of its kind sign as."""
    name = office_name(desk)
    return str(get_setting(desk, "office.sign") or "") or (f"{name}人民政府" if name.endswith(_GOVERNED) else name)


def _requested(subject: Subject) -> list[str]:
    """The names of the items that the office works on for the person or has answered, each once: not what it has yet to
    accept, has refused or has closed, of which no letter may say that it is being dealt with."""
    if subject.person is None:
        return []
    found = records(subject.desk, requests.ids(subject.desk, person_id=subject.person.id), "request").values()
    return list(dict.fromkeys(requests.item_of(subject.desk, request).name for request in found if request.state in _WORKED_ON))


def _templated() -> dict[str, Form]:
    return {form.code: form for form in all_forms() if form.code in shipped.codes()}


def _form(code: str) -> Form:
    found = _templated().get(code)
    if found is None:
        named = "、".join(f.title for f in _templated().values())
        raise RuleError("letter.unknown", f"“{code}”没有可以修改的文字。可以修改的有：{named}。")
    return found


def _key(code: str) -> str:
    return f"letter.{code}"


def _own(desk: Desk, code: str) -> dict[str, str]:
    """The office's own texts; one whose ask a newer program no longer has is left out."""
    found = get_setting(desk, _key(code))
    kept = found if isinstance(found, dict) else {}
    return {name: str(text) for name, text in kept.items() if name in shipped.texts(code)}


def _keep(desk: Desk, form: Form, own: Mapping[str, str]) -> None:
    with desk.store.write(desk.account, f"修改{form.title}模板") as unit:
        settings.put(unit.conn, _key(form.code), dict(own) or None)
        unit.audit("letter", "", "", {"form": form.code, "own": len(own)})


def _letter(desk: Desk, form: Form) -> Letter:
    said, own = texts(desk, form.code), _own(desk, form.code)
    parts = tuple(Part(a.name, a.label, a.lines, said[a.name]) for a in form.asks if a.name in said)
    return Letter(form.code, form.title, bool(own), parts, tuple(PLACES[form.subject]), LISTS[form.subject])


__all__ = [
    "LISTS", "LONGEST", "PLACES", "Letter", "Part", "every", "filled", "one", "refuse_wrong", "restore", "save", "sign", "texts", "trouble",
]  # fmt: skip
