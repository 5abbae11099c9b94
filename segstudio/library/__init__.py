"""Cases, frozen corrections, jobs, model versions and the audit log: what must last, in SQLite and files beside it."""

from segstudio.library.library import Library, WorkerLock
from segstudio.library.models import require_name
from segstudio.library.records import (
    Case,
    Correction,
    Event,
    Job,
    JobKind,
    JobState,
    ModelEntry,
    ModelState,
    Split,
)

__all__ = [
    "Case",
    "Correction",
    "Event",
    "Job",
    "JobKind",
    "JobState",
    "Library",
    "ModelEntry",
    "ModelState",
    "Split",
    "WorkerLock",
    "require_name",
]
