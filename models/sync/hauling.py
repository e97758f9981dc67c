"""Other devices' attachments on their way through this one: sealed files beside the database, handed on after the records.

They lie as they were found in a folder of the workspace, not in the database: there may be gigabytes of them, and a copy that
is lost costs one more stick. A file's answer lies beside it until its device writes anew.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from models.errors import GuiyanError, KnownError, RuleError, reason
from models.store.keyfile import write_atomically
from models.sync import freight, parcel
from models.sync.parcel import Head

FOLDER = "carried"
SPARE = 512 << 20  # bytes of the disk that are left to the records
_BODY, _ANSWER = ".files", ".filed"


@dataclass(frozen=True, slots=True)
class Handed:
    """One parcel of parts that was handed over; error says why the county did not take it."""

    head: Head
    sha256: str
    error: GuiyanError | None = None


def _plain(text: str) -> str:
    """What may stand in a file's name: the head of a parcel is nobody's word."""
    return "".join(c for c in text if c.isascii() and c.isalnum())[:32]


class Hold:
    """What a device carries. folder: its workspace."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER

    def _path(self, head: Head, sha256: str) -> Path:
        return self._folder / f"{_plain(head.device)}_{_plain(head.made)}_{head.first_seq:06}_{sha256[:32]}{_BODY}"

    def keep(self, head: Head, data: bytes, *, handed: bool = True) -> bool:
        """Keep a parcel; False when it was answered already. What was answered before its device wrote anew is let go, once
        that answer has been handed to it."""
        path = self._path(head, freight.fingerprint(data))
        if self.answered(head, freight.fingerprint(data)):
            return False
        for old in self._folder.glob(f"{_plain(head.device)}_*{_ANSWER}") if handed else ():
            if old.name.split("_")[1] < path.name.split("_")[1]:
                old.unlink(missing_ok=True)
        if path.exists():
            return True
        try:
            self._folder.mkdir(exist_ok=True)
            room = shutil.disk_usage(self._folder).free
        except OSError as e:
            raise KnownError("disk.write", f"无法写入工作区：{reason(e)}。附件没有留存，请把这个 U 盘直接带到县级。") from e
        if room < len(data) + SPARE:
            raise KnownError("disk.room", "本机磁盘空间不足，附件没有留存。请把这个 U 盘直接带到县级。")
        write_atomically(path, data)
        return True

    def answered(self, head: Head, sha256: str) -> bool:
        return self._path(head, sha256).with_suffix(_ANSWER).exists()

    def waiting(self) -> list[Path]:
        """What the county has not answered, each device's in order."""
        return sorted(p for p in self._folder.glob(f"*{_BODY}") if not p.with_suffix(_ANSWER).exists())

    def size(self, path: Path) -> int:
        """Bytes of a file that waits; 0 when a round has handed it over meanwhile."""
        try:
            return path.stat().st_size
        except FileNotFoundError:
            return 0

    def whole(self, path: Path) -> tuple[Head, bytes] | None:
        """A file that waits; None when a round has handed it over meanwhile, or when it was spoilt on this disk: that one is let
        go, its device has it still."""
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as e:
            raise KnownError("disk.read", f"无法读取工作区里转送的附件：{reason(e)}。请检查磁盘。") from e
        try:
            return parcel.peek(data), data
        except RuleError:
            path.unlink(missing_ok=True)
            return None

    def answers_for(self, device: str) -> list[bytes]:
        """The county's words for a device that should be handed to it."""
        found = [p.read_bytes() for p in sorted(self._folder.glob(f"{_plain(device)}_*{_ANSWER}"))]
        return list({freight.fingerprint(data): data for data in found if data}.values())

    def answer(self, path: Path, data: bytes) -> None:
        write_atomically(path.with_suffix(_ANSWER), data)
        path.unlink(missing_ok=True)

    def answered_on_stick(self, head: Head, data: bytes, beside: Collection[str]) -> bool:
        """An answer came on a stick; it is about those of its device's files that lie beside it there, by fingerprint."""
        there = {b[:32] for b in beside}
        mine = [p for p in self._folder.glob(f"{_plain(head.device)}_*{_BODY}") if p.stem.split("_")[3] in there]
        for path in mine:
            self.answer(path, data)
        return bool(mine)

    def forward(self, carry: Callable[[bytes], bytes], go_on: Callable[[int, int], bool]) -> list[Handed]:
        """Hand over what waits. What the county refuses for good is let go here; a cut connection raises, the rest waits.

        go_on(bytes across, bytes in all) answers whether to go on.
        """
        waiting = self.waiting()
        total, across, done = sum(map(self.size, waiting)), 0, list[Handed]()
        for path in waiting:
            if not go_on(across, total):
                break
            whole = self.whole(path)
            if whole is None:
                continue
            head, body = whole
            across, sha256 = across + len(body), freight.fingerprint(body)
            try:
                self.answer(path, carry(body))
                done.append(Handed(head, sha256))
            except RuleError as e:
                if e.code.startswith("session."):
                    raise  # about this device, not about the parcel
                done.append(Handed(head, sha256, e))
                path.unlink(missing_ok=True)
        return done
