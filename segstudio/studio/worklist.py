"""The list of cases: what is in it, what comes into it, and what is looked at next."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from segstudio.errors import LibraryError
from segstudio.imaging.dicom import exists
from segstudio.library import Job, Library, Query, Status, WorklistRow
from segstudio.listening import Change
from segstudio.studio.opening import OpenCase, Opening


class Worklist:
    """What a session does with the list of cases.

    Every method may be called from any thread. Opening a case that was not prefetched takes as long as reading its
    scan; everything else is quick.
    """

    def __init__(self, library: Library, queued: Callable[[Job], Job], tell: Callable[[Change], None]) -> None:
        self._library = library
        self._queued = queued
        self._tell = tell
        self._opening = Opening(library)

    def page(self, query: Query, start: int = 0, count: int = 100) -> list[WorklistRow]:
        """Rows from place `start` on, at most `count`."""
        return self._library.page(query, start, count)

    def count(self, query: Query) -> int:
        """How many cases there are of that kind."""
        return self._library.count(query)

    def ids(self, query: Query) -> list[int]:
        """Numbers of all cases of that kind, in order."""
        return self._library.ids(query)

    def row(self, case: int) -> WorklistRow:
        """One case as the list shows it."""
        return self._library.row(case)

    def case_at(self, image: Path) -> int:
        """Number of the case whose scan this file of the library is; 0 for any other file."""
        return self._library.case_at(image)

    def statuses(self) -> dict[Status, int]:
        """How many cases there are of each status."""
        return self._library.statuses()

    def modalities(self) -> list[str]:
        """Every modality that a case has."""
        return self._library.modalities()

    def thumbnails(self, cases: Sequence[int]) -> dict[int, bytes]:
        """Small pictures as PNG, by case number."""
        return self._library.thumbnails(cases)

    def set_priority(self, case: int, priority: int) -> None:
        """The higher, the sooner a case is to be read."""
        self._library.set_priority(case, priority)
        self._tell(Change("cases", str(case)))

    def set_label(self, case: int, label: str) -> None:
        """Name a case in a few words of one's own, which stay in the library; "" takes them back.

        Raises
        ------
        LibraryError
            It is too long.
        """
        self._library.set_label(case, label)
        self._tell(Change("cases", str(case)))

    def add(self, paths: Sequence[Path], *, modality: str = "", priority: int = 0, label: bool = False) -> Job:
        """Queue taking scans into the library: files, folders that are searched, and DICOM series.

        The job ends well though single files cannot be read; `failures` tells which. Names of files stand in the job's
        own folder and nowhere else, unless they are wanted as labels.

        Parameters
        ----------
        label
            Label each new case with the name of its file, unless that is DICOM; only for names that name no patient.

        Raises
        ------
        LibraryError
            Nothing was named, or something that is not there.
        """
        if not paths:
            raise LibraryError("there is nothing to add", hint="Name files or folders with scans.")
        for path in paths:
            if not exists(path):
                raise LibraryError(f"{path} does not exist", hint="Check the name and the folder.")
        plain = [str(path.absolute()) for path in paths]
        request = {"modality": modality, "priority": priority, "label": label}
        return self._queued(self._library.add_import(plain, request))

    def failures(self, job: int) -> list[tuple[str, str]]:
        """Which files an import could not take in, and why; known until the library is opened the next time."""
        outcome = self._library.job(job).folder / "outcome.jsonl"
        try:
            lines = outcome.read_text(encoding="utf8").splitlines()
        except OSError:
            return []
        rows = [json.loads(line) for line in lines]
        return [(row["file"], row["error"]) for row in rows if row["error"]]

    def predict(self, model: str, cases: Sequence[int] = ()) -> Job:
        """Queue drawing the masks of many cases with one version.

        Parameters
        ----------
        model
            NAME, for the version in use, or NAME@VERSION.
        cases
            Their numbers, in the order in which they are drawn; () is all that nobody has corrected yet.

        Raises
        ------
        ModelError
            There is no such model.
        LibraryError
            That version has drawn all of these cases.
        """
        entry = self._library.model(model)
        unread = Query(status=("new", "predicted", "in review", "flagged"), order="priority")
        wanted = self._library.without_prediction(entry.label, cases or self._library.ids(unread))
        if not wanted:
            raise LibraryError(
                f"{entry.label} has drawn these cases already", hint="Add cases, or choose another version."
            )
        return self._queued(self._library.add_job("predict", entry.label, {"cases": wanted}))

    def rank(self, model: str) -> None:
        """Work out anew how much reading each predicted case is expected to teach.

        Parameters
        ----------
        model
            NAME.
        """
        self._library.rank_cases(model.partition("@")[0])
        self._tell(Change("cases", ""))

    def open(self, case: int, *, blinded: bool = False) -> OpenCase:
        """A case with its scan and masks, at once where it was prefetched.

        Parameters
        ----------
        blinded
            Give the model's mask and not what a reader made of it.

        Raises
        ------
        LibraryError
            There is no such case, or a file is missing or damaged.
        """
        return self._opening.open(case, blinded=blinded)

    def prefetch(self, cases: Sequence[int], *, blinded: bool = False) -> None:
        """Read these cases in the background, in this order, and forget all others."""
        self._opening.prefetch(cases, blinded=blinded)

    def close(self) -> None:
        """Read no further ahead."""
        self._opening.close()
