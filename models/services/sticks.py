"""The USB stick: what it is given to carry, and what is taken from it. Every file gets a line of its own in plain Chinese.

A village's stick is read at its township, which sees the records at once and carries the file on unopened; or at the
county. The county's answer goes back on the same stick. docs/protocol.md, section 10; decision 7.
"""

from __future__ import annotations

from pathlib import Path

from models.base import stamp
from models.services import reconciling, stick_files, syncing
from models.services.desk import Desk
from models.services.stick_files import File
from models.services.stick_lines import REJOIN, FileLine, Outcome, hand_back, look, say_handed
from models.services.stick_reading import Reading
from models.store import settings
from models.sync import asking, keys, laying, postman
from models.sync.files import Progress
from models.sync.transports import folder as stick

__all__ = ["FOLDER", "FileLine", "Outcome", "read", "waiting", "write"]

FOLDER = "归雁"  # on the stick


def _go_on(_done: int, _total: int) -> bool:
    return True


def write(desk: Desk, folder: Path, progress: Progress = _go_on, *, megabytes: int | None = None) -> Outcome:
    """Write all that has no receipt onto a stick, with what is carried for others, then attachments as far as there is room.

    progress(bytes of attachments written, in all) answers whether to go on; megabytes: at most so many of them, None: as the
    office has set it. Raises when the stick does not take it; a file is then whole or not there.
    """
    done = Outcome()
    with syncing.alone(desk):
        link = syncing.county(desk)[0]
        found = look(folder, Outcome())
        into = folder if folder.name == FOLDER else folder / FOLDER
        with desk.store.read() as conn:
            stopped = settings.get(conn, "stopped")
        fresh = set()
        for head, data in asking.parcels(desk.store, link, compare=True):
            fresh.add(stick.write(into, stick.file_name(head), data))
            count = head.last_seq - head.first_seq + 1
            what = f"{count} 条没有回执的变更" if count else "没有待送的变更，只取县级答复"
            if stopped:
                done.say(stick.file_name(head), "written", "muted", f"已写入，{what}；重新加入之前送去也不会收。")
            else:
                done.say(stick.file_name(head), "written", "done", f"已写入，{what}。请把 U 盘交到县级，或交乡镇转送。")
        if stopped:
            done.say("", "own.stopped", "danger", "县级已不接受这台设备，这个 U 盘县级不会收。" + REJOIN)
        with desk.store.transaction() as conn:
            settings.put(conn, reconciling.ASKED_AT, stamp())
            copies, read_until = postman.copies(conn), str(settings.get(conn, "stick.read", ""))
        there = {f.sha256 for f in found}
        for name, data in copies:
            if keys.fingerprint(data) not in there:
                stick.write(into, name, data)
                done.say(name, "copied", "done", "转送的下级文件，已写入，请一并交到县级。")
        say_handed(desk, hand_back(desk, found, there), found, done)
        for file in found:
            if file.path not in fresh and _served(desk, file, read_until):
                stick.remove(file.path)
        for left in stick.unfinished(into):
            stick.remove(left)
    # Outside of the lock: a round of records need not wait for gigabytes of photos.
    done.files = stick_files.write(desk, link, into, found, megabytes, progress)
    said = stick_files.written(done.files)
    if said:
        done.say("", "files.left" if done.files.left else "files.written", *said)
    for _name, error in done.files.wrong:
        done.say("", error.code, "danger", f"附件没有写完：{error.sentence}")
    return done


def read(desk: Desk, folder: Path, progress: Progress = _go_on) -> Outcome:
    """Take in what a stick holds: the county's answers to this device, and what others below send through it.

    progress(bytes looked at or handed on, in all) is told of attachments alone.
    """
    with syncing.alone(desk):
        return Reading(desk, syncing.county(desk)[0], progress).run(folder)


def waiting(desk: Desk) -> tuple[int, int]:
    """(parcels carried here that the county has not answered, records shown from a stick before the county has them)."""
    with desk.store.read() as conn:
        return postman.unanswered(conn), laying.waiting(conn)


def _served(desk: Desk, file: File, read_until: str) -> bool:
    """Whether a file has done its service and makes room: what was just written anew, what was read, what was answered."""
    if file.head.device == desk.store.identity.device:
        return file.head.kind == "batch" or (file.head.kind == "answer" and file.head.made <= read_until)
    with desk.store.read() as conn:
        return file.head.kind == "batch" and postman.answered(conn, file.sha256)
