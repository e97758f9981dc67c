"""The settings page: a password that is refused is gone to."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize

from desktop.main_window import MainWindow
from desktop.pages.settings import SettingsPage
from desktop.widgets import parts
from resources import theme
from tests.desktop.conftest import PASSWORD, focused, until


@pytest.mark.parametrize(
    ("old", "new", "wrong"), [("not this one", "another-good-1", "_old"), (PASSWORD, "short", "_new")], ids=["old", "new"]
)
def test_a_password_that_is_refused_is_gone_to(window: MainWindow, old: str, new: str, wrong: str) -> None:
    window.open("settings")
    window.activateWindow()
    page = window.page("settings")
    assert isinstance(page, SettingsPage)
    page._old.setText(old)
    page._new.setText(new)
    page._change()
    field = getattr(page, wrong)
    until(focused(field), "the focus in the field that is wrong")
    assert field.selectedText() == field.text()
    assert "密码" in window._toast.text()


def test_what_is_on_the_screen_follows_the_theme(window: MainWindow) -> None:
    """Icons are drawn when they are seen: those that stood there before the change too."""
    window.open("settings")
    page = window.page("settings")
    assert isinstance(page, SettingsPage)
    home, sign = window.rail.buttons["home"].icon(), parts.Sign("check", "accent", 16)

    def colours() -> set[str]:
        drawn = (home.pixmap(24, 24).toImage(), sign.grab().toImage())
        return {i.pixelColor(x, y).name() for i in drawn for x in range(i.width()) for y in range(i.height())}

    light = colours()
    assert {theme.LIGHT.text, theme.LIGHT.accent} <= light
    page._dark.setChecked(True)
    assert {theme.DARK.text, theme.DARK.accent} <= colours()
    assert not {theme.LIGHT.text, theme.LIGHT.accent} & colours()
    page._dark.setChecked(False)
    assert colours() == light
    dense = home.pixmap(QSize(24, 24), 2.0)
    assert (dense.width(), dense.devicePixelRatio()) == (48, 2.0)  # sharp on a screen of more pixels
