"""./run: the window on sample data, with a local county server beside it. With no screen: the demo, and it says so."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from desktop.cli import demo, sample
from desktop.cli.county import LocalCounty, is_free
from models.calling import ended
from models.errors import KnownError, RuleError
from models.services import desk as desks
from models.services import importing, joining
from resources import divisions

FOLDER = Path("sample-data")
ACCOUNT = "王芳"
PATIENCE = 5.0  # seconds that a server whose window was killed is given to notice and end


def prepare(folder: Path) -> LocalCounty:
    """The sample workspace and its county server's folder, made once and then kept as the visitor left them.

    The server keeps its port for as long as it can have it; else it takes another, and the workspace is told where it is.
    """
    folder.mkdir(exist_ok=True)
    port_file, town = folder / "county.port", folder / "town"
    kept = int(port_file.read_text()) if port_file.exists() else None
    county = LocalCounty(folder, kept if kept and _free_soon(kept) else None)
    if not desks.exists(town):
        desk, _code = desks.init(town, sample.TOWNSHIP, ACCOUNT, demo.PASSWORD)
        book = folder / "花名册.xlsx"
        sample.write_roster(book, divisions.villages(sample.TOWNSHIP)[2].name)
        importing.accept(desk, importing.preview(desk, book))
        demo.set_office(desk)
        desk.close()
    if county.port != kept:
        _join(town, county)
        port_file.write_text(str(county.port))  # last: a start that was cut off joins again
    return county


def _free_soon(port: int) -> bool:
    end = time.monotonic() + PATIENCE
    while not is_free(port):
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def _join(town: Path, county: LocalCounty) -> None:
    try:
        desk = desks.unlock(town, ACCOUNT, demo.PASSWORD)
    except RuleError as e:
        words = f"示例的县级服务器换了端口（原来的被别的程序占用），示例账号的密码又已改过，不能告诉它。请关闭占用端口的程序，或删除 {town.parent}/ 重新开始。"
        raise KnownError("county.moved", words) from e
    try:
        with county.running():
            joining.join(desk, county.ticket(sample.TOWNSHIP))
    finally:
        desk.close()


def main() -> int:
    from desktop import app

    if not app.has_screen():
        print("没有屏幕（DISPLAY 未设置）：改为运行演示。There is no screen: running the demo instead.", flush=True)
        _, summary = demo.run(Path("demo-out"))
        print(summary)
        return 0
    if app.brought_forward(FOLDER / "town"):
        return 0
    county = prepare(FOLDER)
    print(f"示例数据在 {FOLDER}/；账号 {ACCOUNT}，密码 {demo.PASSWORD}", flush=True)
    with county.running():
        return app.run(FOLDER / "town", [])


if __name__ == "__main__":
    sys.exit(ended(main, FOLDER / "start.log"))
