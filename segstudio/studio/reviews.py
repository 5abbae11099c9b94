"""Reading cases: accept, fix, reject, flag; second reads and who decides between them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from segstudio.errors import LibraryError, ModelError
from segstudio.imaging import Box, LabelMap, Volume
from segstudio.library import FIRST_READ, Dispute, Library, Query, Read, Sitting, Terms
from segstudio.listening import Change
from segstudio.review import Agreement, Finding, Match, Overruled
from segstudio.review.schema import mapping

_HEADS = (
    "read", "case", "patient", "reader", "kind", "blinded", "verdict", "reason", "model", "scanner", "started",
    "finished", "seconds", "class", "name", "added_ml", "removed_ml", "slices", "ml", "dice",
)  # fmt: skip


class Reviews:
    """What a session does with reads.

    Every method may be called from any thread; `check`, `fix` and `compare` look at whole masks, the rest is quick.
    """

    def __init__(self, library: Library, tell: Callable[[Change], None]) -> None:
        self._library = library
        self._tell = tell

    def begin_sitting(
        self, reader: str, query: Query, *, kind: Literal["first", "second"] = "first", blinded: bool = False
    ) -> Sitting:
        """Sit down with a list: its cases and their order are drawn now and kept, so that they can be told later.

        Parameters
        ----------
        kind
            For a second read only cases with a first read of somebody else are taken.
        blinded
            The reader is shown the model's mask, and nothing that others drew or said.

        Raises
        ------
        LibraryError
            The reader has no name, or there is no such case.
        """
        cases = self._library.ids(query)
        if kind == "second":
            cases = [case for case in cases if self._library.first_reader(case) not in ("", reader)]
        if not cases:
            raise LibraryError("there is no case to read like that", hint="Change the filter, or add cases.")
        return self._library.begin_sitting(reader, query, cases, kind=kind, blinded=blinded)

    def sitting(self, sitting: int) -> Sitting:
        """One sitting by its number."""
        return self._library.sitting(sitting)

    def last_sitting(self, reader: str) -> Sitting | None:
        """The one that a reader began last, or None."""
        return self._library.last_sitting(reader)

    def begin(self, case: int, reader: str, terms: Terms = FIRST_READ) -> Read:
        """Open a case for reading; one that this reader has left open goes on.

        The version of the terms is the one on the screen: since that was shown the case may have been drawn again.

        Raises
        ------
        LibraryError
            The reader has no name, or a second read has no first one of another reader.
        """
        return self._changed(self._library.begin_read(case, reader, terms))

    def leave(self, read: int, *, seconds: float = 0.0) -> Read:
        """Close a case without a verdict; its status is what it was before."""
        return self._changed(self._library.leave_read(read, seconds=seconds))

    def check(
        self, labels: LabelMap, model: str, *, volume: Volume | None = None, predicted: LabelMap | None = None
    ) -> tuple[Finding, ...]:
        """Every doubt about a mask that is about to be submitted.

        Parameters
        ----------
        model
            NAME, whose classes the mask may hold.
        volume
            The scan, to find the body in.
        predicted
            What the model had drawn.
        """
        from segstudio.review.checks import findings  # needs scipy, which no start waits for

        known = self._library.classes_of(model.partition("@")[0])
        return findings(labels, known=known, volume=volume, predicted=predicted.labels if predicted else None)

    def accept(self, read: int, *, seconds: float = 0.0, overruled: Sequence[Overruled] = ()) -> Read:
        """Stand for the mask as it is: the latest correction, else the model's. At once: no file is written.

        Raises
        ------
        LibraryError
            There is no mask, the read has another verdict, or a doubt was overruled without a reason.
        """
        return self._changed(self._library.accept(read, seconds=seconds, overruled=overruled))

    def fix(
        self,
        read: int,
        labels: LabelMap,
        *,
        seconds: float = 0.0,
        box: Box | None = None,
        confirmed: Sequence[Box] = (),
        overruled: Sequence[Overruled] = (),
        model: str = "",
    ) -> Read:
        """Stand for a corrected mask, which is frozen; called again with the same mask, it is the same correction.

        Parameters
        ----------
        labels
            On the scan's own grid.
        box
            Only inside it the mask counts.
        confirmed
            Where there are any, only inside these is anything learned.
        model
            NAME that learns from it, where no model has drawn the case.

        Raises
        ------
        GeometryError
            The mask is not on the scan's grid.
        LibraryError
            The read has another verdict, or there is no room.
        ModelError
            The mask holds a class that the model does not know, or there is no model.
        """
        found = self._library.read(read)
        label = found.model or model
        if not label:
            raise ModelError(f"no model has drawn case {found.case_id}", hint="Say which model is to learn from it.")
        self._library.require_known(labels, label.partition("@")[0])
        drawn = self._library.prediction(found.case_id, found.model) if found.model else None
        self._library.submit(
            self._library.case(found.case_id), labels, reader=found.reader, model=label, box=box, confirmed=confirmed,
            predicted=drawn.labels.labels if drawn else None, read=read, seconds=seconds, overruled=overruled,
        )  # fmt: skip
        return self._changed(self._library.read(read))

    def reject(self, read: int, reason: str, *, seconds: float = 0.0) -> Read:
        """Say that a case is not to be used, and why; nothing is learned from it."""
        return self._changed(self._library.turn_down(read, "reject", reason, seconds=seconds))

    def flag(self, read: int, reason: str = "", *, seconds: float = 0.0) -> Read:
        """Put a case aside to be talked about; nothing is learned from it until it is read again."""
        return self._changed(self._library.turn_down(read, "flag", reason, seconds=seconds))

    def read(self, read: int) -> Read:
        """One read by its number."""
        return self._library.read(read)

    def history(self, case: int, *, reader: str = "") -> list[Read]:
        """What was said of a case, oldest first; to a reader who has a blinded read of it open, only their own."""
        reads = self._library.reads(case)
        blinded = self.blinded_read(case, reader) is not None
        return [each for each in reads if each.reader == reader] if blinded else reads

    def blinded_read(self, case: int, reader: str) -> Read | None:
        """The blinded read of a case that a reader has begun and not finished; they see the case only in it."""
        open_ones = (each for each in self._library.reads(case) if each.blinded and not each.finished)
        return next((each for each in open_ones if each.reader == reader), None)

    def overruled(self, read: int) -> list[Overruled]:
        """The doubts that the reader of a read has overruled, and why."""
        return self._library.overruled(read)

    def readers(self) -> list[str]:
        """Everybody who has read here."""
        return self._library.readers()

    def disputes(self) -> list[Dispute]:
        """Cases whose first and second reads differ, and that nobody has decided on."""
        return self._library.disputes()

    def compare(self, dispute: Dispute) -> Agreement:
        """Both masks of a dispute, and how far they agree.

        Raises
        ------
        LibraryError
            A read has no mask (it rejected or flagged the case), or a file is damaged.
        """
        from segstudio.review.agreement import agree  # needs scipy, which no start waits for

        masks = []
        for read in (dispute.first, dispute.second):
            if read.correction is None:
                raise LibraryError(f"the read of {read.reader} has no mask", hint="Choose the other read.")
            masks.append(self._library.mask(self._library.correction(read.correction)))
        return agree(*masks)

    def adjudicate(
        self,
        dispute: Dispute,
        chosen: Literal["first", "second"] | LabelMap,
        *,
        reader: str,
        reason: str = "",
        seconds: float = 0.0,
    ) -> Read:
        """Decide between two reads, for one of them or for a third mask; that is what is learned from now.

        Raises
        ------
        LibraryError
            The chosen read has no mask, or there is no room.
        """
        case = dispute.case_id
        if isinstance(chosen, LabelMap):
            number = self._library.begin_read(case, reader, Terms("adjudication")).id
            return self.fix(number, chosen, seconds=seconds, model=self._model_of(dispute))
        side = dispute.first if chosen == "first" else dispute.second
        return self._changed(self._library.adjudicate(case, side.id, reader=reader, reason=reason, seconds=seconds))

    def mapping(self, labels: LabelMap, model: str) -> tuple[Match, ...]:
        """How a mask's classes would become a model's, with voxel counts; nothing is changed."""
        return mapping(labels, self._library.classes_of(model.partition("@")[0]))

    def withdraw(self, case: int, *, person: str, reason: str) -> tuple[str, ...]:
        """Take a case out of what is learned from now on; returns the versions that have learned from it already."""
        self._library.withdraw(case, person=person, reason=reason)
        self._tell(Change("cases", str(case)))
        return self._library.seen_by(case)

    def reinstate(self, case: int, *, person: str) -> None:
        """Let a withdrawn case be learned from again."""
        self._library.reinstate(case, person=person)
        self._tell(Change("cases", str(case)))

    def withdrawn(self) -> dict[int, str]:
        """Withdrawn cases, and why."""
        return self._library.withdrawn()

    def export(self, path: Path) -> int:
        """Write the correction ledger as CSV, one row for each read and class; returns how many rows.

        Raises
        ------
        LibraryError
            The file cannot be written.
        """
        rows = self._library.ledger_rows()
        try:
            with path.open("w", encoding="utf8", newline="") as file:
                table = csv.writer(file)
                table.writerow(_HEADS)
                table.writerows(rows)
        except OSError as error:
            raise LibraryError(f"{path} cannot be written: {error.strerror}", hint="Choose another place.") from error
        return len(rows)

    def _model_of(self, dispute: Dispute) -> str:
        number = dispute.first.correction or dispute.second.correction
        return self._library.correction(number).model if number else ""

    def _changed(self, read: Read) -> Read:
        self._tell(Change("cases", str(read.case_id)))
        return read
