"""Builds resources/fonts/ from the packages named in its NOTICE.

    python installer/fonts/build_fonts.py WORK_FOLDER

Runs `apt-get download` and `npm pack` in WORK_FOLDER (what is already there is used again), turns the CFF outlines
of the Fandol faces into TrueType outlines, because the PDF writer embeds no others, and copies the rest as it is.
It writes only files that are missing: the fonts are large, and git keeps every version of them for ever.
"""

from __future__ import annotations

import gzip
import shutil
import subprocess
import sys
from pathlib import Path

from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable

TARGET = Path(__file__).resolve().parents[2] / "resources" / "fonts"

DEBIAN = ("texlive-lang-chinese", "fonts-hanazono")
NPM = ("@expo-google-fonts/noto-serif-sc@0.4.3", "@expo-google-fonts/noto-sans-sc@0.4.3")

FANDOL = "texlive-lang-chinese/usr/share/texlive/texmf-dist/fonts/opentype/public/fandol"
CONVERT = {
    "FandolFang.ttf": f"{FANDOL}/FandolFang-Regular.otf",
    "FandolKai.ttf": f"{FANDOL}/FandolKai-Regular.otf",
    "FandolHei.ttf": f"{FANDOL}/FandolHei-Regular.otf",
    "FandolSong-Bold.ttf": f"{FANDOL}/FandolSong-Bold.otf",
}
COPY = {
    "NotoSerifSC-Regular.ttf": "noto-serif-sc/package/400Regular/NotoSerifSC_400Regular.ttf",
    "NotoSerifSC-Bold.ttf": "noto-serif-sc/package/700Bold/NotoSerifSC_700Bold.ttf",
    "NotoSansSC-Regular.ttf": "noto-sans-sc/package/400Regular/NotoSansSC_400Regular.ttf",
    "NotoSansSC-Bold.ttf": "noto-sans-sc/package/700Bold/NotoSansSC_700Bold.ttf",
    "HanaMinB.ttf": "fonts-hanazono/usr/share/fonts/truetype/hanazono/HanaMinB.ttf",
    "LICENCE-Noto-Serif-SC.txt": "noto-serif-sc/package/LICENSE_FONT",
    "LICENCE-Noto-Sans-SC.txt": "noto-sans-sc/package/LICENSE_FONT",
    "LICENCE-Hanazono.txt": "fonts-hanazono/usr/share/doc/fonts-hanazono/copyright",
    "LICENCE-Fandol.txt": "texlive-lang-chinese/usr/share/doc/texlive-doc/fonts/fandol/COPYING.gz",
    "README-Fandol.txt": "texlive-lang-chinese/usr/share/doc/texlive-doc/fonts/fandol/README",
}
# Half a unit of a thousand: at 22 pt less than a hundredth of a point, far below what a 600 dpi printer can show.
MAX_ERROR = 0.5


def unpack(work: Path) -> None:
    """Leaves each package unpacked in a folder of its own name under work."""
    for name in DEBIAN:
        if not (work / name).is_dir():
            if not list(work.glob(f"{name}_*.deb")):
                subprocess.run(["apt-get", "download", name], cwd=work, check=True)  # noqa: S603, S607
            (deb,) = work.glob(f"{name}_*.deb")
            subprocess.run(["dpkg-deb", "-x", str(deb), str(work / name)], check=True)  # noqa: S603, S607
    for spec in NPM:
        short = spec.split("/")[1].split("@")[0]
        if not (work / short).is_dir():
            if not list(work.glob(f"*-{short}-*.tgz")):
                subprocess.run(["npm", "pack", spec], cwd=work, check=True)  # noqa: S603, S607
            (tgz,) = work.glob(f"*-{short}-*.tgz")
            shutil.unpack_archive(str(tgz), str(work / short), filter="data")


def to_truetype(source: Path, target: Path) -> None:
    """CFF outlines to quadratic ones, in place of the old table; metrics, names and cmap stay as they were."""
    font = TTFont(source, recalcTimestamp=False)
    glyphs = font.getGlyphSet()
    order = font.getGlyphOrder()
    glyf = newTable("glyf")
    glyf.glyphOrder = order
    glyf.glyphs = {}
    for name in order:
        pen = TTGlyphPen(glyphs)
        glyphs[name].draw(Cu2QuPen(pen, MAX_ERROR, reverse_direction=True))
        glyf.glyphs[name] = pen.glyph()
        # A TrueType outline is moved by its side bearing minus its left edge, so the two must agree after rounding.
        glyf.glyphs[name].recalcBounds(glyf)
        font["hmtx"][name] = (font["hmtx"][name][0], getattr(glyf.glyphs[name], "xMin", 0))
    font["loca"] = newTable("loca")
    font["glyf"] = glyf
    maxp = font["maxp"]
    maxp.tableVersion = 0x00010000
    for field, value in {"maxZones": 1, "maxComponentElements": 0, "maxComponentDepth": 0}.items():
        setattr(maxp, field, value)
    for field in ("TwilightPoints", "Storage", "FunctionDefs", "InstructionDefs", "StackElements"):
        setattr(maxp, "max" + field, 0)
    maxp.maxSizeOfInstructions = 0
    font["post"].formatType = 3.0
    for tag in ("CFF ", "VORG"):
        if tag in font:
            del font[tag]
    font.sfntVersion = "\x00\x01\x00\x00"
    font.save(target)


def main() -> None:
    work = Path(sys.argv[1]).resolve()
    work.mkdir(parents=True, exist_ok=True)
    unpack(work)
    for name, source in COPY.items():
        target = TARGET / name
        if target.exists():
            continue
        raw = (work / source).read_bytes()
        target.write_bytes(gzip.decompress(raw) if source.endswith(".gz") else raw)
    for name, source in CONVERT.items():
        if not (TARGET / name).exists():
            to_truetype(work / source, TARGET / name)


if __name__ == "__main__":
    main()
