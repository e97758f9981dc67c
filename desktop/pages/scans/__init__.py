"""归档: scanned papers go back to their cases by their codes; what cannot be read is shown and filed by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage, QPixmap
from PySide6.QtWidgets import QFileDialog, QLabel, QListWidget, QListWidgetItem, QProgressBar, QSplitter, QVBoxLayout, QWidget

from desktop import look, messages, operations, pictures
from desktop.pages import Declaration, Page, Shell, Touched
from desktop.pages.scans.finding import RecordFinder
from desktop.widgets import parts
from models.base import CHINA, parse_stamp
from models.errors import KnownError
from models.services import scan_tray
from models.services.desk import Desk
from models.services.scan_tray import Waiting

if TYPE_CHECKING:
    from models.services.scans import Filed, Outcome

_ROLE = Qt.ItemDataRole.UserRole
_WIDTH = 1400  # pixels of a sheet that is looked at


def _look(desk: Desk, waiting_id: str) -> list[QImage]:
    kind, data = scan_tray.look(desk, waiting_id)
    if kind == "application/pdf":
        return pictures.pages(data, _WIDTH)[0]
    image = pictures.picture(data, _WIDTH)
    if image is None:
        raise KnownError("picture.broken", QCoreApplication.translate("scans", "这张图片无法显示，可能已损坏。请重新扫描。"))
    return [image]


# Readers of pictures and codes are loaded in the worker that needs them first, not while the window opens.
def _file(desk: Desk, path: Path, progress: Callable[[int, int], bool]) -> Outcome:
    from models.services import scans

    return scans.file(desk, path, progress)


def _try_again(desk: Desk) -> list[Filed]:
    if not scan_tray.tray(desk):
        return []
    from models.services import scans

    return scans.try_again(desk)


class ScansPage(Page):
    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.setAcceptDrops(True)
        self._queue: list[Path] = []
        self._handle: operations.Handle | None = None
        self._images: list[QImage] = []
        self._shown = ""
        self._wanted = ""
        self._said = parts.label(self._hint(), "muted", wrap=True)
        self._bar = QProgressBar()
        self._bar.setAccessibleName(self.tr("进度"))
        self._stop = parts.button(self.tr("停止"), self._cancel)
        self._choose_files = parts.button(self.tr("选择扫描件…"), self._choose, kind="primary", icon="folder-open", tip="Ctrl+O")
        self._filed = self._list(self.tr("这次归档的"), self.tr("归好的文书列在这里，写明归到谁名下。"))
        self._filed.itemActivated.connect(self._open)
        self._tray = self._list(self.tr("待归档"), self.tr("没有待归档的。"))
        self._tray.currentItemChanged.connect(lambda item, _before: self._select(item))
        self._count = parts.label("", "muted")
        self._why = parts.label("", "", wrap=True)
        self._sheet = QLabel()
        self._sheet.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._sheet.setAccessibleName(self.tr("扫描件"))
        self.finder = RecordFinder(shell.desk)
        self.finder.chosen.connect(self._assign)
        self._drop = parts.button(self.tr("不归档，移出"), self._discard, kind="quiet", icon="trash-2")
        self._nothing = parts.empty(
            self.tr("把签字盖章后的文书扫描进来，自动归到它的诉求或人员"),
            self.tr("每份文书右上角的二维码就是它的编号。一个 PDF 里可以有许多张；也可以把文件拖到这里。"),
        )
        self._build()

    def _hint(self) -> str:
        return self.tr("按二维码自动归档；读不出的留在左下的“待归档”，由您指明归到谁名下。")

    @staticmethod
    def _list(name: str, nothing: str) -> QListWidget:
        made = parts.ListBox(nothing)
        made.setAccessibleName(name)
        made.setWordWrap(True)
        made.setIconSize(QSize(look.px(16), look.px(16)))
        return made

    def _build(self) -> None:
        left, right = QWidget(), QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(16, 16, 8, 12)
        column.setSpacing(8)
        column.addLayout(parts.row(parts.label(self.tr("扫描归档"), "title"), None, self._stop, self._choose_files))
        column.addWidget(self._said)
        column.addWidget(self._bar)
        column.addWidget(parts.label(self.tr("这次归档的（双击或回车打开）"), "heading"))
        column.addWidget(self._filed, 3)
        column.addLayout(parts.row(parts.label(self.tr("待归档"), "heading"), None, self._count))
        column.addWidget(self._tray, 2)
        self._work = QWidget()
        page = QVBoxLayout(self._work)
        page.setContentsMargins(8, 16, 16, 12)
        page.setSpacing(8)
        page.addWidget(self._why)
        page.addLayout(parts.row(self.finder, self._drop, stretch_at=0))
        page.addWidget(self.finder.list)
        page.addWidget(parts.scrolled(self._sheet), 1)
        over = QVBoxLayout(right)
        over.setContentsMargins(0, 0, 0, 0)
        over.addWidget(self._work)
        over.addWidget(self._nothing)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(left)
        split.addWidget(right)
        split.setChildrenCollapsible(False)
        split.setSizes([520, 760])
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(split)
        for widget in (self._bar, self._stop, self._work):
            widget.hide()

    def activate(self, argument: Any = None) -> None:
        """argument: ('draft', id of a waiting sheet), a list of files, or None."""
        if isinstance(argument, tuple):
            self._wanted = argument[1]
        elif argument:
            self.take([Path(p) for p in argument])
        self._load()
        # A paper that another PC printed may have come since.
        operations.run(self, _try_again, self.shell.desk, slow=True, on_done=self._found_again)

    def refresh(self, touched: Touched) -> None:
        if self.isVisible():
            self._load()

    def _choose(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(
            self, self.tr("选择扫描件"), "", self.tr("扫描件 (*.pdf *.jpg *.jpeg *.png *.PDF *.JPG *.JPEG *.PNG)")
        )
        self.take([Path(name) for name in names])

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.take([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])
        event.acceptProposedAction()

    def take(self, files: list[Path]) -> None:
        """Read these scans one after the other and file what is on them."""
        self._queue += files
        if self._handle is None:
            self._next()

    def _next(self) -> None:
        if not self._queue:
            self._handle = None
            self._bar.hide()
            self._stop.hide()
            self._load()
            return
        path = self._queue.pop(0)
        self._said.setText(self.tr("正在读取 {0}…").format(path.name))
        self._bar.setRange(0, 0)
        self._bar.show()
        self._stop.show()
        self._handle = operations.run(
            self, _file, self.shell.desk, path, slow=True, on_progress=self._advance,
            on_done=lambda outcome: self._done(path, outcome), on_error=self._failed,
        )  # fmt: skip

    def _cancel(self) -> None:
        self._queue.clear()
        if self._handle is not None:
            self._handle.cancel()

    def _advance(self, done: int, total: int) -> None:
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        self._bar.setFormat(self.tr("第 {0} 张，共 {1} 张").format(done, total))

    def _failed(self, error: Exception) -> None:
        self._said.setText(messages.sentence(error))
        messages.tell_error(error)
        self._next()

    def _done(self, path: Path, outcome: Outcome) -> None:
        self._add(outcome.filed)
        said = [self.tr("{0}：归档 {1} 份").format(path.name, len(outcome.filed))]
        if outcome.waiting:
            said.append(self.tr("待归档 {0} 张").format(len(outcome.waiting)))
        if outcome.blank:
            said.append(self.tr("空白 {0} 张未存").format(len(outcome.blank)))
        self._said.setText("，".join(said) + "。" + "".join(outcome.refused))
        self._next()

    def _add(self, found: list[Filed]) -> None:
        for filed in found:
            words = self.tr("{0}　{1}　{2}").format(filed.who or self.tr("（整份）"), filed.form, filed.serial)
            words += self.tr("　（以前已归档，没有重复添加）") if filed.twice else ""
            item = QListWidgetItem(look.icon("circle-check", "muted" if filed.twice else "text"), words)
            item.setData(_ROLE, (filed.entity, filed.record_id))
            self._filed.insertItem(0, item)
        self.shell.changed([(f.entity, f.record_id) for f in found])

    def _found_again(self, filed: list[Filed]) -> None:
        if filed:
            self._add(filed)
            self._load()

    def _open(self, item: QListWidgetItem) -> None:
        self.shell.open(*item.data(_ROLE))

    def _load(self) -> None:
        operations.run(self, scan_tray.tray, self.shell.desk, on_done=self._show_tray)

    def _show_tray(self, found: list[Waiting]) -> None:
        kept = self._wanted or self._shown
        self._wanted = ""
        self._tray.clear()
        self._count.setText(self.tr("{0} 张").format(len(found)))
        for waiting in found:
            when = parse_stamp(waiting.at).astimezone(CHINA).strftime("%m-%d %H:%M")
            item = QListWidgetItem(f"{waiting.title}　{when}　{waiting.account}")
            item.setData(_ROLE, waiting)
            self._tray.addItem(item)
            if waiting.id == kept:
                self._tray.setCurrentItem(item)
        if found and self._tray.currentItem() is None:
            self._tray.setCurrentRow(0)
        self._work.setVisible(bool(found))
        self._nothing.setVisible(not found)

    def _select(self, item: QListWidgetItem | None) -> None:
        waiting: Waiting | None = item.data(_ROLE) if item else None
        if waiting is None or waiting.id == self._shown:
            return
        self._shown, self._images = waiting.id, []
        self._why.setText(waiting.why)
        self._sheet.clear()
        self.finder.begin()
        operations.run(self, _look, self.shell.desk, waiting.id, on_done=self._looked, on_error=self._not_seen)

    def _not_seen(self, error: Exception) -> None:
        self._sheet.setText(messages.sentence(error))

    def _looked(self, images: list[QImage]) -> None:
        self._images = images
        self._draw()

    def _draw(self) -> None:
        """As wide as there is room, and as sharp as the screen: one sheet waits at a time."""
        if self._images:
            room = QSize(max(self._work.width() - look.px(56), look.px(200)), 1 << 14)
            self._sheet.setPixmap(QPixmap.fromImage(self._images[0].scaled(
                room, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            )))  # fmt: skip

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self._draw()

    def _assign(self, entity: str, record_id: str) -> None:
        operations.run(
            self, scan_tray.assign, self.shell.desk, self._shown, entity, record_id, writes=True,
            on_done=lambda _made: self._filed_by_hand(entity, record_id),
        )  # fmt: skip

    def _filed_by_hand(self, entity: str, record_id: str) -> None:
        self._shown = ""
        self.shell.done(self.tr("已归档"), [(entity, record_id)])
        self._load()

    def _discard(self) -> None:
        operations.run(self, scan_tray.discard, self.shell.desk, self._shown, writes=True, on_done=lambda _r: self._discarded())

    def _discarded(self) -> None:
        self._shown = ""
        self.shell.done(self.tr("已移出待归档"), undoable=False)
        self._load()


PAGE = Declaration("scans", "归档", "folder-open", 5, ScansPage, opens=("scan",))
