"""What can go wrong, in words for the person in front of the screen."""

from __future__ import annotations


class SegStudioError(Exception):
    """Root of every error that SegStudio raises on purpose.

    Parameters
    ----------
    message
        One sentence: what is wrong, and with which file.
    hint
        What to do about it, one sentence; may be empty.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.message, self.hint)


def _rebuild(kind: type[SegStudioError], message: str, hint: str) -> SegStudioError:
    return kind(message, hint=hint)


class GeometryError(SegStudioError):
    """A grid that does not say where its voxels lie, or two grids that should be one."""


class ImageError(SegStudioError):
    """A scan or label file that cannot be read or written as what it claims to be."""


class ModelError(SegStudioError):
    """A model that is missing, damaged, or made for another kind of scan."""


class EditError(SegStudioError):
    """A correction that cannot be made as it was asked for."""


class LibraryError(SegStudioError):
    """The library refuses: unknown name, newer version, locked, or no room."""


class PacsError(SegStudioError):
    """A hospital's archive that cannot be reached, does not let the person in, or answers oddly."""


class Stopped(SegStudioError):
    """The person, or the program's end, stopped a long piece of work; nothing was written."""

    def __init__(self, message: str = "stopped", *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
