"""Five hundred letters to people by name: pages a second, beside typst setting the same text; and faults of lines.

Each run of either side is a process of its own that has its modules loaded and no font opened, so both pay for
their fonts; the runs take turns, and the median counts. The letters are the same people and the same text. Ours carry
the red head and double rules of 信函格式 as well, which the other side's do not.
    python tests/bench/letters.py            prints the results of run()
    python tests/bench/letters.py ours|peer  times one side once
"""

from __future__ import annotations

import importlib.util
import itertools
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
COUNT = 500
RUNS = 5

TITLE = "关于召开返乡创业座谈会的通知"
BODY = [
    "为进一步优化营商环境，吸引更多在外务工人员、大学毕业生、退役军人返乡创业，经镇党委、镇政府研究，"
    "决定在春节前召开“返乡创业座谈会”，面对面听取大家的意见和诉求。现将有关事项通知如下：",
    "一、会议时间：2027年1月28日上午9:00，会期半天。",
    "二、会议地点：镇政府三楼会议室，您的座位号为{seat}。",
    "三、有关要求：请您于1月26日17:00前与镇返乡创业服务窗口联系，确认是否参加，登记电话为{phone}，通知编号{no}；"
    "参会人员应提前10分钟入场；确因特殊情况不能参会的，请提前告知，工作人员将上门或电话听取您的意见。",
    "四、会后组织参观镇返乡创业产业园，请自备身份证件。特此通知。",
]
NEVER_FIRST, NEVER_LAST = "，。、；：！？）》】〕〉」』”’％", "（《【〔〈「『“‘"
SIGN = ["慈圣镇人民政府", "2027年1月20日"]


def people(n: int, seed: int = 7) -> list[dict[str, str]]:
    """n invented recipients; every fiftieth bears a rare character."""
    dice = random.Random(seed)
    surnames, given = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨", "建国伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞"
    villages = ["白庄村", "孟庄村", "李滩村", "后梁楼村"]
    out = []
    for i in range(n):
        name = dice.choice(surnames) + "".join(dice.sample(given, dice.choice((1, 2))))
        if i % 50 == 0:
            name = dice.choice(surnames) + dice.choice("㛃䶮𬘫𬭎𫖯𬀩")
        out.append(
            {
                "name": name,
                "village": dice.choice(villages),
                "no": f"FX2027{i + 1:04d}",
                "seat": f"{i // 20 + 1}排{i % 20 + 1}座",
                "phone": f"138{dice.randrange(10**8):08d}",
            }
        )
    return out


def typst_source() -> str:
    paragraphs = "\n ".join(f"par[{p}]" for p in BODY)
    for key in ("seat", "phone", "no"):
        paragraphs = paragraphs.replace("{" + key + "}", f"#r.{key};")
    return f"""#set page(paper:"a4",margin:(top:37mm,bottom:35mm,left:28mm,right:26mm))
#set text(font:("FandolFang R","Noto Serif SC","HanaMinB"),size:16pt,lang:"zh",region:"cn")
#set par(justify:true,leading:12.99pt,spacing:12.99pt,first-line-indent:(amount:2em,all:true))
#let d=json(bytes(sys.inputs.data))
#for r in d {{
 align(center,text(font:("FandolSong","Noto Serif SC"),weight:"bold",size:22pt)[{TITLE}]); v(16pt)
 par(first-line-indent:0em)[#r.village#r.name;同志：]
 {paragraphs}
 v(16pt)
 align(right)[{SIGN[0]} \\ {SIGN[1]}]
 pagebreak(weak:true)
}}"""


def ours(count: int = COUNT) -> tuple[float, bytes]:
    """(seconds, PDF) of one run. Modules are loaded before the clock starts, fonts are not."""
    import forms
    from forms.registry import get
    from forms.typeset import page  # noqa: F401 - the canvas, which is loaded when the first paper is drawn

    get("notice.meeting")
    known = {"mark": SIGN[0], "number": "慈政函〔2027〕3号", "title": TITLE, "sign": SIGN[0], "date": SIGN[1]}
    constant = {f"notice.{name}": forms.Cell(name, text) for name, text in known.items()}
    given = people(count)
    start = time.perf_counter()
    sheets = []
    for person in given:
        body = "\n".join(BODY).format(**person)
        to = forms.Cell("主送", f"{person['village']}{person['name']}同志")
        sheets.append(forms.Sheet({**constant, "notice.to": to, "notice.body": forms.Cell("正文", body)}))
    pdf = forms.render("notice.meeting", sheets)
    return time.perf_counter() - start, pdf


def peer(font_folder: Path, count: int = COUNT) -> tuple[float, bytes]:
    """(seconds, PDF) of typst on the same letters, with the same font files."""
    import typst

    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "letters.typ"
        source.write_text(typst_source(), encoding="utf-8")
        data = {"data": json.dumps(people(count), ensure_ascii=False)}
        start = time.perf_counter()
        pdf: bytes = typst.compile(
            str(source), font_paths=[str(font_folder)], ignore_system_fonts=True, sys_inputs=data
        )
        return time.perf_counter() - start, pdf


def _once(script: str, *arguments: str) -> Any:
    command = [sys.executable, str(Path(script).resolve()), *arguments]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def _rates() -> tuple[float, dict[str, float | None]]:
    """Median pages a second: (ours, each peer's, None where it is not installed). typst takes turns with us, the rest run once."""
    from resources import fonts

    mine: list[float] = []
    typst: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        for face in fonts.FACES:
            # A link where the system has them: the files are read, not copied.
            try:
                (Path(folder) / face).symlink_to(fonts.path(face))
            except OSError:
                shutil.copy(fonts.path(face), folder)
        for _ in range(RUNS):
            mine.append(_once(__file__, "ours")["pages_per_s"])
            if importlib.util.find_spec("typst") is not None:
                typst.append(_once(__file__, "peer", folder)["pages_per_s"])
        peers = str(Path(__file__).with_name("letter_peers.py"))
        others = {name: _once(peers, name, folder, "200") for name in ("fpdf2", "weasyprint", "libreoffice")}
    found = {"typst": statistics.median(typst) if typst else None}
    return statistics.median(mine), found | {name: one and one["pages_per_s"] for name, one in others.items()}


def line_faults() -> int:
    """Lines of official text that begin or end with a forbidden mark, over every measure of 8 to 40 characters."""
    from forms.typeset.chains import FANG
    from forms.typeset.page import Press

    faults = 0
    setting = Press("").setting(FANG, 16.0)
    for measure in range(8, 41):
        for paragraph in official_text():
            lines = [line.text for line in setting.break_text(paragraph, measure * 16.0, 32.0)]
            faults += sum(line[0] in NEVER_FIRST for line in lines[1:])
            faults += sum(line[-1] in NEVER_LAST for line in lines)
            faults += sum(a[-1] == b[0] and a[-1] in "—…" for a, b in itertools.pairwise(lines))
    return faults


def official_text() -> list[str]:
    """Paragraphs of the samples of every form that is a letter or a document."""
    from forms.registry import all_forms

    bodies = [form.sample().text("notice.body") for form in all_forms() if "notice.body" in form.wants]
    return [part for body in [*bodies, "\n".join(BODY)] for part in body.split("\n")]


def run() -> list[dict[str, Any]]:
    from tests.bench.runner import row

    mine, peers = _rates()
    typst = peers.pop("typst")
    rows = [row("letters", mine, "pages/s", "typst" if typst else None, typst)]
    rows += [row(f"letters_{name}", mine, "pages/s", name if rate else None, rate) for name, rate in peers.items()]
    return [*rows, row("line_faults", line_faults(), "lines")]


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    if sys.argv[1:2] == ["ours"]:
        taken, made = ours()
    elif sys.argv[1:2] == ["peer"]:
        taken, made = peer(Path(sys.argv[2]))
    else:
        print(json.dumps(run(), ensure_ascii=False, indent=1))
        raise SystemExit
    print(json.dumps({"pages_per_s": COUNT / taken, "bytes": len(made)}))
