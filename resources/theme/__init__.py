"""The look of the window: tokens, and the one style sheet made from them (sheet.qss, for Qt's Fusion style). No Qt here.

What widgets may ask for, as dynamic properties (repolish a widget whose property changes after it was shown):

    QPushButton   kind = primary | quiet | link | danger | field (opens a choice) | line (a row of labels)
    QLabel        role = title | heading | muted | hint | danger | due | done | state | badge | held (in a field's place)
                  tone = accent | danger | due | done, with role = state; danger | due, with role = badge
    QListView     role = popup
    QTextBrowser  role = book (text to read, without a frame)
    QFrame        role = card | rail | line | toast | bar
                  role = choice, with chosen = true for the one that was picked
    QToolButton   role = rail (checkable)
    any editor    invalid = true
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Template

from resources.theme.tokens import DARK, LIGHT, Tokens

__all__ = ["DARK", "IMAGES", "LIGHT", "Tokens", "image", "qss"]

# Icons that the sheet draws itself, and the colour each is drawn in.
IMAGES = {
    "check": "on_accent",
    "chevron-down": "muted",
    "chevron-left": "muted",
    "chevron-right": "muted",
    "chevron-up": "muted",
    "x": "muted",
}


def image(tokens: Tokens, name: str) -> Path:
    """The file of one of IMAGES, tinted for LIGHT or DARK. KeyError when the sheet has no such image."""
    if name not in IMAGES:
        raise KeyError(name)
    return Path(str(files(__package__).joinpath("images", f"{tokens.name}-{name}.svg")))


@cache
def _template() -> Template:
    return Template(files(__package__).joinpath("sheet.qss").read_text("utf-8"))


def qss(tokens: Tokens, scale: float = 1.0) -> str:
    """The style sheet of the whole application. Lengths and type grow with scale (1.5 is 150 %); lines stay 1 px.

    ValueError for a scale that is not positive.
    """
    if not scale > 0:
        raise ValueError(f"scale {scale}")
    values = tokens.colours()
    values |= {name: f"{max(1, round(px * scale))}px" for name, px in tokens.lengths().items()}
    # Padding under a focus border, which is one pixel wider than the border at rest.
    values |= {
        f"inset_{size}": f"{max(1, round(px * scale)) - 1}px" for size, px in (("xs", tokens.space_xs), ("s", tokens.space_s))
    }
    # A chosen radio button is a ring: a thick border around a dot, as large as the button at rest with its border.
    box = round(tokens.type_m * scale) + 2
    values |= {"radio_radius": f"{box // 2}px", "radio_dot": f"{max(1, box - 2 * round(tokens.space_xs * scale))}px"}
    values |= {"image_" + name.replace("-", "_"): f'url("{image(tokens, name).as_posix()}")' for name in IMAGES}
    return _template().substitute(values)
