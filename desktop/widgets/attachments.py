"""A record's photos and scans as a strip: add, drop or paste, look, save, remove; and where each of them is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QGuiApplication, QImage, QKeySequence, QShortcut
from PySide6.QtWidgets import QCheckBox, QDialog, QFileDialog, QFrame, QMenu, QProgressBar, QVBoxLayout, QWidget

from desktop import look, memory, messages, operations, pictures, transfers
from desktop.pages import Shell
from desktop.widgets import parts, thumbnails
from desktop.widgets.viewer import Viewer, look_at
from models.base import CHINA, utc_now
from models.services import attachments, carrying, filetypes
from models.services.attachments import Attachment
from models.services.desk import Desk
from models.services.timeline import Entry


class AttachmentStrip(QFrame):
    """Shows the attachments of one record. wraps: in as many lines as they need, instead of one that scrolls."""

    def __init__(self, shell: Shell, *, wraps: bool = False) -> None:
        super().__init__()
        self.shell, self._owner = shell, ("", "")
        self.found: list[Attachment] = []
        self._wraps = wraps
        self._job: operations.Handle | None = None
        self.setAcceptDrops(True)
        self._count = parts.label("", "muted")
        self._smaller = QCheckBox(self.tr("压缩照片"))
        self._smaller.setToolTip(self.tr("长边缩到 {0} 像素，并去掉拍摄地点等信息").format(pictures.EDGE))
        self._smaller.setChecked(memory.settings().value("attachments.shrink", "1") == "1")
        self._smaller.toggled.connect(lambda on: memory.settings().setValue("attachments.shrink", "1" if on else "0"))
        self._add = parts.button(self.tr("添加"), self.choose, icon="plus", tip=self.tr("照片和扫描件：JPG、PNG、PDF"))
        self._open = parts.button(self.tr("查看"), self.open, kind="quiet", tip="Enter")
        self._save = parts.button(self.tr("另存为"), self.save, kind="quiet")
        self._remove = parts.button("", self.remove, kind="quiet", icon="trash-2", tip=self.tr("删除（可撤销）"))
        self.list = thumbnails.TileList(shell.desk, wraps=wraps)
        self._build()
        transfers.SIGNALS.advanced.connect(self._carried)
        transfers.SIGNALS.over.connect(self._over)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 8)
        column.setSpacing(6)
        heading = parts.label(self.tr("附件"), "heading")
        column.addLayout(parts.row(heading, self._count, None, self._open, self._save, self._remove, self._smaller, self._add))
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(lambda at: self._menu().popup(self.list.mapToGlobal(at)))
        self.list.itemActivated.connect(lambda _item: self.open())
        self.list.itemSelectionChanged.connect(self._select)
        column.addWidget(self.list, 1 if self._wraps else 0)
        QShortcut(QKeySequence.StandardKey.Delete, self.list, self.remove, context=Qt.ShortcutContext.WidgetShortcut)
        QShortcut(QKeySequence.StandardKey.Paste, self, self.paste)  # wherever nothing is being typed, while the strip is seen
        self._hint = parts.label("", "muted", wrap=True)
        column.addWidget(self._hint)
        self._bar = QProgressBar()
        self._bar.setFixedHeight(look.px(18))
        self._stop = parts.button(self.tr("停止"), self._stop_job, kind="quiet")
        self._progress = QWidget()
        line = parts.row(self._bar, self._stop, stretch_at=0)
        line.setContentsMargins(0, 0, 0, 0)
        self._progress.setLayout(line)
        self._progress.hide()
        column.addWidget(self._progress)
        if self._wraps:
            column.addStretch(0)
        self._fill()

    # --- showing --------------------------------------------------------------------------------------------------
    def show_owner(self, entity: str, record_id: str) -> None:
        """The attachments of a record; of a person also those of the visits."""
        if self._owner != (entity, record_id):
            self._owner, self.found = (entity, record_id), []
            self._fill()
        self.reload()

    def reload(self) -> None:
        entity, record_id = self._owner
        if record_id:
            listed = attachments.of_person if entity == "person" else attachments.of_owner
            operations.run(self, listed, self.shell.desk, record_id, on_done=partial(self._show, record_id))

    def _show(self, record_id: str, found: list[Attachment]) -> None:
        if record_id == self._owner[1] and found != self.found:
            self.found = found
            self._fill()

    def _fill(self) -> None:
        self.list.show_all(self.found)
        size = sum(a.size for a in self.found)
        self._count.setText(self.tr("{0} 个，{1}").format(len(self.found), thumbnails.in_words(size)) if self.found else "")
        self.list.setVisible(bool(self.found))
        self._say_hint()
        self._select()

    # --- choosing -------------------------------------------------------------------------------------------------
    def _select(self) -> None:
        chosen = self.list.current()
        for button in (self._open, self._save):
            button.setVisible(chosen is not None)
        self._remove.setVisible(chosen is not None and chosen.ours)
        self._add.setEnabled(bool(self._owner[1]))

    def _menu(self) -> QMenu:
        menu, chosen = QMenu(self), self.list.current()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if chosen is not None:
            menu.addAction(self.tr("查看\tEnter"), self.open)
            menu.addAction(self.tr("另存为…"), self.save)
            if chosen.may_be:
                menu.addAction(self.tr("取消证件照") if chosen.portrait else self.tr("设为证件照"), self.mark)
            if chosen.state == "refused":
                menu.addAction(self.tr("再发一次"), self.send_again)
            if chosen.ours:
                menu.addAction(self.tr("删除\tDelete"), self.remove)
        menu.addAction(self.tr("粘贴\tCtrl+V"), self.paste)
        return menu

    # --- adding ---------------------------------------------------------------------------------------------------
    def choose(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(
            self, self.tr("添加附件"), "", self.tr("照片和扫描件 (*.jpg *.jpeg *.png *.pdf *.JPG *.JPEG *.PNG *.PDF)")
        )
        self.add([(Path(n).name, Path(n)) for n in names])

    def paste(self) -> None:
        """Files, or a picture that was copied out of a chat."""
        copied = QGuiApplication.clipboard().mimeData()
        if copied.hasUrls():
            self.add(self._files(copied.urls()))
        elif copied.hasImage() and not copied.hasText():  # a copied table brings its picture along
            when = utc_now().astimezone(CHINA).strftime("%m-%d %H.%M.%S")
            self.add([(self.tr("粘贴的图片 {0}.png").format(when), QImage(copied.imageData()))])

    def add(self, found: list[tuple[str, transfers.Content]]) -> None:
        """Attach files, or bytes with a name, to the record that is shown."""
        if found and self._owner[1]:
            self._say_hint(self.tr("正在添加…"))
            owner = self._owner
            operations.run(
                self, transfers.take_in, self.shell.desk, owner, found, self._smaller.isChecked(), slow=True,
                on_done=partial(self._added, owner), on_error=self._not_added,
            )  # fmt: skip

    def _added(self, owner: tuple[str, str], result: tuple[int, list[str]]) -> None:
        count, wrong = result
        self._say_hint()
        if count:
            self.shell.done(self.tr("已添加 {0} 个附件").format(count), [owner])
        if wrong:
            messages.tell("\n".join(wrong), kind="danger")
        self.reload()

    def _not_added(self, error: Exception) -> None:
        self._say_hint()
        messages.tell_error(error)

    @staticmethod
    def _files(urls: Any) -> list[tuple[str, transfers.Content]]:
        paths = [Path(u.toLocalFile()) for u in urls if u.isLocalFile()]
        return [(p.name, p) for p in paths if p.is_file()]

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._owner[1] and self._files(event.mimeData().urls()):
            event.acceptProposedAction()
            self._say_hint(self.tr("松开鼠标即添加"))

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._say_hint()

    def dropEvent(self, event: QDropEvent) -> None:
        self._say_hint()
        self.add(self._files(event.mimeData().urls()))
        event.acceptProposedAction()

    def _say_hint(self, words: str = "") -> None:
        usual = self.tr("拖到这里、粘贴，或点“添加”。可用 JPG、PNG、PDF，每个最大 {0}\u00a0MB。")
        self._hint.setText(words or usual.format(attachments.LARGEST >> 20))
        self._hint.setVisible(bool(words) or not self.found)

    # --- looking, saving, removing --------------------------------------------------------------------------------
    def open(self) -> None:
        chosen = self.list.current()
        if chosen is not None:
            self._fetch(chosen, partial(look_at, self.shell.desk, chosen, look.px(1200)), self._look)

    def _look(self, chosen: Attachment, found: tuple[list[QImage], int] | None) -> None:
        if found is not None:
            Viewer(self, chosen, *found, save=partial(self._save_as, chosen)).open()

    def save(self) -> None:
        chosen = self.list.current()
        if chosen is not None:
            self._save_as(chosen)

    def _save_as(self, chosen: Attachment) -> None:
        name, _ = QFileDialog.getSaveFileName(self, self.tr("另存附件"), filetypes.safe_name(chosen.title, chosen.media_type))
        if name:
            self._fetch(chosen, partial(transfers.write_out, self.shell.desk, chosen.id, Path(name)), self._saved)

    def _saved(self, _chosen: Attachment, path: Path | None) -> None:
        if path is not None:
            self.shell.done(self.tr("已保存到 {0}").format(path), undoable=False)

    def _fetch(self, chosen: Attachment, work: Any, then: Any) -> None:
        """Run work(progress), which brings the bytes here where they are not, with a bar and a button to stop it."""
        pace = carrying.Pace()

        def advanced(done: int, total: int) -> None:
            self._show_bar(transfers.progress_words(done >> 10, total >> 10, pace.seconds_left(done, total)), done, total)

        def over(result: Any) -> None:
            self._end_job()
            then(chosen, result)

        if self._job is None:
            self._job = operations.run(self, work, slow=True, on_done=over, on_error=self._failed, on_progress=advanced)

    def _failed(self, error: Exception) -> None:
        self._end_job()
        messages.tell_error(error)

    def _end_job(self) -> None:
        self._job = None
        self._progress.hide()
        self.reload()

    def _stop_job(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def remove(self) -> None:
        chosen = self.list.current()
        if chosen is not None and chosen.ours:
            self._change(chosen, attachments.remove, self.tr("已删除附件 {0}"))

    def mark(self) -> None:
        """The chosen picture is the person's 证件照, or no longer is."""
        chosen = self.list.current()
        if chosen is not None and chosen.may_be:
            said = self.tr("{0} 不再是证件照") if chosen.portrait else self.tr("{0} 已设为证件照")
            self._change(chosen, partial(attachments.set_portrait, on=not chosen.portrait), said)

    def _change(self, chosen: Attachment, work: Callable[[Desk, str], None], said: str) -> None:
        def over(_result: None) -> None:
            self.shell.done(said.format(chosen.title), [(chosen.owner_entity, chosen.owner_id)])
            self.reload()

        operations.run(self, work, self.shell.desk, chosen.id, writes=True, on_done=over)

    def send_again(self) -> None:
        chosen = self.list.current()
        if chosen is not None:
            operations.run(self, attachments.retry, self.shell.desk, chosen.id, writes=True, on_done=lambda _r: self.reload())

    # --- on the way -----------------------------------------------------------------------------------------------
    def _carried(self, words: str, done: int, total: int) -> None:
        """Files go to the county: shown where one of them waits."""
        if self._job is None and any(a.state == "waiting" for a in self.found):
            self._show_bar(self.tr("正在发送 {0}").format(words), done, total)

    def _over(self) -> None:
        if self._job is None:
            self._progress.hide()
        self.reload()

    def _show_bar(self, words: str, done: int, total: int) -> None:
        self._bar.setRange(0, max(total, 1))
        self._bar.setValue(min(done, total))
        self._bar.setFormat(words)
        self._stop.setVisible(self._job is not None)
        self._progress.show()


class AttachmentDialog(QDialog):
    """The attachments of a visit or of a printed list, opened from its line."""

    def __init__(self, parent: QWidget, shell: Shell, line: Entry) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"{line.title} {line.at}")
        self.resize(look.px(720), look.px(360))
        self.strip = AttachmentStrip(shell, wraps=True)
        column = QVBoxLayout(self)
        column.addWidget(self.strip, 1)
        column.addLayout(parts.row(None, parts.button(self.tr("关闭"), self.close, kind="primary", tip="Esc")))
        self.strip.show_owner(line.entity, line.record_id)
