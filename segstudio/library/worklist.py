"""The list of cases: searched, filtered, ordered and paged where it lies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from segstudio.errors import LibraryError
from segstudio.library.records import Case
from segstudio.library.reviewed import LONGEST_LABEL, STATUSES, Query, Status, WorklistRow
from segstudio.library.store import Store

_COLUMNS = (
    "c.id, p.pseudonym, c.modality, p.split, c.status, c.priority, c.predicted AS model, c.dice, c.benefit, c.reader,"
    " c.seconds, c.changed, c.reason, c.scanner, c.label"
)
_FROM = "FROM cases AS c JOIN patients AS p ON p.key = c.patient"
_SEARCHED = " || ' ' || ".join(
    ("p.pseudonym", "c.label", "c.modality", "c.reader", "c.predicted", "c.scanner", "c.reason")
)

_PRIME = 2147483647
_DRAWN = f"(c.id * 48271 + ? * 69621 + 11) % {_PRIME}"
_SHUFFLED = f"((({_DRAWN}) * ({_DRAWN}) + c.id) % {_PRIME} * (({_DRAWN}) * 16807 % {_PRIME}) % {_PRIME})"
"""A place for a case's number in an order that a seed draws; the same on every machine."""


class Worklist(Store):
    """What the library does with the list of cases."""

    def page(self, query: Query, start: int = 0, count: int = 100) -> list[WorklistRow]:
        """Rows from place `start` on, at most `count`."""
        where, values = _where(query)
        order, more = _order(query)
        # Numbers are sorted alone: whole rows would be carried through the sort.
        numbers = f"SELECT c.id {_source(query)} {where} {order} LIMIT ? OFFSET ?"
        chosen = [row[0] for row in self._rows(numbers, *values, *more, count, max(0, start))]
        marks = ",".join("?" * len(chosen))
        rows = self._rows(f"SELECT {_COLUMNS} {_FROM} WHERE c.id IN ({marks})", *chosen)
        found = {row["id"]: WorklistRow(**dict(row)) for row in rows}
        return [found[number] for number in chosen if number in found]

    def count(self, query: Query) -> int:
        """How many cases there are of that kind."""
        where, values = _where(query)
        return int(self._rows(f"SELECT count(*) {_source(query)} {where}", *values)[0][0])

    def ids(self, query: Query) -> list[int]:
        """Numbers of all cases of that kind, in order."""
        where, values = _where(query)
        order, more = _order(query)
        return [row[0] for row in self._rows(f"SELECT c.id {_source(query)} {where} {order}", *values, *more)]

    def row(self, case: int) -> WorklistRow:
        """One case as the list shows it.

        Raises
        ------
        LibraryError
            There is no such case.
        """
        rows = self._rows(f"SELECT {_COLUMNS} {_FROM} WHERE c.id = ?", case)
        if not rows:
            raise LibraryError(f"there is no case {case} in the library", hint="`segstudio worklist` lists them.")
        return WorklistRow(**dict(rows[0]))

    def statuses(self) -> dict[Status, int]:
        """How many cases there are of each status."""
        found = {row[0]: int(row[1]) for row in self._rows("SELECT status, count(*) FROM cases GROUP BY status")}
        return {status: found.get(status, 0) for status in STATUSES}

    def modalities(self) -> list[str]:
        """Every modality that a case has."""
        rows = self._rows("SELECT DISTINCT modality FROM cases WHERE modality <> '' ORDER BY modality")
        return [row[0] for row in rows]

    def thumbnails(self, cases: Sequence[int]) -> dict[int, bytes]:
        """PNGs by case number; a case of an older library may have none."""
        marks = ",".join("?" * len(cases))
        rows = self._rows(f"SELECT case_id, png FROM thumbnails WHERE case_id IN ({marks})", *cases)
        return {row["case_id"]: bytes(row["png"]) for row in rows}

    def keep_thumbnail(self, case: Case, png: bytes) -> None:
        """A small picture for a case of an older library, which has none."""
        with self._writing() as connection:
            connection.execute("INSERT OR IGNORE INTO thumbnails VALUES (?, ?)", (case.id, png))

    def set_priority(self, case: int, priority: int) -> None:
        """The higher, the sooner a case is to be read."""
        with self._writing() as connection:
            connection.execute("UPDATE cases SET priority = ? WHERE id = ?", (priority, case))

    def set_label(self, case: int, label: str) -> None:
        """Name a case in a few words, which stay in the library: no export, model or log has them; "" takes them back.

        Raises
        ------
        LibraryError
            It is longer than 60 characters.
        """
        words = " ".join(label.split())
        if len(words) > LONGEST_LABEL:
            raise LibraryError(f"a label of {len(words)} characters is too long", hint=f"Use at most {LONGEST_LABEL}.")
        with self._writing() as connection:
            connection.execute("UPDATE cases SET label = ? WHERE id = ?", (words, case))


def _where(query: Query) -> tuple[str, list[Any]]:
    parts: list[str] = []
    values: list[Any] = []
    if query.status:
        parts.append(f"c.status IN ({','.join('?' * len(query.status))})")
        values += query.status
    if query.modality:
        parts.append("c.modality = ?")
        values.append(query.modality)
    if query.model:
        parts.append("(c.predicted = ? OR c.predicted LIKE ? ESCAPE '\\')")
        values += [query.model, f"{_escaped(query.model)}@%"]
    if query.reader:
        parts.append("c.reader = ?")
        values.append(query.reader)
    for word in query.text.split():
        parts.append(f"({_SEARCHED} LIKE ? ESCAPE '\\' OR c.id = ?)")
        values += [f"%{_escaped(word)}%", word]
    return ("WHERE " + " AND ".join(parts) if parts else ""), values


def _source(query: Query) -> str:
    """The tables that a query has to look at."""
    return _FROM if query.text else "FROM cases AS c"


def _order(query: Query) -> tuple[str, list[Any]]:
    """How rows are ordered; each order has one way that is usual, and `descending` is the other."""
    back = query.descending
    ways = {
        "date": f"c.id {'DESC' if back else 'ASC'}",
        "priority": f"c.priority {'ASC' if back else 'DESC'}, c.id {'DESC' if back else 'ASC'}",
        "benefit": "c.benefit ASC NULLS LAST, c.id" if back else "c.benefit DESC, c.id",
        "random": f"{_SHUFFLED} {'DESC' if back else 'ASC'}, c.id",
    }
    seeds = [abs(query.seed) % _PRIME] * _SHUFFLED.count("?") if query.order == "random" else []
    return f"ORDER BY {ways[query.order]}", seeds


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
