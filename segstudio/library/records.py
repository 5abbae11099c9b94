"""What the library hands out: plain data about cases, corrections, jobs and model versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from segstudio.imaging import Geometry, LabelClass
from segstudio.learning import Verdict
from segstudio.networks import CARD_FILE, ModelSpec

Split = Literal["train", "holdout"]
"""Patients to learn from, and patients to judge candidates on."""

JobKind = Literal["fine-tune", "train", "import", "predict"]
"""Make a model better with corrections, make a new one from labelled scans; take scans in, draw the masks of many."""

JobState = Literal["queued", "running", "paused", "done", "failed", "cancelled", "interrupted"]
"""An interrupted job goes on by itself, ahead of queued ones; a paused one waits for a person."""

ModelState = Literal["candidate", "current", "retired"]
"""Waiting for a person's yes, in use, or once in use."""


@dataclass(frozen=True, eq=False)
class Case:
    """A scan in the library.

    Parameters
    ----------
    pseudonym
        What people are shown of the patient, four or more hexadecimal digits.
    patient_key
        Salted hash of the patient's ID; the ID itself is kept nowhere.
    image
        The scan's copy, one frame, `.nii.gz`.
    image_hash
        SHA-256 of voxels and affine: what makes two submissions the same scan.
    created
        ISO 8601, UTC.
    """

    id: int
    pseudonym: str
    patient_key: str
    split: Split
    modality: str
    channels: tuple[str, ...]
    geometry: Geometry
    image: Path
    image_hash: str
    created: str


@dataclass(frozen=True, eq=False)
class Correction:
    """A frozen mask that a reader handed over; never changed, never deleted.

    Parameters
    ----------
    model
        NAME@VERSION that the reader started from, or NAME where the mask was drawn for a model yet to be trained.
    sha256
        Of the snapshot file.
    """

    id: int
    case_id: int
    model: str
    reader: str
    classes: tuple[LabelClass, ...]
    file: Path
    sha256: str
    created: str

    @property
    def model_name(self) -> str:
        """NAME, without the version."""
        return self.model.partition("@")[0]


@dataclass(frozen=True)
class Job:
    """A piece of work in the background, from the queue to its end.

    Parameters
    ----------
    model
        NAME of the model that gets a new version, NAME@VERSION of the one that draws, or "".
    request
        What was asked for: minutes, seed, base version, correction numbers once it has started.
    done, what
        How far it is, 0 to 1, and what it is doing, in words.
    error, hint
        Why it failed and what to do, or "".
    result
        NAME@VERSION of the version it made; of other work what came of it, in words; or "".
    not_before
        ISO 8601, UTC: it waits until then; or "".
    left_s
        Seconds that it will still take, once that can be told.
    memory_mb, device
        The most memory that it has used, and what it computes on, in words.
    """

    id: int
    kind: JobKind
    model: str
    state: JobState
    request: Mapping[str, Any]
    folder: Path
    done: float = 0.0
    what: str = ""
    error: str = ""
    hint: str = ""
    result: str = ""
    created: str = ""
    started: str = ""
    finished: str = ""
    not_before: str = ""
    left_s: float | None = None
    memory_mb: float = 0.0
    device: str = ""

    @property
    def candidate(self) -> str:
        """What stands for the version to come, in masks that are kept before it has its number."""
        return f"{self.model}@job{self.id}"


@dataclass(frozen=True, eq=False)
class ModelEntry:
    """One published version of a model.

    Parameters
    ----------
    folder
        Holds `model.json` and `weights.safetensors`, read-only.
    base
        NAME@VERSION that fine-tuning starts from; the version's own label where it is such a root itself.
    job
        Number of the job that made it, or None where it was imported.
    verdict
        How it compares with the version that was in use when it was made; None where nothing was compared.
    """

    spec: ModelSpec
    state: ModelState
    folder: Path
    base: str
    created: str
    job: int | None = None
    verdict: Verdict | None = None

    @property
    def label(self) -> str:
        """NAME@VERSION."""
        return self.spec.label

    @property
    def name(self) -> str:
        """NAME, without the version."""
        return self.spec.name

    @property
    def card(self) -> Path | None:
        """What is told of it at length, where somebody wrote that: a page of Markdown."""
        file = self.folder / CARD_FILE
        return file if file.is_file() else None


@dataclass(frozen=True)
class Event:
    """A line of the audit log: when, who, did what, to what."""

    id: int
    at: str
    person: str
    verb: str
    subject: str
    detail: Mapping[str, Any]
