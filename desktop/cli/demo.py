"""The main job with no screen: a township works offline, prints, syncs, the county answers, the answer is on the case.

Each step asserts what it claims; the papers, screenshots and a summary are left in the out folder.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

from desktop.cli import sample
from desktop.cli.county import LocalCounty
from models.base import local_date
from models.catalog import flow
from models.catalog.workdays import lacking
from models.errors import BugError, KnownError
from models.records import Cell
from models.services import (
    attachments,
    calendars,
    carrying,
    contacts,
    exporting,
    find,
    home,
    importing,
    joining,
    people,
    printing,
    publishing,
    requests,
    specs,
    syncing,
)
from models.services import desk as desks
from models.services.desk import Desk
from models.services.verifying import verify
from resources import divisions

PASSWORD = "shifan-2026"  # noqa: S105  # of invented data in a temporary folder


class Story:
    """What was done, a line each; check() raises when a step did not hold."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def tell(self, line: str) -> None:
        self.lines.append(line)

    def check(self, holds: bool, claim: str) -> None:
        if not holds:
            raise BugError("demo.failed", f"演示没有通过：{claim}。")
        self.tell(f"✓ {claim}")


def run(out: Path) -> tuple[Any, str]:
    """Do everything; returns (data, summary). Raises BugError naming the step that did not hold."""
    out.mkdir(parents=True, exist_ok=True)
    story = Story()
    with tempfile.TemporaryDirectory(prefix="guiyan-demo-") as scratch, contextlib.ExitStack() as stack:
        folder = Path(scratch)
        county = LocalCounty(folder)
        stack.callback(county.stop)
        seats = {"town": (sample.TOWNSHIP, "王芳"), "county": (sample.COUNTY, "赵立新"), "bureau": (sample.BUREAU, "孙明")}
        with county.running():
            desks_ = {name: _join(folder / name, office, who, county) for name, (office, who) in seats.items()}
        for opened in desks_.values():
            stack.callback(opened.close)
        set_office(desks_["town"])
        request_id = _offline(story, desks_["town"], folder, out)
        with county.running():
            _together(story, desks_, request_id, out)
            _rules(story, desks_["county"], desks_["town"], request_id)
            _after(story, desks_["town"], request_id, out)
        shots = _screens(folder / "town", out)
        story.tell(f"截图 {len(shots)} 张" if shots else "没有截图：窗口部分未安装")
    summary = "归雁演示\n\n" + "\n".join(story.lines) + "\n"
    (out / "summary.md").write_text(summary, encoding="utf-8")
    return {"out": str(out), "steps": story.lines, "files": sorted(p.name for p in out.iterdir())}, summary


def _join(folder: Path, office: str, account: str, county: LocalCounty) -> Desk:
    desk, _code = desks.init(folder, office, account, PASSWORD)
    joining.join(desk, county.ticket(office))
    return desk


def set_office(desk: Desk) -> None:
    for key, value in {
        "office.phone": "0370-0000001",
        "office.supervision_phone": "0370-0000002",
        "office.sign": "慈圣镇人民政府",
    }.items():
        desks.put_setting(desk, key, value)


def _offline(story: Story, town: Desk, folder: Path, out: Path) -> str:
    """With no network: import, find, visit, request, acceptance, paper. Returns the request's id."""
    village = divisions.villages(sample.TOWNSHIP)[2]
    book = out / "花名册.xlsx"
    sample.write_roster(book, village.name)
    shown = importing.preview(town, book)
    exporting.refused(shown, out / "未导入的行.xlsx")
    done = importing.accept(town, shown)
    story.check(done.new == 15 and shown.count("refused") == 2, f"导入花名册：新增 {done.new} 人，2 行因有错未导入并写明原因")
    again = importing.preview(town, book)
    story.check(again.count("same") == 15, "同一份花名册再导入一次：15 行相同，没有重复建档")
    story.check(any(h.name == "赵㛃" for h in find.find(town, "zj")), "按拼音首字母 zj 找到赵㛃")
    person = find.find(town, "钱䶮")[0].id
    contacts.add(town, person, {
        "way": Cell.of("visit"), "on": Cell.of(local_date().isoformat()), "text": Cell.of("入户走访，本人有意回村办服装加工点，担心流动资金。"),
        "outcome": Cell.of("willing"), "next_on": Cell.of(local_date().isoformat()),
    })  # fmt: skip
    wanted = sample.request_of_today()
    item = next(i for i in requests.items(town) if i.code == wanted["item"])
    request = requests.submit(
        town, person, item.code, {"text": Cell.of(wanted["text"]), "channel": Cell.of("window"), "kind": Cell.of("help")}, answers=dict(item.sample),
        materials={m.name: i < 4 for i, m in enumerate(item.materials)},
    )  # fmt: skip
    request = requests.act(town, request.id, "accept")
    story.check(
        request.state == "accepted" and request.due_on > local_date().isoformat(),
        f"登记并受理诉求 {request.number}，应于 {request.due_on} 前办结",
    )
    printing.issue(town, "slip.acceptance", [request.id], out / "受理通知单.pdf")
    story.tell("打印受理通知单")
    scan = (out / "受理通知单.pdf").read_bytes()
    attachments.add(town, "request", request.id, "受理通知单（签字）.pdf", scan)
    try:
        syncing.run(town)
    except KnownError as e:
        story.check(e.code == "net.unreachable" and syncing.status(town).pending > 0, f"没有网络时同步：{e.sentence}")
    else:
        raise BugError("demo.failed", "演示没有通过：服务器关着也“同步”成功了。")
    story.check(syncing.record_state(town, request.id) == "pending", "诉求显示为待发送，没有回执不说县级已收到")
    return str(request.id)


def _together(story: Story, seats: dict[str, Desk], request_id: str, out: Path) -> None:
    """The network is back: push, the county refers, the bureau answers, the answer comes home."""
    town, county, bureau = seats["town"], seats["county"], seats["bureau"]
    report = syncing.run(town)
    story.check(not report.exceptions and syncing.status(town).pending == 0, f"联网同步：发送 {report.sent} 条，全部有县级回执")
    story.check(syncing.record_state(town, request_id) == "received", "这条诉求县级已收到（有签名回执）")
    syncing.run(county)
    seen = people.must_get(county, request_id, "request")
    story.check(seen.state == "accepted" and seen.due_on is not None, "县级看到这条诉求")
    (scan,) = attachments.of_owner(county, request_id)
    moved = carrying.transfer(town)
    same = carrying.fetch(county, scan.id) == (out / "受理通知单.pdf").read_bytes()
    story.check(moved.sent == 1 and same, f"附件“{scan.title}”在记录之后送到，县级打开的与乡镇添加的一字节不差")
    bureau_code, bureau_name = next(b for b in desks.bureaus(county) if b[0] == sample.BUREAU)
    requests.refer(county, request_id, bureau_code, "请核实其担保贷款条件并答复。")
    syncing.run(county)
    syncing.run(bureau)
    mine = requests.referrals(bureau, request_id)
    story.check(len(mine) == 1 and len(requests.ids(bureau)) == 1, f"转办给{bureau_name}，该局只看到转给它的一件")
    requests.answer_referral(bureau, mine[0].id, "符合条件，可申请创业担保贷款，最高 30 万元。")
    requests.act(bureau, request_id, "reply", "经核实符合创业担保贷款条件，请携带营业执照到县人社局就业中心办理。")
    syncing.run(bureau)
    syncing.run(town)
    home_again = people.must_get(town, request_id, "request")
    story.check(home_again.state == "replied" and "就业中心" in home_again.reply, f"县级答复回到乡镇：{home_again.reply}")
    story.check(any(line.record_id == request_id for line in home.today(town).answered), "今日页把它列为“已有答复，待办结”")


def _rules(story: Story, county: Desk, town: Desk, request_id: str) -> None:
    """The county publishes a newer edition of the item and a year's days off; the township works by them after sync."""
    today, request = local_date(), people.must_get(town, request_id, "request")
    before = requests.item_of(town, request).clock.days
    publishing.amend_figures(county, request.item, today.isoformat(), {"days": before - 5, "ground": "示例：县专班第 9 号文"})
    year = next(y for y in count(today.year + 1) if lacking({}, y))
    plan = calendars.read(county, "\n".join(f"{day} 休" for day in lacking({}, year)), "放假安排", source="示例：放假通知")
    calendars.publish(county, plan.days)
    guessed = requests.due(town, date(year, 1, 20), 5)[1]
    syncing.run(county)
    syncing.run(town)
    now = next(i for i in requests.items(town) if i.code == request.item)
    kept = requests.item_of(town, request).clock.days == before
    story.check(
        kept and now.clock.days == before - 5,
        f"县级修订“{now.name}”：同步后乡镇按 {before - 5} 个工作日承诺，原来的诉求仍按 {before} 个",
    )
    known = not requests.due(town, date(year, 1, 20), 5)[1]
    story.check(guessed and known, f"县级发布 {year} 年放假安排：同步后不再按预测日历计算")


def _after(story: Story, town: Desk, request_id: str, out: Path) -> None:
    request = requests.act(town, request_id, "close", "已告知本人，本人满意。")
    story.check(request.state == "closed", f"办结，状态：{flow.state_label(request.state)}")
    printing.issue(town, "register.request", [request_id], out / "诉求登记表.pdf")
    willing = people.ids(town, intent="willing")
    notice = {
        "notice.mark": "慈圣镇人民政府", "notice.number": "慈政函〔2027〕3号", "notice.title": "关于召开返乡创业座谈会的通知",
        "notice.to": "【村】【姓名】同志", "notice.sign": "慈圣镇人民政府", "notice.date": specs.long_date("2027-01-20"), "notice.sealed": "是",
        "notice.body": "为听取在外务工人员对返乡创业的意见和诉求，决定在春节前召开“返乡创业座谈会”。现将有关事项通知如下：\n"
        "一、会议时间：2027年1月28日上午9:00，会期半天。\n二、会议地点：镇政府三楼会议室。\n"
        "三、请您于1月26日17:00前与镇返乡创业服务窗口联系，确认是否参加，登记电话为0370-0000001。\n特此通知。",
    }  # fmt: skip
    printing.issue(town, "notice.meeting", willing, out / "座谈会通知.pdf", notice)
    story.tell(f"为 {len(willing)} 位有意愿的人员合并打印座谈会通知，一个 PDF")
    syncing.run(town)
    exporting.people(town, out / "人员台账.xlsx")
    exporting.requests(town, out / "诉求台账.xlsx")
    story.tell("导出人员台账和诉求台账")
    story.check(not any(f.faults for f in verify(town)), "核验：数据库完整，审计记录相连，回执签名有效")


def _screens(folder: Path, out: Path) -> list[Path]:
    """Pictures of the real window over the demo's own data; offscreen where there is no display."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from desktop import shots

    found = shots.take(folder, "王芳", PASSWORD, out)
    return [Path(p) for p in found]
