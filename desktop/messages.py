"""The one door by which the user is told anything. The main window registers itself; until then it waits."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QCoreApplication

from models.errors import BugError, GuiyanError, places

log = logging.getLogger("guiyan")


class Teller(Protocol):
    """Who shows a sentence: the main window's toast, or the unlock window's line."""

    def show_message(self, text: str, *, kind: str, undo: Callable[[], None] | None) -> None: ...


_TELLERS: list[Teller] = []
_WAITING: list[tuple[str, str]] = []


def register(teller: Teller) -> None:
    _TELLERS.append(teller)
    while _WAITING:
        text, kind = _WAITING.pop(0)
        teller.show_message(text, kind=kind, undo=None)


def unregister(teller: Teller) -> None:
    if teller in _TELLERS:
        _TELLERS.remove(teller)


def tell(text: str, *, kind: str = "done", undo: Callable[[], None] | None = None) -> None:
    """kind: done, info or danger. undo: what the 撤销 button of the toast does."""
    if _TELLERS:
        _TELLERS[-1].show_message(text, kind=kind, undo=undo)
    else:
        _WAITING.append((text, kind))


def sentence(error: BaseException) -> str:
    """What to say of an error. A bug is logged with a number to tell support; its text is never shown."""
    if isinstance(error, GuiyanError) and not isinstance(error, BugError):
        return error.sentence
    from secrets import token_hex  # brings much with it that the first window does not need

    number = token_hex(3).upper()
    log.error("bug %s %s", number, places(error))
    words = QCoreApplication.translate("messages", "程序出错（编号 {0}），这一步没有完成，以前保存的内容都在。请把这个编号告诉县级管理员。")
    return words.format(number)


def tell_error(error: BaseException) -> None:
    tell(sentence(error), kind="danger")
