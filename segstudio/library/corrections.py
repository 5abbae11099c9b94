"""Frozen masks that readers stand for."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from segstudio.errors import LibraryError
from segstudio.imaging import Box, LabelMap, whole
from segstudio.learning import Labelled
from segstudio.library import snapshots
from segstudio.library.jobs import Jobs
from segstudio.library.reads import Reads
from segstudio.library.records import Case, Correction
from segstudio.library.reviewed import Read, ReadVerdict, Terms
from segstudio.library.store import move, now
from segstudio.review import LedgerRow, Overruled


@dataclass(frozen=True)
class _Frozen:
    """A mask on the disk that a reader stands for.

    Parameters
    ----------
    model
        NAME@VERSION that the reader started from, or NAME.
    classes
        As `snapshots.plain_classes` writes them.
    file
        In the library's folder.
    sha256
        Of the file; `mask` is that of the voxels, or "".
    ledger
        How the mask differs from what the model drew, class by class; none where that is told already.
    """

    model: str
    classes: str
    file: Path
    sha256: str
    mask: str
    ledger: Sequence[LedgerRow] = ()


class Corrections(Reads, Jobs):
    """What the library does with corrections."""

    def submit(
        self,
        case: Case,
        labels: LabelMap,
        *,
        reader: str,
        model: str,
        predicted: snapshots.Mask | None = None,
        box: Box | None = None,
        confirmed: Sequence[Box] = (),
        read: int | None = None,
        seconds: float = 0.0,
        overruled: Sequence[Overruled] = (),
        job: Mapping[str, Any] | None = None,
    ) -> Correction:
        """Freeze a mask of a case, and the read that it ends, in one step; the latest one of a case is what is learned.

        The same mask handed over again by the same reader is the same correction.

        Parameters
        ----------
        model
            NAME@VERSION that the reader started from, or NAME.
        predicted
            What that version had drawn, shape (z, y, x).
        box
            Only inside it the mask counts.
        confirmed
            Where there are any, the reader stands for the mask only inside these.
        read
            Number of the open read that this ends; without, the first read that the reader has left open, else one that
            begins and ends now.
        seconds
            That the reader has spent.
        overruled
            Doubts that were looked at.
        job
            Request of a fine-tuning job to queue in the same step, unless one waits already.

        Raises
        ------
        GeometryError
            The mask is not on the case's grid.
        LibraryError
            It cannot be written, or the read has another verdict; nothing was stored.
        """
        case.geometry.require_same_space(labels.geometry, mine=f"the scan of case {case.id}", others="the mask")
        data = snapshots.pack(case, labels, predicted, box, confirmed)
        sha256 = hashlib.sha256(data).hexdigest()
        file = Path("corrections") / f"{sha256}.npz"
        frozen = _Frozen(
            model, snapshots.plain_classes(labels.classes), file, sha256, snapshots.hash_mask(labels.labels),
            _ledger(labels, predicted, box, confirmed),
        )  # fmt: skip
        with self._told(), self._incoming_file(data) as incoming, self._writing() as connection:
            known = self._handed_over(connection, case.id, model, reader, sha256, read)
            if known is None:
                move(incoming, self.folder / file)
                number = read or self._open_read(connection, case.id, reader, "first")
                number = number or self._new_read(
                    connection, case.id, reader, Terms(model=model if "@" in model else "")
                )
                known = self._correct(
                    connection, self.read(number), "fix", frozen, seconds=seconds, overruled=overruled
                )
            if job is not None:
                self._add_job(connection, "fine-tune", model.partition("@")[0], job, once=True)
        return self.correction(known)

    def accept(self, read: int, *, seconds: float = 0.0, overruled: Sequence[Overruled] = ()) -> Read:
        """Finish a read with the mask that it started from: the latest correction of the case, else the model's mask.

        No file is written: the reader stands for the one that is there.

        Raises
        ------
        LibraryError
            There is no mask to accept, or the read has another verdict.
        """
        with self._writing() as connection:
            found = self.read(read)
            if found.finished and found.verdict == "accept":
                return found
            frozen = self._stands(connection, found)
            self._correct(connection, found, "accept", frozen, seconds=seconds, overruled=overruled)
        return self.read(read)

    def adjudicate(self, case: int, chosen: int, *, reader: str, reason: str = "", seconds: float = 0.0) -> Read:
        """Decide between two reads for one of them; to be learned from now.

        Parameters
        ----------
        chosen
            Number of the read that holds.

        Raises
        ------
        LibraryError
            That read has no mask.
        """
        number = self.begin_read(case, reader, Terms("adjudication")).id
        with self._writing() as connection:
            old = self.read(chosen)
            if old.correction is None:
                raise LibraryError(
                    f"the read of {old.reader} has no mask", hint="Choose the other read, or correct the case anew."
                )
            frozen = self._of_correction(connection, old.correction)
            self._correct(connection, self.read(number), "accept", frozen, seconds=seconds, reason=reason)
        return self.read(number)

    def corrections(self, *, latest: bool = True, model: str = "", case: int | None = None) -> list[Correction]:
        """Corrections, oldest first.

        Parameters
        ----------
        latest
            Only the last one of each case and model; otherwise all that were ever submitted.
        model
            NAME; "" is all models.
        case
            Number of a case; None is all cases.
        """
        last = "(SELECT max(id) FROM corrections AS o WHERE o.case_id = c.case_id AND o.model_name = c.model_name)"
        rows = self._rows(
            f"SELECT * FROM corrections AS c WHERE (? = '' OR model_name = ?) AND (NOT ? OR id = {last})"
            " AND (? IS NULL OR case_id = ?) ORDER BY id",
            model, model, latest, case, case,
        )  # fmt: skip
        return [self._correction(row) for row in rows]

    def correction(self, correction: int) -> Correction:
        """One correction by its number.

        Raises
        ------
        LibraryError
            There is no such correction.
        """
        rows = self._rows("SELECT * FROM corrections WHERE id = ?", correction)
        if not rows:
            raise LibraryError(f"there is no correction {correction} in the library")
        return self._correction(rows[0])

    def load(self, correction: Correction) -> Labelled:
        """A correction with its scan, both checked against their hashes.

        Raises
        ------
        LibraryError
            A file is missing or damaged; the case is named, and others are not affected.
        """
        return snapshots.unpack(correction, self.case(correction.case_id))

    def mask(self, correction: Correction) -> LabelMap:
        """A correction's mask alone, checked against its hash.

        Raises
        ------
        LibraryError
            The file is missing or damaged.
        """
        case = self.case(correction.case_id)
        return LabelMap(snapshots.mask_of(correction, case), case.geometry, correction.classes)

    def _handed_over(
        self, connection: sqlite3.Connection, case: int, model: str, reader: str, sha256: str, read: int | None
    ) -> int | None:
        """The correction that this very mask became when it was handed over before; a program may die in between."""
        row = connection.execute(
            "SELECT c.id, c.sha256, c.reader, r.id AS read FROM corrections AS c LEFT JOIN reads AS r"
            " ON r.correction = c.id WHERE c.case_id = ? AND c.model_name = ? ORDER BY c.id DESC LIMIT 1",
            (case, model.partition("@")[0]),
        ).fetchone()
        same = row is not None and (row["sha256"], row["reader"]) == (sha256, reader)
        return int(row["id"]) if same and read in (None, row["read"]) else None

    def _correct(
        self,
        connection: sqlite3.Connection,
        read: Read,
        verdict: ReadVerdict,
        frozen: _Frozen,
        *,
        seconds: float,
        overruled: Sequence[Overruled] = (),
        reason: str = "",
    ) -> int:
        """Within a transaction: the row of a correction, and the end of its read."""
        number = int(
            connection.execute(
                "INSERT INTO corrections (case_id, model, model_name, reader, classes, file, sha256, created)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    read.case_id, frozen.model, frozen.model.partition("@")[0], read.reader, frozen.classes,
                    frozen.file.as_posix(), frozen.sha256, now(),
                ),
            ).lastrowid
            or 0
        )  # fmt: skip
        self._log(
            "submit", f"correction {number}", read.reader, case=read.case_id, model=frozen.model, sha256=frozen.sha256
        )
        self._finish(
            connection, read, verdict, reason=reason, seconds=seconds, correction=number, mask=frozen.mask,
            ledger=frozen.ledger, overruled=overruled,
        )  # fmt: skip
        return number

    def _stands(self, connection: sqlite3.Connection, read: Read) -> _Frozen:
        """What a reader who accepts stands for; a blinded one was shown the model's mask only."""
        latest = connection.execute(
            "SELECT max(id) FROM corrections WHERE case_id = ? AND model_name = ?",
            (read.case_id, read.model.partition("@")[0]),
        ).fetchone()[0]
        if latest and not read.blinded:
            return self._of_correction(connection, latest)
        row = connection.execute(
            "SELECT * FROM predictions WHERE case_id = ? AND model = ?", (read.case_id, read.model)
        ).fetchone()
        if row is None:
            raise LibraryError(
                f"case {read.case_id} has no mask to accept", hint="Let a model draw it first, or draw it and submit."
            )
        ledger = _untouched(row["classes"], row["features"])
        return _Frozen(row["model"], row["classes"], Path(row["file"]), row["sha256"], row["mask"], ledger)

    def _of_correction(self, connection: sqlite3.Connection, correction: int) -> _Frozen:
        row = connection.execute("SELECT * FROM corrections WHERE id = ?", (correction,)).fetchone()
        known = connection.execute("SELECT mask FROM reads WHERE correction = ?", (correction,)).fetchone()
        mask = known["mask"] if known else ""
        return _Frozen(row["model"], row["classes"], Path(row["file"]), row["sha256"], mask)

    def _correction(self, row: sqlite3.Row) -> Correction:
        return Correction(
            id=row["id"],
            case_id=row["case_id"],
            model=row["model"],
            reader=row["reader"],
            classes=snapshots.classes_from(row["classes"]),
            file=self.folder / row["file"],
            sha256=row["sha256"],
            created=row["created"],
        )


def _ledger(
    labels: LabelMap, predicted: snapshots.Mask | None, box: Box | None, confirmed: Sequence[Box]
) -> tuple[LedgerRow, ...]:
    """The ledger of what is meant: outside the box and what is confirmed nothing counts."""
    from segstudio.review.ledger import ledger  # needs scipy, which no start waits for

    if box is None and not confirmed:
        return ledger(labels, predicted)
    meant = np.zeros(labels.geometry.shape, bool)
    for each in confirmed or (whole(labels.geometry.shape),):
        meant[each] = True
    if box is not None:
        inside = np.zeros_like(meant)
        inside[box] = True
        meant &= inside
    seen = labels.labels.copy()
    seen[~meant] = 0
    return ledger(
        LabelMap(seen, labels.geometry, labels.classes), None if predicted is None else np.where(meant, predicted, 0)
    )


def _untouched(classes: str, features: str) -> tuple[LedgerRow, ...]:
    """The ledger of a model's mask that a reader took as it is."""
    volumes = json.loads(features)["volumes"]
    rows = ((each, float(volumes.get(str(each.value), 0.0))) for each in snapshots.classes_from(classes))
    return tuple(LedgerRow(each.value, each.name, 0.0, 0.0, 0, ml, 1.0) for each, ml in rows if ml > 0)
