"""The three kinds of error, each with a stable code and a Chinese sentence for the person at the desk.

RuleError   the user can mend it: the sentence says what is wrong and where.
KnownError  nobody's mistake (disk full, no network, file in use): it says whose fault it is and what to do now.
BugError    ours: it is logged with a number that support can look up.
Nothing is swallowed; whatever is not one of these is a bug.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that was refused. field is the FieldSpec name ('' for the record as a whole), reason is Chinese."""

    field: str
    reason: str


class GuiyanError(Exception):
    """code: lower-case words joined by dots, stable for programs; sentence: Chinese, complete, for people."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


class RuleError(GuiyanError):
    """The user can mend it. fields names what to mend, when it is known."""

    def __init__(self, code: str, sentence: str, fields: tuple[FieldError, ...] = ()) -> None:
        super().__init__(code, sentence)
        self.fields = fields


class KnownError(GuiyanError):
    """Something outside the program failed in a way we know how to speak about."""


class BugError(GuiyanError):
    """A promise of our own code was broken."""


def places(error: BaseException) -> str:
    """Where an error came from, for the log: its class, files, lines and functions. Never its text or any value, which
    may hold a name or an ID number."""
    frames = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]
    cause = error.__cause__ or error.__context__
    above = [f"after {type(cause).__name__}"] if cause is not None else []
    return "\n  ".join([type(error).__name__, *above, *frames])
