"""What a review measures: a correction's ledger, checks before it counts, agreement of two reads, what to read next."""

from segstudio.review.agreement import Agreement, ClassAgreement, agree
from segstudio.review.checks import Finding, FindingKind, Overruled, findings
from segstudio.review.ledger import LedgerRow, ledger, mean_dice
from segstudio.review.schema import Match, apply, mapping

__all__ = [
    "Agreement",
    "ClassAgreement",
    "Finding",
    "FindingKind",
    "LedgerRow",
    "Match",
    "Overruled",
    "agree",
    "apply",
    "findings",
    "ledger",
    "mapping",
    "mean_dice",
]
