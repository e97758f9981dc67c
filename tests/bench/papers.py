"""A ruled form of 25 fields beside a Platypus Table of the same texts; separate files; the memory of 500 letters.

Every side runs in a process of its own with its modules loaded and no font opened; the runs take turns, the median counts.
    python tests/bench/papers.py            prints the results of run()
    python tests/bench/papers.py ours|peer|separate|memory  times one side once
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUNS = 5
COUNT = 200  # forms of a run
CODE = "register.request"


def _sheets(count: int) -> list[object]:
    """The form's sample, each copy with a number and a name of its own; what draws it is loaded, as the peer's modules are."""
    from reportlab.graphics.barcode import qrencoder  # noqa: F401 - with all of platypus, when the first code is drawn

    from forms.base import Cell
    from forms.registry import get
    from forms.typeset import page  # noqa: F401

    sample = get(CODE).sample()
    names = ["赵㛃", "钱䶮", "孙𬘫", "李𬭎", "周𫖯", "吴𬀩", "郑𠅤", "王𡋾"]
    return [
        replace(sample, cells={**sample.cells, "person.name": Cell("姓名", names[n % 8]), "request.number": Cell("编号", f"411424108-2026-A{n:05}")})
        for n in range(count)
    ]


def ours() -> float:
    """Seconds for COUNT forms in one file."""
    import forms

    sheets, start = _sheets(COUNT), time.perf_counter()
    forms.render(CODE, sheets)  # type: ignore[arg-type]
    return time.perf_counter() - start


def separate() -> float:
    """Seconds for COUNT forms in a file each."""
    import forms

    sheets, start = _sheets(COUNT), time.perf_counter()
    for sheet in sheets:
        forms.render(CODE, [sheet])  # type: ignore[list-item]
    return time.perf_counter() - start


def peer() -> float:
    """Seconds for COUNT pages of a Platypus Table: the same 25 labels and values, merged in the same places, in two fonts."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Table, TableStyle

    from resources import fonts

    sheets, start = _sheets(COUNT), time.perf_counter()
    pdfmetrics.registerFont(TTFont("kai", str(fonts.path(fonts.KAI))))
    pdfmetrics.registerFont(TTFont("song", str(fonts.path(fonts.SERIF))))
    label = ParagraphStyle("label", fontName="song", fontSize=10.5, leading=14, alignment=1)
    value = ParagraphStyle("value", fontName="kai", fontSize=12, leading=16, wordWrap="CJK")
    fields = [
        "person.name", "person.sex", "person.id_number", "person.phone", "person.village", "person.address", "request.item",
        "request.kind", "request.channel", "request.urgency", "request.received_on", "request.due_on", "request.text", "request.result",
        "request.satisfaction", "account.name", "office.name", "office.phone", "office.supervision_phone", "request.number",
        "person.address", "request.item", "request.kind", "request.channel", "request.urgency",
    ]  # fmt: skip
    story: list[object] = []
    for sheet in sheets:
        cells = [(Paragraph(name, label), Paragraph(sheet.text(name), value)) for name in fields]  # type: ignore[attr-defined]
        lines = [[*cells[n], *cells[n + 1]] for n in range(0, 12, 2)]
        lines += [[name, text, "", ""] for name, text in cells[12:15]]
        lines += [[*cells[n], *cells[n + 1]] for n in range(15, 25, 2)]
        merged = [("SPAN", (1, row), (3, row)) for row in (6, 7, 8)]
        style = [("GRID", (0, 0), (-1, -1), 0.5, "black"), ("VALIGN", (0, 0), (-1, -1), "MIDDLE"), *merged]
        story += [Table(lines, colWidths=[74, 153, 74, 153], style=TableStyle(style)), PageBreak()]
    SimpleDocTemplate(BytesIO(), pagesize=A4, initialFontName="song").build(story)
    return time.perf_counter() - start


def memory() -> float:
    """MB at the most of a process that has set 500 letters."""
    sys.path.insert(0, str(ROOT / "tests" / "bench"))
    import letters

    letters.ours(500)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _once(what: str) -> float:
    command = [sys.executable, str(Path(__file__).resolve()), what]
    return float(json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout))


def run() -> list[dict[str, object]]:
    from tests.bench.runner import row

    mine, theirs, apart = [], [], []
    for _ in range(RUNS):
        mine.append(COUNT / _once("ours"))
        theirs.append(COUNT / _once("peer"))
        apart.append(COUNT / _once("separate"))
    return [
        row("form", statistics.median(mine), "pages/s", "Platypus Table", statistics.median(theirs)),
        row("separate", statistics.median(apart), "files/s"),
        row("letters_memory", _once("memory"), "MB"),
    ]


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    if len(sys.argv) > 1:
        print(json.dumps({"ours": ours, "peer": peer, "separate": separate, "memory": memory}[sys.argv[1]]()))
    else:
        print(json.dumps(run(), ensure_ascii=False, indent=1))
