"""How the program starts: the first window before the heavy imports, one window a workspace, input for Chinese."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from desktop import app

ROOT = Path(__file__).parents[2]


def start(code: str, *arguments: str) -> subprocess.Popen[str]:
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def test_the_first_window_needs_no_database_code() -> None:
    """SQLAlchemy alone costs a third of a second: it is loaded in a worker while the password is typed."""
    out, errors = start(
        "import sys\nfrom desktop import app, look, operations, unlock\n"
        "print([m for m in ('sqlalchemy', 'models.tables', 'openpyxl', 'pypinyin') if m in sys.modules])"
    ).communicate(timeout=60)
    assert out.strip() == "[]", errors


def test_the_pages_load_no_reader_or_writer_of_papers() -> None:
    """They are loaded in the worker that needs them first: together they cost as much as a window."""
    out, errors = start(
        "import sys\nfrom desktop import pages\npages.all_pages()\n"
        "print([m for m in ('reportlab', 'PIL', 'zxingcpp', 'jinja2', 'openpyxl') if m in sys.modules])"
    ).communicate(timeout=60)
    assert out.strip() == "[]", errors


RUN = "import sys\nfrom pathlib import Path\nfrom desktop import app\nsys.exit(app.run(Path(sys.argv[1]), []))"


def test_a_second_start_leaves_the_first_its_workspace(tmp_path: Path) -> None:
    first = start(RUN, str(tmp_path))
    try:
        listening = Path(tempfile.gettempdir()) / app.socket_name(tmp_path)
        ends = time.monotonic() + 60
        while not listening.exists() and time.monotonic() < ends:  # before it listens, a second would be a first
            assert first.poll() is None, first.communicate()
            time.sleep(0.05)
        second = start(RUN, str(tmp_path))
        out, _errors = second.communicate(timeout=60)
        assert (second.returncode, "已经打开" in out) == (0, True)
        assert first.poll() is None
    finally:
        first.kill()
        first.communicate()


BARE = "import sys\nfrom desktop.cli.main import main\nsys.exit(main(['--workspace', sys.argv[1]]))"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there always is a screen")
@pytest.mark.parametrize(
    ("screen", "words"),
    [
        ({}, "没有屏幕"),
        ({"DISPLAY": ":4711"}, "连不上屏幕"),  # Qt itself would abort the process
        ({"QT_QPA_PLATFORM": "nonsense"}, "连不上屏幕"),
    ],
)
def test_no_screen_is_one_sentence_and_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, screen: dict[str, str], words: str
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in screen.items():
        monkeypatch.setenv(name, value)
    done = subprocess.run(
        [sys.executable, "-c", BARE, str(tmp_path)], env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        text=True, capture_output=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    logged = tmp_path / "logs" / "guiyan.log"
    assert ("Could not" in (logged.read_text("utf-8") if logged.exists() else "")) == bool(screen)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, "ibus"),
        ({"QT_IM_MODULE": "fcitx"}, "ibus"),
        ({"XMODIFIERS": "@im=fcitx", "QT_IM_MODULE": "xim"}, "ibus"),
        ({"QT_IM_MODULE": "compose"}, "compose"),
    ],
)
def test_fcitx_is_asked_through_ibus_and_other_choices_stay(
    monkeypatch: pytest.MonkeyPatch, before: dict[str, str], after: str
) -> None:
    now = dict(before)
    monkeypatch.setattr(os, "environ", now)
    app.input_environment()
    assert now["QT_IM_MODULE"] == after
    assert now.get("IBUS_USE_PORTAL") == ("1" if after == "ibus" else None)


def test_the_log_is_kept_small_and_in_the_workspace(tmp_path: Path) -> None:
    import logging

    app.start_log(tmp_path)
    log = logging.getLogger("guiyan")
    log.info("started %s", time.time())
    mine = [h for h in log.handlers if str(tmp_path) in str(getattr(h, "baseFilename", ""))]
    try:
        assert "started" in (tmp_path / "logs" / "guiyan.log").read_text("utf-8")
        assert 0 < mine[0].maxBytes <= 1_000_000  # type: ignore[attr-defined]
    finally:
        for handler in mine:
            log.removeHandler(handler)
            handler.close()
