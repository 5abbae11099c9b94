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
        The mask to start from: the correction's, else the model's, else None.
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
        self._ahead: dict[int, Future[Volume]] = {}
        self._guard = threading.Lock()

    def prefetch(self, cases: Sequence[int]) -> None:
        """Read these scans in the background, in this order, and forget all others."""
        with self._guard:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(1, "prefetch")
            for gone in self._ahead.keys() - set(cases):
                self._ahead.pop(gone).cancel()
            for case in cases:
                if case not in self._ahead:
                    self._ahead[case] = self._pool.submit(self._scan, case)

    def open(self, case: int, *, blinded: bool) -> OpenCase:
        """A case, at once where it was prefetched.

        Raises
        ------
        LibraryError
            There is no such case, or a file is missing or damaged.
        """
        found = self._library.case(case)
        with self._guard:
            ahead = self._ahead.get(case)
        predicted = self._library.prediction(case)
        latest = None if blinded else next(iter(self._library.corrections(latest=False, case=case)[-1:]), None)
        labels = self._library.mask(latest) if latest else predicted.labels if predicted else None
        volume = ahead.result() if ahead and not ahead.cancelled() else self._scan(case)
        return OpenCase(found, volume, predicted, latest, labels)

    def close(self) -> None:
        """Read no further."""
        with self._guard:
            pool, self._pool = self._pool, None
            self._ahead = {}
        if pool:
            pool.shutdown(cancel_futures=True)

    def _scan(self, case: int) -> Volume:
        return self._library.load_scan(self._library.case(case))
