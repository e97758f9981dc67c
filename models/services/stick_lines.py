"""A stick's files as they are found, what is said of each, and the county's answers handed back to those who sent through us."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from models.errors import GuiyanError, KnownError
from models.services import desk as desks
from models.services import reconciling, stick_files
from models.services.desk import Desk
from models.services.stick_files import File, Files
from models.sync import keys, parcel, postman
from models.sync.transports import folder as stick

REJOIN = "内容都在本机；请到“同步”页用县级新发的加入凭证重新加入，加入后会重新发送。"
# Of a file that this device wrote, when the county hears it no more.
NOT_TAKEN = "本机写的，县级已不接受这台设备，没有收下其中的变更。" + REJOIN


@dataclass(frozen=True, slots=True)
class FileLine:
    """What became of one file. tone: done, due (somebody has to do something), danger or muted; code is for programs."""

    name: str
    code: str
    tone: str
    sentence: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", stick.shown(self.name))


@dataclass
class Outcome:
    """lines: one a file, but one for all attachments of a device; touched: records that changed here; acknowledged: changes
    with a receipt now; records: pulled; files: what became of attachments; compared: what the county's answer said of a comparison."""

    lines: list[FileLine] = field(default_factory=list)
    touched: list[tuple[str, str]] = field(default_factory=list)
    acknowledged: int = 0
    records: int = 0
    files: Files = field(default_factory=Files)
    compared: reconciling.Result | None = None

    def say(self, name: str, code: str, tone: str, sentence: str) -> None:
        self.lines.append(FileLine(name, code, tone, sentence))

    def fault(self, name: str, error: GuiyanError) -> None:
        self.say(name, error.code, "danger", error.sentence)


def look(folder: Path, done: Outcome) -> list[File]:
    """The whole files of a folder; of the others done says what is wrong."""
    found = []
    for path in stick.find(folder):
        try:
            data = stick.read(path)
            found.append(File(path, parcel.peek(data), keys.fingerprint(data)))
        except GuiyanError as e:
            done.fault(path.name, e)
    for path in stick.unfinished(folder):
        done.say(
            path.name,
            "parcel.incomplete",
            "danger",
            "没有写完的文件（U 盘曾中途拔出），没有读入。请在原来的电脑上重新写入 U 盘。",
        )
    return found


def hand_back(desk: Desk, found: list[File], had: set[str]) -> dict[str, GuiyanError | None]:
    """Put the county's answers for other devices onto the stick that brought their parcels: by device, how that went.

    had: fingerprints of what lies on the stick; what is written joins them."""
    mine = desk.store.identity.device
    went = stick_files.hand_back(desk, found, had)
    for device, path in {f.head.device: f.path for f in found if f.head.kind == "batch" and f.head.device != mine}.items():
        with desk.store.read() as conn:
            answer = postman.answer_for(conn, device)
        if answer is None or keys.fingerprint(answer) in had or went.get(device):
            continue
        try:
            stick.write(path.parent, stick.file_name(parcel.peek(answer)), answer)
            had.add(keys.fingerprint(answer))
            went[device] = None
        except KnownError as e:
            went[device] = e
    return went


def say_handed(desk: Desk, went: dict[str, GuiyanError | None], found: list[File], done: Outcome) -> None:
    """On the line of the parcel that is answered, where it has one; else on a line of its own."""
    for device, error in went.items():
        parcels = sorted((f for f in found if f.head.device == device), key=lambda f: f.head.kind == "batch")
        name, office = parcels[-1].path.name, desks.office_name(desk, parcels[-1].head.office)
        if error is not None:
            done.say(name, error.code, "danger", f"县级给{office}的答复没有写上 U 盘：{error.sentence}")
            continue
        said = "县级答复已写回这个 U 盘，请把它交还。"
        at = next((n for n, x in enumerate(done.lines) if x.name == stick.shown(name)), None)
        if at is None:
            done.say(name, "handed", "done", f"{office}的文件，{said}")
        else:
            line = done.lines[at]
            stopped = line.tone == "danger"  # the answer says why nothing was taken: that goes on standing here
            code, tone = (line.code, line.tone) if stopped else ("handed", "done")
            done.lines[at] = FileLine(name, code, tone, f"{line.sentence.removesuffix('。')}，{said}")
