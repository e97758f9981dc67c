"""The key file beside the database: one random data key, wrapped once for each way of opening it.

An account's wrap is AES-256-GCM under Argon2id of the password; the recovery code carries 160 random bits and
needs no stretching; the county's wrap is sealed to its X25519 key, so that a forgotten password loses nothing.
A password change re-wraps 32 bytes; the database is never re-encrypted for it.
"""

from __future__ import annotations

import base64
import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from models.errors import KnownError, RuleError, reason
from models.records import canonical, parse_json

# RFC 9106, second recommended option, with the memory an old office PC can spare: about 0.2 s.
ARGON = {"time_cost": 3, "memory_cost": 65536, "parallelism": 1}
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O or U to misread


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _raw(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _stretch(password: str, salt: bytes, cost: dict[str, int]) -> bytes:
    return hash_secret_raw(password.encode(), salt, hash_len=32, type=Type.ID, **cost)


def _derive(secret: bytes, salt: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=purpose).derive(secret)


def _seal(key: bytes, data: bytes, label: str) -> dict[str, str]:
    nonce = os.urandom(12)
    return {"nonce": _b64(nonce), "box": _b64(AESGCM(key).encrypt(nonce, data, label.encode()))}


def _open(key: bytes, sealed: dict[str, str], label: str) -> bytes:
    return AESGCM(key).decrypt(_raw(sealed["nonce"]), _raw(sealed["box"]), label.encode())


def check_password(password: str) -> None:
    """Raises RuleError for a password that is too short to protect a stolen PC."""
    if len(password) < 8:
        raise RuleError("password.short", "密码至少 8 个字符，请换一个长一些的密码。")


def refuse_special(path: Path) -> None:
    """Raises OSError where a folder or a device has the name: to put a file in the place of /dev/null would take it away."""
    if path.exists() and not path.is_file():
        raise OSError(errno.EISDIR if path.is_dir() else errno.EINVAL, "not a file", str(path))


def write_atomically(path: Path, data: bytes) -> None:
    """Old content or new content, whatever happens: write beside, flush to the disk, rename, flush the folder."""
    with _beside(path, data) as written:
        written.replace(path)
    flush_folder(path.parent)


def try_out(path: Path, size: int) -> None:
    """What write_atomically would raise, as far as it can be known before the data are there: that many bytes are written
    beside the file and taken away again."""
    with _beside(path, bytes(size)) as written:
        written.unlink()


@contextmanager
def _beside(path: Path, data: bytes) -> Iterator[Path]:
    """A file beside this one with the data, safe on the disk; taken away when that or what is done with it fails."""
    beside = path.parent / f"{path.name}.new"
    try:
        refuse_special(path)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as f:
            f.write(data)
            f.flush()
            os.fsync(f.fileno())
        yield beside
    except OSError as e:
        with contextlib.suppress(OSError):
            beside.unlink()
        why = reason(e)
        if isinstance(e, FileNotFoundError):  # what /proc says of every new file, though it is there
            why = "这个文件夹里不能存放文件" if path.parent.is_dir() else f"没有 {path.parent} 这个文件夹"
        raise KnownError("disk.write", f"无法写入 {path}：{why}。原文件未改动，请检查磁盘空间和权限。") from e


def flush_folder(folder: Path) -> None:
    """The renaming itself onto the disk, where the system can do that: some file systems of sticks cannot, and need not,
    since the file is flushed already."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class KeyFile:
    """The wraps of one workspace's data key. Every change is on the disk when the method returns."""

    def __init__(self, path: Path, data: dict[str, Any]) -> None:
        self._path = path
        self._data = data

    @classmethod
    def create(cls, path: Path, account: str, password: str) -> tuple[KeyFile, bytes, str]:
        """A new data key for a new workspace: (key file, data key of 32 bytes, recovery code to print)."""
        check_password(password)
        key = os.urandom(32)
        made = cls(path, {"version": 1, "accounts": [], "recovery": None, "county": None})
        raw = secrets.token_bytes(20)
        code = "".join(_ALPHABET[b & 31] for b in _five_bits(raw))
        code = "-".join(code[i : i + 4] for i in range(0, 32, 4))
        salt = os.urandom(16)
        made._data["recovery"] = {
            "salt": _b64(salt),
            **_seal(_derive(code.replace("-", "").encode(), salt, b"guiyan recovery"), key, "recovery"),
        }
        made.add_account(key, account, password)
        return made, key, code

    @classmethod
    def load(cls, path: Path) -> KeyFile:
        try:
            data = parse_json(path.read_bytes())
        except FileNotFoundError as e:
            raise KnownError(
                "workspace.missing", f"{path.parent} 里没有归雁的工作区（缺少密钥文件）。请先执行 init，或换一个文件夹。"
            ) from e
        except NotADirectoryError as e:
            raise KnownError("workspace.missing", f"{path.parent} 不是文件夹，里面没有归雁的工作区。请换一个文件夹。") from e
        except OSError as e:
            raise KnownError("keyfile.read", f"无法读取密钥文件 {path}：{reason(e)}。数据未改动。") from e
        except ValueError as e:
            raise KnownError("keyfile.broken", f"密钥文件 {path} 无法读取，数据未改动。请从备份中恢复这个文件。") from e
        if not isinstance(data, dict) or data.get("version") != 1 or not _named(data.get("accounts")):
            raise KnownError("keyfile.broken", f"密钥文件 {path} 不是本版本的归雁密钥文件，数据未改动。")
        return cls(path, data)

    @property
    def accounts(self) -> tuple[str, ...]:
        return tuple(a["name"] for a in self._data["accounts"])

    def unlock(self, account: str, password: str) -> bytes:
        """The data key. Raises RuleError for an unknown account or a wrong password; takes about 0.2 s."""
        wrap = next((a for a in self._data["accounts"] if a["name"] == account), None)
        if wrap is None:
            raise RuleError("account.unknown", f"这台电脑上没有账号“{account}”。现有账号：{'、'.join(self.accounts)}。")
        try:
            return _open(_stretch(password, _raw(wrap["salt"]), wrap["cost"]), wrap, account)
        except InvalidTag as e:
            raise RuleError("password.wrong", f"账号“{account}”的密码不对，请重新输入。数据未改动。") from e
        except (KeyError, TypeError, ValueError, HashingError) as e:
            raise self._broken() from e

    def recover(self, code: str) -> bytes:
        """The data key from the recovery code, written with or without dashes, in either case."""
        tidy = code.upper().replace("-", "").replace(" ", "").replace("O", "0").replace("I", "1").replace("L", "1")
        wrap = self._data["recovery"]
        try:
            return _open(_derive(tidy.encode(), _raw(wrap["salt"]), b"guiyan recovery"), wrap, "recovery")
        except InvalidTag as e:
            raise RuleError("recovery.wrong", "恢复码不对，请对照打印的恢复码逐字核对。数据未改动。") from e
        except (KeyError, TypeError, ValueError) as e:
            raise self._broken() from e

    def add_account(self, key: bytes, account: str, password: str) -> None:
        """Add an account, or give an existing one a new password."""
        if not account.strip():
            raise RuleError("account.empty", "账号姓名不能为空。")
        check_password(password)
        salt = os.urandom(16)
        wrap = {"name": account, "salt": _b64(salt), "cost": ARGON, **_seal(_stretch(password, salt, ARGON), key, account)}
        self._data["accounts"] = [a for a in self._data["accounts"] if a["name"] != account] + [wrap]
        self._save()

    def remove_account(self, account: str) -> None:
        """Deletes the account's wrap. The last one stays: without it only the recovery code would open the data."""
        rest = [a for a in self._data["accounts"] if a["name"] != account]
        if not rest:
            raise RuleError("account.last", "这是最后一个账号，不能删除。请先添加另一个账号。")
        self._data["accounts"] = rest
        self._save()

    def seal_to_county(self, key: bytes, public_key: bytes) -> None:
        """Wrap the data key once more for the county's X25519 key (32 bytes), given with the enrolment ticket."""
        ephemeral = X25519PrivateKey.generate()
        shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(public_key))
        mine = ephemeral.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self._data["county"] = {
            "ephemeral": _b64(mine),
            **_seal(_derive(shared, mine + public_key, b"guiyan county"), key, "county"),
        }
        self._save()

    def open_as_county(self, private_key: bytes) -> bytes:
        """The data key by the county's X25519 private key (32 bytes)."""
        wrap = self._data["county"]
        if wrap is None:
            raise RuleError("recovery.none", "这个工作区没有加入过县级，县级恢复密钥打不开它。")
        mine = X25519PrivateKey.from_private_bytes(private_key)
        public = mine.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        ephemeral = _raw(wrap["ephemeral"])
        shared = mine.exchange(X25519PublicKey.from_public_bytes(ephemeral))
        try:
            return _open(_derive(shared, ephemeral + public, b"guiyan county"), wrap, "county")
        except InvalidTag as e:
            raise RuleError("recovery.wrong", "县级恢复密钥与这个工作区不符。数据未改动。") from e

    def _broken(self) -> KnownError:
        return KnownError("keyfile.broken", f"密钥文件 {self._path} 的内容不完整，数据未改动。请从备份中恢复这个文件。")

    def _save(self) -> None:
        write_atomically(self._path, canonical(self._data).encode())


def _named(accounts: Any) -> bool:
    return isinstance(accounts, list) and all(isinstance(a, dict) and isinstance(a.get("name"), str) for a in accounts)


def _five_bits(raw: bytes) -> list[int]:
    value = int.from_bytes(raw, "big")
    return [value >> (5 * i) & 31 for i in range(len(raw) * 8 // 5)]
