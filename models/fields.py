"""FieldSpec: the one place where a field is said.

The table's column, the editor's widget, the list's heading, the Excel heading and its aliases, the mask on the
screen, the audit diff, the merge and the wire are all read from here.

To add a column: add one FieldSpec to its entity in models/tables/ and one migration in models/migrations/; when it
travels, raise SCHEMA in models/store/unit.py, so that devices ask again for what they passed over before.
tests/models/test_guards.py fails when a label, a merge rule or that number is missing, test_migrate.py without the migration,
tests/models/test_protocol.py until docs/protocol.md names it (GUIYAN_GOLDEN=1 writes it there).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a value is. The Python type of a stored value is given in brackets."""

    TEXT = "text"  # one line [str]
    NOTE = "note"  # several lines [str]
    CODE = "code"  # a code of the table FieldSpec.codes [str]
    CODES = "codes"  # several codes, merged by element [str: codes joined by ',' in sorted order]
    DATE = "date"  # a day, a month or a year [str 'YYYY-MM-DD', 'YYYY-MM' or 'YYYY']
    MOMENT = "moment"  # UTC [str, models.base.stamp]
    INT = "int"  # [int]
    MONEY = "money"  # 元 with two decimals, stored in 分 [int]
    BOOL = "bool"  # 是/否 [bool]
    ID_NUMBER = "id_number"  # 居民身份证号 [str, 18 characters, X upper case]
    PHONE = "phone"  # [str]
    ACCOUNT = "account"  # bank account [str]
    OFFICE = "office"  # a 12-digit division code, perhaps with a bureau suffix [str]
    REF = "ref"  # the id of a record of entity FieldSpec.ref [str, 32 hex]
    JSON = "json"  # a structure that only our own code reads [str, canonical JSON]


class Secrecy(StrEnum):
    OPEN = "open"  # shown to whoever may see the record
    PERSONAL = "personal"  # shown, but never in a 公示
    MASKED = "masked"  # masked on screen until asked for, and the asking is logged


class Merge(StrEnum):
    INTAKE = "intake"  # owned by village and township; two values of one base become a conflict
    COUNTY = "county"  # owned by county and bureaus; others may read it
    ONCE = "once"  # written at creation and never again
    LOCAL = "local"  # never leaves this machine (implies travels=False)
    DERIVED = "derived"  # computed on each side from what travels (implies travels=False)


class State(StrEnum):
    """The five states of a value; models.records.Cell pairs one with the value. The letters travel on the wire."""

    KNOWN = "k"
    NOT_APPLICABLE = "n"  # 不适用
    UNCOLLECTED = "u"  # 未采集: nobody has asked yet; never replaced by a default
    REFUSED = "r"  # 拒绝提供
    TO_VERIFY = "v"  # 待核实: may hold a value


STATE_LABELS = {
    State.KNOWN: "已知",
    State.NOT_APPLICABLE: "不适用",
    State.UNCOLLECTED: "未采集",
    State.REFUSED: "拒绝提供",
    State.TO_VERIFY: "待核实",
}


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """name: the column; label: the Chinese heading. aliases: other headings seen on rosters for the same thing.

    codes: name of a table in resources/codes (CODE, CODES). ref: entity a REF points to. group: heading in the
    editor. unit: shown behind the number (元, 月). limit: most characters, counted as people count them
    (code points). required: a record is complete only with it. initial: a derived field before anything happened.
    """

    name: str
    label: str
    kind: Kind = Kind.TEXT
    merge: Merge = Merge.INTAKE
    secrecy: Secrecy = Secrecy.OPEN
    codes: str = ""
    ref: str = ""
    group: str = ""
    unit: str = ""
    limit: int = 200
    required: bool = False
    aliases: tuple[str, ...] = ()
    initial: str | None = None
    hint: str = ""

    @property
    def travels(self) -> bool:
        return self.merge not in (Merge.LOCAL, Merge.DERIVED)

