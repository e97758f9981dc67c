"""Makes tests/upgrade/recorded/: what a release of an earlier schema left behind. `python -m tests.upgrade.record NAME`.

A township's encrypted workspace with drafts, unsent changes, receipts, a conflict and fields of a newer colleague; its
county's database, which holds a kind of record that it does not know; a batch, a page, a receipt, a stick and its answer as
they travelled. Everybody is invented. A recording is made once and kept: what it is for is that today's program opens it.
"""

from __future__ import annotations

import io
import json
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import zstandard

from tests.conftest import COUNTY, SIBLING, TOWNSHIP, VILLAGE
from tests.upgrade.conftest import Peer, World

RECORDED = Path(__file__).parent / "recorded"
_NAMES = ("王小雁", "李归田", "赵春生", "钱䶮", "孙望乡", "周远行")


def known(value: object) -> list[object]:
    return ["k", value]


def _colleague(ours: Peer) -> dict[str, str]:
    """A newer desk of the same township: a record with fields, and one of a kind, that the others do not know."""
    person = ours.save(
        id=None,
        village=VILLAGE,
        cells={"name": known("吴新程"), "job_permit": known("豫0001"), "insured": known("pension_urban")},
    )
    member = ours.create(
        entity="family_member",
        village=VILLAGE,
        cells={"person_id": known(person), "name": known("吴小"), "relation": known("12")},
    )
    ours.sync()
    return {"newer": person, "held": member}


def _work(town: Peer, village: Peer, county: Peer) -> dict[str, Any]:
    """What the township did before its last round."""
    people = [
        town.save(id=None, village=VILLAGE if n % 2 else SIBLING, cells={"name": known(name), "phone": known(f"1390000000{n}")})
        for n, name in enumerate(_NAMES)
    ]
    town.create(
        entity="contact", village=VILLAGE,
        cells={"person_id": known(people[1]), "way": known("visit"), "on": known("2026-11-02"), "by": known("李经办"),
               "text": known("春节后想回来办厂")},
    )  # fmt: skip
    request = town.ask(person=people[1], answers={"topic": "land"})
    town.sync()
    village.sync()
    town.save(id=people[1], village=VILLAGE, cells={"phone": known("13900000011")})
    village.save(id=people[1], village=VILLAGE, cells={"phone": known("13900000012")})
    town.sync()
    village.sync()  # the two telephones clash
    county.sync()
    county.create(
        entity="request_event", village=VILLAGE,
        cells={"request_id": known(request), "kind": known("note"), "at": known("2026-11-03T01:00:00.000Z"), "by": known("县经办")},
    )  # fmt: skip
    county.sync()
    town.sync()
    return {"people": people, "request": request}


def record(folder: Path) -> None:
    """Play it through and keep what it left behind."""
    running: list[Peer] = []

    def make(release: str) -> Peer:
        running.append(Peer(release))
        return running[-1]

    with tempfile.TemporaryDirectory() as place:
        out = Path(place) / "out"
        out.mkdir()
        try:
            workspace, manifest = _play(World(Path(place), make), out)
        finally:
            for one in running:
                one.close()
        shutil.copytree(workspace, out / "workspace")
        shutil.copytree(Path(place) / "county", out / "county", ignore=shutil.ignore_patterns("ticket*"))
        _pack(out, folder, manifest)


def _play(world: World, out: Path) -> tuple[Path, dict[str, Any]]:
    """(the township's workspace, what stands in it and at the county)."""
    county = world.county("older")
    town, village = world.desk("older", county, TOWNSHIP), world.desk("older", county, VILLAGE, "王村")
    desk, ours = world.desk("older", county, COUNTY, "县经办"), world.desk("today", county, TOWNSHIP, "张经办")
    said: dict[str, Any] = _colleague(ours)
    said |= _work(town, village, desk)
    people = said["people"]
    # Taken from a stick, of which the answer has not come back; then what nobody has yet.
    town.save(id=people[0], village=SIBLING, cells={"note": known("托人捎话")})
    town.stick_write(folder=str(out / "stick"))
    county.stick(folder=str(out / "stick"))
    town.save(id=said["newer"], village=VILLAGE, cells={"employer": known("某服装厂")})
    said["unsent"] = town.save(id=None, village=VILLAGE, cells={"name": known("郑未发"), "phone": ["r", None]})
    town.save(id=people[2], village=VILLAGE, cells={"living_place": ["v", "大概在苏州"]})
    said["draft"] = town.draft(cells={"name": known("草稿人"), "phone": known("1390000")})
    town.stick_write(folder=str(out / "later"))
    town.batch(path=str(out / "batch"))
    town.proof(path=str(out / "receipt"))
    county.page(path=str(out / "page"))
    town.slim()
    county.slim()
    manifest = {
        **said, "schema": town.schema(), "counts": town.counts(), "digests": town.digests(), "pending": town.pending(),
        "county": {"counts": county.counts(), "digests": county.digests(), "held": county.held()},
    }  # fmt: skip
    return world.folder_of(town), manifest


def _pack(out: Path, folder: Path, manifest: dict[str, Any]) -> None:
    folder.mkdir(parents=True)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path in sorted(out.rglob("*")):
            if path.is_file() and "logs" not in path.parts:
                info = tarfile.TarInfo(str(path.relative_to(out)))
                info.size = path.stat().st_size
                tar.addfile(info, io.BytesIO(path.read_bytes()))
    (folder / "files.tar.zst").write_bytes(zstandard.ZstdCompressor(level=19).compress(packed.getvalue()))
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    record(RECORDED / sys.argv[1])
