"""Pictures without a window: a photo made smaller before it is attached, photos and PDF pages to look at. For workers."""

from __future__ import annotations

from pathlib import PurePath

from PySide6.QtCore import QBuffer, QByteArray, QCoreApplication, QIODevice, Qt
from PySide6.QtGui import QImage, QImageReader, QImageWriter, QPainter

from models.errors import KnownError
from models.pdfium import PDFIUM

EDGE = 2000  # pixels: an A4 page at about 170 dpi, still readable on paper
_QUALITY = 80
LARGEST = 60 << 20  # bytes of a photo that is shrunk before it is attached
MOST_PAGES = 12  # of a PDF that are drawn; the file has them all


def shrink(name: str, data: bytes) -> tuple[str, bytes]:
    """(name, bytes) of the smaller picture; both as they came when it is no picture or would not get smaller.

    A smaller picture is a JPEG and its name says so. The place and the camera that a phone writes into a photo go.
    """
    image = picture(data, EDGE)
    if image is None:
        return name, data
    if image.hasAlphaChannel():
        paper = QImage(image.size(), QImage.Format.Format_RGB32)
        paper.fill(Qt.GlobalColor.white)
        painter = QPainter(paper)
        painter.drawImage(0, 0, image)
        painter.end()
        image = paper
    smaller = encoded(image, b"jpeg")
    return (str(PurePath(name).with_suffix(".jpg")), smaller) if len(smaller) < len(data) else (name, data)


def encoded(image: QImage, kind: bytes) -> bytes:
    """The bytes of an image file. kind: jpeg or png."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(kind))
    if kind == b"jpeg":
        writer.setQuality(_QUALITY)
    if not writer.write(image):
        raise KnownError("picture.write", _tr("无法处理这张图片，没有添加。请换一张，或用别的程序另存后再添加。"))
    return bytes(buffer.data().data())


def picture(data: bytes, edge: int) -> QImage | None:
    """A JPG or PNG as an upright image of at most edge pixels a side; None when it cannot be read. Fit for a worker."""
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setAutoTransform(True)
    size = reader.size()
    if bytes(reader.format().data()) not in (b"jpeg", b"png") or not size.isValid():
        return None
    if max(size.width(), size.height()) > edge:
        reader.setScaledSize(size.scaled(edge, edge, Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    return None if image.isNull() else image


def _tr(text: str) -> str:
    return QCoreApplication.translate("pictures", text)


def pages(pdf: bytes, width: int, most: int = MOST_PAGES) -> tuple[list[QImage], int]:
    """(pictures of the first pages, width pixels wide; how many pages there are). Raises KnownError for a broken file."""
    import pypdfium2

    found = []
    with PDFIUM:
        try:
            document = pypdfium2.PdfDocument(pdf)
            for n in range(min(len(document), most)):
                page = document[n]
                bitmap = page.render(scale=width / page.get_width(), rev_byteorder=True)
                image = QImage(bitmap.buffer, bitmap.width, bitmap.height, bitmap.stride, QImage.Format.Format_RGB888)
                found.append(image.copy())
            return found, len(document)
        except pypdfium2.PdfiumError as e:
            raise KnownError("pdf.broken", _tr("这个 PDF 文件无法打开，可能已损坏或设了密码。")) from e
