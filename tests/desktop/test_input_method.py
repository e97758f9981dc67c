"""Chinese reaches our window through a real fcitx 5: the wheels carry no fcitx plugin, so nothing less would prove it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Starts the first window of the program over an empty folder, and says what its name field holds after each change.
WINDOW = """
import sys
from pathlib import Path
from desktop import app
app.input_environment()
from PySide6.QtWidgets import QApplication, QLineEdit
from PySide6.QtCore import QTimer
from desktop import look
from desktop.unlock import UnlockWindow
gui = QApplication(["guiyan"])
look.dress(gui)
window = UnlockWindow(Path(sys.argv[1]), lambda desk: None)
window.show()

def begin():
    for field in window.findChildren(QLineEdit):
        if field.accessibleName() == "经办人姓名":
            field.textChanged.connect(lambda text: print("text", text, flush=True))
            window.activateWindow()
            field.setFocus()
            print("ready", int(window.winId()), flush=True)
            return
    QTimer.singleShot(100, begin)

begin()
QTimer.singleShot(60_000, gui.quit)
gui.exec()
"""

PROFILE = """[Groups/0]
Name=Default
Default Layout=us
DefaultIM=pinyin

[Groups/0/Items/0]
Name=keyboard-us
Layout=

[Groups/0/Items/1]
Name=pinyin
Layout=

[GroupOrder]
0=Default
"""


@pytest.fixture
def session(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a bare desktop: an X server, a session bus and fcitx 5 with pinyin, all of this test's own."""
    config = tmp_path / "config" / "fcitx5"
    config.mkdir(parents=True)
    (config / "profile").write_text(PROFILE)
    (config / "config").write_text("[Behavior]\nActiveByDefault=True\n")
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("QT_", "IBUS_", "GTK_", "DBUS_", "XMODIFIERS"))}
    env = {**kept, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_RUNTIME_DIR": str(runtime),
           "XDG_DATA_HOME": str(tmp_path / "data"), "XMODIFIERS": "@im=fcitx", "QT_QPA_PLATFORM": "xcb", "LC_ALL": "C.UTF-8",
           "PYTHONPATH": str(ROOT)}  # fmt: skip
    started: list[subprocess.Popen[str]] = []

    def start(*command: str, **how: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(command, env=env, text=True, start_new_session=True, **how)  # type: ignore[call-overload]
        started.append(process)
        return process  # type: ignore[no-any-return]

    try:
        screen = start("Xvfb", "-displayfd", "1", "-screen", "0", "1366x768x24", "-nolisten", "tcp",
                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # fmt: skip
        assert screen.stdout is not None
        env["DISPLAY"] = ":" + screen.stdout.readline().strip()
        bus = start(
            "dbus-daemon", "--session", "--nofork", "--print-address=1", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert bus.stdout is not None
        env["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().strip()
        start("fcitx5", "--disable", "wayland,waylandim", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _until(lambda: _owned(env), "fcitx5 never offered the portal that Qt's ibus plugin asks for")
        yield env
    finally:
        for process in reversed(started):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in started:
            process.wait(timeout=10)
            if process.stdout is not None:
                process.stdout.close()


def _owned(env: dict[str, str]) -> bool:
    asked = ["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus",
             "org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.portal.IBus"]  # fmt: skip
    return "true" in subprocess.run(asked, env=env, capture_output=True, text=True, check=False).stdout


def _until(holds: object, otherwise: str, seconds: float = 20) -> None:
    ends = time.monotonic() + seconds
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < ends, otherwise
        time.sleep(0.1)


def test_the_tools_are_here() -> None:
    """./run test installs them; without them the test below would say nothing about Chinese input."""
    assert [t for t in ("Xvfb", "dbus-daemon", "dbus-send", "fcitx5", "xdotool") if shutil.which(t) is None] == []


def test_nihao_becomes_chinese_under_fcitx5(session: dict[str, str], tmp_path: Path) -> None:
    out = tmp_path / "said"
    with out.open("w") as said:
        window = subprocess.Popen(
            [sys.executable, "-c", WINDOW, str(tmp_path / "workspace")], env=session, stdout=said, stderr=subprocess.STDOUT
        )
    try:
        _until(lambda: "ready" in out.read_text("utf-8") or window.poll() is not None, "the window never came up")
        lines = [line for line in out.read_text("utf-8").splitlines() if line.startswith("ready")]
        assert lines, out.read_text("utf-8")
        for command in (["windowfocus", "--sync", lines[0].split()[1]], ["type", "--delay", "80", "nihao"], ["key", "space"]):
            time.sleep(0.5)
            subprocess.run(["xdotool", *command], env=session, check=True, timeout=20)
        _until(
            lambda: "text 你好" in out.read_text("utf-8"),
            f"typed nihao and a blank, and the field said: {out.read_text('utf-8')}",
            10,
        )
    finally:
        window.terminate()
        window.wait(timeout=10)
