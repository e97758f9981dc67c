"""Writes the PDF file: pages, reusable blocks, embedded fonts. The same calls give the same bytes.

Source: ISO 32000-1, 7.5 (file structure), 9.7 (composite fonts), 9.10.3 (ToUnicode).
No clock, no random number and no user name goes in. Every font is embedded: the fourteen standard ones are never
named. Lengths are points, the origin is the lower left corner of the page.
"""

from __future__ import annotations

import zlib
from hashlib import sha256
from pathlib import Path

from forms.typeset.sfnt import Face

A4 = (595.276, 841.89)


class FontUse:
    """One face as one document uses it: glyph codes are given in order of first use, one a character.

    One a character and not one a glyph, so that two characters drawn alike (一 and the radical ⼀) are both found
    again by a search.
    """

    def __init__(self, face: Face, name: str) -> None:
        self.face = face
        self.name = name
        self._codes: dict[str, int] = {}
        self._gids = [0]

    def code(self, character: str, gid: int) -> int:
        known = self._codes.get(character)
        if known is None:
            known = self._codes[character] = len(self._gids)
            self._gids.append(gid)
        return known

    def em(self, gid: int) -> float:
        return self.face.advance(gid) / self.face.em

    def objects(self, writer: Document) -> int:
        face, scale = self.face, 1000 / self.face.em
        program = face.subset(self._gids)
        letters = "".join(chr(65 + b % 26) for b in sha256(program).digest()[:6])
        name = f"{letters}+{_postscript_name(face.path)}"
        file = writer.stream(program, f"/Length1 {len(program)}")
        box = " ".join(str(round(v * scale)) for v in face.box)
        descriptor = writer.add(
            f"<</Type/FontDescriptor/FontName/{name}/Flags 4/FontBBox[{box}]/ItalicAngle 0/StemV 80"
            f"/Ascent {round(face.ascent * scale)}/Descent {round(face.descent * scale)}"
            f"/CapHeight {round(face.ascent * scale)}/FontFile2 {file} 0 R>>"
        )
        widths = " ".join(f"{face.advance(g) * scale:.4g}" for g in self._gids)
        child = writer.add(
            f"<</Type/Font/Subtype/CIDFontType2/BaseFont/{name}/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
            f"/Supplement 0>>/DW 1000/W[0[{widths}]]/CIDToGIDMap/Identity/FontDescriptor {descriptor} 0 R>>"
        )
        unicode = writer.stream(self._to_unicode())
        return writer.add(
            f"<</Type/Font/Subtype/Type0/BaseFont/{name}/Encoding/Identity-H"
            f"/DescendantFonts[{child} 0 R]/ToUnicode {unicode} 0 R>>"
        )

    def _to_unicode(self) -> bytes:
        entries = [f"<{code:04x}><{c.encode('utf-16-be').hex()}>" for c, code in self._codes.items()]
        blocks = []
        for i in range(0, len(entries), 100):  # no block may hold more
            block = entries[i : i + 100]
            blocks.append(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar\n")
        return (
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
            "/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def\n"
            "/CMapName/Adobe-Identity-UCS def\n/CMapType 2 def\n"
            "1 begincodespacerange\n<0000><ffff>\nendcodespacerange\n"
            + "".join(blocks)
            + "endcmap\nCMapName currentdict/CMap defineresource pop\nend\nend\n"
        ).encode("ascii")


def _postscript_name(path: Path) -> str:
    return "".join(c for c in path.stem if c.isascii() and (c.isalnum() or c == "-")) or "Face"


def text_string(text: str) -> str:
    """A PDF text string (UTF-16BE with its mark), as hexadecimal."""
    return f"<feff{text.encode('utf-16-be').hex()}>"


class Document:
    """One PDF in the making. Objects 1 to 3 are the catalogue, the page tree and the shared resources."""

    def __init__(self, title: str, size: tuple[float, float] = A4) -> None:
        self.title = title
        self.size = size
        self._objects: list[bytes] = [b"", b"", b""]
        self._pages: list[int] = []
        self._blocks: list[tuple[str, int]] = []
        self._fonts: dict[Path, FontUse] = {}

    @property
    def pages(self) -> int:
        return len(self._pages)

    def add(self, body: str) -> int:
        self._objects.append(body.encode("latin-1"))
        return len(self._objects)

    def stream(self, content: bytes, entries: str = "") -> int:
        packed = zlib.compress(content)
        head = f"<<{entries}/Filter/FlateDecode/Length {len(packed)}>>stream\n".encode("latin-1")
        self._objects.append(b"".join((head, packed, b"\nendstream")))
        return len(self._objects)

    def font(self, face: Face) -> FontUse:
        use = self._fonts.get(face.path)
        if use is None:
            use = self._fonts[face.path] = FontUse(face, f"F{len(self._fonts)}")
        return use

    def block(self, content: str) -> str:
        """Content that is drawn more than once, stored once. Returns the operators that draw it."""
        width, height = self.size
        number = self.stream(
            content.encode("ascii"),
            f"/Type/XObject/Subtype/Form/BBox[0 0 {width:.2f} {height:.2f}]/Resources 3 0 R",
        )
        name = f"B{len(self._blocks)}"
        self._blocks.append((name, number))
        return f"/{name} Do\n"

    def page(self, content: str) -> None:
        number = self.stream(content.encode("ascii"))
        self._pages.append(self.add(f"<</Type/Page/Parent 2 0 R/Contents {number} 0 R>>"))

    def bytes(self) -> bytes:
        fonts = "".join(f"/{use.name} {use.objects(self)} 0 R" for use in self._fonts.values())
        blocks = "".join(f"/{name} {number} 0 R" for name, number in self._blocks)
        width, height = self.size
        kids = " ".join(f"{n} 0 R" for n in self._pages)
        info = self.add(
            f"<</Title{text_string(self.title)}/Creator{text_string('归雁')}/Producer{text_string('归雁')}>>"
        )
        self._objects[0] = (
            b"<</Type/Catalog/Pages 2 0 R/Lang(zh-CN)/ViewerPreferences<</DisplayDocTitle true/PrintScaling/None>>>>"
        )
        self._objects[1] = (
            f"<</Type/Pages/Count {len(self._pages)}/Kids[{kids}]/Resources 3 0 R/MediaBox[0 0 {width} {height}]>>"
        ).encode("ascii")
        self._objects[2] = f"<</Font<<{fonts}>>/XObject<<{blocks}>>>>".encode("ascii")
        out: list[bytes] = [b"%PDF-1.7\n%\xe5\xbd\x92\xe9\x9b\x81\n"]
        at, places = len(out[0]), []
        for number, body in enumerate(self._objects, 1):
            piece = b"%d 0 obj\n%b\nendobj\n" % (number, body)
            places.append(b"%010d 00000 n \n" % at)
            out.append(piece)
            at += len(piece)
        name = sha256(b"".join(out)).hexdigest()[:32]
        out.append(b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1))
        out += places
        out.append(
            f"trailer\n<</Size {len(places) + 1}/Root 1 0 R/Info {info} 0 R/ID[<{name}><{name}>]>>\n"
            f"startxref\n{at}\n%%EOF\n".encode("ascii")
        )
        return b"".join(out)
