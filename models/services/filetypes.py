"""What may be attached: photos and scans, known by their first bytes and not by their names."""

from __future__ import annotations

import re
from pathlib import Path, PurePath

from models.errors import KnownError, RuleError, reason
from models.sync.files import LARGEST

# What a file may be: by its first bytes, and by the ends of its name.
_KINDS = {
    "image/jpeg": (b"\xff\xd8\xff", (".jpg", ".jpeg"), "JPG 图片"),
    "image/png": (b"\x89PNG\r\n\x1a\n", (".png",), "PNG 图片"),
    "application/pdf": (b"%PDF-", (".pdf",), "PDF 文件"),
}
_FORBIDDEN = re.compile(r'[\\/:*?"<>|\x00-\x1f]')


def load(path: Path, most: int = LARGEST) -> bytes:
    """A file's bytes; refused by its size before it is read. most: more than LARGEST for a photo that is shrunk first."""
    try:
        refuse_large(path.name, path.stat().st_size, most)
        with path.open("rb") as f:
            return f.read(most + 1)
    except OSError as e:
        raise KnownError("file.read", f"无法读取 {path}：{reason(e)}。没有添加附件。") from e


def refuse_large(name: str, size: int, most: int = LARGEST) -> None:
    if size > most:
        raise RuleError(
            "attachment.large",
            f"{name} 有 {size / (1 << 20):.1f} MB，附件最大 {most >> 20} MB。请压缩照片，或把文件分成几个再添加。",
        )
    if size == 0:
        raise RuleError("attachment.empty", f"{name} 是空文件，没有添加。")


def media_type(name: str, data: bytes) -> str:
    """What a file is by its first bytes. Raises RuleError for anything but the three kinds, and for a name that lies."""
    ending = PurePath(name).suffix.lower()
    for kind, (magic, endings, words) in _KINDS.items():
        if data.startswith(magic):
            if ending not in endings:
                raise RuleError("attachment.name", f"{name} 的内容是 {words}，文件名却不是。没有添加，请核对是不是选错了文件。")
            return kind
    if any(ending in endings for _, endings, _ in _KINDS.values()):
        raise RuleError(
            "attachment.content", f"{name} 的内容不是 {ending[1:].upper()} 文件（可能已损坏或改过文件名），没有添加。"
        )
    raise RuleError("attachment.kind", f"{name} 不能作为附件。可添加的是照片和扫描件：JPG、PNG、PDF。")


def safe_name(title: str, kind: str) -> str:
    """A file name to offer on this PC: no folder, no forbidden sign, and the ending of what it is said to be.

    The title came from another office: it must not choose where a file is written, nor what opens it.
    """
    path = PurePath(_FORBIDDEN.sub("_", title))
    endings = _KINDS[kind][1] if kind in _KINDS else (".bin",)
    stem = path.stem.strip(". ")[:100] or "附件"
    return stem + (path.suffix if path.suffix.lower() in endings else endings[0])
