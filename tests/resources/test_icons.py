"""Icons: each is there, is an SVG that can be tinted, and is said where it came from."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from resources import icons

FOLDER = Path(icons.__file__).parent
# What pages of the window stand on; removing one of them breaks a button.
PROMISED = """
    arrow-left building-2 calendar check chevron-down chevron-left chevron-right chevron-up circle-check circle-help clock
    cloud-check columns-3 copy download eye eye-off file-spreadsheet file-text filter folder-open footprints git-merge
    graduation-cap history house inbox info lock log-out map-pin message-circle moon pencil phone plus printer redo-2
    refresh-cw search send settings sun trash-2 triangle-alert undo-2 upload user user-plus users wifi-off x zoom-in zoom-out
"""


def test_names_are_the_files() -> None:
    assert set(icons.names()) == {path.stem for path in FOLDER.glob("*.svg")}
    assert list(icons.names()) == sorted(icons.names())
    assert set(PROMISED.split()) <= set(icons.names())


@pytest.mark.parametrize("name", icons.names())
def test_each_parses_and_takes_its_colour_from_the_theme(name: str) -> None:
    root = ElementTree.fromstring(icons.svg(name))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.get("viewBox") == "0 0 24 24"
    assert len(root) > 0
    paints = {value for node in root.iter() for key in ("stroke", "fill") if (value := node.get(key))}
    assert root.get("stroke") == "currentColor"
    assert paints <= {"currentColor", "none"}


def test_old_names_lead_to_an_icon_and_unknown_ones_say_so() -> None:
    for old, new in icons.ALIASES.items():
        assert old not in icons.names()
        assert icons.svg(old) == icons.svg(new)
    for wrong in ("", "no-such-icon", "../icons/house", "NOTICE"):
        with pytest.raises(KeyError):
            icons.svg(wrong)


def test_notice_names_the_version_of_every_file() -> None:
    notice = (FOLDER / "NOTICE").read_text("utf-8")
    licence = (FOLDER / "LICENCE-Lucide.txt").read_text("utf-8")
    assert "ISC License" in licence
    assert "Cole Bemis" in licence
    versions = {icons.svg(name).split(b"\n", 1)[0].decode() for name in icons.names()}
    assert versions == {"<!-- @license lucide-static v1.62.0 - ISC -->"}
    assert "lucide-static 1.62.0" in notice


def test_neither_icons_nor_theme_load_qt() -> None:
    code = "import sys, resources.icons, resources.theme as t; t.qss(t.DARK); print([m for m in sys.modules if 'PySide' in m])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=FOLDER.parents[1])
    assert done.stdout.strip() == "[]"
