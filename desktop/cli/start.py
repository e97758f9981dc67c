"""./run: the window on sample data, with a local county server beside it. With no screen: the demo, and it says so."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from desktop.cli import demo, sample
from desktop.cli.county import LocalCounty
from models.errors import GuiyanError
from models.services import desk as desks
from models.services import importing, joining
from resources import divisions

FOLDER = Path("sample-data")
ACCOUNT = "王芳"


def has_screen() -> bool:
    if os.name == "nt" or sys.platform == "darwin":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or os.environ.get("QT_QPA_PLATFORM"))


def prepare(folder: Path) -> LocalCounty:
    """The sample workspace and its county server's folder, made once and then kept as the visitor left them."""
    folder.mkdir(exist_ok=True)
    port_file = folder / "county.port"
    county = LocalCounty(folder, int(port_file.read_text()) if port_file.exists() else None)
    port_file.write_text(str(county.port))
    town = folder / "town"
    if not desks.exists(town):
        desk, _code = desks.init(town, sample.TOWNSHIP, ACCOUNT, demo.PASSWORD)
        book = folder / "花名册.xlsx"
        sample.write_roster(book, divisions.villages(sample.TOWNSHIP)[2].name)
        importing.accept(desk, importing.preview(desk, book))
        demo.set_office(desk)
        with county.running():
            joining.join(desk, county.ticket(sample.TOWNSHIP))
        desk.close()
    return county


def main() -> int:
    if not has_screen():
        print("没有屏幕（DISPLAY 未设置）：改为运行演示。There is no screen: running the demo instead.", flush=True)
        _, summary = demo.run(Path("demo-out"))
        print(summary)
        return 0
    county = prepare(FOLDER)
    print(f"示例数据在 {FOLDER}/；账号 {ACCOUNT}，密码 {demo.PASSWORD}", flush=True)
    from desktop import app

    with county.running():
        return app.run(FOLDER / "town", [])


if __name__ == "__main__":
    try:
        sys.exit(main())
    except GuiyanError as e:
        print(e.sentence, file=sys.stderr)
        sys.exit(1)
