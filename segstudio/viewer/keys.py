"""Which keys run which command: as the table of actions says, or as a person has changed them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from qtpy.QtCore import QObject, QSettings, Signal
from qtpy.QtGui import QKeySequence

from segstudio.errors import SegStudioError

PORTABLE = QKeySequence.SequenceFormat.PortableText
NATIVE = QKeySequence.SequenceFormat.NativeText


class Keys(QObject):
    """The keys of every command, remembered in a small file.

    Parameters
    ----------
    usual
        Keys by command name, several with "; " between them.
    file
        Where changed keys are kept; what is damaged in it is passed over.
    apart
        Commands whose keys count at other times than those of the rest: each side may have the same.
    """

    changed = Signal()

    def __init__(
        self,
        usual: Mapping[str, str],
        file: Path,
        parent: QObject | None = None,
        *,
        apart: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(parent)
        self._usual = dict(usual)
        self._apart = apart
        self._kept = QSettings(str(file), QSettings.Format.IniFormat)
        self._changed: dict[str, str] = {}
        for name in self._kept.allKeys():
            text = self._kept.value(name)
            if name in self._usual and isinstance(text, str) and text != self._usual[name]:
                self._changed[name] = text
        for name in tuple(self._changed):
            self._free(self.of(name), but=name)

    def of(self, name: str) -> list[QKeySequence]:
        """The keys of a command, none, one or several."""
        return _sequences(self._changed.get(name, self._usual[name]))

    def text(self, name: str) -> str:
        """The keys of a command as this system writes them: "Ctrl+Y, Ctrl+Shift+Z"."""
        return ", ".join(_shown(each) for each in self.of(name))

    def is_changed(self, name: str) -> bool:
        """Whether a person has given this command other keys than it came with."""
        return name in self._changed

    def user_of(self, key: QKeySequence, *, but: str = "") -> str:
        """The command that has a key at the times when `but` counts, or ""."""
        rivals = (name for name in self._usual if name != but and (name in self._apart) is (but in self._apart))
        return next((name for name in rivals if key in self.of(name)), "")

    def change(self, name: str, keys: Iterable[QKeySequence], *, take: bool = False) -> None:
        """Give a command other keys and remember them.

        Parameters
        ----------
        take
            Take a key away from the command that has it.

        Raises
        ------
        SegStudioError
            Another command has one of the keys, or they cannot be remembered; then nothing is changed, or not for long.
        """
        wanted = list(keys)
        for key in wanted:
            if not take and self.user_of(key, but=name):
                raise SegStudioError(f"{_shown(key)} is taken", hint="Choose another key, or take it away there.")
        self._free(wanted, but=name)
        self._set(name, wanted)
        self._store()

    def reset(self, name: str = "") -> None:
        """Give a command the keys that it came with, or all of them; whoever has one of those keys gives it back.

        Raises
        ------
        SegStudioError
            It cannot be remembered.
        """
        if name:
            self.change(name, _sequences(self._usual[name]), take=True)
            return
        self._changed.clear()
        self._store()

    def _free(self, keys: Iterable[QKeySequence], *, but: str) -> None:
        """No other command has these keys any more."""
        for key in keys:
            while user := self.user_of(key, but=but):
                self._set(user, [each for each in self.of(user) if each != key])

    def _set(self, name: str, keys: list[QKeySequence]) -> None:
        text = QKeySequence.listToString(keys, PORTABLE)
        if text == QKeySequence.listToString(_sequences(self._usual[name]), PORTABLE):
            self._changed.pop(name, None)
        else:
            self._changed[name] = text

    def _store(self) -> None:
        self.changed.emit()
        self._kept.clear()
        for name, text in self._changed.items():
            self._kept.setValue(name, text)
        self._kept.sync()
        if self._kept.status() != QSettings.Status.NoError:
            raise SegStudioError(
                "the keys cannot be remembered; they hold until the program ends",
                hint="Is the disk full, or the folder read-only?",
            )


def _sequences(text: str) -> list[QKeySequence]:
    return [each for each in QKeySequence.listFromString(text, PORTABLE) if not each.isEmpty()]


def _shown(key: QKeySequence) -> str:
    return str(key.toString(NATIVE))
