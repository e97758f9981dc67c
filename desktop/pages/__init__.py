"""Pages of the main window.

To add a page: a folder desktop/pages/<name>/ whose __init__ has PAGE = Declaration(...), and docs/manual/<code>.md, which F1 opens. The rail, the palette and the
keys Ctrl+1..9 fill themselves from what is found here. A page talks to the rest through its Shell only.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from models.services.desk import Desk

Touched = Iterable[tuple[str, str]]


class Shell(Protocol):
    """What the main window gives a page."""

    desk: Desk

    @property
    def stage(self) -> QWidget:
        """Where pages stand: the parent of each from the start, so that it is styled once."""

    def open(self, target: str, argument: Any = None) -> None:
        """Go to a page (its code), a record ('person' or 'request' and its id), 'new-request' with a person's id, or
        'print' with a list of ids."""

    def has(self, target: str) -> bool:
        """Whether open() leads anywhere: a page that is not built or not this office's is not offered."""

    def toast(self, text: str, undo: Callable[[], None] | None = None) -> None:
        """Say something in the toast, with 撤销 when undo is given."""

    def add_command(self, title: str, keywords: str, key: str, function: Callable[[], Any]) -> None:
        """Put a verb into the palette (Ctrl+K), with a key when key is not ''."""

    def saved(self) -> None:
        """A draft is safe on the disk: 已保存 in the bottom line."""

    def sync(self) -> None:
        """Begin a round with the county."""

    def sync_trouble(self) -> str:
        """What went wrong in the last round and when the next one is, in one sentence; '' when all is well."""

    def changed(self, touched: Touched) -> None:
        """Say what a service changed, so that the pages that show it draw it again."""

    def done(self, text: str, touched: Touched = (), *, undoable: bool = True) -> None:
        """Say in a toast what was done, with 撤销."""


class Page(QWidget):
    """shell: the main window; the page may start work in __init__ but never wait for it."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.stage)
        self.shell = shell

    def activate(self, argument: Any = None) -> None:
        """The page comes to the front; argument is what open() was given."""

    def refresh(self, touched: Touched) -> None:
        """Something changed; draw again what shows it."""

    def leave(self) -> None:
        """The user goes elsewhere: save what is complete, without asking."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """code: stable; order: place on the rail (0: not on it); opens: record kinds shown by this page; levels: scopes."""

    code: str
    label: str
    icon: str
    order: int
    make: Callable[[Shell], Page]
    opens: tuple[str, ...] = ()
    levels: tuple[str, ...] = field(default=("city", "county", "bureau", "township", "village"))

    def words(self) -> str:
        """The label in the user's language; declarations are made before a translation is loaded."""
        return QCoreApplication.translate(self.code, self.label)


def all_pages() -> list[Declaration]:
    """Every declared page, in the rail's order."""
    found = [importlib.import_module(f"{__name__}.{m.name}").PAGE for m in pkgutil.iter_modules(__path__) if m.ispkg]
    return sorted(found, key=lambda d: d.order or 999)
