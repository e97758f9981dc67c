"""Pictures of the real window over real data, offscreen: for the demo, the README and whoever looks after the design."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

WIDTH, HEIGHT = 1366, 728


def take(folder: Path, account: str, password: str, out: Path) -> list[Path]:
    """Open a workspace in the real window and save a PNG of every page; today's page in the dark theme too."""
    from PySide6.QtWidgets import QApplication

    from desktop import app as program
    from desktop import look, memory, operations
    from desktop.main_window import MainWindow
    from desktop.unlock import UnlockWindow
    from models.services import desk as desks
    from models.services import people, requests

    program.input_environment()
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(["guiyan"])
    memory.use(folder)
    found: list[Path] = []

    def settle() -> None:
        end = time.monotonic() + 5
        quiet = 0
        while time.monotonic() < end and quiet < 10:  # an answer may begin the next question; forms are made in slices
            app.processEvents()
            quiet = quiet + 1 if operations.wait(20) else 0
            time.sleep(0.03)
        app.processEvents()

    def save(widget: Any, name: str) -> None:
        settle()
        path = out / f"{name}.png"
        widget.grab().save(str(path))
        found.append(path)

    look.dress(app)
    unlock = UnlockWindow(folder, lambda _desk: None)
    unlock.show()
    save(unlock, "unlock")
    unlock.close()
    desk = desks.unlock(folder, account, password)
    everyone, cases = people.ids(desk), requests.ids(desk)
    for dark in (False, True):
        look.dress(app, dark=dark)
        window = MainWindow(desk)
        window.resize(WIDTH, HEIGHT)
        window.show()
        for declaration in window.declarations:
            argument: Any = None
            if declaration.code == "people" and everyone:
                argument = people.ids(desk, text="钱䶮")[0] if people.ids(desk, text="钱䶮") else everyone[0]
            if declaration.code == "requests" and cases:
                argument = cases[0]
            if declaration.code == "notices" and cases:
                argument = ("slip.acceptance", cases[:1])
            window.open(declaration.code, argument)
            save(window, f"{declaration.code}{'-dark' if dark else ''}")
        if not dark:
            window.open("people", "new")
            save(window, "person-new")
            window.open("requests", ("new", everyone[0] if everyone else ""))
            save(window, "request-new")
        window.close()
        settle()
        window.deleteLater()
        app.processEvents()
    desk.close()
    return found
