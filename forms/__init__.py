"""Printed forms: cells and plain values in, PDF bytes out. A leaf: it knows no record, no window, no database.

Rendering is safe in any one thread at a time; the printing service owns that thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from forms.base import Cell, Form, Sheet
from forms.errors import FormError, MissingGlyph, PrintStopped
from forms.masking import masked
from forms.typeset import chains

__all__ = ["CHAINS", "Cell", "Form", "FormError", "MissingGlyph", "PrintStopped", "Sheet", "check_font", "missing", "render"]

CHAINS = tuple(chains.CHAINS)
_AGAIN = "重打"


def missing(texts: Iterable[str], overrides: Mapping[str, Path] | None = None) -> tuple[str, ...]:
    """The characters that no font of any chain has, each once, in order of appearance."""
    return chains.missing(map(chains.clean, texts), overrides)


def check_font(file: Path) -> None:
    """Raises FontFileError when an office's own file cannot stand in for a chain's first face."""
    from forms.typeset.sfnt import open_face

    open_face(file)


def render(
    code: str,
    sheets: Sequence[Sheet],
    *,
    on: str = "",
    overrides: Mapping[str, Path] | None = None,
    progress: Callable[[int, int], bool] | None = None,
) -> bytes:
    """One PDF of all the sheets, each beginning on a new page; a sheet with a name is listed under it.

    on: the day (ISO) whose edition of the form is drawn, '' for the newest.
    overrides: chain name (仿宋, 楷体, 黑体, 小标宋, 宋体) -> the office's own TrueType file.
    progress(done, all) is asked after every sheet; False stops.
    Raises KeyError (no such form), ValueError (no sheet), MissingGlyph before anything is drawn, FontFileError,
    PrintStopped.
    """
    from forms.registry import get
    from forms.typeset.page import Press

    form = get(code, on)
    if not sheets:
        raise ValueError("nothing to print")
    sheets = [sheet.cleaned() for sheet in sheets]
    if form.public:
        sheets = [masked(sheet) for sheet in sheets]
    lacking = chains.missing(dict.fromkeys(text for sheet in sheets for text in sheet.texts()), overrides)
    if lacking:
        raise MissingGlyph(lacking)
    press = Press(form.title, overrides)
    for done, sheet in enumerate(sheets, 1):
        form.render(press, sheet)
        press.end_copy(sheet.name, _AGAIN if sheet.reprint else "")
        if progress is not None and not progress(done, len(sheets)):
            raise PrintStopped
    return press.bytes()
