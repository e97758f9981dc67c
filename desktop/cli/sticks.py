"""guiyan stick: writing a stick and reading it; what became of each file, and of the attachments, in numbers.

Exit status 1 when anything was refused or not written, whatever else went well: a script must not take that for done. What
went well is on stdout, the refusals are on stderr; with --json all files are on stdout too.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from desktop.cli.commands import Outcome, opened
from desktop.cli.main import PartlyError
from models.services import sticks
from models.services.stick_files import size


def stick(args: argparse.Namespace) -> Outcome:
    with opened(args) as desk:
        if args.what == "write":
            done = sticks.write(desk, args.folder, _told, megabytes=args.max_mb)
        else:
            done = sticks.read(desk, args.folder, _told)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    files = [{"name": x.name, "code": x.code, "tone": x.tone, "sentence": x.sentence} for x in done.lines]
    text = _said([x for x in done.lines if x.tone != "danger"])
    wrong = [x for x in done.lines if x.tone == "danger"]
    f = done.files
    counts = {
        "written": f.written, "bytes": f.bytes, "left": f.left, "left_bytes": f.left_bytes, "spoilt": f.spoilt, "carried": f.carried,
        "sent": f.sent, "refused": f.refused, "lacking": f.lacking, "received": f.received,
    }  # fmt: skip
    data = {"files": files, "acknowledged": done.acknowledged, "received": done.records, "attachments": counts}
    if wrong:
        raise PartlyError(wrong[0].code, _said(wrong), (data, text))
    return data, text or f"{args.folder} 里没有归雁的文件。"


def _said(lines: Sequence[sticks.FileLine]) -> str:
    return "\n".join(f"{x.name}：{x.sentence}" if x.name else x.sentence for x in lines)


def _told(done: int, total: int) -> bool:
    """Where somebody watches, how far the attachments are."""
    if sys.stderr.isatty() and total:
        print(f"\r附件 {size(done)} / {size(total)}   ", end="", file=sys.stderr, flush=True)
    return True
