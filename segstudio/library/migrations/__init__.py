"""The schema, step by step: the n-th step takes a library from version n-1 to n. A published step is never edited."""

from segstudio.library.migrations import m0001_first

STEPS: tuple[str, ...] = (m0001_first.SQL,)
