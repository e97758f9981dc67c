"""An office's own font files for its papers, one for each of the chains 仿宋, 楷体, 黑体, 小标宋, 宋体.

A file is copied into the workspace, so that papers look the same after the stick it came from is gone. The shipped
faces stay behind it for characters that it lacks.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import forms
from models.errors import KnownError, RuleError, reason
from models.services.desk import Desk
from models.store import settings
from models.store.keyfile import write_atomically

_KEY = "fonts"
_LARGEST = 100_000_000  # bytes: the largest Chinese fonts have some 40 MB


def names(desk: Desk) -> dict[str, str]:
    """Chain → the name of the file the office chose; '' for the shipped face."""
    chosen = _chosen(desk)
    return {chain: chosen.get(chain, ["", ""])[1] for chain in forms.CHAINS}


def files(desk: Desk) -> dict[str, Path]:
    """Chain → the office's file in the workspace, for forms.render()."""
    return {chain: _folder(desk) / stored for chain, (stored, _name) in _chosen(desk).items()}


def choose(desk: Desk, chain: str, file: Path | None) -> None:
    """Use a TrueType file for a chain from now on; None is the shipped face again. Raises RuleError naming what is
    wrong with the file; nothing is changed then."""
    if chain not in forms.CHAINS:
        raise RuleError("font.chain", f"没有名为“{chain}”的字体位置，可用的有：{'、'.join(forms.CHAINS)}。")
    entry = None if file is None else [_taken(desk, file), file.name]
    with desk.store.write(desk.account, "选择字体") as unit:
        kept = {k: v for k, v in (settings.get(unit.conn, _KEY) or {}).items() if k != chain}
        settings.put(unit.conn, _KEY, {**kept, **({chain: entry} if entry else {})} or None)
        unit.audit("font", "", "", {"chain": chain, "file": entry[1] if entry else ""})


def _taken(desk: Desk, file: Path) -> str:
    """Check a font file and copy it; returns where it is in the folder: under its own name, which the papers carry, in
    a folder named by its content, so that a face that is open is never written over."""
    try:
        if file.stat().st_size > _LARGEST:
            raise RuleError("font.large", f"字体文件“{file.name}”超过 100 MB，请核对是否选对了文件。")
        data = file.read_bytes()
    except OSError as e:
        raise KnownError("font.read", f"无法读取字体文件 {file}：{reason(e)}。") from e
    try:
        forms.check_font(file)
    except forms.FormError as e:
        raise RuleError(e.code, e.sentence) from e
    stored = Path(hashlib.sha256(data).hexdigest()[:16]) / file.name
    try:
        (_folder(desk) / stored).parent.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise KnownError("disk.write", f"无法在 {_folder(desk)} 保存字体：{reason(e)}。请检查磁盘空间和权限。") from e
    write_atomically(_folder(desk) / stored, data)
    return stored.as_posix()


def _folder(desk: Desk) -> Path:
    return desk.folder / "fonts"


def _chosen(desk: Desk) -> dict[str, list[str]]:
    with desk.store.read() as conn:
        return dict(settings.get(conn, _KEY) or {})
