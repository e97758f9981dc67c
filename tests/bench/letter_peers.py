"""The same letters set by fpdf2, WeasyPrint and LibreOffice: each in a process of its own, its fonts opened inside the time.

    python tests/bench/letter_peers.py fpdf2|weasyprint|libreoffice FONTS COUNT     prints {"pages_per_s": ...}, or null
"""

from __future__ import annotations

import html
import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.bench.letters import BODY, SIGN, TITLE, people  # noqa: E402 - the folder is no package of an installed program

FANG, BOLD, SERIF, HANA = "FandolFang.ttf", "FandolSong-Bold.ttf", "NotoSerifSC-Regular.ttf", "HanaMinB.ttf"


def fpdf2(fonts: Path, count: int) -> float:
    """Seconds. Lines are broken by its CHAR mode; the fallback fonts are its own mechanism."""
    from fpdf import FPDF
    from fpdf.enums import Align, WrapMode

    given, start = people(count), time.perf_counter()
    pdf = FPDF(format="A4")
    pdf.set_margins(28, 37, 26)
    for name, file in (("fang", FANG), ("bold", BOLD), ("serif", SERIF), ("hana", HANA)):
        pdf.add_font(name, fname=fonts / file)
    pdf.set_fallback_fonts(["serif", "hana"])
    for one in given:
        pdf.add_page()
        pdf.set_font("bold", size=22)
        pdf.multi_cell(0, 12, TITLE, align=Align.C, new_x="LMARGIN", new_y="NEXT")
        pdf.set_font("fang", size=16)
        pdf.ln(10)
        for text in (f"{one['village']}{one['name']}同志：", *(f"　　{p.format(**one)}" for p in BODY)):
            pdf.multi_cell(0, 10.2, text, align=Align.J, wrapmode=WrapMode.CHAR, new_x="LMARGIN", new_y="NEXT")
        for text in ("", *SIGN):
            pdf.multi_cell(0, 10.2, text, align=Align.R, new_x="LMARGIN", new_y="NEXT")
    pdf.output()
    return time.perf_counter() - start


def weasyprint(fonts: Path, count: int) -> float:
    import weasyprint as peer

    given, start = people(count), time.perf_counter()
    faces = "".join(
        f"@font-face{{font-family:{name};src:url({(fonts / file).as_uri()})}}"
        for name, file in (("fang", FANG), ("bold", BOLD), ("serif", SERIF), ("hana", HANA))
    )
    style = (
        f"{faces}@page{{size:A4;margin:37mm 26mm 35mm 28mm}}body{{font:16pt/28.99pt fang,serif,hana}}"
        "h1{font:22pt bold;text-align:center}p{margin:0;text-indent:2em;text-align:justify}.to{text-indent:0}"
        ".sign{text-align:right}section{break-after:page}"
    )
    letters = "".join(
        f"<section><h1>{TITLE}</h1><p class=to>{html.escape(one['village'] + one['name'])}同志：</p>"
        + "".join(f"<p>{html.escape(p.format(**one))}</p>" for p in BODY)
        + "".join(f"<p class=sign>{s}</p>" for s in SIGN)
        + "</section>"
        for one in given
    )
    peer.HTML(string=f"<html lang=zh-CN><style>{style}</style><body>{letters}").write_pdf()
    return time.perf_counter() - start


def libreoffice(_fonts: Path, count: int) -> float:
    """docxtpl fills one document of all letters, LibreOffice converts it. Its start is in the time, as a clerk waits for it."""
    from docx import Document
    from docxtpl import DocxTemplate

    with tempfile.TemporaryDirectory() as folder:
        made, paper = Path(folder) / "template.docx", Document()
        paper.add_paragraph("{%p for r in letters %}")
        paper.add_heading(TITLE, 0)
        paper.add_paragraph("{{ r.village }}{{ r.name }}同志：")
        for text in BODY:
            paper.add_paragraph("　　" + text.replace("{", "{{ r.").replace("}", " }}"))
        for text in SIGN:
            paper.add_paragraph(text)
        paper.add_page_break()
        paper.add_paragraph("{%p endfor %}")
        paper.save(str(made))
        given, start = people(count), time.perf_counter()
        filled = DocxTemplate(str(made))
        filled.render({"letters": given})
        filled.save(str(Path(folder) / "letters.docx"))
        profile = f"-env:UserInstallation=file://{folder}/profile"
        command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", folder, f"{folder}/letters.docx"]
        subprocess.run(command, check=True, capture_output=True, timeout=600)
        return time.perf_counter() - start


PEERS: dict[str, tuple[Callable[[Path, int], float], Callable[[], object]]] = {
    "fpdf2": (fpdf2, lambda: importlib.util.find_spec("fpdf")),
    "weasyprint": (weasyprint, lambda: importlib.util.find_spec("weasyprint")),
    "libreoffice": (libreoffice, lambda: shutil.which("soffice") and importlib.util.find_spec("docxtpl")),
}


if __name__ == "__main__":
    run, there = PEERS[sys.argv[1]]
    count = int(sys.argv[3])
    print(json.dumps({"pages_per_s": count / run(Path(sys.argv[2]), count)} if there() else None))
