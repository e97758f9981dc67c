"""What the window looks like, in numbers: every colour, length and type size that the style sheet may use."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """One theme. Colours are #rrggbb; lengths and type sizes are px at 100 %.

    Text colours keep 4.5:1 on every background they are used on, edge and focus 3:1: tests/resources/test_theme.py.
    """

    name: str  # also the prefix of its images
    window: str  # behind everything
    surface: str  # what is read and typed on
    raised: str  # hover, headings of tables, chips
    line: str  # between rows and areas
    edge: str  # around what can be operated
    text: str
    muted: str  # secondary text, placeholders, what is disabled
    accent: str
    accent_hover: str
    on_accent: str
    accent_soft: str  # selected rows, the page that is open
    danger: str  # overdue and danger, nothing else
    danger_soft: str
    due: str
    due_soft: str
    done: str
    done_soft: str
    selection: str  # selected text
    on_selection: str
    focus: str

    space_xs: int = 4
    space_s: int = 8
    space_m: int = 12
    space_l: int = 16
    space_xl: int = 24
    type_s: int = 12
    type_m: int = 14
    type_l: int = 16
    type_xl: int = 20
    radius: int = 4
    icon: int = 16

    def colours(self) -> dict[str, str]:
        """Name and #rrggbb of every colour."""
        return {f.name: str(getattr(self, f.name)) for f in fields(self) if f.type == "str" and f.name != "name"}

    def lengths(self) -> dict[str, int]:
        """Name and px (at 100 %) of every length and type size."""
        return {f.name: int(getattr(self, f.name)) for f in fields(self) if f.type == "int"}


LIGHT = Tokens(
    name="light",
    window="#f3f6f6",
    surface="#ffffff",
    raised="#e9eeee",
    line="#d8dfdf",
    edge="#7f8b8b",
    text="#1b2424",
    muted="#536060",
    accent="#0f6865",
    accent_hover="#0a5250",
    on_accent="#ffffff",
    accent_soft="#dcefed",
    danger="#b3261e",
    danger_soft="#fbe7e5",
    due="#855000",
    due_soft="#fcf0dc",
    done="#226b2f",
    done_soft="#e3f2e4",
    selection="#0f6865",
    on_selection="#ffffff",
    focus="#0b8780",
)

DARK = Tokens(
    name="dark",
    window="#141919",
    surface="#1b2222",
    raised="#283131",
    line="#343f3f",
    edge="#758282",
    text="#e4eaea",
    muted="#a5b2b2",
    accent="#5cc4bc",
    accent_hover="#7ad4cd",
    on_accent="#08211f",
    accent_soft="#1a3d3b",
    danger="#ff9a90",
    danger_soft="#45211e",
    due="#edb458",
    due_soft="#40301a",
    done="#82cb88",
    done_soft="#1e3a22",
    selection="#296d69",
    on_selection="#ffffff",
    focus="#5cc4bc",
)
