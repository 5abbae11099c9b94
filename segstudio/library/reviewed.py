"""What the library hands out of reviews: rows of the worklist, sittings, reads, stored predictions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from segstudio.imaging import LabelMap
from segstudio.inference import Doubt
from segstudio.library.records import ModelState
from segstudio.review import LedgerRow

Status = Literal["new", "predicted", "in review", "corrected", "approved", "rejected", "flagged"]
STATUSES: tuple[Status, ...] = ("new", "predicted", "in review", "corrected", "approved", "rejected", "flagged")
"""As a case goes through a review."""

Order = Literal["date", "priority", "benefit", "random"]
"""Oldest first; highest priority first; most worth reading first; or drawn by a seed."""

ReadKind = Literal["first", "second", "adjudication"]

ReadVerdict = Literal["", "accept", "fix", "reject", "flag"]
"""What a reader said; "" while the read is open."""

STATUS_OF: dict[str, Status] = {"accept": "approved", "fix": "corrected", "reject": "rejected", "flag": "flagged"}
"""What a case is after a read."""


LONGEST_LABEL = 60
"""Characters."""


@dataclass(frozen=True)
class Query:
    """Which cases, and in which order.

    Parameters
    ----------
    text
        Words that all have to be found in pseudonym, label, case number, modality, reader, model, scanner or reason.
    status
        Any of these; () is any.
    model
        NAME of the model that has drawn a mask.
    descending
        The other way round.
    seed
        Of the order "random"; the same seed gives the same order of the same cases.
    """

    text: str = ""
    status: tuple[Status, ...] = ()
    modality: str = ""
    model: str = ""
    reader: str = ""
    order: Order = "date"
    descending: bool = False
    seed: int = 0


@dataclass(frozen=True)
class WorklistRow:
    """A case as the worklist shows it.

    Parameters
    ----------
    model
        NAME@VERSION that has drawn the mask that the reader starts from, or "".
    dice
        Of that version against the correction, mean over the classes; None while there is no correction.
    benefit
        From 0 to 1, how much reading it is expected to teach; None where nothing was predicted.
    reader
        Who read it last.
    seconds
        Time that readers have spent on it.
    changed
        ISO 8601, UTC.
    reason
        Of a rejection or a flag.
    label
        What readers here call it, or ""; it leaves the library with nothing.
    """

    id: int
    pseudonym: str
    modality: str
    split: str
    status: Status
    priority: int
    model: str
    dice: float | None
    benefit: float | None
    reader: str
    seconds: float
    changed: str
    reason: str
    scanner: str
    label: str = ""

    @property
    def name(self) -> str:
        """What people are shown of the case: its label, else its patient's pseudonym."""
        return self.label or self.pseudonym


@dataclass(frozen=True)
class Sitting:
    """A reader with a list: which cases in which order, drawn once.

    Parameters
    ----------
    done
        Those that this reader has given a verdict in this sitting.
    """

    id: int
    reader: str
    kind: ReadKind
    blinded: bool
    query: Query
    cases: tuple[int, ...]
    done: frozenset[int]
    started: str


@dataclass(frozen=True)
class Terms:
    """On what terms a reader looks at a case.

    Parameters
    ----------
    blinded
        The reader is not shown what others have said and drawn.
    sitting
        Number of the sitting that it belongs to, or None.
    model
        NAME@VERSION whose mask the reader is shown, "" for none; None is the one that the case has when the read
        begins.
    """

    kind: ReadKind = "first"
    blinded: bool = False
    sitting: int | None = None
    model: str | None = None


FIRST_READ = Terms()
"""A first read by itself, of the mask that the case has."""


@dataclass(frozen=True)
class Read:
    """One reader's look at one case; frozen once it has a verdict.

    Parameters
    ----------
    blinded
        The reader was not shown what others had said and drawn.
    model
        NAME@VERSION whose mask the read started from, or "".
    correction
        Number of the mask that the reader stands for, or None.
    mask
        SHA-256 of that mask's voxels: two reads agree where it is equal.
    dice
        Of the model against the reader, mean over the classes.
    """

    id: int
    case_id: int
    reader: str
    kind: ReadKind
    blinded: bool
    model: str
    sitting: int | None
    verdict: ReadVerdict
    reason: str
    correction: int | None
    mask: str
    seconds: float
    dice: float | None
    started: str
    finished: str
    ledger: tuple[LedgerRow, ...] = ()


@dataclass(frozen=True)
class Dispute:
    """A first and a second read of a case that differ, and that nobody has decided between."""

    case_id: int
    first: Read
    second: Read


@dataclass(frozen=True, eq=False)
class StoredPrediction:
    """A mask that a version has drawn for a case, and how sure it was.

    Parameters
    ----------
    model
        NAME@VERSION.
    doubt
        None where that was not asked.
    sha256
        Of the file that holds the mask.
    """

    case_id: int
    model: str
    labels: LabelMap
    doubt: Doubt | None
    created: str
    sha256: str


@dataclass(frozen=True)
class Rule:
    """When a model learns by itself.

    Parameters
    ----------
    after_cases
        After so many newly corrected or approved cases; 0 is never.
    nightly
        "HH:MM" of this computer's clock, if there is anything new to learn by then; "" is never.
    minutes
        Of each job.
    """

    model: str
    after_cases: int = 0
    nightly: str = ""
    minutes: float = 5.0


@dataclass(frozen=True)
class Ancestor:
    """A version in the picture of a model's descent.

    Parameters
    ----------
    parent
        NAME@VERSION that its weights started from, or "".
    promoted
        Each time it was put in use: when, by whom, and "promote" or "rollback".
    cases
        Numbers of the cases that it learned from, none where it was made elsewhere.
    readers
        Who drew their masks, and how many of them.
    dice
        By class name, on the holdout when it was judged.
    reason
        The gate's sentence, or "".
    """

    label: str
    parent: str
    base: str
    state: ModelState
    created: str
    promoted: tuple[tuple[str, str, str], ...]
    cases: tuple[int, ...]
    readers: Mapping[str, int]
    dice: Mapping[str, float | None]
    reason: str


@dataclass(frozen=True)
class Watched:
    """How right a version was on one class of one case, before a reader corrected it."""

    at: str
    case_id: int
    pseudonym: str
    model: str
    value: int
    name: str
    dice: float
    scanner: str
    modality: str
    reader: str
