"""What a model has learned from, what it may hold, and what must not get worse."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from segstudio.errors import LibraryError, ModelError
from segstudio.imaging import LabelClass, LabelMap, present_values
from segstudio.library.corrections import Corrections
from segstudio.library.jobs import TO_LEARN
from segstudio.library.models import Models
from segstudio.library.records import Case, Correction, ModelEntry
from segstudio.library.reviewed import Ancestor, Watched
from segstudio.library.snapshots import classes_from, plain_classes
from segstudio.library.store import now


class Governance(Corrections, Models):
    """What the library tells of its models' history."""

    def withdraw(self, case: int, *, person: str, reason: str) -> None:
        """Learn from a case no more; what is published stays as it is.

        Raises
        ------
        LibraryError
            There is no such case, or no reason.
        """
        self.case(case)
        if not reason.strip():
            raise LibraryError("a case is withdrawn for a reason", hint="Say in a word why.")
        with self._writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO withdrawals VALUES (?, ?, ?, ?)", (case, person, reason.strip(), now())
            )
            self._log("withdraw", f"case {case}", person, reason=reason.strip())

    def reinstate(self, case: int, *, person: str) -> None:
        """Learn from a withdrawn case again."""
        with self._writing() as connection:
            connection.execute("DELETE FROM withdrawals WHERE case_id = ?", (case,))
            self._log("reinstate", f"case {case}", person)

    def withdrawn(self) -> dict[int, str]:
        """Withdrawn cases, and why."""
        return {row["case_id"]: row["reason"] for row in self._rows("SELECT * FROM withdrawals ORDER BY case_id")}

    def seen_by(self, case: int) -> tuple[str, ...]:
        """Versions, NAME@VERSION, that have learned from a case, or that come from one that has."""
        entries = {entry.label: entry for entry in self.models()}
        return tuple(label for label in sorted(entries) if str(case) in _all_cases(entries, label))

    def pin(self, case: int, *, person: str) -> None:
        """Put a case into the regression set: no candidate may do worse on it.

        Raises
        ------
        LibraryError
            There is no such case, or nobody has corrected it.
        """
        if not self.corrections(case=case):
            raise LibraryError(f"case {case} has no correction to compare with", hint="Correct or accept it first.")
        with self._writing() as connection:
            connection.execute("INSERT OR IGNORE INTO pins VALUES (?, ?, ?)", (case, person, now()))
            self._log("pin", f"case {case}", person)

    def unpin(self, case: int, *, person: str) -> None:
        """Take a case out of the regression set."""
        with self._writing() as connection:
            connection.execute("DELETE FROM pins WHERE case_id = ?", (case,))
            self._log("unpin", f"case {case}", person)

    def pinned(self) -> list[int]:
        """The regression set."""
        return [row[0] for row in self._rows("SELECT case_id FROM pins ORDER BY case_id")]

    def pinned_corrections(self, model: str) -> list[tuple[Correction, Case]]:
        """The regression set of a model, NAME, with the mask that each of its cases is compared with."""
        rows = self._rows(
            f"SELECT max(c.id) {TO_LEARN} AND c.case_id IN (SELECT case_id FROM pins) GROUP BY c.case_id ORDER BY 1",
            model,
        )
        found = [self.correction(row[0]) for row in rows]
        return [(each, self.case(each.case_id)) for each in found]

    def add_class(self, model: str, each: LabelClass, *, person: str) -> None:
        """Let corrections of a model, NAME, hold another class; the next fine-tuning learns it beside the old ones.

        Raises
        ------
        ModelError
            There is no such model, or it has the value or the name already.
        """
        for known in self.classes_of(model):
            if each.value == known.value or each.name.lower() == known.name.lower():
                raise ModelError(
                    f"{model} has the class {known.value} {known.name} already", hint="Choose another name and number."
                )
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO added_classes VALUES (?, ?, ?, ?, ?)",
                (model, each.value, plain_classes((each,)), person, now()),
            )
            self._log("add class", model, person, value=each.value, name=each.name)

    def classes_of(self, model: str) -> tuple[LabelClass, ...]:
        """What corrections of a model, NAME, may hold: the classes of the version in use, and added ones.

        Raises
        ------
        ModelError
            There is no such model.
        """
        known = {each.value: each for each in self.model(model).spec.classes}
        for row in self._rows("SELECT class FROM added_classes WHERE model = ?", model):
            for each in classes_from(row["class"]):
                known.setdefault(each.value, each)
        return tuple(known[value] for value in sorted(known))

    def require_known(self, labels: LabelMap, model: str) -> None:
        """Raise `ModelError` if a mask holds a class that a model, NAME, may not learn."""
        known = {each.value for each in self.classes_of(model)}
        unknown = [int(value) for value in present_values(labels.labels) if value and int(value) not in known]
        if unknown:
            raise ModelError(
                f"the mask holds the class {unknown[0]}, which {model} does not know",
                hint="Give those voxels to a class of the model, or add the class to the model.",
            )

    def lineage(self, model: str) -> list[Ancestor]:
        """Every version of a model, NAME, oldest first: where it comes from, what it learned, and who put it in use."""
        entries = [entry for entry in self.models() if entry.name == model]
        return [self._ancestor(entry) for entry in sorted(entries, key=lambda entry: entry.spec.version)]

    def watched(self, model: str) -> list[Watched]:
        """How right a model, NAME, was before correction, read by read and class by class, oldest first."""
        rows = self._rows(
            "SELECT r.finished AS at, r.case_id, p.pseudonym, r.model, l.value, l.name, l.dice, c.scanner, c.modality,"
            " r.reader FROM reads AS r JOIN ledger AS l ON l.read = r.id JOIN cases AS c ON c.id = r.case_id"
            " JOIN patients AS p ON p.key = c.patient WHERE r.kind = 'first' AND r.finished <> ''"
            " AND l.dice IS NOT NULL AND substr(r.model, 1, length(?) + 1) = ? || '@' ORDER BY r.finished, l.value",
            model, model,
        )  # fmt: skip
        return [Watched(**dict(row)) for row in rows]

    def ledger_rows(self) -> list[tuple[Any, ...]]:
        """The ledger as a table: one row for each finished read and class; reads without a mask have one row."""
        rows = self._rows(
            "SELECT r.id, r.case_id, p.pseudonym, r.reader, r.kind, r.blinded, r.verdict, r.reason, r.model, c.scanner,"
            " r.started, r.finished, round(r.seconds, 1), l.value, l.name, round(l.added_ml, 4),"
            " round(l.removed_ml, 4), l.slices, round(l.ml, 4), round(l.dice, 4)"
            " FROM reads AS r JOIN cases AS c ON c.id = r.case_id JOIN patients AS p ON p.key = c.patient"
            " LEFT JOIN ledger AS l ON l.read = r.id WHERE r.finished <> '' ORDER BY r.id, l.value"
        )
        return [tuple(row) for row in rows]

    def first_reader(self, case: int) -> str:
        """Who gave a case its latest first read, or ""."""
        rows = self._rows(
            "SELECT reader FROM reads WHERE case_id = ? AND kind = 'first' AND finished <> '' ORDER BY id DESC LIMIT 1",
            case,
        )
        return str(rows[0][0]) if rows else ""

    def _ancestor(self, entry: ModelEntry) -> Ancestor:
        rows = self._rows(
            "SELECT created, person, kind FROM promotions WHERE name = ? AND version = ? ORDER BY id",
            entry.name, entry.spec.version,
        )  # fmt: skip
        verdict = entry.verdict
        return Ancestor(
            label=entry.label,
            parent=entry.spec.lineage.parent,
            base=entry.base,
            state=entry.state,
            created=entry.created,
            promoted=tuple(tuple(row) for row in rows),
            cases=tuple(int(case) for case in entry.spec.lineage.cases if case.isdigit()) if entry.job else (),
            readers=self._readers_of(entry),
            dice={each.name: each.dice_after for each in verdict.classes} if verdict else {},
            reason=verdict.reason if verdict else "",
        )

    def _readers_of(self, entry: ModelEntry) -> dict[str, int]:
        """Who drew what a version has learned from, and how many cases."""
        if entry.job is None:
            return {}
        given = self.job(entry.job).request.get("corrections", [])
        learned = set(entry.spec.lineage.cases)
        rows: list[sqlite3.Row] = self._rows(
            "SELECT reader, case_id FROM corrections WHERE id IN (SELECT value FROM json_each(?))", json.dumps(given)
        )
        found: dict[str, int] = {}
        for row in rows:
            if str(row["case_id"]) in learned:
                found[row["reader"]] = found.get(row["reader"], 0) + 1
        return dict(sorted(found.items()))


def _all_cases(entries: dict[str, ModelEntry], label: str) -> set[str]:
    """Cases that a version and those before it learned from; those of imported models are of another library."""
    found: set[str] = set()
    done: set[str] = set()
    while label in entries and label not in done:
        done.add(label)
        entry = entries[label]
        if entry.job is not None:
            found |= set(entry.spec.lineage.cases)
        label = entry.spec.lineage.parent
    return found
