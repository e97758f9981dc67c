"""A folder on a USB stick: parcels are found, read and written; a file is either whole under its name or not there.

What the system says of a stick (full, write-protected, pulled out) becomes a sentence here and nowhere else.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from models.errors import KnownError
from models.store.keyfile import flush_folder
from models.sync.parcel import MOST, SUFFIX, Head, refused
from resources import divisions

PART = ".part"  # what a file is called until it is whole
_DEEPEST = 3  # folders within folders that are looked into
_UNFIT = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')  # what FAT32 and exFAT do not take in a name
_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
_GUARDED = {errno.EROFS, errno.EACCES, errno.EPERM}


def _told(error: OSError, path: Path) -> KnownError:
    if error.errno in _FULL:
        return KnownError(
            "stick.full", f"U 盘空间不足，{path.name} 没有写入，U 盘上原有的文件没有改动。请清理 U 盘或换一个再写。"
        )
    if error.errno in _GUARDED:
        return KnownError(
            "stick.readonly", f"不能写入 {path.parent}：U 盘写保护，或没有权限。请打开 U 盘的写保护开关，或换一个 U 盘。"
        )
    return KnownError("stick.gone", f"读写 {path.name} 时 U 盘出错或已拔出，这个文件没有处理完。请重新插好 U 盘再试，不会重复。")


def file_name(head: Head) -> str:
    """A name that a person can read and every file system takes."""
    division = divisions.get(head.office[:12])
    office = (division.name if division else "") + head.office[12:]
    who = f"{_UNFIT.sub(' ', office).strip()[:40] or head.office}{_UNFIT.sub('', head.letter)[:3]}机"
    moment = re.sub("[^0-9T]", "", head.made)
    if head.kind in ("files", "filed"):
        what = f"{'附件送县级' if head.kind == 'files' else '附件答复'}_{moment[:18]}-{head.first_seq:03}"
    elif head.kind == "batch":
        what = f"送县级_{head.first_seq:06}-{head.last_seq:06}" if head.last_seq >= head.first_seq else "送县级_取答复"
    else:
        what = f"县级答复_{moment[:15]}"
    return f"归雁_{who}_{_UNFIT.sub('', head.device)[-6:]}_{what}{SUFFIX}"


def shown(name: str) -> str:
    """A file's name as it may be shown and stored: one that is no UTF-8 (a disk written long ago) has marks in its place."""
    return os.fsencode(name).decode(errors="replace")


def find(folder: Path) -> list[Path]:
    """The parcels in a folder and its subfolders, in the order of their names. Raises KnownError without the folder, and when
    the stick fails: that is not the same as a stick with nothing on it."""
    if not folder.is_dir():
        raise KnownError("stick.folder", f"找不到文件夹 {folder}。请确认 U 盘已插好，再选一次。")
    return sorted(_walk(folder, SUFFIX))


def unfinished(folder: Path) -> list[Path]:
    """What was left of writing that did not come to its end."""
    return sorted(_walk(folder, SUFFIX + PART))


def _walk(folder: Path, suffix: str) -> Iterator[Path]:
    def failed(error: OSError) -> None:
        if error.errno not in _GUARDED:  # a folder that is not ours to look into holds nothing of ours
            raise _told(error, Path(error.filename or folder))

    for at, folders, names in os.walk(folder, onerror=failed):
        here = Path(at)
        deep = len(here.relative_to(folder).parts)
        folders[:] = [f for f in folders if deep < _DEEPEST and not f.startswith((".", "$")) and f != "System Volume Information"]
        yield from (here / n for n in names if n.lower().endswith(suffix) and not n.startswith("."))


def read(path: Path) -> bytes:
    """The bytes of a file. Raises KnownError when the stick fails, RuleError for a file that is none of ours."""
    try:
        there = path.lstat()
        if not stat.S_ISREG(there.st_mode):  # a device or a pipe has no end, and a link leads off the stick
            raise refused("foreign", "这是链接或特殊文件，不是归雁写的，没有读入。")
        if there.st_size > MOST:
            raise refused("foreign", "文件过大，不是归雁写的，没有读入。")
        return path.read_bytes()
    except OSError as e:
        if e.errno in _GUARDED:
            raise KnownError("stick.unreadable", f"没有权限读取 {path.name}。请检查这个文件的权限。") from e
        raise _told(e, path) from e


def write(folder: Path, name: str, data: bytes) -> Path:
    """Write under a passing name, flush to the stick, then rename: a stick pulled out leaves the old file or none."""
    path = folder / name
    beside = folder / (name + PART)
    try:
        folder.mkdir(exist_ok=True)
        beside.unlink(missing_ok=True)  # a link of that name would lead the writing to whatever it points to
        with beside.open("xb") as f:
            f.write(data)
            f.flush()
            os.fsync(f.fileno())
        beside.replace(path)
        flush_folder(folder)
    except OSError as e:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise _told(e, path) from e
    return path


def room(folder: Path) -> int:
    """Free bytes of the stick that a folder is on."""
    try:
        return shutil.disk_usage(folder).free
    except OSError as e:
        raise _told(e, folder) from e


def remove(path: Path) -> bool:
    """Clear away a file that has done its service; False when the stick does not let us, which harms nothing."""
    try:
        path.unlink()
    except OSError:
        return False
    return True
