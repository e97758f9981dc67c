"""规则: what the county has published, items above and the calendar's years below, beside what one of them says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QCheckBox, QFileDialog, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from desktop import look, operations
from desktop.pages import Declaration, Page, Shell, Touched
from desktop.pages.rules.item import ItemView
from desktop.pages.rules.year import YearView, state_words
from desktop.widgets import parts
from desktop.widgets.table import Column, PagedModel, PagedTable
from models.records import Record
from models.services import calendars, drafts, publishing, syncing
from models.services.desk import Desk

_RULES = ("amendment", "calendar_day")
_Found = tuple[list[publishing.Edition], dict[str, str], list[calendars.Year]]


class RulesPage(Page):
    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._editions: dict[str, list[publishing.Edition]] = {}
        self._sent: dict[str, str] = {}
        self._years: dict[str, calendars.Year] = {}
        self._models: dict[str, PagedModel] = {}
        self.items = self._table("rules-items", self._item_words, [
            ("name", self.tr("事项"), 190), ("days", self.tr("承诺时限"), 96), ("valid_from", self.tr("施行日期"), 100),
            ("next", self.tr("发布情况"), 150),
        ])  # fmt: skip
        self.years = self._table("rules-years", self._year_words, [
            ("year", self.tr("年份"), 80), ("state", self.tr("日历"), 206), ("days", self.tr("放假调休"), 100), ("by", self.tr("发布"), 150),
        ])  # fmt: skip
        self.items.setAccessibleName(self.tr("事项列表"))
        self.years.setAccessibleName(self.tr("工作日历各年"))
        self.years.setFixedHeight(look.px(34 * 4))
        self.items.chosen.connect(lambda code: self._show(code, self.years))
        self.years.chosen.connect(lambda year: self._show(year, self.items))
        self.item, self.year = ItemView(shell), YearView(shell)
        self._detail = QStackedWidget()
        nothing = parts.empty(
            self.tr("选择一个事项或一个年份，这里显示各版本和发布情况"),
            self.tr("县级发布的修订和放假调休，同步后各乡镇、村使用；已登记的诉求仍按原来的版本办理。"),
        )
        for widget in (nothing, self.item, self.year):
            self._detail.addWidget(widget)
        self._build()

    def _table(self, name: str, words: Callable[[str], dict[str, str]], columns: Sequence[tuple[str, str, int]]) -> PagedTable:
        """A table of keys: everything that its rows say is here already, so nothing is loaded for them."""

        def said(key: str) -> Callable[[Record], str]:
            return lambda record: words(record.id)[key]

        shown: list[Column] = [(key, heading, said(key), width) for key, heading, width in columns]
        model = PagedModel(shown, lambda keys: {key: Record(name, key) for key in keys})
        self._models[name] = model
        made = PagedTable(name, model)
        made.horizontalHeader().setSectionsClickable(False)
        made.horizontalHeader().setSortIndicatorShown(False)
        return made

    def _build(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(16, 16, 8, 12)
        column.setSpacing(8)
        self._count = parts.label("", "muted")
        column.addLayout(parts.row(parts.label(self.tr("规则"), "title"), None, self._count))
        column.addWidget(self.items, 1)
        self._new = QCheckBox(self.tr("文件中有新增的事项"))
        self._new.setToolTip(self.tr("目录里没有的代码，勾选后作为新增事项发布；不勾选时会当作写错而拒绝"))
        column.addLayout(parts.row(
            parts.button(self.tr("从文件发布修订…"), self._from_file, icon="upload", tip=self.tr("TOML 文件，可改填写内容和文书")), self._new, None,
        ))  # fmt: skip
        column.addWidget(parts.label(self.tr("工作日历"), "heading"))
        column.addWidget(self.years)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.addWidget(left)
        self._split.addWidget(self._detail)
        self._split.setChildrenCollapsible(False)
        self._split.setSizes([580, 660])
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._split)

    def activate(self, argument: Any = None) -> None:
        """argument: an item's code, a year as text, ('draft', id of one), or None."""
        if isinstance(argument, tuple):
            operations.run(self, drafts.get, self.shell.desk, argument[1], on_done=self._resume)
        else:
            self._load(str(argument or ""))

    def _resume(self, draft: drafts.Draft | None) -> None:
        if draft is not None:
            self._load(str(draft.cells["item"].value), self.item.begin)

    def refresh(self, touched: Touched) -> None:
        if self.isVisible() and any(entity in _RULES for entity, _ in touched):
            self._load("")

    def leave(self) -> None:
        self.item.leave()
        for table in (self.items, self.years):
            table.remember()

    def _load(self, then: str, and_then: Callable[[], None] | None = None) -> None:
        """then: what to show, '' for what is shown already; and_then: what to do when it is."""

        def loaded(found: _Found) -> None:
            self._loaded(*found, then)
            if and_then is not None:
                and_then()

        operations.run(self, _gather, self.shell.desk, on_done=loaded)

    def _loaded(self, editions: list[publishing.Edition], sent: dict[str, str], years: list[calendars.Year], then: str) -> None:
        self._sent = sent
        self._editions = {}
        for edition in editions:
            self._editions.setdefault(edition.item.code, []).append(edition)
        self._years = {str(year.year): year for year in years}
        shown = then or self.shown
        for table, name, ids in (
            (self.items, "rules-items", list(self._editions)),
            (self.years, "rules-years", list(self._years)),
        ):
            table.blockSignals(True)
            self._models[name].set_ids(ids)
            table.select(shown)
            table.scrollTo(table.currentIndex())
            table.blockSignals(False)
        self._count.setText(self.tr("{0} 个事项").format(len(self._editions)))
        if shown:
            self._show(shown)

    @property
    def shown(self) -> str:
        """The code or the year that stands on the right, '' for neither."""
        view = self._detail.currentWidget()
        return self.item.code if view is self.item else self.year.year if view is self.year else ""

    def _show(self, key: str, other: PagedTable | None = None) -> None:
        if other is not None:
            other.blockSignals(True)
            other.clearSelection()
            other.setCurrentIndex(QModelIndex())
            other.blockSignals(False)
        if key in self._years:
            self._detail.setCurrentWidget(self.year)
            self.year.show_year(self._years[key])
        elif key in self._editions:
            self._detail.setCurrentWidget(self.item)
            self.item.show_item(self._editions[key], self._sent)

    def _item_words(self, code: str) -> dict[str, str]:
        editions = self._editions[code]
        now = next((e for e in editions if e.state == "now"), editions[0])
        later = next((e for e in reversed(editions) if e.state == "later"), None)
        days = now.item.clock.days
        says = self.tr("{0} 起有新版本").format(later.item.edition) if later and later is not now else ""
        return {
            "name": now.item.name, "days": self.tr("{0} 个工作日").format(days) if days else self.tr("当场办结"),
            "valid_from": now.item.edition, "next": says or (self.tr("随程序") if not now.by else self.tr("县级发布") if now.own else self.tr("市级发布")),
        }  # fmt: skip

    def _year_words(self, key: str) -> dict[str, str]:
        year = self._years[key]
        return {
            "year": key, "state": state_words(year.state)[0],
            "days": self.tr("{0} 天").format(len(year.days)), "by": f"{year.by} {year.at[:10]}".strip(),
        }  # fmt: skip

    def _from_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, self.tr("打开修订文件"), "", self.tr("修订文件 (*.toml);;所有文件 (*)"))
        if name:
            self.publish_file(Path(name))

    def publish_file(self, path: Path) -> None:
        desk, new = self.shell.desk, self._new.isChecked()
        operations.run(
            self,
            lambda: publishing.amend(desk, publishing.text_of(path), path.name, new=new),
            writes=True,
            on_done=self._published,
        )

    def _published(self, records: list[Record]) -> None:
        self._new.setChecked(False)
        said = "、".join(self.tr("{0} 自 {1} 起").format(r.item, r.valid_from) for r in records)
        self.shell.done(self.tr("已发布：{0}").format(said), [("amendment", r.id) for r in records])
        self._load(records[0].item)


def _gather(desk: Desk) -> _Found:
    """In a worker: what the page shows, and what the county server has of each published edition."""
    editions = publishing.editions(desk)
    sent = {e.record_id: syncing.record_state(desk, e.record_id) for e in editions if e.record_id}
    return editions, sent, calendars.years(desk)


PAGE = Declaration("rules", "规则", "calendar", 9, RulesPage, opens=("amendment",), levels=("county",))
