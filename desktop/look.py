"""Fonts, style sheet and tinted icons, from resources/."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QLibraryInfo, QRect, QRectF, QSize, Qt, QTranslator
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from resources import fonts, icons, theme

_STATE: dict[str, object] = {"tokens": theme.LIGHT, "scale": 1.0}


def tokens() -> theme.Tokens:
    found = _STATE["tokens"]
    assert isinstance(found, theme.Tokens)
    return found


def dress(app: QApplication, *, dark: bool = False, scale: float = 1.0) -> None:
    """Fusion with the theme's tokens; our own fonts, so that every name shows on a PC with none."""
    _STATE.update(tokens=theme.DARK if dark else theme.LIGHT, scale=scale)
    if not app.property("dressed"):
        for face in (fonts.SANS, fonts.SANS_BOLD, fonts.HANA):
            QFontDatabase.addApplicationFont(str(fonts.path(face)))
        translator = QTranslator(app)
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if translator.load("qtbase_zh_CN", folder):  # by its file's name: making Qt's QLocale takes 10 ms
            app.installTranslator(translator)
        app.setProperty("dressed", True)
    app.setStyle("Fusion")
    font = QFont()
    font.setFamilies(["Noto Sans SC", "HanaMinB"])
    font.setPixelSize(round(14 * scale))
    app.setFont(font)
    colours, palette = tokens(), QPalette()
    roles = {
        QPalette.ColorRole.Window: colours.window, QPalette.ColorRole.Base: colours.surface, QPalette.ColorRole.AlternateBase: colours.raised,
        QPalette.ColorRole.Text: colours.text, QPalette.ColorRole.WindowText: colours.text, QPalette.ColorRole.Button: colours.surface,
        QPalette.ColorRole.ButtonText: colours.text, QPalette.ColorRole.Highlight: colours.selection,
        QPalette.ColorRole.HighlightedText: colours.on_selection, QPalette.ColorRole.PlaceholderText: colours.muted,
        QPalette.ColorRole.ToolTipBase: colours.raised, QPalette.ColorRole.ToolTipText: colours.text, QPalette.ColorRole.Link: colours.accent,
    }  # fmt: skip
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
    app.setPalette(palette)
    app.setStyleSheet(theme.qss(colours, scale))


class _Tinted(QIconEngine):
    """Draws an icon in what its tone is in the theme of that moment: a change of theme needs no other icons."""

    def __init__(self, name: str, tone: str) -> None:
        super().__init__()
        self._name, self._tone = name, tone

    def clone(self) -> QIconEngine:
        _CLONES.append(_Tinted(self._name, self._tone))
        return _CLONES[-1]

    def availableSizes(self, _mode: QIcon.Mode = QIcon.Mode.Normal, _state: QIcon.State = QIcon.State.Off) -> list[QSize]:
        return [QSize(side, side) for side in (16, 24, 32, 48)]

    def actualSize(self, size: QSize, _mode: QIcon.Mode, _state: QIcon.State) -> QSize:
        return size

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        painter.drawPixmap(rect, self.scaledPixmap(rect.size(), mode, state, painter.device().devicePixelRatio()))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, _state: QIcon.State, scale: float) -> QPixmap:
        tone = "muted" if mode is QIcon.Mode.Disabled else self._tone
        return _drawn(self._name, getattr(tokens(), tone), round(size.width() * scale), round(size.height() * scale), scale)


# Qt owns the engine of every icon but for one it clones, when a picture is added to an icon that has copies: nobody does.
_CLONES: list[_Tinted] = []


@lru_cache(maxsize=512)
def _drawn(name: str, colour: str, width: int, height: int, scale: float) -> QPixmap:
    """width, height: in the screen's own pixels, of which scale make one of ours."""
    from PySide6.QtSvg import QSvgRenderer  # not needed for the first window

    pixmap = QPixmap(width, height)
    if pixmap.isNull():
        return pixmap  # of a widget that has no room at that moment
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer = QSvgRenderer(QByteArray(icons.svg(name).replace(b"currentColor", colour.encode())))
    renderer.render(painter, QRectF(0, 0, width, height))
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return pixmap


@lru_cache(maxsize=256)
def icon(name: str, tone: str = "text") -> QIcon:
    """An icon of the set, drawn when it is seen. tone: a colour of the theme (resources/theme). KeyError for a name there is not."""
    icons.svg(name)
    return QIcon(_Tinted(name, tone))


def mark_invalid(widget: QWidget, on: bool) -> None:
    """The border of what has to be mended; the sentence under it says why."""
    if bool(widget.property("invalid")) is not on:
        widget.setProperty("invalid", on)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def fit(window: QWidget, width: int, height: int) -> None:
    """A window's first size: the one wished for, or what a smaller screen (a large type makes it one) has room for."""
    room = window.screen().availableSize()
    window.resize(min(width, room.width()), min(height, room.height() - px(32)))  # its title bar stands above it


def px(size: int) -> int:
    """A length that grows with the chosen type size."""
    scale = _STATE["scale"]
    assert isinstance(scale, float)
    return round(size * scale)
