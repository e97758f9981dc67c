"""Pictures of a copy: the 证件照 of the person whom it is about."""

from __future__ import annotations

from io import BytesIO

from models.services import attachments
from models.services.filling import Pictured, Subject, fills_picture

_EDGE = 600  # pixels: a photo of one inch at over 400 dpi. What is printed is kept with the paper, so no larger than it needs
_QUALITY = 90


@fills_picture("photo")
def _portrait(s: Subject) -> Pictured:
    found = attachments.portrait(s.desk, s.person) if s.person else None
    if found is None:
        return Pictured("证件照")
    data = attachments.read(s.desk, found.id)
    if data is None:
        return Pictured("证件照", found.title, why="还没有取到本机，框内空着；联网后在人员的附件里打开一次")
    printed = _printable(data)
    return Pictured("证件照", found.title, printed, "" if printed else "图片打不开，框内空着；请换一张")


def _printable(data: bytes) -> bytes:
    """The photo as it is printed, b'' when it cannot be read."""
    from models.photos import BROKEN, TOO_LARGE, upright  # the reader of pictures is loaded for the first one that is printed

    out = BytesIO()
    try:
        upright(data, _EDGE).save(out, "JPEG", quality=_QUALITY)
    except (TOO_LARGE, *BROKEN):
        return b""
    return out.getvalue()
