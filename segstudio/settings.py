"""What a person has set, in one small file that may be lost without harm."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from segstudio import paths
from segstudio.errors import SegStudioError


@dataclass(frozen=True)
class Settings:
    """What a person has set.

    Parameters
    ----------
    reader
        The name that corrections are signed with.
    device
        "auto", "cpu", "cuda", "cuda:1" or "mps".
    minutes
        That one fine-tuning job trains for.
    library
        The library's folder; "" is the one in the person's data folder.
    theme
        "dark", "light" or "contrast".
    """

    reader: str = ""
    device: str = "auto"
    minutes: float = 5.0
    library: str = ""
    theme: str = "dark"


def load(path: Path | None = None) -> tuple[Settings, tuple[str, ...]]:
    """The settings, and what the person should know about how they were read.

    A missing file gives the defaults. A damaged one is set aside and the defaults are given; single values that make no
    sense are left out; what a newer version has written is passed over.

    Raises
    ------
    SegStudioError
        The file is there but may not be read.
    """
    path = path or paths.settings_file()
    try:
        plain = json.loads(path.read_text(encoding="utf8"))
        if not isinstance(plain, dict):
            raise ValueError("not an object")
    except (FileNotFoundError, NotADirectoryError):
        return Settings(), ()
    except ValueError:  # JSON and UTF-8 errors are both ValueErrors
        return Settings(), (_set_aside(path),)
    except OSError as error:
        raise SegStudioError(
            f"the settings {path} cannot be read: {error.strerror}", hint="May you read that file?"
        ) from error
    good, bad = _sorted_out(plain)
    return Settings(**good), tuple(f"The setting {name!r} made no sense and is back at its default." for name in bad)


def store(settings: Settings, path: Path | None = None) -> None:
    """Write the settings, all or nothing.

    Raises
    ------
    SegStudioError
        They cannot be written; the old ones are still there.
    """
    path = path or paths.settings_file()
    writing = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with writing.open("w", encoding="utf8") as file:
            json.dump(asdict(settings), file, indent=1, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        os.replace(writing, path)
    except OSError as error:
        writing.unlink(missing_ok=True)
        raise SegStudioError(
            f"the settings {path} cannot be written: {error.strerror}",
            hint="Is the disk full, or the folder read-only?",
        ) from error


def change(path: Path | None = None, **values: Any) -> Settings:
    """Set some values and write them; what another part of the program has set meanwhile stays.

    Raises
    ------
    SegStudioError
        They cannot be read or written.
    """
    changed = replace(load(path)[0], **values)
    store(changed, path)
    return changed


def _sorted_out(plain: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Known values of the right kind, and the names of those of a wrong one."""
    good, bad = {}, []
    for each in fields(Settings):
        if each.name in plain:
            wanted, found = type(each.default), plain[each.name]
            if wanted is float and type(found) is int and abs(found) < 2**53:
                found = float(found)
            if type(found) is wanted:
                good[each.name] = found
            else:
                bad.append(each.name)
    return good, bad


def _set_aside(path: Path) -> str:
    aside = path.with_name(f"{path.name}.damaged")
    try:
        os.replace(path, aside)
    except OSError:
        return f"The settings in {path} are damaged; the defaults are used."
    return f"The settings were damaged and are back at their defaults; the old file is {aside}."
