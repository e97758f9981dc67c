"""The PDF in the making, on ReportLab's canvas: pages, parts that come again, pictures. Same calls, same bytes.

No clock, no random number and no user name goes in. Every font is embedded: the fourteen standard ones are never
named. Lengths are points, the origin is the lower left corner of the page. The file is made to be PDF/A-2b (ISO 19005-2):
fonts embedded, a text map, colours by an sRGB profile, metadata as XMP; docs/decisions/0003 says what checked it.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab import rl_config
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfdoc
from reportlab.pdfbase.pdfdoc import (
    XMP,
    PDFArray,
    PDFDictionary,
    PDFName,
    PDFObjectReference,
    PDFResourceDictionary,
    PDFStream,
    PDFStreamFilterZCompress,
    PDFString,
    xObjectName,
)
from reportlab.pdfgen.canvas import Canvas

from forms.typeset.fonts import FontUse
from forms.typeset.sfnt import Face
from resources import colour

A4 = (595.276, 841.89)
MAKER = "归雁"


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a page that is stored once: drawn by its name."""

    name: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in its frame. data: the bytes of a JPEG or PNG file; lower left corner, width and height."""

    data: bytes
    x: float
    y: float
    width: float
    height: float


Piece = str | Block | Picture  # str: operators of a content stream


# Streams are binary, not printable: half the work of a page was spelling it in letters (ASCII 85), a quarter of its size.
rl_config.useA85 = 0
_RESOURCES = "resources"


class _Canvas(Canvas):  # type: ignore[misc]  # ReportLab has no types
    """With one dictionary of fonts and parts for all pages, and without the preamble.

    The preamble would name Helvetica on every page and leave it unembedded.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._shared = PDFResourceDictionary()
        self._shared.basicFonts()
        self._doc.Reference(self._shared, _RESOURCES)

    def _make_preamble(self) -> None:
        self._preamble = ""

    def _setXObjects(self, thing: Any) -> None:
        for name in self._formsinuse:
            inside = xObjectName(name)
            self._shared.XObject.setdefault(inside, PDFObjectReference(inside))
        thing.Resources = PDFObjectReference(_RESOURCES)


class _Info(PDFDictionary):  # type: ignore[misc]  # ReportLab has no types
    """The document's data, without the dates and the words 'anonymous' and 'unspecified' of ReportLab's own."""

    __RefOnly__ = 1

    def __init__(self, title: str) -> None:
        super().__init__({"Title": PDFString(title), "Creator": PDFString(MAKER), "Producer": PDFString(MAKER)})
        self._title = title

    def digest(self, signature: Any) -> None:
        signature.update(self._title.encode())


def _xmp(title: str) -> bytes:
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>
<xmp:CreatorTool>{MAKER}</xmp:CreatorTool><pdf:Producer>{MAKER}</pdf:Producer>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(title)}</rdf:li></rdf:Alt></dc:title>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>""".encode()


def _ended(format_stream: Callable[[Any, Any], bytes]) -> Callable[[Any, Any], bytes]:
    """PDF/A wants an end of line before endstream (ISO 19005-2, 6.1.7.1), which ReportLab leaves out; it is not counted."""
    end = b"endstream\n"

    def format(stream: Any, document: Any) -> bytes:
        made = format_stream(stream, document)
        return made[: -len(end)] + b"\n" + end

    return format


PDFStream.format = _ended(PDFStream.format)


class _Flate(PDFStreamFilterZCompress):  # type: ignore[misc]  # ReportLab has no types
    """At a level that takes half the time of zlib's own for a twenty-fifth more bytes; zlib was a fifth of a form's time."""

    def encode(self, text: str | bytes) -> bytes:
        return zlib.compress(text.encode() if isinstance(text, str) else text, 4)


pdfdoc.PDFZCompress = _Flate()  # where ReportLab itself takes it from, for pages and forms


class Document:
    """One PDF. Its fonts and blocks are shared by all its pages."""

    def __init__(self, title: str) -> None:
        self._out = BytesIO()
        self._canvas = _Canvas(self._out, pagesize=A4, pageCompression=1, invariant=1, pdfVersion=(1, 7), lang="zh-CN")
        self._doc = self._canvas._doc
        self._doc.info = _Info(title)
        self._canvas.setCatalogEntry("Metadata", XMP(creator=lambda _document: _xmp(title)))
        self._canvas.setViewerPreference("DisplayDocTitle", "true")
        self._canvas.setViewerPreference("PrintScaling", "None")
        catalog = self._doc.Catalog
        catalog.__NoDefault__ = [*catalog.__NoDefault__, "OutputIntents"]
        profile = PDFStream(PDFDictionary({"N": 3}), colour.SRGB, [pdfdoc.PDFZCompress])
        intent = PDFDictionary({
            "Type": PDFName("OutputIntent"), "S": PDFName("GTS_PDFA1"),
            "OutputConditionIdentifier": PDFString("sRGB"), "DestOutputProfile": self._doc.Reference(profile),
        })  # fmt: skip
        self._canvas.setCatalogEntry("OutputIntents", PDFArray([intent]))
        self._blocks = 0
        self._fonts: dict[Path, FontUse] = {}
        self._pictures: dict[bytes, ImageReader] = {}

    def font(self, face: Face) -> FontUse:
        use = self._fonts.get(face.path)
        if use is None:
            use = self._fonts[face.path] = FontUse(face, f"F{len(self._fonts)}")
            self._doc.delayedFonts.append(use)
        return use

    def block(self, pieces: Sequence[Piece], size: tuple[float, float]) -> Block:
        """A part that is drawn more than once, stored once. size: of the pages that it is drawn on."""
        block = Block(f"B{self._blocks}")
        self._blocks += 1
        self._canvas.beginForm(block.name, 0, 0, *size)
        self._put(pieces)
        self._canvas.endForm()
        return block

    def page(self, pieces: Sequence[Piece], size: tuple[float, float] = A4) -> None:
        self._canvas.setPageSize(size)
        self._put(pieces)
        self._canvas.showPage()

    def _put(self, pieces: Sequence[Piece]) -> None:
        for piece in pieces:
            if isinstance(piece, str):
                self._canvas.addLiteral(piece)
            elif isinstance(piece, Block):
                self._canvas.doForm(piece.name)
            else:
                self._draw(piece)

    def _draw(self, picture: Picture) -> None:
        key = sha256(picture.data).digest()
        if key not in self._pictures:
            self._pictures[key] = ImageReader(BytesIO(picture.data))
        self._canvas.drawImage(self._pictures[key], picture.x, picture.y, picture.width, picture.height, preserveAspectRatio=True)

    def outline(self, title: str) -> None:
        """The page that is about to be put is listed under this title in the reader's side bar."""
        key = f"p{self._canvas.getPageNumber()}"
        self._canvas.bookmarkPage(key)
        self._canvas.addOutlineEntry(title, key)

    def bytes(self) -> bytes:
        self._canvas.save()
        return self._out.getvalue()
