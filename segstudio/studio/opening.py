"""Cases read from the library ahead of the reader."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from segstudio.imaging import LabelMap, Volume
from segstudio.library import Case, Correction, Library, StoredPrediction


@dataclass(frozen=True, eq=False)
class OpenCase:
    """A case as a reader gets it.

    Parameters
    ----------
    predicted
        The model's own mask, with how sure it was; None where none has drawn it.
    correction
        The latest one of the case; None where there is none, or where the reader is not to see it.
    labels
        The mask to start from: the correction's, else the model's, else None; to be copied before it is changed.
    """

    case: Case
    volume: Volume
    predicted: StoredPrediction | None
    correction: Correction | None
    labels: LabelMap | None


class Opening:
    """Reads cases, those that were asked for ahead in a thread of its own."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._pool: ThreadPoolExecutor | None = None
        self._ahead: dict[tuple[int, bool], Future[OpenCase]] = {}
        self._guard = threading.Lock()

    def prefetch(self, cases: Sequence[int], *, blinded: bool) -> None:
        """Read these cases in the background, in this order, and forget all others."""
        with self._guard:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(1, "prefetch")
            wanted = [(case, blinded) for case in cases]
            for gone in self._ahead.keys() - set(wanted):
                self._ahead.pop(gone).cancel()
            for each in wanted:
                if each not in self._ahead:
                    self._ahead[each] = self._pool.submit(self._read, *each)

    def open(self, case: int, *, blinded: bool) -> OpenCase:
        """A case, at once where it was prefetched; what was drawn since is read again.

        Raises
        ------
        LibraryError
            There is no such case, or a file is missing or damaged.
        """
        with self._guard:
            ahead = self._ahead.get((case, blinded))
        if ahead is None or ahead.cancelled():
            return self._read(case, blinded)
        found = ahead.result()
        return found if self._is_as_it_was(found, blinded) else self._read(case, blinded, found.volume)

    def close(self) -> None:
        """Read no further."""
        with self._guard:
            pool, self._pool = self._pool, None
            self._ahead = {}
        if pool:
            pool.shutdown(cancel_futures=True)

    def _read(self, case: int, blinded: bool, volume: Volume | None = None) -> OpenCase:
        found = self._library.case(case)
        predicted = self._library.prediction(case)
        latest = None if blinded else self._latest(case)
        labels = predicted.labels if predicted else None
        if latest is not None and (predicted is None or latest.sha256 != predicted.sha256):
            labels = self._library.mask(latest)
        for mask in (labels, predicted.labels if predicted else None):
            if mask is not None:
                mask.labels.setflags(write=False)  # it may be handed out again
        return OpenCase(found, volume or self._library.load_scan(found), predicted, latest, labels)

    def _is_as_it_was(self, found: OpenCase, blinded: bool) -> bool:
        case = found.case.id
        latest = None if blinded else self._latest(case)
        drawn = found.predicted.model if found.predicted else ""
        known = found.correction.id if found.correction else None
        return self._library.row(case).model == drawn and (latest.id if latest else None) == known

    def _latest(self, case: int) -> Correction | None:
        return next(iter(self._library.corrections(latest=False, case=case)[-1:]), None)
