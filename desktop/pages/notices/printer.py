"""The printers of this PC, and a file sent to one of them: lp on CUPS, the shell's print verb on Windows.

That very file is printed, never a picture of it. What can go wrong (no printing service, no printer, a printer that is gone,
lp that refuses) is told in a sentence that names the file, for the paper has its number already.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdfium2
from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from models.errors import KnownError, reason
from models.pdfium import PDFIUM

SIDES = ("one-sided", "two-sided-long-edge", "two-sided-short-edge")
MEDIA = ("", "A4", "A3")  # '': the size of the file's own pages
_KNOWN = {(210, 297): "A4", (297, 420): "A3", (148, 210): "A5", (110, 220): "DL"}
# What printers call a size that CUPS does not know by our name, and how it is given to one that takes any.
_ALSO = {"DL": ("EnvDL", "iso_dl_110x220mm")}
_MEASURED = {name: f"Custom.{short}x{long}mm" for (short, long), name in _KNOWN.items()}
_MM = 25.4 / 72
# What CUPS says, as people at the desk can use it.
_WORDS: tuple[tuple[str, Any], ...] = (
    ("does not exist", QT_TRANSLATE_NOOP("printing", "没有这台打印机，可能已删除或改名")),
    ("no default destination", QT_TRANSLATE_NOOP("printing", "没有设置默认打印机，请选择一台")),
    ("no destinations added", QT_TRANSLATE_NOOP("printing", "没有添加打印机")),
    ("not accepting jobs", QT_TRANSLATE_NOOP("printing", "这台打印机现在不接收打印任务")),
    ("scheduler is not running", QT_TRANSLATE_NOOP("printing", "打印服务没有运行")),
    ("connection refused", QT_TRANSLATE_NOOP("printing", "打印服务没有运行")),
    ("unable to connect", QT_TRANSLATE_NOOP("printing", "连不上打印服务")),
    ("too many active jobs", QT_TRANSLATE_NOOP("printing", "等待打印的任务太多")),
)


@dataclass(frozen=True, slots=True)
class Job:
    """printer: '' for the default one; sides: of SIDES; media: of MEDIA."""

    printer: str = ""
    copies: int = 1
    sides: str = SIDES[0]
    media: str = ""


@dataclass(frozen=True, slots=True)
class Printers:
    """running: the printing service answers."""

    names: tuple[str, ...]
    default: str
    running: bool = True


def _tr(text: str) -> str:
    return QCoreApplication.translate("printing", text)


def _run(command: str, *arguments: str) -> subprocess.CompletedProcess[str] | None:
    """None where the command is not installed or does not answer. Its words are English, whatever the desk speaks."""
    found = shutil.which(command)
    if found is None:
        return None
    try:
        return subprocess.run(  # noqa: S603  # a command's own path, and arguments that no shell reads
            [found, *arguments], capture_output=True, text=True, errors="replace", timeout=60, check=False,
            env={**os.environ, "LC_ALL": "C"},
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None


def printers() -> Printers:
    """What CUPS knows; none on Windows, whose own dialogue asks."""
    if os.name == "nt":
        return Printers((), "")
    listed, default = _run("lpstat", "-e"), _run("lpstat", "-d")
    names = tuple(listed.stdout.split()) if listed and not listed.returncode else ()
    said = re.search(r"destination: (\S+)", default.stdout) if default else None
    asked = None if names else _run("lpstat", "-r")
    return Printers(names, said[1] if said and said[1] in names else "", bool(names) or (asked is not None and " not " not in asked.stdout))


def send_to_printer(pdf: Path, job: Job = Job()) -> str:
    """Print that file itself. Returns what the user should know all the same, '' when all is well.

    Raises KnownError with what to do, and where the file is.
    """
    if os.name == "nt":
        os.startfile(str(pdf), "print")  # type: ignore[attr-defined]  # Windows only  # noqa: S606
        return ""
    if shutil.which("lp") is None:
        words = _tr("这台电脑没有安装打印服务。文书已编号并保存在 {0}，可拷到能打印的电脑上打印。")
        raise KnownError("print.none", words.format(pdf))
    there = printers()
    if not there.running:
        words = _tr("打印服务没有运行。文书已编号并保存在 {0}，服务恢复后可直接打印这个文件，或拷到能打印的电脑上打印。")
        raise KnownError("print.none", words.format(pdf))
    if not there.names:
        words = _tr("这台电脑上没有打印机。文书已编号并保存在 {0}，添加打印机后可直接打印这个文件，或拷到能打印的电脑上打印。")
        raise KnownError("print.none", words.format(pdf))
    if job.printer and job.printer not in there.names:
        words = _tr("打印机“{0}”不在了，可能已删除或改名。文书已编号并保存在 {1}，请另选打印机打印这个文件。")
        raise KnownError("print.gone", words.format(job.printer, pdf))
    chosen = ["-d", job.printer] if job.printer else []
    try:
        media = media_for(job, media_of(pdf), there.default)
    except KnownError as e:
        words = _tr("{0}文书已编号并保存在 {1}。")
        raise KnownError(e.code, words.format(e.sentence, pdf)) from e
    options = (f"media={media}", f"sides={job.sides}", "print-scaling=none")
    done = _run("lp", *chosen, "-n", str(job.copies), *(part for o in options for part in ("-o", o)), "--", str(pdf))
    if done is None or done.returncode:
        words = _tr("打印机没有接收：{0}。文书已编号并保存在 {1}，修好后可直接打印这个文件。")
        raise KnownError("print.failed", words.format(_why(done.stderr) if done else _tr("打印服务没有应答"), pdf))
    return _stopped(job.printer or there.default)


def media_for(job: Job, own: str, default: str) -> str:
    """What its printer calls the paper of a file whose pages are of that size. default: the printer when the job names none.

    Another size is chosen for A4 pages only: an envelope or an A3 sheet goes on its own. Raises KnownError when the printer
    has no such paper; what cannot be known is left to the printer.
    """
    size = (job.media or own) if own == "A4" else own
    asked = _run("lpoptions", "-p", job.printer or default, "-l") if job.printer or default else None
    listed = re.search(r"^PageSize/[^:]*:(.*)$", asked.stdout, re.MULTILINE) if asked and not asked.returncode else None
    there = [name.lstrip("*") for name in listed[1].split()] if listed else []
    if not there or size not in _MEASURED:
        return _ALSO.get(size, (size,))[-1]
    for name in (size, *_ALSO.get(size, ())):
        if name in there:
            return str(name)
    if any(name.startswith("Custom.") for name in there):
        return _MEASURED[size]
    words = _tr("打印机“{0}”没有{1}这种纸，没有打印。请换一台打印机，或存为 PDF 拷到能打印的电脑上打印。")
    raise KnownError("print.size", words.format(job.printer or default, in_words(size)))


def refuse_size(job: Job, own: str) -> None:
    """Raises KnownError when the printer of the job has no paper for pages of this size: asked before a number is taken."""
    if os.name == "nt":
        return
    try:
        media_for(job, own, "" if job.printer else printers().default)
    except KnownError as e:
        raise KnownError(e.code, e.sentence + _tr("没有取用编号。")) from e


def in_words(size: str) -> str:
    return _tr("DL 信封（220×110 毫米）") if size == "DL" else size


def temporary(title: str) -> Path:
    """Where a paper is written that goes to the printer."""
    return Path(tempfile.mkdtemp(prefix="guiyan-")) / f"{title}.pdf"


def send_and_forget(pdf: Path, job: Job) -> str:
    """Of a temporary() file, which names people and shall not lie about: the printing service has a copy of its own by then.

    On Windows it stays, for the program that prints it may not have read it yet; and so it does when it was not printed.
    """
    remark = send_to_printer(pdf, job)
    if os.name != "nt":
        shutil.rmtree(pdf.parent, ignore_errors=True)
    return remark


def _why(said: str) -> str:
    known = next((str(words) for part, words in _WORDS if part in said.lower()), "")
    return _tr(known) if known else said.strip().removeprefix("lp: ")[:120].rstrip(".") or _tr("没有说明原因")


def _stopped(printer: str) -> str:
    """A printer that takes jobs and does not print them says so here, and nowhere else."""
    state = _run("lpstat", "-p", printer) if printer else None
    if state is not None and not state.returncode and " disabled since" in state.stdout:
        return _tr("打印机“{0}”已暂停或没有开机，文书在排队等它恢复。").format(printer)
    return ""


def media_of(pdf: Path) -> str:
    """The paper of the file's first page as CUPS calls it."""
    try:
        data = pdf.read_bytes()
    except OSError as e:
        raise KnownError("disk.read", _tr("读不出 {0}：{1}。").format(pdf, reason(e))) from e
    with PDFIUM:
        document = pypdfium2.PdfDocument(data)
        width, height = (round(side * _MM) for side in document.get_page_size(0))
        document.close()
    short, long = sorted((width, height))
    for size, name in _KNOWN.items():
        if abs(size[0] - short) <= 1 and abs(size[1] - long) <= 1:
            return str(name)
    return f"Custom.{short}x{long}mm"


def choices(sides: Sequence[str] = SIDES) -> dict[str, str]:
    """Sides in words."""
    words = (_tr("单面"), _tr("双面，长边翻"), _tr("双面，短边翻"))
    return dict(zip(sides, words, strict=True))
