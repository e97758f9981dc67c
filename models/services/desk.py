"""Desk: an open workspace and the account that works at it; how one is made, unlocked, shared and joined to a county."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from models import scope
from models.base import new_id
from models.errors import KnownError, RuleError, reason
from models.records import Cell
from models.store import keyfile, opening, settings
from models.store.unit import Identity, Store
from models.tables.office import OFFICE
from resources import divisions


@dataclass(frozen=True, slots=True)
class Desk:
    """store: the open database; account: the name of who is signed in; folder: the workspace; key: its data key."""

    store: Store
    account: str
    folder: Path
    key: bytes = field(repr=False)

    @property
    def office(self) -> str:
        return self.store.identity.office

    @property
    def level(self) -> scope.Level:
        return scope.level_of(self.office)

    def close(self) -> None:
        self.store.close()


def default_folder() -> Path:
    """Where the workspace is when nobody says: the user's data folder."""
    chosen = os.environ.get("GUIYAN_WORKSPACE")
    if chosen:
        return Path(chosen)
    if os.name == "nt":
        return Path(os.environ.get("APPDATA", Path.home())) / "Guiyan"
    return Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share")) / "guiyan"


# Stands while a workspace is being made: what lies beside it has never been used, and nobody has seen its recovery code.
UNFINISHED = "guiyan.unfinished"
_FILES = (opening.KEYFILE, f"{opening.KEYFILE}.new", *(opening.DATABASE + end for end in ("", "-wal", "-shm", "-journal")))


def exists(folder: Path) -> bool:
    return _lies(folder / opening.KEYFILE) and not _lies(folder / UNFINISHED)


def _lies(path: Path) -> bool:
    """Whether a file is there; a folder that may not be looked into is told, not taken for an empty one."""
    try:
        return path.exists()
    except OSError as e:
        raise KnownError("workspace.closed", f"打不开文件夹 {path.parent}：{reason(e)}。数据未改动，请检查它的权限。") from e


def init(folder: Path, office: str, account: str, password: str) -> tuple[Desk, str]:
    """A new workspace for an office and its first account; returns the desk and the recovery code to print."""
    if not scope.is_office(office) or divisions.get(office[:12]) is None:
        raise RuleError("office.unknown", f"没有机构 {office}。请核对 12 位区划代码（委办局加后缀，如 411424000000-RS）。")
    keyfile.check_password(password)
    if not account.strip():
        raise RuleError("account.empty", "账号姓名不能为空。")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise KnownError("disk.write", f"无法建立文件夹 {folder}：{reason(e)}。") from e
    if (folder / UNFINISHED).exists():
        _clear(folder)  # an init that was cut off
    if (folder / opening.KEYFILE).exists() or (folder / opening.DATABASE).exists():
        raise KnownError("workspace.exists", f"{folder} 里已经有归雁的工作区，没有改动它。请换一个空文件夹。")
    keyfile.write_atomically(folder / UNFINISHED, b"")
    try:
        made = _make(folder, office, account.strip(), password)
        (folder / UNFINISHED).unlink()
    except BaseException:
        _clear(folder)
        raise
    return made


def _make(folder: Path, office: str, account: str, password: str) -> tuple[Desk, str]:
    wraps, key, code = keyfile.KeyFile.create(folder / opening.KEYFILE, account, password)
    store = opening.create_workspace(folder, key, Identity(new_id(), office))
    try:
        desk = Desk(store, wraps.accounts[0], folder, key)
        with store.write(desk.account, "建立工作区") as unit:
            unit.create("account", {"name": Cell.of(desk.account), "active": Cell.of(True)})
    except BaseException:
        store.close()
        raise
    return desk, code


def _clear(folder: Path) -> None:
    """Take away a workspace that was never finished; the mark goes last."""
    for name in (*_FILES, UNFINISHED):
        (folder / name).unlink(missing_ok=True)


def _wraps(folder: Path) -> keyfile.KeyFile:
    if _lies(folder / UNFINISHED):
        raise KnownError("workspace.missing", f"{folder} 里的工作区上次没有建成，里面没有内容。请重新建立工作区（init）。")
    return keyfile.KeyFile.load(folder / opening.KEYFILE)


def accounts(folder: Path) -> tuple[str, ...]:
    """The names on the unlock screen."""
    return _wraps(folder).accounts


def unlock(folder: Path, account: str, password: str) -> Desk:
    """Open the workspace as an account. account '' means the only one. Raises RuleError or KnownError, changing nothing."""
    wraps = _wraps(folder)
    name = account or (wraps.accounts[0] if len(wraps.accounts) == 1 else "")
    if not name:
        raise RuleError("account.which", f"这台电脑上有多个账号，请指明是哪一位：{'、'.join(wraps.accounts)}。")
    key = wraps.unlock(name, password)
    return Desk(opening.open_workspace(folder, key), name, folder, key)


def recover(folder: Path, code: str, account: str, new_password: str) -> Desk:
    """Open the workspace with the recovery code and give an account a new password."""
    wraps = _wraps(folder)
    key = wraps.recover(code)
    wraps.add_account(key, account, new_password)
    return Desk(opening.open_workspace(folder, key), account, folder, key)


def add_account(desk: Desk, account: str, password: str) -> None:
    """A further clerk on this PC."""
    account = account.strip()
    wraps = keyfile.KeyFile.load(desk.folder / opening.KEYFILE)
    if account in wraps.accounts:
        raise RuleError("account.exists", f"这台电脑上已有账号“{account}”。")
    wraps.add_account(desk.key, account, password)
    with desk.store.write(desk.account, "添加账号") as unit:
        unit.create("account", {"name": Cell.of(account), "active": Cell.of(True)})


def change_password(desk: Desk, old: str, new: str) -> None:
    wraps = keyfile.KeyFile.load(desk.folder / opening.KEYFILE)
    wraps.unlock(desk.account, old)
    wraps.add_account(desk.key, desk.account, new)
    with desk.store.write(desk.account, "修改密码") as unit:
        unit.audit("password")


def remove_account(desk: Desk, account: str) -> None:
    """Removing an account deletes its wrap: its password opens nothing any more."""
    if account == desk.account:
        raise RuleError("account.self", "不能删除正在使用的账号。请换一位同事登录后再删除。")
    keyfile.KeyFile.load(desk.folder / opening.KEYFILE).remove_account(account)
    with desk.store.write(desk.account, "删除账号") as unit:
        unit.audit("account.remove")


def switch(desk: Desk, account: str, password: str) -> Desk:
    """Another clerk takes the chair; the database stays open."""
    keyfile.KeyFile.load(desk.folder / opening.KEYFILE).unlock(account, password)
    return Desk(desk.store, account, desk.folder, desk.key)


def office_name(desk: Desk, code: str = "") -> str:
    """The full name of an office: 柘城县慈圣镇, 柘城县人力资源和社会保障局."""
    code = code or desk.office
    if len(code) > 12:
        with desk.store.read() as conn:
            return conn.execute(select(OFFICE.c.name).where(OFFICE.c.code == code)).scalar() or code
    found = divisions.get(code)
    return divisions.path(code) or (found.name if found else code)


def bureaus(desk: Desk) -> tuple[tuple[str, str], ...]:
    """(code, name) of the bureaus of this county, for referrals."""
    county = f"{desk.office[:6]}000000"
    with desk.store.read() as conn:
        query = select(OFFICE.c.code, OFFICE.c.name).where(OFFICE.c.parent == county, OFFICE.c.level == "bureau")
        return tuple((r.code, r.name) for r in conn.execute(query.order_by(OFFICE.c.code)))


# What an office adds of its own, for the papers it prints. Local settings: label by key.
OFFICE_SETTINGS = {
    "office.phone": "窗口电话",
    "office.supervision_phone": "监督电话",
    "office.address": "办公地址",
    "office.sign": "落款名称",
    "office.letterhead": "红头名称",
}


def get_setting(desk: Desk, key: str, default: object = None) -> object:
    with desk.store.read() as conn:
        return settings.get(conn, key, default)


def put_setting(desk: Desk, key: str, value: object) -> None:
    with desk.store.transaction() as conn:
        settings.put(conn, key, value)
