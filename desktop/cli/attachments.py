"""guiyan attach and attachments; and what guiyan sync says of them."""

from __future__ import annotations

import argparse
from typing import Any

from desktop.cli.commands import Outcome, opened
from models.errors import KnownError, RuleError, reason
from models.services import attachments, carrying, filetypes
from models.services.desk import Desk

_WHERE = {"waiting": "待发送", "sent": "县级已收到", "refused": "县级未接收", "here": "在本机", "away": "未取回"}


def attach(args: argparse.Namespace) -> Outcome:
    name = args.file.name
    if args.shrink:
        from desktop import pictures

        name, data = pictures.shrink(name, filetypes.load(args.file, pictures.LARGEST))
    else:
        data = filetypes.load(args.file)
    with opened(args) as desk:
        made = attachments.add(desk, attachments.owner_kind(desk, args.id), args.id, name, data, portrait=args.portrait)
    what = "证件照" if made.portrait else "附件"
    return _said(made), f"已添加{what} {made.title}（{made.size} 字节），编号 {made.id}。同步时发送。"


def listed(args: argparse.Namespace) -> Outcome:
    """The attachments of a record; with -o their contents are written into a folder, fetched first where need be."""
    with opened(args) as desk:
        kind = attachments.owner_kind(desk, args.id)
        found = attachments.of_person(desk, args.id) if kind == "person" else attachments.of_owner(desk, args.id)
        data = [_said(a) for a in found]
        if args.out:
            try:
                args.out.mkdir(parents=True, exist_ok=True)
            except OSError as e:
                raise KnownError("disk.write", f"无法建立文件夹 {args.out}：{reason(e)}。") from e
            for line, attachment, name in zip(data, found, attachments.names(found), strict=True):
                carrying.fetch(desk, attachment.id)
                attachments.save_as(desk, attachment.id, args.out / name)
                line.update(file=str(args.out / name), state=attachments.get(desk, attachment.id).state)
    lines = [
        f"{d['title']}  {'证件照  ' if d['portrait'] else ''}{d['size']} 字节  {_WHERE[d['state']]}  {d['detail'] or d.get('file', '')}"
        for d in data
    ]
    return data, "\n".join(lines) or "没有附件。"


def _said(a: attachments.Attachment) -> dict[str, Any]:
    return {
        "id": a.id, "owner": a.owner_id, "title": a.title, "type": a.media_type, "size": a.size, "sha256": a.sha256,
        "state": a.state, "detail": a.detail, "by": a.by, "at": a.at, "portrait": a.portrait,
    }  # fmt: skip


def after_records(desk: Desk) -> tuple[dict[str, Any], str]:
    """Let the files follow the records that were just sent; what goes wrong with them is said, and no record's fault."""
    sent = received = refused = 0
    trouble = ""
    try:
        moved = carrying.transfer(desk)
        sent, received, refused = moved.sent, moved.received, moved.refused
    except (KnownError, RuleError) as e:
        trouble = e.sentence
    count, size = attachments.waiting(desk)
    data = {"sent": sent, "received": received, "refused": refused, "waiting": count, "waiting_bytes": size}
    text = ""
    if sent or received or refused or count:
        text = f"\n附件：发送 {sent} 个，取回 {received} 个，未被接收 {refused} 个；仍待发送 {count} 个（{size} 字节）。"
    return {**data, "error": trouble}, f"{text}\n{trouble}" if trouble else text
