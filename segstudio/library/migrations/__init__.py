"""The schema, step by step: the n-th step takes a library from version n-1 to n. A published step is never edited."""

from segstudio.library.migrations import m0001_first, m0002_review, m0003_labels

STEPS: tuple[str, ...] = (m0001_first.SQL, m0002_review.SQL, m0003_labels.SQL)
