"""What a review measures: a correction's ledger, checks before it counts, agreement of two reads, what to read next.

What comes out is described here; the work is in modules of their own, some of which need scipy.
"""

from segstudio.review.records import (
    Agreement,
    ClassAgreement,
    Finding,
    FindingKind,
    LedgerRow,
    Match,
    Overruled,
    mean_dice,
)

__all__ = [
    "Agreement",
    "ClassAgreement",
    "Finding",
    "FindingKind",
    "LedgerRow",
    "Match",
    "Overruled",
    "mean_dice",
]
