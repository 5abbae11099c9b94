"""Lit surfaces and lines on a canvas of their own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy import API_NAME
from qtpy.QtGui import QOffscreenSurface, QOpenGLContext
from qtpy.QtWidgets import QWidget
from vispy import app, gloo

from segstudio.viewer.panes.pose import Pose

Color = tuple[float, float, float]
"""Red, green, blue, each 0 to 1."""

_SURFACE = (
    """
    uniform mat4 matrix;
    attribute vec3 place;
    attribute vec3 outwards;
    varying vec3 facing;
    void main() {
        facing = outwards;
        gl_Position = matrix * vec4(place, 1.0);
    }
    """,
    """
    uniform vec3 color;
    uniform float opacity;
    uniform vec3 eye;
    uniform vec3 lamp;
    varying vec3 facing;
    void main() {
        vec3 side = normalize(facing);
        float light = 0.28 + 0.62 * abs(dot(side, lamp)) + 0.10 * abs(dot(side, eye));
        float shine = 0.14 * pow(max(dot(side, normalize(lamp + eye)), 0.0), 40.0);
        gl_FragColor = vec4(color * light + vec3(shine), opacity);
    }
    """,
)
_LINES = (
    """
    uniform mat4 matrix;
    attribute vec3 place;
    void main() { gl_Position = matrix * vec4(place, 1.0); }
    """,
    """
    uniform vec3 color;
    void main() { gl_FragColor = vec4(color, 1.0); }
    """,
)
_RENDERER = 0x1F01
"""OpenGL's GL_RENDERER."""

_GLASS = 0.16
"""How much of the class is seen through which the others are seen."""

_LINE_COLOR: Color = (0.42, 0.47, 0.54)


@lru_cache(maxsize=1)
def draws_in_software() -> bool:
    """Whether no graphics card draws but the processor: then less has to do."""
    context, place = QOpenGLContext(), QOffscreenSurface()
    place.create()
    if not context.create() or not context.makeCurrent(place):
        return True
    name = str(context.functions().glGetString(_RENDERER))
    context.doneCurrent()
    return any(each in name.lower() for each in ("llvmpipe", "softpipe", "swrast", "software", "basic render"))


@dataclass(frozen=True, eq=False)
class Surface:
    """One class as the graphics card gets it, float32 and uint32, in millimetres (x, y, z)."""

    places: NDArray[np.float32]
    outwards: NDArray[np.float32]
    faces: NDArray[np.uint32]

    @property
    def bounds(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Lowest and highest (x, y, z)."""
        return self.places.min(axis=0), self.places.max(axis=0)


class _Drawn:
    """A surface on the graphics card."""

    def __init__(self, surface: Surface, color: Color, shown: bool) -> None:
        self.bounds = surface.bounds
        self.color, self.shown = color, shown
        self._faces = gloo.IndexBuffer(surface.faces.ravel())
        self._places = gloo.VertexBuffer(surface.places)
        self._outwards = gloo.VertexBuffer(surface.outwards)

    def draw(self, program: gloo.Program) -> None:
        program["place"], program["outwards"], program["color"] = self._places, self._outwards, self.color
        program.draw("triangles", self._faces)

    def forget(self) -> None:
        for buffer in (self._faces, self._places, self._outwards):
            buffer.delete()


class Solid(app.Canvas):  # type: ignore[misc]  # vispy has no types
    """Surfaces by class value, and lines, as seen from a pose. It is drawn only after `update`."""

    def __init__(self, parent: QWidget) -> None:
        samples = 0 if draws_in_software() else 4
        super().__init__(
            keys=None, parent=parent, app=app.use_app(API_NAME.lower()), config={"samples": samples, "depth_size": 24}
        )
        self.pose = Pose()
        self.depth_mm = 1000.0
        self.glass = 0
        """The class through which the others are seen; 0 for none."""
        self._surfaces: dict[int, _Drawn] = {}
        self._program = gloo.Program(*_SURFACE)  # one for all: each costs a compilation
        self._lines = gloo.Program(*_LINES)
        self._lines["color"] = _LINE_COLOR
        self._has_lines = False

    @property
    def widget(self) -> QWidget:
        """What Qt shows."""
        widget: QWidget = self.native
        return widget

    @property
    def values(self) -> tuple[int, ...]:
        """Classes that have a surface."""
        return tuple(self._surfaces)

    def put(self, value: int, surface: Surface, color: Color, *, shown: bool) -> None:
        """Give a class a surface in place of the one it had."""
        self.remove(value)
        self._surfaces[value] = _Drawn(surface, color, shown)

    def remove(self, value: int) -> None:
        """Take a class's surface away, if it has one."""
        if value in self._surfaces:
            self._surfaces.pop(value).forget()

    def look(self, value: int, color: Color, *, shown: bool) -> None:
        """Colour a class, show or hide it."""
        self._surfaces[value].color, self._surfaces[value].shown = color, shown

    def put_lines(self, places: NDArray[np.float32]) -> None:
        """Draw lines between pairs of points, shape (2 n, 3)."""
        self._has_lines = len(places) > 0
        if self._has_lines:
            self._lines["place"] = gloo.VertexBuffer(places)

    def bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """Lowest and highest (x, y, z) of the surfaces that are shown; None without any."""
        found = [each.bounds for each in self._surfaces.values() if each.shown]
        if not found:
            return None
        low, high = np.array(found, float).transpose(1, 0, 2)
        return low.min(axis=0), high.max(axis=0)

    def on_draw(self, _event: Any) -> None:
        """Draw everything."""
        gloo.set_viewport(0, 0, *self.physical_size)
        gloo.clear(color="black", depth=True)
        gloo.set_state(depth_test=True, blend=False, cull_face=False)
        matrix = self.pose.matrix((self.widget.width(), self.widget.height()), self.depth_mm)
        right, top, near = self.pose.axes
        lamp = 0.45 * top - 0.35 * right + near
        self._program["matrix"], self._program["eye"] = matrix, near.astype(np.float32)
        self._program["lamp"] = (lamp / np.linalg.norm(lamp)).astype(np.float32)
        self._program["opacity"] = 1.0
        for value, each in self._surfaces.items():
            if each.shown and value != self.glass:
                each.draw(self._program)
        if self._has_lines:
            self._lines["matrix"] = matrix
            self._lines.draw("lines")
        glass = self._surfaces.get(self.glass)
        if glass is not None and glass.shown:
            self._draw_glass(glass)

    def _draw_glass(self, glass: _Drawn) -> None:
        """Its nearest side alone, over what is drawn: first how near that is, then its colour."""
        self._program["opacity"] = _GLASS
        gloo.set_color_mask(False, False, False, False)
        glass.draw(self._program)
        gloo.set_color_mask(True, True, True, True)
        gloo.set_state(blend=True, blend_func=("src_alpha", "one_minus_src_alpha"), depth_func="lequal")
        glass.draw(self._program)
        gloo.set_state(blend=False, depth_func="less")
