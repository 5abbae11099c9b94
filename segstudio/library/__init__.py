"""Cases, frozen corrections, jobs, model versions and the audit log: what must last, in SQLite and files beside it."""

from segstudio.library.jobs import LEARNING, READING
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
from segstudio.library.reviewed import (
    STATUSES,
    Ancestor,
    Dispute,
    Order,
    Query,
    Read,
    ReadKind,
    ReadVerdict,
    Rule,
    Sitting,
    Status,
    StoredPrediction,
    Watched,
    WorklistRow,
)

__all__ = [
    "LEARNING",
    "READING",
    "STATUSES",
    "Ancestor",
    "Case",
    "Correction",
    "Dispute",
    "Event",
    "Job",
    "JobKind",
    "JobState",
    "Library",
    "ModelEntry",
    "ModelState",
    "Order",
    "Query",
    "Read",
    "ReadKind",
    "ReadVerdict",
    "Rule",
    "Sitting",
    "Split",
    "Status",
    "StoredPrediction",
    "Watched",
    "WorkerLock",
    "WorklistRow",
    "require_name",
]
