"""The theme: contrast in both themes, a style sheet that uses tokens only, and that Qt can read."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from resources import icons, theme
from resources.theme import DARK, LIGHT, Tokens

SHEET = (Path(theme.__file__).parent / "sheet.qss").read_text("utf-8")
both = pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=lambda tokens: str(tokens.name))

# Text colour: the backgrounds it may stand on. Beside the sheet's own rules, delegates draw secondary text on selected rows.
TEXT_ON = {
    "text": "window surface raised accent_soft danger_soft due_soft done_soft",
    "muted": "window surface raised accent_soft",
    "accent": "window surface raised accent_soft",
    "danger": "window surface raised accent_soft danger_soft",
    "due": "window surface raised accent_soft due_soft",
    "done": "window surface raised accent_soft done_soft",
    "on_accent": "accent accent_hover",
    "on_selection": "selection",
    "surface": "text",
}


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, 0 to 1 (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """1 to 21 (WCAG 2.2)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def declarations(sheet: str) -> list[dict[str, str]]:
    """The property: value pairs of each rule."""
    bare = re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)
    bodies = re.findall(r"\{([^}]*)\}", bare)
    return [{k.strip(): v.strip() for k, v in (d.split(":", 1) for d in body.split(";") if d.strip())} for body in bodies]


def test_contrast_is_measured_as_defined() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@both
def test_text_can_be_read(tokens: Tokens) -> None:
    colours = tokens.colours()
    weak = {
        f"{fore} on {back}": round(ratio, 2)
        for fore, backs in TEXT_ON.items()
        for back in backs.split()
        if (ratio := contrast(colours[fore], colours[back])) < 4.5
    }
    assert weak == {}


@both
def test_what_can_be_operated_and_the_focus_can_be_seen(tokens: Tokens) -> None:
    colours = tokens.colours()
    weak = {
        f"{fore} on {back}": round(ratio, 2)
        for fore in ("edge", "focus", "accent")
        for back in ("surface", "window")
        if (ratio := contrast(colours[fore], colours[back])) < 3
    }
    assert weak == {}


def test_every_pair_of_a_rule_is_a_pair_that_is_measured() -> None:
    seen = 0
    for rule in declarations(SHEET):
        fore, back = rule.get("color", ""), rule.get("background-color", "")
        if fore.startswith("$") and back.startswith("$"):
            seen += 1
            assert back[1:] in TEXT_ON[fore[1:]].split(), rule
    assert seen > 10
    fores = {rule["color"][1:] for rule in declarations(SHEET) if "color" in rule}
    assert fores <= set(TEXT_ON)


@both
def test_the_sheet_uses_the_tokens_colours_and_no_other(tokens: Tokens) -> None:
    sheet = re.sub(r'url\("[^"]*"\)', "", theme.qss(tokens))
    used = set(re.findall(r"#[0-9a-fA-F]{3,8}", sheet))
    assert used == set(tokens.colours().values())
    for values in declarations(sheet):
        for name in ("color", "background-color", "border-color", "selection-color"):
            if name in values:
                assert values[name] == "transparent" or values[name] in used, values
    assert not re.search(r"gradient|shadow|rgb|hsl|palette\(", sheet)


def test_both_themes_name_the_same_and_only_colours() -> None:
    assert LIGHT.colours().keys() == DARK.colours().keys()
    assert LIGHT.lengths() == DARK.lengths()
    for tokens in (LIGHT, DARK):
        assert all(re.fullmatch(r"#[0-9a-f]{6}", colour) for colour in tokens.colours().values())


def test_lengths_come_from_tokens_and_grow_with_the_scale() -> None:
    assert set(re.findall(r"\b(\d+)px", SHEET)) <= {"1", "2"}, "only lines are fixed"
    assert "font-size: 14px" in theme.qss(LIGHT)
    large = theme.qss(LIGHT, 1.5)
    assert set(re.findall(r"font-size: (\d+)px", large)) == {"18", "21", "24", "30"}
    assert "border: 1px solid" in large
    for wrong in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="scale"):
            theme.qss(LIGHT, wrong)


@both
def test_images_are_the_icons_in_the_themes_colours(tokens: Tokens) -> None:
    """When a colour changes: write the right-hand side to the left-hand side."""
    for name, colour in theme.IMAGES.items():
        tinted = icons.svg(name).replace(b"currentColor", tokens.colours()[colour].encode())
        assert theme.image(tokens, name).read_bytes() == tinted, name
        assert f'"{theme.image(tokens, name).as_posix()}"' in theme.qss(tokens)
    with pytest.raises(KeyError):
        theme.image(tokens, "house")


@both
def test_qt_reads_the_sheet_and_paints_with_it(tokens: Tokens) -> None:
    """In a process of its own, because a style sheet of the application would stay for other tests."""
    code = f"""
from PySide6.QtWidgets import QApplication, QPushButton
from resources import theme
app = QApplication([])
app.setStyle("Fusion")
app.setStyleSheet(theme.qss(theme.{tokens.name.upper()}))
button = QPushButton()
button.setProperty("kind", "primary")
button.setFixedSize(60, 30)
print(button.grab().toImage().pixelColor(30, 15).name())
"""
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, check=True, cwd=Path(theme.__file__).parents[2], env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip
    assert run.stdout.strip() == tokens.accent
    assert "parse" not in run.stderr
    assert "Unknown property" not in run.stderr
