"""The sealed parts of attachments on a device, one file each beside the database (decision 0006).

A file's name is a keyed hash of the part's SHA-256 and its content is AES-256-GCM under a key of its own, both derived
from the workspace's data key: a stolen disk tells neither what is in a photo nor whether a known photo is there.
Files are written whole and never changed, so that a backup copies only the new ones.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import threading
from collections.abc import Iterable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from models.errors import KnownError, reason
from models.store.keyfile import write_atomically

FOLDER = "files"
_NONCE = 12
_WRITING = threading.Lock()  # two threads may be given the same photo at once


class Vault:
    """Parts by their SHA-256 (64 hex digits). folder: the workspace; key: its data key of 32 bytes."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self._folder = folder / FOLDER
        derived = HKDF(algorithm=hashes.SHA256(), length=64, salt=None, info=b"guiyan files").derive(key)
        self._names, self._box = derived[:32], AESGCM(derived[32:])

    def _path(self, sha256: str) -> Path:
        name = hmac.new(self._names, sha256.encode(), hashlib.sha256).hexdigest()[:40]
        return self._folder / name[:2] / name[2:]

    def put(self, body: bytes) -> str:
        """Keep a part; returns its SHA-256. It is on the disk when this returns. Raises KnownError when it cannot be."""
        sha256 = hashlib.sha256(body).hexdigest()
        path, nonce = self._path(sha256), os.urandom(_NONCE)
        with _WRITING:
            if self.get(sha256) is not None:  # as young as a new one, or keep_only() takes it before it is attached
                with contextlib.suppress(OSError):
                    os.utime(path)
            else:  # absent, or spoilt on the disk: then it is written anew
                try:
                    path.parent.mkdir(parents=True, exist_ok=True)
                except OSError as e:
                    raise KnownError(
                        "disk.write", f"无法写入附件文件夹 {self._folder}：{reason(e)}。附件没有保存，其他数据完好。"
                    ) from e
                write_atomically(path, nonce + self._box.encrypt(nonce, body, sha256.encode()))
        return sha256

    def get(self, sha256: str) -> bytes | None:
        """A part, or None when it is not here or no longer what it was."""
        try:
            sealed = self._path(sha256).read_bytes()
            return self._box.decrypt(sealed[:_NONCE], sealed[_NONCE:], sha256.encode())
        except (FileNotFoundError, InvalidTag, ValueError):
            return None
        except OSError as e:
            raise KnownError("disk.read", f"无法读取附件文件夹 {self._folder}：{reason(e)}。请检查磁盘和文件夹权限。") from e

    def keep_only(self, wanted: Iterable[str], before: float) -> int:
        """Delete files of other parts that were written before a moment (seconds since 1970); returns how many."""
        kept, gone = {self._path(sha256) for sha256 in wanted}, 0
        for path in self._folder.glob("??/*"):
            if path not in kept and path.stat().st_mtime < before:
                path.unlink(missing_ok=True)
                gone += 1
        return gone
