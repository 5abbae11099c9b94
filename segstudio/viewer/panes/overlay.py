"""What is drawn over a plane: letters, slice, scale, crosshair, the tool's outline and its preview."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from qtpy.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen, QPolygonF
from qtpy.QtWidgets import QWidget

from segstudio.imaging import Box, nameless
from segstudio.viewer.panes.borders import Segments, borders_of
from segstudio.viewer.panes.readout import Sides, describe_slice, scale_bar_mm, sides_of

if TYPE_CHECKING:
    from segstudio.viewer.panes.pane import Pane

_TEXT, _QUIET, _ACCENT, _BADGE = QColor("#d7dae0"), QColor("#9aa1ac"), QColor("#4ea1ff"), QColor("#e6b450")
_SHADE, _PLATE = QColor(0, 0, 0, 190), QColor(0, 0, 0, 120)
_CROSS = QColor(78, 161, 255, 170)
_OUTLINE, _STRONG = 1.5, 2.2
_EDGE = 8
_FREE = 14
"""Pixels round the crosshair's point that stay free."""

_LETTER = 26
"""Pixels at the edges that the crosshair leaves to the letters."""

_LONGEST_BAR = 0.22
"""Of the pane's width."""


class Overlay(QWidget):
    """A transparent widget over a pane's canvas, which hears no mouse.

    Attributes
    ----------
    outline
        Round the circle in which the tool cuts this plane, in pixels; empty where it does not.
    """

    def __init__(self, pane: Pane) -> None:
        super().__init__(pane)
        self._pane, self._session, self._view = pane, pane.session, pane.session.view
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.outline = QRectF()
        self._shown: tuple[Any, ...] | None = None
        self._borders: tuple[tuple[Any, ...], dict[int, Segments]] = ((), {})
        self._letters, self._words = QFont(self.font()), QFont(self.font())
        self._letters.setPixelSize(14)
        self._letters.setWeight(QFont.Weight.DemiBold)
        self._words.setPixelSize(12)

    @property
    def sides(self) -> Sides:
        """The letters at the edges."""
        scan = self._session.scan
        assert scan is not None
        return sides_of(scan.display.shown, self._pane.plane, self._view.flips)

    def follow(self) -> None:
        """Draw again what has changed, and no more: what is drawn over a canvas has to be laid over it anew."""
        before, self._shown = self._shown, self._now()
        if (
            before is None
            or self._shown is None
            or before[:-2] != self._shown[:-2]
            or self._session.tools.active.lines()
        ):
            self.update()
            return
        if before[-2] != self._shown[-2]:
            self.update(0, self.height() - 3 * _EDGE, 40 * _EDGE, 3 * _EDGE)
        for (x0, y0), (x, y) in ((before[-1], self._shown[-1]), (self._shown[-1], before[-1])):
            if y0 != y:
                self.update(0, round(y0) - 2, self.width(), 5)
            if x0 != x:
                self.update(round(x0) - 2, 0, 5, self.height())

    def _now(self) -> tuple[Any, ...] | None:
        """What is drawn, besides the tool; last the words of the slice and the crosshair's place."""
        scan, pane, view = self._session.scan, self._pane, self._view
        if scan is None:
            return None
        box, camera = self._session.region.shown, pane.viewer.scene.camera
        cut = box is not None and box[pane.across].start <= pane.index < box[pane.across].stop
        lines = pane.index if self._session.tools.active.lines() else None
        looks = (view.crosshair, view.flips, box if cut else None, lines, camera.zoom, tuple(camera.center))
        outlined = (pane.index, view.hidden, view.only, view.chosen, self._session.classes) if self._outlines else None
        return scan, *looks, outlined, describe_slice(scan, pane.plane, pane.index), self._cross()

    def touched(self, box: Box) -> None:
        """Draw outlines again where the mask was written."""
        pane = self._pane
        if self._outlines and box[pane.across].start <= pane.index < box[pane.across].stop:
            rows, columns = box[pane.rows], box[pane.columns]
            corners = pane.to_screen(np.array([[rows.start, columns.start], [rows.stop, columns.stop]]) - 0.5)
            part = QRectF(QPointF(*corners[0]), QPointF(*corners[1])).normalized()
            self.update(part.toAlignedRect().adjusted(-4, -4, 4, 4))

    @property
    def _outlines(self) -> bool:
        return self._view.outline and self._view.mask_visible and self._session.scan is not None

    def _cross(self) -> tuple[float, float]:
        """Where the crosshair is, in whole pixels."""
        pane, voxel = self._pane, self._view.voxel
        ((x, y),) = pane.to_screen(np.array([[voxel[pane.rows], voxel[pane.columns]]]))
        return float(np.floor(x)), float(np.floor(y))

    def follow_hand(self) -> None:
        """Draw the tool's outline where the hand is now, and nothing else."""
        before, self.outline = self.outline, self._tool_outline()
        for rectangle in (before, self.outline):
            if not rectangle.isEmpty():
                self.update(rectangle.toAlignedRect().adjusted(-3, -3, 3, 3))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Everything, from the lowest to the highest; black over a scan that is the session's no more."""
        if self._session.scan is None:
            return
        painter = QPainter(self)
        if not self._pane.shows_scan:
            painter.fillRect(self.rect(), Qt.GlobalColor.black)
            painter.end()
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.outline = self._tool_outline()
        if self._outlines:
            self._paint_outlines(painter)
        self._paint_box(painter)
        if self._view.crosshair:
            self._paint_crosshair(painter)
        self._paint_lines(painter)
        self._paint_tool(painter)
        self._paint_words(painter, event.rect())
        painter.end()

    # In the picture

    def _paint_box(self, painter: QPainter) -> None:
        """Where a model looks."""
        box, pane = self._session.region.shown, self._pane
        if box is None or not box[pane.across].start <= pane.index < box[pane.across].stop:
            return
        rows, columns = box[pane.rows], box[pane.columns]
        corners = pane.to_screen(np.array([[rows.start, columns.start], [rows.stop, columns.stop]]) - 0.5)
        painter.setPen(QPen(_ACCENT, 1.5, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(QPointF(*corners[0]), QPointF(*corners[1])).normalized())

    def _paint_outlines(self, painter: QPainter) -> None:
        """The mask's, along the sides of its voxels; the chosen class is a little stronger."""
        colors = {each.value: each.color for each in self._session.classes}
        for value, lines in self._borders_now().items():
            if self._view.shows(value):
                ends = self._pane.to_screen(lines.reshape(-1, 2)).reshape(-1, 4).tolist()
                color = QColor(*colors.get(value, nameless(value).color))
                painter.setPen(QPen(color, _STRONG if value == self._view.chosen else _OUTLINE))
                painter.drawLines([QLineF(*each) for each in ends])

    def _borders_now(self) -> dict[int, Segments]:
        scan, pane = self._session.scan, self._pane
        assert scan is not None
        wanted = (scan.mask, scan.mask.version, pane.index)
        if self._borders[0] != wanted:
            seen = np.take(scan.mask.labels, pane.index, axis=pane.across)
            self._borders = (wanted, borders_of(seen))
        return self._borders[1]

    def _paint_crosshair(self, painter: QPainter) -> None:
        x, y = (int(place) for place in self._cross())
        right, bottom = self.width() - _LETTER, self.height() - _LETTER
        for start, end in ((_LETTER, x - _FREE), (x + _FREE, right)):
            painter.fillRect(QRect(start, y, max(0, end - start), 1), _CROSS)
        for start, end in ((_LETTER, y - _FREE), (y + _FREE, bottom)):
            painter.fillRect(QRect(x, start, 1, max(0, end - start)), _CROSS)

    def _paint_lines(self, painter: QPainter) -> None:
        """What the tool in the hand would do."""
        words = self._session.tools.active.words
        for plane, index, points in self._session.tools.active.lines():
            if plane == self._pane.plane and index == self._pane.index and len(points):
                on_screen = _polygon(self._pane.to_screen(points))
                for pen in (QPen(_SHADE, 3), QPen(_TEXT, 1.2)):
                    painter.setPen(pen)
                    painter.drawPolyline(on_screen)
                ((x, y),) = self._pane.to_screen(points[-1:])
                beside = QRect(round(x) + _EDGE, round(y) + _EDGE, 20 * _EDGE, 3 * _EDGE)
                _write(painter, beside, beside, Qt.AlignmentFlag.AlignLeft, words, _TEXT)
                words = ""

    def _tool_outline(self) -> QRectF:
        """The circle in which the tool cuts this plane, in pixels; empty where it does not."""
        hand, tool, display = self._view.hover, self._session.tools.active, self._view.display
        if hand is None or tool.radius_mm is None or display is None:
            return QRectF()
        pane, radius = self._pane, tool.radius_mm
        if hand.plane != pane.plane:
            away = (hand.at[pane.across] - pane.index) * display.scale[pane.across]
            if not tool.ball or abs(away) >= radius:
                return QRectF()
            radius = float(np.sqrt(radius**2 - away**2))
        ((x, y),) = pane.to_screen(np.array([[hand.at[pane.rows], hand.at[pane.columns]]]))
        pixels = radius * pane.mm_in_pixels
        return QRectF(x - pixels, y - pixels, 2 * pixels, 2 * pixels)

    def _paint_tool(self, painter: QPainter) -> None:
        if not self.outline.isEmpty():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for pen in (QPen(_SHADE, 2.5), QPen(_TEXT, 1)):
                painter.setPen(pen)
                painter.drawEllipse(self.outline)

    # Words round it

    def _paint_words(self, painter: QPainter, needed: QRect) -> None:
        scan, pane = self._session.scan, self._pane
        assert scan is not None
        inner = self.rect().adjusted(_EDGE, _EDGE, -_EDGE, -_EDGE)
        sides = self.sides
        flag = Qt.AlignmentFlag
        painter.setFont(self._letters)
        for text, where in (
            (sides.right, flag.AlignRight | flag.AlignVCenter),
            (sides.left, flag.AlignLeft | flag.AlignVCenter),
            (sides.top, flag.AlignHCenter | flag.AlignTop),
            (sides.bottom, flag.AlignHCenter | flag.AlignBottom),
        ):
            _write(painter, needed, inner, where, text, _TEXT)
        painter.setFont(self._words)
        _write(painter, needed, inner, flag.AlignLeft | flag.AlignTop, pane.plane, _TEXT)
        place = describe_slice(scan, pane.plane, pane.index)
        _write(painter, needed, inner, flag.AlignLeft | flag.AlignBottom, place, _TEXT)
        degrees = scan.display.shown.oblique_degrees
        if degrees > 0.5:
            _write(painter, needed, inner, flag.AlignRight | flag.AlignTop, f"oblique {degrees:.0f}°", _BADGE)
        self._paint_scale(painter, needed, inner)

    def _paint_scale(self, painter: QPainter, needed: QRect, inner: QRect) -> None:
        pixels_in_mm = self._pane.mm_in_pixels
        length = scale_bar_mm(_LONGEST_BAR * inner.width() / pixels_in_mm)
        words = f"{length:g} mm"
        _write(painter, needed, inner, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, words, _TEXT)
        right, y = inner.right(), inner.bottom() - 17.5
        for pen in (QPen(_SHADE, 4), QPen(_TEXT, 2)):
            painter.setPen(pen)
            painter.drawLine(QPointF(right - length * pixels_in_mm, y), QPointF(right, y))


def _write(painter: QPainter, needed: QRect, inner: QRect, where: Qt.AlignmentFlag, text: str, color: QColor) -> None:
    """A word with a dark shade behind it, so that it is read over bright and dark; skipped where nothing is needed."""
    place = painter.boundingRect(inner, int(where), text)
    plate = place.adjusted(-3, -1, 3, 1)
    if text and needed.intersects(plate):
        painter.fillRect(plate, _PLATE)
        painter.setPen(_SHADE)
        for x, y in ((1, 1), (-1, 1), (1, -1), (-1, -1)):
            painter.drawText(place.translated(x, y), int(where), text)
        painter.setPen(color)
        painter.drawText(place, int(where), text)


def _polygon(points: NDArray[np.float64]) -> QPolygonF:
    return QPolygonF([QPointF(float(x), float(y)) for x, y in points])
