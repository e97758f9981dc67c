"""Five devices and one server: any order of what people and machines do to them ends in the same records everywhere.

The rules are what may happen; tests/models/sync/ledger.py says what must hold after each step and at the end.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from models.errors import GuiyanError, KnownError, RuleError
from models.records import Cell
from models.services import (
    attachments,
    conflicts,
    contacts,
    joining,
    people,
    reconciling,
    refusals,
    requests,
    sticks,
    syncing,
    undo,
)
from models.services.desk import Desk
from models.store import left
from models.sync import ingest
from resources import divisions
from server import devices as county_devices
from server import sticks as county_sticks
from tests.conftest import BUREAU, SIBLING, VILLAGE
from tests.long import examples
from tests.models.sync import inprocess
from tests.models.sync.inprocess import STICKS, Device
from tests.models.sync.ledger import Ledger, keys_in, numbers_in

FAR = next(d.code for d in divisions.villages("411424101000"))  # only the county sees it
VILLAGES = (VILLAGE, SIBLING, FAR)
CUT = ("net.cut", "net.unreachable")
WHO, STICK, PICK = st.integers(0, 4), st.integers(0, STICKS - 1), st.integers(0, 3)
PERSON = st.sampled_from((0, 0, 0, 1, 2, 3))  # most of all on one
FAULTS = st.dictionaries(st.integers(0, 6), st.sampled_from(["cut", "lost", "twice", "down"]), max_size=2)


def _only(error: GuiyanError, *codes: str) -> None:
    """Nothing but what may happen has happened."""
    assert error.code in codes, (error.code, error.sentence)


class Town(RuleBasedStateMachine):
    """line_up: of inprocess.LINE_UPS, who the devices belong to."""

    line_up: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.world, self.people = inprocess.county(self.line_up)
        self.ledger = Ledger(self.world)
        self.touched: list[Device] = []

    def teardown(self) -> None:
        try:
            self.heal()
        finally:
            self.close()

    def close(self) -> None:
        self.world.close()
        shutil.rmtree(self.world.folder)

    # What people do.

    def _does(self, who: int, what: Callable[[Desk], Any]) -> None:
        """Something that a clerk does; what the program refuses at once is not done."""
        device = self.world.devices[who]
        self.ledger.look(device)
        with self.world.acting(device) as desk:
            try:
                what(desk)
            except RuleError:
                return
        self.ledger.note(device)
        self.touched.append(device)

    def _writes(self, desk: Desk, person: int, cells: Mapping[str, str | None]) -> None:
        """Past the window's rule of who writes what: the server refuses what it must, and all have to live with that."""
        if desk.store.get("person", self.people[person]) is None:
            raise RuleError("record.unknown", "")
        with desk.store.write(desk.account, "修改") as unit:
            unit.update("person", self.people[person], {k: Cell.of(v) for k, v in cells.items()})

    @rule(who=WHO, person=PERSON, field=st.sampled_from(["wechat", "employer"]))
    def edit(self, who: int, person: int, field: str) -> None:
        self._does(who, lambda desk: self._writes(desk, person, {field: self.ledger.value()}))

    @rule(who=WHO, person=PERSON, field=st.sampled_from(["wechat", "employer"]))
    def clear(self, who: int, person: int, field: str) -> None:
        self._does(who, lambda desk: self._writes(desk, person, {field: None}))

    @rule(who=WHO, person=PERSON, some=st.sets(st.sampled_from(["policy", "introduction", "guidance"])))
    def choose(self, who: int, person: int, some: set[str]) -> None:
        self._does(who, lambda desk: self._writes(desk, person, {"services_wanted": ",".join(sorted(some)) or None}))

    @rule(who=WHO, person=PERSON, sex=st.sampled_from(["1", "2", "不是代码"]))
    def mistake(self, who: int, person: int, sex: str) -> None:
        self._does(who, lambda desk: self._writes(desk, person, {"sex": sex}))

    @rule(who=WHO, where=st.integers(0, 1))
    def register(self, who: int, where: int) -> None:
        self._does(who, lambda desk: people.save(desk, None, {"name": Cell.of(self.ledger.value())}, VILLAGES[where]))

    @rule(who=WHO, person=PERSON)
    def visit(self, who: int, person: int) -> None:
        cells = {"on": Cell.of("2026-11-20"), "way": Cell.of("visit"), "text": Cell.of(self.ledger.value())}
        self._does(who, lambda desk: contacts.add(desk, self.people[person], cells))

    @rule(who=WHO, person=PERSON)
    def relate(self, who: int, person: int) -> None:
        cells = {"name": Cell.of("王小禾"), "relation": Cell.of("20")}
        self._does(who, lambda desk: people.save_member(desk, self.people[person], None, cells))

    @rule(who=WHO, person=PERSON)
    def attach(self, who: int, person: int) -> None:
        data = b"%PDF-1.4 " + self.ledger.value().encode()
        self._does(who, lambda desk: attachments.add(desk, "person", self.people[person], "照片.pdf", data))

    @rule(who=WHO, person=PERSON)
    def ask(self, who: int, person: int) -> None:
        def submit(desk: Desk) -> None:
            item = next((i for i in requests.items(desk) if i.code == "request.help"), None)
            if item is None:
                raise RuleError("item.unknown", "a year ago there was no such item")
            answers = {f.name: item.sample[f.name] for f in item.fields if f.required}
            requests.submit(desk, self.people[person], item.code, {"text": Cell.of(self.ledger.value())}, answers=answers)

        self._does(who, submit)

    @rule(who=WHO, pick=PICK)
    def handle(self, who: int, pick: int) -> None:
        """The next step of a request, as far as this office may take it."""

        def act(desk: Desk) -> None:
            ids = requests.ids(desk)
            if not ids:
                return
            request = people.must_get(desk, ids[pick % len(ids)], "request")
            kinds = [a.kind for a in requests.allowed(desk, request)]
            open_ = [r for r in requests.referrals(desk, request.id) if not r.answer]
            if open_ and desk.level in ("county", "bureau"):
                requests.answer_referral(desk, open_[0].id, self.ledger.value())
            elif "accept" in kinds:
                requests.act(desk, request.id, "accept")
            elif "dispatch" in kinds:
                requests.refer(desk, request.id, BUREAU, self.ledger.value())

        self._does(who, act)

    @rule(who=WHO, person=PERSON)
    def delete(self, who: int, person: int) -> None:
        self._does(who, lambda desk: people.delete(desk, people.must_get(desk, self.people[person]).id))

    @rule(who=WHO, person=PERSON, there=st.integers(0, 2))
    def move(self, who: int, person: int, there: int) -> None:
        def moved(desk: Desk) -> None:
            if not people.must_get(desk, self.people[person]).deleted:
                people.move(desk, self.people[person], VILLAGES[there])

        self._does(who, moved)

    @rule(who=WHO)
    def read_what_left(self, who: int) -> None:
        def read(desk: Desk) -> None:
            with desk.store.read() as conn:
                away = sorted((entity, i) for i, entity in left.known(conn).items() if entity in ("person", "request"))
            for entity, i in away[:1]:
                self.ledger.let_go(self.world.devices[who], partial(refusals.let_go, desk, entity, i))

        self._does(who, read)

    @rule(who=WHO)
    def take_back(self, who: int) -> None:
        self._does(who, undo.undo)

    @rule(who=WHO, pick=PICK, choice=st.sampled_from(["kept", "other"]))
    def settle(self, who: int, pick: int, choice: str) -> None:
        def decide(desk: Desk) -> None:
            if clashes := conflicts.open_list(desk):
                conflicts.settle(desk, clashes[pick % len(clashes)].id, choice)

        self._does(who, decide)

    # What machines do.

    def _meets(self, who: int, what: Callable[[Desk], Any]) -> None:
        """Something over the line: it may fail as lines and servers do, and in no other way."""
        device = self.world.devices[who]
        self.touched.append(device)
        try:
            with self.world.acting(device) as desk:
                what(desk)
        except GuiyanError as e:
            device.stopped = device.stopped or e.code in syncing.STOPPED
            _only(e, *CUT, *syncing.STOPPED)
            return
        device.stopped = False
        self.ledger.promised = {p for p in self.ledger.promised if p[0] != device.id}

    @rule(who=WHO, faults=FAULTS, size=st.sampled_from([1, 3, 500]), typing=st.booleans())
    def round(self, who: int, faults: Mapping[int, str] = {}, size: int = 500, typing: bool = False) -> None:
        inprocess.pages_of(self.world, size)
        line = self.world.devices[who].line
        line.begin(faults, (lambda: self.edit(who, 0, "wechat")) if typing else None)
        self._meets(who, syncing.run)
        line.begin({})
        self.ledger.note(self.world.devices[who])

    @rule(who=st.permutations(range(5)))
    def rounds(self, who: Sequence[int]) -> None:
        """A quiet hour: one after the other syncs."""
        for n in who:
            self.round(n)

    @rule(who=WHO)
    def part(self, who: int) -> None:
        self.world.devices[who].line.up = not self.world.devices[who].line.up

    @rule(who=WHO, pick=st.integers(0, 7))
    def late(self, who: int, pick: int) -> None:
        """A batch arrives that was sent some time ago, once more or for the first time; nobody waits for the answer."""
        if posted := self.world.devices[who].line.posted:
            try:
                ingest.ingest(self.world.server, self.world.own.signing, posted[-1 - pick % len(posted)])
            except (RuleError, KnownError) as e:
                _only(e, "batch.gap", *syncing.STOPPED)

    @rule(who=WHO)
    def compare(self, who: int) -> None:
        def mend(desk: Desk) -> None:
            reconciling.run(desk, mend=True)

        self._meets(who, mend)
        self.ledger.note(self.world.devices[who])

    @rule(who=WHO, days=st.sampled_from([-365, 0, 365]))
    def set_clock(self, who: int, days: int) -> None:
        self.world.devices[who].skew = days

    @rule(who=WHO, stick=STICK)
    def write_stick(self, who: int, stick: int) -> None:
        self._stick(who, lambda desk: sticks.write(desk, self.world.stick(stick)))

    @rule(who=WHO, stick=STICK)
    def read_stick(self, who: int, stick: int) -> None:
        self._stick(who, lambda desk: sticks.read(desk, self.world.stick(stick)))

    def _stick(self, who: int, what: Callable[[Desk], Any]) -> None:
        device = self.world.devices[who]
        self.touched.append(device)
        with self.world.acting(device) as desk:
            try:
                what(desk)
            except GuiyanError as e:
                _only(e, "stick.keys")

    @rule(stick=STICK)
    def county_reads(self, stick: int) -> None:
        county_sticks.take_folder(self.world.server, self.world.own, self.world.stick(stick))

    @rule(stick=STICK, copied=st.booleans())
    def swap_stick(self, stick: int, copied: bool) -> None:
        """A stick is lost, or comes back with what was on another one once."""
        shutil.rmtree(self.world.stick(stick))
        if copied:
            shutil.copytree(self.world.stick(1 - stick), self.world.stick(stick), dirs_exist_ok=True)

    # What goes wrong.

    @rule(who=WHO)
    def keep(self, who: int) -> None:
        self.world.keep(self.world.devices[who])

    @rule(who=WHO)
    def set_back(self, who: int) -> None:
        device = self.world.devices[who]
        if device.backup is None:
            return
        before = keys_in(device.store)
        self.world.set_back(device)
        self.ledger.burn(before)
        self.touched.append(device)

    @rule()
    def keep_server(self) -> None:
        self.world.keep_server()

    @precondition(lambda self: self.world.backup is not None)
    @rule()
    def set_back_server(self) -> None:
        before, numbers = keys_in(self.world.server), numbers_in(self.world.server)
        self.world.set_back_server()
        self.ledger.burn(before)
        self.ledger.promised |= numbers - numbers_in(self.world.server)
        self.touched += self.world.devices

    @rule(who=WHO)
    def shut_out(self, who: int) -> None:
        try:
            county_devices.revoke(self.world.server, self.world.devices[who].id)
        except RuleError as e:
            _only(e, "device.unknown")  # the server was set back behind its joining

    @precondition(lambda self: any(d.stopped for d in self.world.devices))
    @rule(pick=WHO)
    def join_again(self, pick: int) -> None:
        stopped = [n for n, d in enumerate(self.world.devices) if d.stopped]
        self._join_again(stopped[pick % len(stopped)])

    def _join_again(self, who: int) -> None:
        ticket = self.world.ticket(self.world.devices[who].desk.office)
        self._meets(who, lambda desk: joining.join(desk, ticket))

    @invariant()
    def receipts_are_true_and_nothing_unsent_is_lost(self) -> None:
        for device in {id(d): d for d in self.touched}.values():
            self.ledger.check(device)
        self.touched.clear()

    def heal(self) -> None:
        """Every line holds, whoever was shut out joins again, and all sync until nothing moves."""
        inprocess.pages_of(self.world, 500)
        for who, device in enumerate(self.world.devices):
            device.line.up = True
            device.line.begin({})
            for _ in range(3):
                self._meets(who, syncing.run)
                if not device.stopped:
                    break
                self._join_again(who)
            assert not device.stopped
        self.ledger.settle()
        if self.ledger.set_back:
            self.ledger.compare()
            self.ledger.settle()
        self.ledger.all_equal()
        self.ledger.nothing_lost()


class Bureau(Town):
    """The same with a bureau, and two computers in one village."""

    line_up = 1


_SETTINGS = settings(
    max_examples=examples(10, 1000), stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestTown, TestBureau = Town.TestCase, Bureau.TestCase
TestTown.settings = TestBureau.settings = _SETTINGS
