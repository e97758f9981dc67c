"""Chinese reaches our windows through a real fcitx 5 and a real ibus: the wheels carry no fcitx plugin, so nothing less
would prove it. What Enter and Escape do to a word that is still being spelled is no business of our windows."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Runs windows of the program in a process of their own and says, one line each, what an input method did to them.
SAY = """
import sys
from pathlib import Path
from desktop import app
app.input_environment()
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication, QLineEdit
from desktop import look

def say(*words):
    print(*words, flush=True)

class Listener(QObject):
    def eventFilter(self, watched, event):
        if isinstance(event, QInputMethodEvent) and watched is QApplication.focusWidget():
            say("preedit", event.preeditString().replace(" ", "").replace("'", "") or "-")
        if event.type() == QEvent.Type.Close and watched.isWidgetType() and watched.isWindow():
            say("closed", type(watched).__name__)
        return False

gui = QApplication(["guiyan"])
look.dress(gui)
listener = Listener()
gui.installEventFilter(listener)
QTimer.singleShot(90_000, gui.quit)
"""

# The first window, over an empty folder.
UNLOCK = (
    SAY
    + """
from desktop.unlock import UnlockWindow
window = UnlockWindow(Path(sys.argv[1]), lambda desk: None)
window.show()

def begin():
    for field in window.findChildren(QLineEdit):
        if field.accessibleName() == "经办人姓名":
            field.textChanged.connect(lambda text: say("text", text))
            window.activateWindow()
            field.setFocus()
            say("ready", int(window.winId()))
            return
    QTimer.singleShot(100, begin)

begin()
gui.exec()
"""
)

# The main window of a village that was just set up, at a new person's name.
MAIN = (
    SAY
    + """
from desktop import memory, operations
from desktop.main_window import MainWindow
from models.services import desk as desks
memory.use(Path(sys.argv[1]))
desk, _code = desks.init(Path(sys.argv[1]), "411424104201", "王芳", "secret-pass-1")
window = MainWindow(desk)
window.show()
window.open("people", "new")
name = window.page("people").view.editor.row("name").input
name.textChanged.connect(lambda text: say("text", text))
window.search.textChanged.connect(lambda text: say("search", text))

def where():
    at = QApplication.focusWidget()
    return "name" if at is name else "search" if at is window.search else type(at).__name__

gui.focusChanged.connect(lambda _old, _new: say("at", where()))
window.stage.currentChanged.connect(lambda _n: say("page", window.current_code()))

def begin():
    window.activateWindow()
    name.setFocus()
    say("ready", int(window.winId()))

QTimer.singleShot(300, begin)
gui.exec()
operations.wait()
desk.close()
"""
)

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


def _fcitx(config: Path, env: dict[str, str], start: Callable[..., object]) -> None:
    (config / "fcitx5").mkdir()
    (config / "fcitx5" / "profile").write_text(PROFILE)
    (config / "fcitx5" / "config").write_text("[Behavior]\nActiveByDefault=True\n")
    env["XMODIFIERS"] = "@im=fcitx"
    start("fcitx5", "--disable", "wayland,waylandim", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    asked = ["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus",
             "org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.portal.IBus"]  # fmt: skip
    _until(lambda: "true" in _output(asked, env), "fcitx5 never offered the portal that Qt's ibus plugin asks for")


def _ibus(config: Path, env: dict[str, str], start: Callable[..., object]) -> None:
    env.update({"XMODIFIERS": "@im=ibus", "QT_IM_MODULE": "ibus"})
    start("ibus-daemon", "--panel", "disable", "--emoji-extension", "disable",
          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    _until(lambda: "/ibus/" in _output(["ibus", "address"], env), "ibus-daemon never gave its address")
    _until(lambda: _output(["ibus", "engine", "libpinyin"], env) == "" and "libpinyin" in _output(["ibus", "engine"], env),
           "ibus never took libpinyin as its engine")  # fmt: skip


def _output(command: list[str], env: dict[str, str]) -> str:
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False).stdout


@pytest.fixture(params=["fcitx", "ibus"])
def method(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a bare desktop of this test's own: an X server, a session bus, the input method with pinyin."""
    config, short = tmp_path / "config", Path(tempfile.mkdtemp(prefix="ime-", dir="/tmp"))  # a socket's path is short
    config.mkdir()
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("QT_", "IBUS_", "GTK_", "DBUS_", "XMODIFIERS"))}
    env = {**kept, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(config), "XDG_RUNTIME_DIR": str(short),
           "XDG_DATA_HOME": str(tmp_path / "data"), "XDG_CACHE_HOME": str(short), "QT_QPA_PLATFORM": "xcb",
           "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT)}  # fmt: skip
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
        {"fcitx": _fcitx, "ibus": _ibus}[request.param](config, env, start)
        yield env
    finally:
        for process in reversed(started):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in started:
            process.wait(timeout=10)
            if process.stdout is not None:
                process.stdout.close()
        shutil.rmtree(short, ignore_errors=True)


class Typist:
    """A window in a process of its own, a keyboard for it, and what it says."""

    def __init__(self, script: str, method: dict[str, str], folder: Path) -> None:
        self._env, self._out = method, folder / "said"
        with self._out.open("w") as said:
            self._window = subprocess.Popen(
                [sys.executable, "-c", script, str(folder / "workspace")], env=self._env, stdout=said, stderr=subprocess.STDOUT
            )
        self._read = 0

    def __enter__(self) -> Typist:
        try:
            _until(lambda: self._ready() != "" or self._window.poll() is not None, "the window never came up")
            assert self._ready(), self.said()
            self._do("windowfocus", "--sync", self._ready())
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self._window.terminate()
        self._window.wait(timeout=10)

    def _ready(self) -> str:
        return next((line.split()[1] for line in self._lines() if line.startswith("ready ")), "")

    def _do(self, *command: str) -> None:
        time.sleep(0.2)
        self._read = len(self._lines())
        subprocess.run(["xdotool", *command], env=self._env, check=True, timeout=20)

    def _lines(self) -> list[str]:
        return self._out.read_text("utf-8").splitlines()

    def said(self) -> list[str]:
        """What was said since the last keys."""
        return self._lines()[self._read :]

    def spell(self, letters: str, word: str) -> None:
        """Type letters, and see the field show them or the word that is meant, as the input method has it."""
        self._do("type", "--delay", "80", letters)
        self.hears(f"preedit {letters}", f"preedit {word}")

    def press(self, key: str, then: str = "") -> None:
        """Press a key; then: what is said of it."""
        self._do("key", key)
        if then:
            self.hears(then)

    def hears(self, *any_of: str) -> None:
        _until(lambda: any(line.startswith(any_of) for line in self.said()), lambda: f"not {any_of} but {self.said()}", 10)

    def stays(self) -> None:
        """Nothing was left, opened or closed since the last keys."""
        time.sleep(0.5)
        assert [line for line in self.said() if line.startswith(("at ", "page ", "closed "))] == []


def _until(holds: Callable[[], bool], otherwise: str | Callable[[], str], seconds: float = 20) -> None:
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, otherwise if isinstance(otherwise, str) else otherwise()
        time.sleep(0.1)


def test_the_tools_are_here() -> None:
    """./run test installs them; without them the tests below would say nothing about Chinese input."""
    tools = ("Xvfb", "dbus-daemon", "dbus-send", "fcitx5", "ibus", "ibus-daemon", "xdotool")
    assert [t for t in tools if shutil.which(t) is None] == []


def test_nihao_becomes_chinese_in_the_first_window(method: dict[str, str], tmp_path: Path) -> None:
    with Typist(UNLOCK, method, tmp_path) as typist:
        typist.spell("nihao", "你好")
        typist.press("space", "text 你好")


def test_enter_and_escape_belong_to_the_word_that_is_being_spelled(method: dict[str, str], tmp_path: Path) -> None:
    with Typist(MAIN, method, tmp_path) as typist:
        typist.spell("nihao", "你好")
        typist.press("Escape", "preedit -")
        typist.stays()
        typist.spell("nihao", "你好")
        typist.press("Return", "text nihao")  # the letters, as they were typed
        typist.stays()
        typist.press("ctrl+a")
        typist.spell("nihao", "你好")
        typist.press("space", "text 你好")
        typist.press("Return", "at ")  # nothing is being spelled now: Enter moves on to the next field
        typist.press("ctrl+k", "at search")
        typist.spell("jinri", "今日")
        typist.press("Return", "search jinri")
        time.sleep(1)  # what was found hangs below the field from here on, and Enter would open it
        typist.spell("ni", "你")
        typist.press("Escape", "preedit -")
        typist.stays()
        typist.spell("ni", "你")
        typist.press("Return", "search jinrini")
        typist.stays()
        typist.press("BackSpace")
        typist.press("BackSpace", "search jinri")
        time.sleep(1)
        typist.press("Return", "page ")  # and so it does, once the word is there
