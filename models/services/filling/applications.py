"""Cells of an application: what is reckoned from its own fields, the account, the spouse, lists typed line by line.

pay.     name bank account: where the money goes, as the request says it, else as the person's record does
spouse.  name id_number phone employer income: as the request says it, else the family member who is husband or wife
wan.     NAME: a sum of the item's own fields in 万元
apply.   capital (大写 of field.amount) county period area_total fees_total fees_granted granted granted_capital
rows:    apply.fees {name, vouchers, share, amount, granted}
         apply.policies {name, on, amount}, apply.history {when, where, what}: one line of a note each
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from forms.base import Cell as Printed
from models.records import Record
from models.services import people, requests
from models.services.filling import Subject, cell, fills, fills_prefix, fills_rows, of_record
from models.types import money
from resources import divisions

_SPOUSES = ("10", "11", "12")  # GB/T 4761: 配偶, 夫, 妻
_SPOUSE_FIELDS = {"name": "field.spouse", "id_number": "field.spouse_id"}
_FEES = (("property", "物业管理费"), ("cleaning", "卫生费"), ("rent", "房　租"), ("utilities", "水 电 费"))
_PAY = {"name": ("bank_name", "银行户名"), "bank": ("bank", "开户行"), "account": ("account", "银行账号")}
_NONE = ("无", "没有")
_UNASKED = Printed("", "", "u")


def _number(s: Subject, name: str) -> int | None:
    """A number among the request's answers; None when nobody said it."""
    value = requests.answers(s.request).get(name) if s.request else None
    return value if isinstance(value, int) else None


@fills_prefix("pay")
def _pay(s: Subject, name: str) -> Printed:
    answer, label = _PAY[name]
    said = cell(s, f"field.{answer}")
    if said.state == "k" or s.person is None:
        return said
    own = of_record("person", "bank_account" if answer == "account" else answer, s.person)
    # The name in the bank is asked for only where it differs from the one on the ID card; with no card known, none is.
    if answer == "bank_name" and own.state == "u" and s.person.bank_account:
        own = of_record("person", "name", s.person)
    return Printed(label, own.text, own.state, own.origin)


def _spouse(s: Subject) -> tuple[Record | None, Record | None]:
    """(the family member, the record of its own that it is linked to)."""
    if s.person is None:
        return None, None
    member = next((m for m in people.family(s.desk, s.person.id) if m.relation in _SPOUSES), None)
    linked = member.linked_person_id if member else None
    return member, people.records(s.desk, [linked]).get(linked) if linked else None


@fills_prefix("spouse")
def _spouse_cell(s: Subject, name: str) -> Printed:
    said = cell(s, _SPOUSE_FIELDS.get(name, f"field.spouse_{name}"))
    if said.state == "k":
        return said
    member, own = _spouse(s)
    named = cell(s, "field.spouse")
    if named.state == "k" and member and named.text != member.name:  # of another person nothing is taken over
        member, own = None, None
    found = [of_record("family_member", name, member)] if member and name != "income" else []
    found += [of_record("person", name, own)] if own else []
    return next((c for c in found if c.state != "u"), said if said.label else _UNASKED)


@fills_prefix("wan")
def _in_wan(s: Subject, name: str) -> Printed:
    said, cents = cell(s, f"field.{name}"), _number(s, name)
    if cents is None:
        return said
    wan = Decimal(cents) / 1_000_000
    return Printed(said.label, format(wan.normalize(), "f"), said.state, said.origin)


@fills("apply.capital", "大写")
def _capital(s: Subject) -> str | None:
    cents = _number(s, "amount")
    return None if cents is None else money.capital(cents)


@fills("apply.county", "所属县（市、区）")
def _county(s: Subject) -> str | None:
    village = (s.person.village if s.person else "") or s.desk.office
    found = divisions.get(village[:6])
    return found.name if found else None


@fills("apply.period", "费用期间")
def _period(s: Subject) -> str | None:
    begin, end = cell(s, "field.month_from"), cell(s, "field.month_to")
    return f"{begin.text}至{end.text}" if begin.state == end.state == "k" else None


@fills("apply.area_total", "用地总面积")
def _area(s: Subject) -> str | None:
    parts = [_number(s, "production"), _number(s, "auxiliary")]
    known = [part for part in parts if part is not None]
    return str(sum(known)) if len(known) == len(parts) else None


def _granted(s: Subject, name: str) -> int | None:
    """分 of one fee by the share: cents are cut, never rounded up."""
    amount, share = _number(s, name), _number(s, "share")
    return None if amount is None or share is None else amount * share // 100


def _sum(values: Sequence[int | None]) -> int | None:
    """Of what is known; None when nothing is: a fee that was not paid is not asked for."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _shown(cents: int | None) -> str | None:
    return None if cents is None else money.show(cents)


def _asked_for(s: Subject) -> tuple[int | None, bool]:
    """(分 that the share and the cap of the year leave, whether earlier grants were told). None when no cap is known."""
    total, cap, had = _sum([_granted(s, name) for name, _ in _FEES]), _number(s, "cap"), _number(s, "received")
    if total is None or cap is None:
        return None, True
    return max(0, min(total, cap - (had or 0))), had is not None


@fills("apply.fees_total", "实际支出合计")
def _fees_total(s: Subject) -> str | None:
    return _shown(_sum([_number(s, name) for name, _ in _FEES]))


@fills("apply.fees_granted", "按比例计算合计")
def _fees_granted(s: Subject) -> str | None:
    return _shown(_sum([_granted(s, name) for name, _ in _FEES]))


@fills("apply.granted", "申请补贴金额")
def _grant(s: Subject) -> str | Printed | None:
    cents, told = _asked_for(s)
    return _shown(cents) if told else Printed("申请补贴金额", _shown(cents) or "", "v")


@fills("apply.granted_capital", "大写")
def _grant_capital(s: Subject) -> str | Printed | None:
    cents, told = _asked_for(s)
    text = None if cents is None else money.capital(cents)
    return text if told else Printed("大写", text or "", "v")


@fills_rows("apply.fees")
def _fees(s: Subject, wants: Sequence[str]) -> list[dict[str, Printed]]:
    """The four fees of the programme, each with its vouchers, the share and what it comes to."""
    out = []
    for name, label in _FEES:
        granted, share = _shown(_granted(s, name)), _number(s, "share")
        out.append(
            {
                "name": Printed("费用项目", label),
                "vouchers": cell(s, f"field.{name}_vouchers"),
                "amount": cell(s, f"field.{name}"),
                "share": Printed("补贴比例", "" if share is None else f"{share}%", "u" if share is None else "k"),
                "granted": Printed("按比例计算", granted or "", "u" if granted is None else "k"),
            }
        )
    return out


def _lines(s: Subject, name: str, columns: Sequence[str]) -> list[dict[str, Printed]]:
    """A note's lines, each parted by commas or semicolons into the columns; what is left over stays in the last one.

    A line that says there is none leaves nothing to ask for.
    """
    text = cell(s, f"field.{name}").text
    out = []
    for line in filter(None, map(str.strip, text.splitlines())):
        parts = [part.strip() for part in re.split(r"[，,；;]", line, maxsplit=len(columns) - 1)]
        parts += [""] * (len(columns) - len(parts))
        blank = "k" if line in _NONE else "u"
        out.append({c: Printed(c, part, "k" if part else blank) for c, part in zip(columns, parts, strict=True)})
    return out


@fills_rows("apply.policies")
def _policies(s: Subject, wants: Sequence[str]) -> list[dict[str, Printed]]:
    return _lines(s, "policies", ("name", "on", "amount"))


@fills_rows("apply.history")
def _history(s: Subject, wants: Sequence[str]) -> list[dict[str, Printed]]:
    return _lines(s, "history", ("when", "where", "what"))
