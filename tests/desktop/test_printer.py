"""A paper through a real printing service: a CUPS of the test's own, whose printer writes what it prints to a file.

It sees a configuration of its own in place of /etc/cups, in a mount namespace that goes away with it; its spool and
what it prints lie in a folder of the test. Whatever service runs on this machine is not asked and not touched.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from PIL import Image, ImageChops, ImageStat

from desktop.pages.notices import printer
from desktop.pages.notices.printer import Job
from forms import Cell, render
from forms.registry import get
from models.errors import KnownError

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or (os.geteuid() != 0 and not os.environ.get("CI")), reason="a mount namespace is Linux's, and root's"
)
PPD = "/usr/share/ppd/cups-pdf/CUPS-PDF_noopt.ppd"
DAEMON = """
LogLevel warn
Listen {address}
Browsing Off
WebInterface No
DefaultAuthType None
<Location />
Order allow,deny
Allow all
</Location>
<Location /admin>
Order allow,deny
Allow all
</Location>
<Policy default>
<Limit All>
Order deny,allow
</Limit>
</Policy>
"""
FILES = """
SystemGroup root
ServerRoot {at}/etc
CacheDir {at}/cache
StateDir {at}/state
RequestRoot {at}/spool
TempDir {at}/spool/tmp
AccessLog {at}/log/access
ErrorLog {at}/log/error
PageLog {at}/log/page
Sandboxing relaxed
"""
BACKEND = """
Out {at}/out
AnonDirName {at}/out
Spool {at}/pdf
Log {at}/log
"""


def _free_address() -> str:
    """Of this machine alone. A socket of another place than the usual is not told what a printer can do (lpoptions -l)."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{found.getsockname()[1]}"


class Cups:
    """folder: of all it writes."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None
        for name in ("etc/ppd", "etc/ssl", "cache", "state/certs", "spool/tmp", "out", "pdf", "log"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        for name, text in (("cupsd.conf", DAEMON), ("cups-files.conf", FILES), ("cups-pdf.conf", BACKEND)):
            (folder / "etc" / name).write_text(text.format(at=folder, address=address))
        for path in (folder, *folder.rglob("*")):  # the service gives up root's rights
            shutil.chown(path, "root", "lp")
            path.chmod(path.stat().st_mode | 0o070 | (0o005 if path.is_dir() else 0o004))

    def start(self) -> None:
        etc = self.folder / "etc"
        own = f'mount --bind "{etc}" /etc/cups && exec cupsd -f -c "{etc}/cupsd.conf" -s "{etc}/cups-files.conf"'
        self.process = subprocess.Popen(["unshare", "--mount", "sh", "-c", own])
        self.until(lambda: "scheduler is running" in self.say("lpstat", "-r"), "the service")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            self.process = None

    def say(self, *command: str) -> str:
        env = {**os.environ, "LC_ALL": "C"}
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, env=env, check=False)
        return done.stdout + done.stderr

    def add(self, name: str, ppd: str = PPD) -> None:
        self.say("lpadmin", "-p", name, "-v", "cups-pdf:/", "-P", ppd, "-E")
        assert name in self.say("lpstat", "-e").split()

    def until(self, holds: Callable[[], object], what: str) -> None:
        ends = time.monotonic() + 30
        while not holds():
            assert time.monotonic() < ends, f"never came: {what}\n" + (self.folder / "log" / "error").read_text("utf-8", "replace")[-2000:]
            time.sleep(0.1)

    def printed(self) -> Path:
        """The one file that was printed, once the service is done with it."""
        self.until(lambda: list((self.folder / "out").glob("*.pdf")) and not self.say("lpstat", "-o").strip(), "the paper")
        (one,) = (self.folder / "out").glob("*.pdf")
        return one


@pytest.fixture
def cups(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cups]:
    assert [c for c in ("cupsd", "lp", "lpstat", "lpadmin", "unshare") if shutil.which(c) is None] == []
    assert Path(PPD).exists()
    folder = Path(tempfile.mkdtemp(prefix="cups-", dir="/tmp"))
    address = _free_address()
    monkeypatch.setenv("CUPS_SERVER", address)
    made = Cups(folder, address)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder)


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    file = tmp_path / "座谈会通知.pdf"
    letter = get("notice.meeting").sample()
    other = replace(letter, cells={**letter.cells, "notice.body": Cell("正文", "请您参加。\n" * 9)})
    file.write_bytes(render("notice.meeting", [letter, other]))
    return file


def pictures(file: Path) -> list[Image.Image]:
    with pdfium.PdfDocument(file) as document:
        return [page.render(scale=1.5).to_pil().convert("L") for page in document]


def difference(one: Image.Image, other: Image.Image) -> float:
    """As a share of the ink of the first. Four dots count as one: the printer's program draws each line a shade lighter."""
    one, other = one.reduce(4), other.reduce(4)
    blank = Image.new("L", one.size, 255)
    unlike, all_ink = (float(ImageStat.Stat(ImageChops.difference(one, x)).mean[0]) for x in (other, blank))
    return unlike / all_ink


def ink(image: Image.Image) -> tuple[int, int, int, int]:
    """Where something is drawn, in dots."""
    found = image.point(lambda v: 255 if v < 200 else 0).getbbox()
    assert found is not None
    return found


def test_a_paper_comes_out_of_the_printer_as_it_is(cups: Cups, paper: Path) -> None:
    cups.add("Town_Hall")
    cups.add("Second")
    assert set(printer.printers().names) == {"Town_Hall", "Second"}
    assert printer.printers().default == ""
    cups.say("lpadmin", "-d", "Second")
    assert printer.printers().default == "Second"
    assert printer.send_to_printer(paper, Job("Town_Hall", sides="two-sided-long-edge")) == ""
    before, after = pictures(paper), pictures(cups.printed())
    assert [p.size for p in after] == [p.size for p in before]
    assert difference(before[0], after[1]) > 0.5  # that would be seen
    for one, other in zip(before, after, strict=True):
        assert difference(one, other) < 0.25
        assert all(abs(a - b) <= 2 for a, b in zip(ink(one), ink(other), strict=True))  # not scaled, not moved
    log = (cups.folder / "log" / "page").read_text("utf-8")
    assert "Town_Hall" in log
    assert "A4 two-sided-long-edge" in log


def test_copies_and_a_larger_paper_are_what_was_asked_for(cups: Cups, paper: Path) -> None:
    cups.add("Town_Hall")
    printer.send_to_printer(paper, Job("Town_Hall", copies=3, media="A3"))
    sizes = [tuple(round(n / 1.5 * 25.4 / 72) for n in p.size) for p in pictures(cups.printed())]
    assert sizes == [(297, 420)] * 2
    log = (cups.folder / "log" / "page").read_text("utf-8")
    assert "total 6 " in log  # the printer makes the copies, of what it was given once
    assert "A3 one-sided" in log


@pytest.mark.parametrize(("code", "size", "name"), [("envelope.dl", (110, 220), "EnvDL"), ("apply.facility", (297, 420), "A3")])
def test_an_envelope_and_a_large_sheet_go_on_paper_of_their_own(
    cups: Cups, tmp_path: Path, code: str, size: tuple[int, int], name: str
) -> None:
    cups.add("Town_Hall")
    file = tmp_path / "x.pdf"
    file.write_bytes(render(code, [get(code).sample()]))
    job = Job("Town_Hall", media="A4")  # chosen for what was printed before
    printer.refuse_size(job, get(code).paper)
    printer.send_to_printer(file, job)
    (page,) = pictures(cups.printed())
    assert sorted(round(n / 1.5 * 25.4 / 72) for n in page.size) == list(size)
    assert f"{name} one-sided" in (cups.folder / "log" / "page").read_text("utf-8")


def test_a_printer_without_that_paper_is_told_before_a_number_is_taken(cups: Cups, paper: Path, tmp_path: Path) -> None:
    small = tmp_path / "small.ppd"
    text = re.sub(r"(?ms)^\*CustomPageSize .*?^\*End\n", "", Path(PPD).read_text("latin-1"))
    others = r"(?m)^\*(ParamCustomPageSize|NonUIOrderDependency|(PageSize|PageRegion|ImageableArea|PaperDimension) (?!A4/|A5/)).*\n"
    small.write_text(re.sub(others, "", text).replace("VariablePaperSize: True", "VariablePaperSize: False"), "latin-1")
    cups.add("Small", str(small))
    printer.refuse_size(Job("Small"), "A4")
    for job, own, said in ((Job("Small"), "DL", "DL 信封"), (Job("Small"), "A3", "A3"), (Job("Small", media="A3"), "A4", "A3")):
        with pytest.raises(KnownError, match=f"“Small”没有{said}.*这种纸.*没有取用编号。$"):
            printer.refuse_size(job, own)
    with pytest.raises(KnownError, match=r"“Small”没有A3这种纸.*已编号并保存在") as told:
        printer.send_to_printer(paper, Job("Small", media="A3"))
    assert str(paper) in told.value.sentence
    assert cups.say("lpstat", "-o").strip() == ""


def test_no_printer_a_printer_that_is_gone_and_one_that_refuses_are_told_with_the_file(cups: Cups, paper: Path) -> None:
    with pytest.raises(KnownError, match="没有打印机") as none:
        printer.send_to_printer(paper)
    cups.add("Town_Hall")
    with pytest.raises(KnownError, match="默认打印机") as no_default:
        printer.send_to_printer(paper)
    with pytest.raises(KnownError, match="“Old”不在了") as gone:
        printer.send_to_printer(paper, Job("Old"))
    cups.say("cupsreject", "Town_Hall")
    with pytest.raises(KnownError, match="不接收打印任务") as refused:
        printer.send_to_printer(paper, Job("Town_Hall"))
    cups.stop()
    with pytest.raises(KnownError, match="打印服务没有运行") as down:
        printer.send_to_printer(paper, Job("Town_Hall"))
    for raised in (none, no_default, gone, refused, down):
        assert str(paper) in raised.value.sentence
    assert paper.exists()


def test_a_printer_that_is_off_says_that_the_paper_waits(cups: Cups, tmp_path: Path, paper: Path) -> None:
    cups.add("Town_Hall")
    cups.say("cupsdisable", "Town_Hall")
    mine = printer.temporary("通知")
    mine.write_bytes(paper.read_bytes())
    assert "“Town_Hall”已暂停" in printer.send_and_forget(mine, Job("Town_Hall"))
    assert not mine.parent.exists()  # the service has it
    cups.say("cupsenable", "Town_Hall")
    assert len(pictures(cups.printed())) == 2


def test_a_pc_without_a_printing_service_says_so(paper: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert printer.printers().names == ()
    with pytest.raises(KnownError, match="没有安装打印服务") as raised:
        printer.send_to_printer(paper)
    assert str(paper) in raised.value.sentence


@pytest.mark.parametrize(
    ("size", "media"), [((210, 297), "A4"), ((297, 210), "A4"), ((297, 420), "A3"), ((100, 150), "Custom.100x150mm")]
)
def test_the_paper_is_the_one_of_the_file(size: tuple[int, int], media: str, tmp_path: Path) -> None:
    document = pdfium.PdfDocument.new()
    document.new_page(*(n * 72 / 25.4 for n in size))
    document.save(tmp_path / "x.pdf")
    assert printer.media_of(tmp_path / "x.pdf") == media
