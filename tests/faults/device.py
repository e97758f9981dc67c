"""One device as a process of its own: a clerk who types while it syncs, and who notes outside of it what was typed."""

from __future__ import annotations

import contextlib
import json
import random
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import TextIO

from models.errors import BugError, GuiyanError, RuleError
from models.records import Cell
from models.services import conflicts, contacts, people, requests, syncing
from models.services import desk as desks
from models.services.desk import Desk
from models.store import keyfile
from tests.conftest import BUREAU, PASSWORD, SIBLING, VILLAGE
from tests.faults.plan import Work

FIELDS = ("wechat", "employer", "address")
# A device that was never set back to a backup must never be told that it was.
WRONG = ("device.rewound", "device.unknown", "device.revoked", "batch.gap", "receipt.other", "page.order", "db.locked", "db.failed")


def cheap() -> None:
    """Passwords cost nothing here."""
    keyfile.ARGON.update(time_cost=1, memory_cost=8, parallelism=1)


class Clerk:
    """Types; every typing is noted before it and again when the program has said that it is saved."""

    def __init__(self, desk: Desk, log: TextIO, seed: int) -> None:
        self.desk, self.log, self.seed, self.chance, self.count = desk, log, seed, random.Random(seed), 0
        self.wrong: list[str] = []

    def type(self, times: int, pause: float = 0.0) -> None:
        try:
            for _ in range(times):
                time.sleep(pause * self.chance.random())
                with contextlib.suppress(RuleError):  # told to the clerk at once, and nothing was saved
                    self._something()
        except Exception:  # whatever it is, the run stops with it
            self.wrong.append(traceback.format_exc())

    def _noted(self, record: str | None, values: Mapping[str, str], do: Callable[[], str]) -> None:
        note = {"record": record, "values": dict(values)}
        print(json.dumps({**note, "done": False}), file=self.log, flush=True)
        made = do()
        print(json.dumps({**note, "record": made, "done": True}), file=self.log, flush=True)

    def _something(self) -> None:
        self.count += 1
        said = f"{self.desk.account}{self.seed}.{self.count}"
        what = self.chance.choice(("new", "edit", "edit", "edit", "edit", "set", "visit", "ask", "act", "delete", "settle"))
        ids, county = people.ids(self.desk), self.desk.level == "county"
        if what == "new" or not ids:
            village = self.desk.office if self.desk.level == "village" else self.chance.choice((VILLAGE, SIBLING))
            cells = {"name": Cell.of("王小雁"), "wechat": Cell.of(said)}
            self._noted(None, {"wechat": said}, lambda: people.save(self.desk, None, cells, village).id)
            return
        who = self.chance.choice(ids[:12])
        if what == "visit":
            cells = {"way": Cell.of("visit"), "on": Cell.of("2026-11-20"), "text": Cell.of(said)}
            self._noted(None, {"text": said}, lambda: contacts.add(self.desk, who, cells).id)
        elif what == "ask":
            self._noted(None, {"text": said}, lambda: self._ask(who, said))
        elif what == "act":
            self._act()
        elif what == "settle":
            for clash in conflicts.open_list(self.desk)[:2]:
                conflicts.settle(self.desk, clash.id, self.chance.choice(("kept", "other")))
        elif county:
            return  # the rest is the intake of village and township
        elif what == "edit":
            field = self.chance.choice(FIELDS)
            self._noted(who, {field: said}, lambda: people.save(self.desk, who, {field: Cell.of(said)}).id)
        elif what == "set":
            some = self.chance.sample(("policy", "introduction", "guidance", "internship"), self.chance.randrange(4))
            people.save(self.desk, who, {"services_wanted": Cell.of(",".join(sorted(some)))})
        elif self.chance.random() < 0.15:
            people.delete(self.desk, who)

    def _ask(self, who: str, text: str) -> str:
        item = next(i for i in requests.items(self.desk) if i.code == "request.help")
        answers = {f.name: item.sample[f.name] for f in item.fields if f.required}
        return requests.submit(self.desk, who, item.code, {"text": Cell.of(text)}, answers=answers).id

    def _act(self) -> None:
        for request_id in requests.ids(self.desk)[:2]:
            request = people.must_get(self.desk, request_id, "request")
            kinds = [a.kind for a in requests.allowed(self.desk, request)]
            if "dispatch" in kinds:
                requests.refer(self.desk, request_id, BUREAU, "请办")
            elif "accept" in kinds:
                requests.act(self.desk, request_id, "accept")


def run(pipe: Pipe, folder: Path, account: str, log: Path) -> None:
    """A process: works come in, (code of the round's error or '', what was wrong) goes out; None ends it."""
    cheap()
    desk = desks.unlock(folder, account, PASSWORD)
    with log.open("a") as notes:
        while (work := pipe.recv()) is not None:
            pipe.send(_work(desk, notes, work))
    desk.close()


def _work(desk: Desk, notes: TextIO, work: Work) -> tuple[str, list[str]]:
    clerk = Clerk(desk, notes, work.seed)
    clerk.type(work.before)
    typing = threading.Thread(target=clerk.type, args=(work.during, 0.05))
    typing.start()
    code = ""
    try:
        syncing.run(desk)
    except GuiyanError as e:
        code = e.code
        if isinstance(e, BugError) or code in WRONG:
            clerk.wrong.append(f"{code}: {e.sentence}")
    except Exception:
        clerk.wrong.append(traceback.format_exc())
    typing.join()
    return code, clerk.wrong
