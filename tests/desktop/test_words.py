"""Every word of the window goes through tr(), and every page has its page in the manual."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from desktop import reader
from desktop.main_window import MainWindow
from desktop.pages import all_pages

DESKTOP = Path(__file__).parents[2] / "desktop"
# The command line is Chinese by design, and shots.py draws the demo's own people.
FILES = [p for p in sorted(DESKTOP.rglob("*.py")) if "cli" not in p.parts and p.name != "shots.py"]
# Declaration's label is translated by Declaration.words(), under its code.
TRANSLATING = {"tr", "_tr", "translate", "QT_TRANSLATE_NOOP", "Declaration"}


def is_chinese(text: str) -> bool:
    """Punctuation that joins words is none of this: only ideographs count."""
    return any("\u3400" <= c <= "\u9fff" or ord(c) >= 0x20000 for c in text)


def untranslated(source: str) -> Iterator[tuple[int, str]]:
    """(line, literal) of every Chinese literal that is neither translated nor a docstring."""
    tree = ast.parse(source)
    fine: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in TRANSLATING:
                fine.update(id(a) for a in node.args)
        elif isinstance(node, ast.Expr):
            fine.add(id(node.value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and is_chinese(node.value) and id(node) not in fine:
            yield node.lineno, node.value


@pytest.mark.parametrize("file", FILES, ids=lambda p: str(p.relative_to(DESKTOP)))
def test_every_chinese_literal_goes_through_tr(file: Path) -> None:
    assert list(untranslated(file.read_text("utf-8"))) == []


def test_the_guard_sees_what_it_should() -> None:
    source = '"""文"""\nx = self.tr("中") + "、"\nlabel(f"第 {n} 页")\nDeclaration("a", "人")\nself.tr("{0}").format("国")\n'
    assert sorted(text for _, text in untranslated(source)) == [" 页", "国", "第 "]


def test_the_manual_has_a_page_for_every_page_under_its_own_name() -> None:
    for declaration in all_pages():
        assert reader.title(declaration.code) == declaration.label


def test_f1_opens_the_manual_at_the_page_in_front(window: MainWindow, qtbot: QtBot) -> None:
    window.open("requests")
    next(a for a in window.actions() if a.shortcut().toString() == "F1").trigger()
    opened = window._reader
    assert opened is not None
    qtbot.addWidget(opened)
    QCoreApplication.processEvents()
    assert opened.list.currentItem().text() == "诉求"
    assert "补正" in opened.text.toPlainText()
    opened.open_at("no such page")
    assert opened.list.currentRow() == 0


def test_the_manual_names_the_keys_that_the_window_has(window: MainWindow) -> None:
    keys = {a.shortcut().toString() for a in window.actions()}
    text = (reader.FOLDER / "index.md").read_text("utf-8")
    named = {key for line in text.splitlines() if line.startswith("| ") for key in line.split("|")[1].strip().split("、")}
    named -= {"按键", "Ctrl+1 至 Ctrl+9", "Alt+←", "Ctrl+Enter"}  # written for people; Ctrl+Enter is each form's own
    assert named <= keys
