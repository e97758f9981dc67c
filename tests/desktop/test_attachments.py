"""The strip of attachments in the real window: adding in three ways, looking, removing, and what is said of each file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from desktop import operations, pictures, transfers
from desktop.main_window import MainWindow
from desktop.pages.people.timeline import TimelineList
from desktop.widgets import thumbnails
from desktop.widgets.attachments import AttachmentDialog, AttachmentStrip
from desktop.widgets.viewer import Viewer
from models.errors import KnownError
from models.records import Cell
from models.services import attachments, contacts, people, requests, timeline
from models.services.desk import Desk
from models.sync.files import PART
from models.tables.system import AUDIT
from resources import divisions
from tests.conftest import COUNTY, County, DeskFactory, enrolled
from tests.desktop.conftest import TOWNSHIP, rest, until

BROKEN = b"\xff\xd8\xff" + bytes(40)


def jpeg(colour: str = "#3d6b4f", width: int = 900, height: int = 600) -> bytes:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    return pictures.encoded(image, b"jpeg")


@pytest.fixture
def who(desk: Desk) -> str:
    return people.save(desk, None, {"name": Cell.of("王小雁")}, divisions.villages(TOWNSHIP)[0].code).id


@pytest.fixture
def request_id(desk: Desk, who: str) -> str:
    item = next(i for i in requests.items(desk) if i.code == "request.help")
    answers = {f.name: item.sample[f.name] for f in item.fields if f.required}
    return requests.submit(desk, who, "request.help", {"text": Cell.of("想办小额贷款")}, answers=answers).id


@pytest.fixture
def strip(window: MainWindow, request_id: str) -> AttachmentStrip:
    window.open("request", request_id)
    found = window.page("requests").findChildren(AttachmentStrip)[0]
    until(lambda: found._owner[1] == request_id, "the case")
    rest()
    return found


def shown(strip: AttachmentStrip) -> list[str]:
    return [strip.list.item(n).text().split("\n")[0] for n in range(strip.list.count())]


def test_files_are_added_smaller_and_undone_together(
    strip: AttachmentStrip, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(window, "show_message", lambda text, **_k: said.append(text))
    (tmp_path / "厂房.jpeg").write_bytes(jpeg(width=4000, height=3000))
    (tmp_path / "证明.pdf").write_bytes(b"%PDF-1.4 not really")
    (tmp_path / "假.png").write_bytes(jpeg())
    assert not strip._hint.isHidden()
    strip.add([(p.name, p) for p in sorted(tmp_path.glob("*.*"))])
    until(lambda: strip.list.count() == 2, "two of three are attached")
    assert sorted(shown(strip)) == ["厂房.jpg", "证明.pdf"]
    photo = next(a for a in strip.found if a.title == "厂房.jpg")
    data = attachments.read(window.desk, photo.id)
    assert data is not None
    assert max(QImage.fromData(data).width(), QImage.fromData(data).height()) == pictures.EDGE
    assert any("假.png 的内容是 JPG 图片" in s for s in said)
    assert strip._hint.isHidden()
    window.undo()
    until(lambda: strip.list.count() == 0, "both are taken back in one step")


def test_a_photo_that_shall_stay_as_it_is(strip: AttachmentStrip, desk: Desk) -> None:
    strip._smaller.setChecked(False)
    original = jpeg(width=3000, height=2000)
    strip.add([("原图.jpg", original)])
    until(lambda: strip.list.count() == 1, "it is attached")
    assert attachments.read(desk, strip.found[0].id) == original


def test_dropped_and_pasted(strip: AttachmentStrip, window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    file = tmp_path / "拖来.jpg"
    file.write_bytes(jpeg("#884444"))
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file)), QUrl.fromLocalFile(str(tmp_path)), QUrl("https://example.invalid/a.jpg")])
    none = Qt.MouseButton.NoButton
    strip.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, mime, none, Qt.KeyboardModifier.NoModifier))
    until(lambda: shown(strip) == ["拖来.jpg"], "the dropped file alone")
    image = QImage(300, 200, QImage.Format.Format_RGB32)
    image.fill(QColor("#4a6c8c"))
    QGuiApplication.clipboard().setImage(image)
    window.activateWindow()
    rest()
    strip._add.setFocus()
    rest()
    qtbot.keyClick(strip._add, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    until(lambda: strip.list.count() == 2, "the pasted picture")
    assert strip.found[1].title.startswith("粘贴的图片")
    strip.paste()  # the same once more, under another name
    rest(0.3)
    assert strip.list.count() == 2
    table = QMimeData()
    table.setText("一格")
    table.setImageData(QImage(9, 9, QImage.Format.Format_RGB32))
    QGuiApplication.clipboard().setMimeData(table)
    strip.paste()
    rest(0.3)
    assert strip.list.count() == 2, "cells copied from a table are no photo"


def test_looked_at_saved_and_removed(
    strip: AttachmentStrip, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    strip.add([("厂房.jpg", jpeg())])
    until(lambda: strip.list.count() == 1, "it is attached")
    assert strip._open.isHidden()
    strip.list.setCurrentRow(0)
    assert not strip._open.isHidden()
    strip.open()
    until(lambda: window.findChildren(Viewer), "it opens inside the program")
    with window.desk.store.read() as conn:
        log = list(conn.execute(select(AUDIT.c.action).where(AUDIT.c.entity_id == strip.found[0].id)).scalars())
    assert log[-1] == "reveal"
    viewer = window.findChildren(Viewer)[0]
    before = viewer._labels[0].pixmap().width()
    viewer.zoom(2.0)
    assert viewer._labels[0].pixmap().width() == pytest.approx(before * 2, abs=2)
    viewer.close()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a: (str(tmp_path / "存.jpg"), ""))
    strip.save()
    until((tmp_path / "存.jpg").exists, "it is saved")
    rest()
    strip.remove()
    until(lambda: strip.list.count() == 0, "it is removed")
    window.undo()
    until(lambda: strip.list.count() == 1, "and back")


def test_a_broken_picture_is_said_to_be_one(strip: AttachmentStrip, window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(window, "show_message", lambda text, **_k: said.append(text))
    monkeypatch.setattr(pictures, "picture", lambda *_a: None)
    strip._smaller.setChecked(False)
    strip.add([("坏.jpg", BROKEN)])
    until(lambda: strip.list.count() == 1, "it is kept all the same")
    strip.list.setCurrentRow(0)
    strip.open()
    until(lambda: any("不是完好的图片" in s for s in said), "a sentence says so")
    assert window.findChildren(Viewer) == []
    with pytest.raises(KnownError):
        pictures.pages(b"%PDF-1.4 rubbish", 100)


def test_progress_is_shown_where_something_waits(strip: AttachmentStrip) -> None:
    transfers.SIGNALS.advanced.emit("1.0 / 2.0 MB，约剩 3 秒", 1024, 2048)
    assert strip._progress.isHidden(), "nothing of this case is on its way"
    strip.add([("厂房.jpg", jpeg())])
    until(lambda: strip.list.count() == 1, "it is attached")
    transfers.SIGNALS.advanced.emit("1.0 / 2.0 MB，约剩 3 秒", 1024, 2048)
    assert not strip._progress.isHidden()
    assert "约剩 3 秒" in strip._bar.text()
    assert (strip._bar.value(), strip._bar.maximum()) == (1024, 2048)
    transfers.SIGNALS.over.emit()
    assert strip._progress.isHidden()


def test_words_of_progress() -> None:
    assert transfers.progress_words(1229, 3482, 12) == "1.2 / 3.4 MB，约剩 12 秒"
    assert transfers.progress_words(0, 3 << 20, 300) == "0.0 / 3072.0 MB，约剩 5 分钟"
    assert transfers.progress_words(0, 1024, None) == "0.0 / 1.0 MB"
    assert [thumbnails.in_words(n) for n in (1, 20 << 10, 3 << 20)] == ["1 KB", "20 KB", "3.0 MB"]


def test_a_person_shows_those_of_the_visits_and_a_visit_its_own(window: MainWindow, desk: Desk, who: str) -> None:
    cells = {"way": Cell.of("visit"), "on": Cell.of("2026-11-24"), "text": Cell.of("谈返乡意愿")}
    visit = contacts.add(desk, who, cells).id
    attachments.add(desk, "contact", visit, "合影.jpg", jpeg())
    attachments.add(desk, "person", who, "身份证.jpg", jpeg("#aabbcc"))
    window.open("person", who)
    page = window.page("people")
    until(lambda: page.findChildren(AttachmentStrip), "the person's page")
    strip = page.findChildren(AttachmentStrip)[0]
    until(lambda: strip.list.count() == 2, "both")
    line = next(e for e in timeline.of_person(desk, who) if e.kind == "contact")
    dialog = AttachmentDialog(page.findChildren(TimelineList)[0], window, line)
    until(lambda: shown(dialog.strip) == ["合影.jpg"], "the visit's own")
    dialog.close()
    rest()


def test_a_picture_is_made_the_portrait_from_its_menu(window: MainWindow, desk: Desk, who: str) -> None:
    attachments.add(desk, "person", who, "证明.pdf", b"%PDF-1.4 invented")
    photo = attachments.add(desk, "person", who, "免冠.jpg", jpeg("#7aa0c4", 300, 420))
    window.open("person", who)
    page = window.page("people")
    until(lambda: page.findChildren(AttachmentStrip), "the person's page")
    strip = page.findChildren(AttachmentStrip)[0]
    until(lambda: strip.list.count() == 2, "both")

    def offered() -> list[str]:
        return [a.text() for a in strip._menu().actions() if "证件照" in a.text()]

    def tile() -> QImage:
        return strip.list.item(1).icon().pixmap(strip.list.iconSize()).toImage()

    strip.list.setCurrentRow(0)
    assert offered() == [], "a PDF is no portrait"
    strip.list.setCurrentRow(1)
    assert offered() == ["设为证件照"]
    rest()
    before = tile()
    strip.mark()
    until(lambda: strip.found[1].portrait, "it is the portrait")
    rest()
    assert offered() == ["取消证件照"]
    assert tile() != before, "and says so"
    assert "证件照" in strip.list.item(1).toolTip()
    assert people.must_get(desk, who).portrait_id == photo.id
    window.undo()
    until(lambda: not strip.found[1].portrait, "it is taken back")


def test_shrinking_never_makes_larger_and_turns_upright() -> None:
    tiny = jpeg(width=20, height=10)
    assert pictures.shrink("小.jpg", tiny) == ("小.jpg", tiny)
    assert pictures.shrink("文.pdf", b"%PDF-1.4") == ("文.pdf", b"%PDF-1.4")
    noise = QImage(os.urandom(1200 * 800 * 4), 1200, 800, QImage.Format.Format_ARGB32)
    png = pictures.encoded(noise, b"png")
    name, smaller = pictures.shrink("透明.PNG", png)
    assert name == "透明.jpg"
    assert smaller.startswith(b"\xff\xd8\xff")
    assert len(smaller) < len(png)
    # An Exif segment that says: turned by 90 degrees.
    exif = b"Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00"
    plain = jpeg(width=4000, height=1000)
    turned = plain[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + plain[2:]
    _name, upright = pictures.shrink("手机.jpg", turned)
    image = QImage.fromData(upright)
    assert (image.width(), image.height()) == (500, 2000)
    assert b"Exif" not in upright


def test_an_add_of_twenty_megabytes_keeps_no_save_waiting(strip: AttachmentStrip, desk: Desk) -> None:
    strip._smaller.setChecked(False)
    strip.add([("大.pdf", b"%PDF-" + os.urandom(40 * PART))])
    saved: list[object] = []
    operations.run(strip, people.save, desk, None, {"name": Cell.of("李四")}, divisions.villages(TOWNSHIP)[0].code,
                   writes=True, on_done=saved.append)  # fmt: skip
    until(lambda: saved, "the person is saved")
    assert strip.list.count() == 0, "before the file was"
    until(lambda: strip.list.count() == 1, "and the file too")


def test_from_the_window_to_the_county_and_into_its_window(
    strip: AttachmentStrip, window: MainWindow, county: County, desk_factory: DeskFactory, request_id: str, qapp: object
) -> None:
    enrolled(window.desk, county)
    data = b"%PDF-" + os.urandom(2 * PART)
    strip._smaller.setChecked(False)
    strip.add([("厂房.jpg", jpeg()), ("大.pdf", data)])
    until(lambda: strip.list.count() == 2, "they are attached")
    window.sync()
    until(lambda: [a.state for a in strip.found] == ["sent", "sent"], "the county has both", 20)
    assert "县级已收到" in strip.list.item(0).text()
    assert strip._progress.isHidden()
    there = enrolled(desk_factory(COUNTY, "赵县"), county)
    other = MainWindow(there)
    other.show()
    other.sync()
    until(lambda: attachments.of_owner(there, request_id), "the records come", 20)
    other.open("request", request_id)
    seen = other.page("requests").findChildren(AttachmentStrip)[0]
    until(lambda: [a.state for a in seen.found] == ["away", "away"], "shown as not here")
    seen.list.setCurrentRow(0)
    seen.open()
    until(lambda: other.findChildren(Viewer), "it is fetched and opens", 20)
    other.findChildren(Viewer)[0].close()
    until(lambda: [a.state for a in seen.found] == ["here", "away"], "only what was opened was fetched")
    other.close()
    rest()
    shiboken6.delete(other)
