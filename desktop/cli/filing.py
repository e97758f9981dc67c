"""guiyan file: scanned papers to their cases, from the command line."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from desktop.cli.commands import Outcome, opened
from models.errors import GuiyanError
from models.services import scans


def file(args: argparse.Namespace) -> Outcome:
    """JSON keys: filed {serial, form, entity, record_id, who, sheets, twice}, waiting {id, title, why, at, account}, blank, refused.

    One scan that cannot be read does not stop the others: its sentence is among the refused.
    """
    done = scans.Outcome()
    with opened(args) as desk:
        for path in args.scans:
            try:
                one = scans.file(desk, path)
            except GuiyanError as e:
                done.refused.append(e.sentence)
                continue
            done.filed += one.filed
            done.waiting += one.waiting
            done.blank += one.blank
            done.refused += one.refused
    lines = [f"{f.serial}  {f.form}  {f.who}" + ("（以前已归档）" if f.twice else "") for f in done.filed]
    lines += [f"待归档  {w.title}：{w.why}" for w in done.waiting]
    lines.append(f"归档 {len(done.filed)} 份，待归档 {len(done.waiting)} 张，空白 {len(done.blank)} 张未存。")
    return asdict(done), "\n".join(lines + done.refused)
