"""The settings page: a password that is refused is gone to."""

from __future__ import annotations

import pytest

from desktop.main_window import MainWindow
from desktop.pages.settings import SettingsPage
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
