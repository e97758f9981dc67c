"""What the window remembers of itself (geometry, column widths, theme, type size): an ini file in the workspace.

Each workspace has its own, so that a demo, a test and an office's data never disturb one another.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings

_FILE = "window.ini"


class _Where:
    folder: Path | None = None


def use(folder: Path) -> None:
    """Called once by whoever opens a workspace, before any window."""
    _Where.folder = folder


def settings() -> QSettings:
    """The settings of the workspace in use; before use() they are kept nowhere that outlives the process."""
    if _Where.folder is None:
        return QSettings(QSettings.Format.InvalidFormat, QSettings.Scope.UserScope, "guiyan")
    return QSettings(str(_Where.folder / _FILE), QSettings.Format.IniFormat)
