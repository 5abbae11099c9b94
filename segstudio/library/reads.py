"""Readers' looks at cases: begun, left, and finished with a verdict that is frozen."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from segstudio.errors import LibraryError
from segstudio.library.cases import Cases
from segstudio.library.reviewed import (
    FIRST_READ,
    STATUS_OF,
    Dispute,
    Query,
    Read,
    ReadKind,
    ReadVerdict,
    Sitting,
    Terms,
)
from segstudio.library.snapshots import box_from, plain_box
from segstudio.library.store import now, to_plain
from segstudio.review import Finding, LedgerRow, Overruled, mean_dice

_UNSETTLED = (
    "SELECT 1 FROM reads AS s JOIN reads AS f ON f.case_id = s.case_id AND f.kind = 'first' AND f.finished <> ''"
    " WHERE s.case_id = cases.id AND s.kind = 'second' AND s.finished <> ''"
    " AND s.id = (SELECT max(id) FROM reads WHERE case_id = cases.id AND kind = 'second' AND finished <> '')"
    " AND f.id = (SELECT max(id) FROM reads WHERE case_id = cases.id AND kind = 'first' AND finished <> '')"
    " AND (f.mask <> s.mask OR (f.verdict = 'reject') <> (s.verdict = 'reject'))"
    " AND NOT EXISTS (SELECT 1 FROM reads AS a WHERE a.case_id = cases.id AND a.kind = 'adjudication'"
    " AND a.finished <> '' AND a.id > s.id AND a.id > f.id)"
)
"""Whether the latest first and second reads of a case differ, and nobody has decided since."""


class Reads(Cases):
    """What the library does with reads."""

    def begin_sitting(
        self, reader: str, query: Query, cases: Sequence[int], *, kind: ReadKind = "first", blinded: bool = False
    ) -> Sitting:
        """Keep which cases a reader sits down with, in which order, and how that was drawn."""
        _require_reader(reader)
        with self._writing() as connection:
            number = connection.execute(
                "INSERT INTO sittings (reader, kind, blinded, query, started) VALUES (?, ?, ?, ?, ?)",
                (reader, kind, blinded, to_plain(vars(query)), now()),
            ).lastrowid
            rows = [(number, place, case) for place, case in enumerate(cases)]
            connection.executemany("INSERT INTO sitting_cases VALUES (?, ?, ?)", rows)
            self._log("begin sitting", f"sitting {number}", reader, cases=len(rows), order=query.order, seed=query.seed)
        return self.sitting(int(number or 0))

    def sitting(self, sitting: int) -> Sitting:
        """One sitting by its number.

        Raises
        ------
        LibraryError
            There is no such sitting.
        """
        rows = self._rows("SELECT * FROM sittings WHERE id = ?", sitting)
        if not rows:
            raise LibraryError(f"there is no sitting {sitting} in the library")
        row = rows[0]
        listed = self._rows("SELECT case_id FROM sitting_cases WHERE sitting = ? ORDER BY place", sitting)
        done = self._rows("SELECT DISTINCT case_id FROM reads WHERE sitting = ? AND finished <> ''", sitting)
        query = json.loads(row["query"])
        return Sitting(
            id=row["id"],
            reader=row["reader"],
            kind=row["kind"],
            blinded=bool(row["blinded"]),
            query=Query(**{**query, "status": tuple(query["status"])}),
            cases=tuple(each[0] for each in listed),
            done=frozenset(each[0] for each in done),
            started=row["started"],
        )

    def last_sitting(self, reader: str) -> Sitting | None:
        """The one that a reader began last, or None."""
        rows = self._rows("SELECT max(id) FROM sittings WHERE reader = ?", reader)
        return self.sitting(rows[0][0]) if rows[0][0] else None

    def begin_read(self, case: int, reader: str, terms: Terms = FIRST_READ) -> Read:
        """Open a case for reading; a read that this reader has left open goes on.

        A read that goes on is as blinded as it was begun, but may be shown the mask of another version.

        Raises
        ------
        LibraryError
            The reader has no name, or a second read has no first one of another reader.
        """
        _require_reader(reader)
        found = self.case(case)
        with self._writing() as connection:
            number = self._open_read(connection, case, reader, terms.kind)
            if number:
                connection.execute(
                    "UPDATE reads SET active = 1, sitting = coalesce(?, sitting),"
                    " model = coalesce(?, (SELECT predicted FROM cases WHERE cases.id = reads.case_id)) WHERE id = ?",
                    (terms.sitting, terms.model, number),
                )
            else:
                if terms.kind == "second":
                    _require_first(connection, case, reader)
                number = self._new_read(connection, found.id, reader, terms)
            self._settle(connection, case)
        return self.read(number)

    def leave_read(self, read: int, *, seconds: float = 0.0) -> Read:
        """Close a case without a verdict; its status is what it was before."""
        with self._writing() as connection:
            row = self.read(read)
            if not row.finished:
                connection.execute(
                    "UPDATE reads SET active = 0, seconds = seconds + ? WHERE id = ?", (max(0.0, seconds), read)
                )
                self._settle(connection, row.case_id)
        return self.read(read)

    def turn_down(self, read: int, verdict: ReadVerdict, reason: str, *, seconds: float = 0.0) -> Read:
        """Finish a read with "reject" or "flag": nothing is learned from the case.

        Raises
        ------
        LibraryError
            A rejection without a reason, or the read has another verdict already.
        """
        if verdict == "reject" and not reason.strip():
            raise LibraryError("a rejected case needs a reason", hint="Say in a word what is wrong with the scan.")
        with self._writing() as connection:
            row = self.read(read)
            if row.finished and row.verdict == verdict:
                return row
            self._finish(connection, row, verdict, reason=reason, seconds=seconds)
        return self.read(read)

    def read(self, read: int) -> Read:
        """One read by its number.

        Raises
        ------
        LibraryError
            There is no such read.
        """
        rows = self._rows("SELECT * FROM reads WHERE id = ?", read)
        if not rows:
            raise LibraryError(f"there is no read {read} in the library")
        return self._reads(rows)[0]

    def reads(self, case: int | None = None, *, finished: bool = False) -> list[Read]:
        """Reads of a case or of all, oldest first."""
        rows = self._rows(
            "SELECT * FROM reads WHERE (? IS NULL OR case_id = ?) AND (NOT ? OR finished <> '') ORDER BY id",
            case, case, finished,
        )  # fmt: skip
        return self._reads(rows)

    def readers(self) -> list[str]:
        """Everybody who has read here."""
        return [row[0] for row in self._rows("SELECT DISTINCT reader FROM reads WHERE reader <> '' ORDER BY reader")]

    def overruled(self, read: int) -> list[Overruled]:
        """The doubts that the reader of a read has overruled, and why."""
        rows = self._rows("SELECT * FROM overruled WHERE read = ? ORDER BY id", read)
        return [
            Overruled(
                Finding(
                    row["kind"], row["value"], row["name"], row["words"], box_from(json.loads(row["box"])),
                    (*json.loads(row["voxel"]),), row["ml"],
                ),
                row["reason"],
            )
            for row in rows
        ]  # fmt: skip

    def disputes(self) -> list[Dispute]:
        """Cases whose first and second reads differ, and that nobody has decided on."""
        rows = self._rows(f"SELECT id FROM cases WHERE EXISTS ({_UNSETTLED}) ORDER BY id")
        found = []
        for row in rows:
            last = {each.kind: each for each in self.reads(row[0], finished=True)}
            found.append(Dispute(row[0], last["first"], last["second"]))
        return found

    def _open_read(self, connection: sqlite3.Connection, case: int, reader: str, kind: ReadKind) -> int:
        """Number of the read that a reader has not finished; 0 where there is none."""
        found = connection.execute(
            "SELECT id FROM reads WHERE case_id = ? AND reader = ? AND kind = ? AND finished = ''",
            (case, reader, kind),
        ).fetchone()
        return int(found[0]) if found else 0

    def _new_read(self, connection: sqlite3.Connection, case: int, reader: str, terms: Terms) -> int:
        number = connection.execute(
            "INSERT INTO reads (case_id, reader, kind, blinded, sitting, model, started)"
            " SELECT ?, ?, ?, ?, ?, coalesce(?, predicted), ? FROM cases WHERE id = ?",
            (case, reader, terms.kind, terms.blinded, terms.sitting, terms.model, now(), case),
        ).lastrowid
        return int(number or 0)

    def _finish(
        self,
        connection: sqlite3.Connection,
        read: Read,
        verdict: ReadVerdict,
        *,
        reason: str = "",
        seconds: float = 0.0,
        correction: int | None = None,
        mask: str = "",
        ledger: Sequence[LedgerRow] = (),
        overruled: Iterable[Overruled] = (),
    ) -> None:
        """Within a transaction: freeze a read with its verdict and ledger, and bring its case up to date."""
        if read.finished:
            raise LibraryError(
                f"read {read.id} of case {read.case_id} has its verdict already ({read.verdict})",
                hint="Open the case again to read it anew.",
            )
        rows = [
            (read.id, each.value, each.name, each.added_ml, each.removed_ml, each.slices, each.ml, each.dice)
            for each in ledger
        ]
        connection.executemany("INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        connection.executemany(
            "INSERT INTO overruled (read, kind, value, name, words, box, voxel, ml, reason)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [_overruled_row(read.id, each) for each in overruled],
        )
        connection.execute(
            "UPDATE reads SET verdict = ?, reason = ?, correction = ?, mask = ?, seconds = seconds + ?, dice = ?,"
            " active = 0, finished = ? WHERE id = ?",
            (verdict, reason.strip(), correction, mask, max(0.0, seconds), mean_dice(ledger), now(), read.id),
        )
        # Somebody whose program was killed may have left it open; that read goes on where they open it again.
        connection.execute("UPDATE reads SET active = 0 WHERE case_id = ? AND finished = ''", (read.case_id,))
        self._log(verdict, f"case {read.case_id}", read.reader, read=read.id, correction=correction)
        self._settle(connection, read.case_id)

    def _settle(self, connection: sqlite3.Connection, case: int) -> None:
        """Within a transaction: make a case's row in the worklist say what its reads and predictions say."""
        reads = connection.execute("SELECT * FROM reads WHERE case_id = ? ORDER BY id", (case,)).fetchall()
        finished = [row for row in reads if row["finished"]]
        last = next((row for row in reversed(finished) if row["kind"] != "second"), None)
        measured = next((row for row in reversed(finished) if row["kind"] == "first" and row["dice"] is not None), None)
        unsettled = connection.execute(
            f"SELECT 1 FROM cases WHERE id = ? AND EXISTS ({_UNSETTLED})", (case,)
        ).fetchone()
        if unsettled or any(row["active"] and not row["finished"] for row in reads):
            status = "in review"
        elif last is not None:
            twice = finished[-1]["kind"] != "first" and last["verdict"] in ("accept", "fix")
            status = "approved" if twice else STATUS_OF[last["verdict"]]
        else:
            status = self._unread(connection, case)
        connection.execute(
            "UPDATE cases SET status = ?, reader = coalesce(?, reader), dice = ?, seconds = ?, reason = ?, changed = ?"
            " WHERE id = ?",
            (
                status, finished[-1]["reader"] if finished else None, measured["dice"] if measured else None,
                sum(row["seconds"] for row in reads),
                "two reads differ" if unsettled else last["reason"] if last else "", now(), case,
            ),
        )  # fmt: skip

    @staticmethod
    def _unread(connection: sqlite3.Connection, case: int) -> str:
        row = connection.execute(
            "SELECT predicted <> '' AS drawn, EXISTS (SELECT 1 FROM corrections WHERE case_id = cases.id) AS corrected"
            " FROM cases WHERE id = ?",
            (case,),
        ).fetchone()
        return "corrected" if row["corrected"] else "predicted" if row["drawn"] else "new"

    def _reads(self, rows: Sequence[sqlite3.Row]) -> list[Read]:
        ledgers: dict[int, list[LedgerRow]] = {}
        marks = ",".join("?" * len(rows))
        for row in self._rows(
            f"SELECT * FROM ledger WHERE read IN ({marks}) ORDER BY value", *(row["id"] for row in rows)
        ):
            plain: dict[str, Any] = dict(row)
            ledgers.setdefault(plain.pop("read"), []).append(LedgerRow(**plain))
        return [_read(row, tuple(ledgers.get(row["id"], ()))) for row in rows]


def _read(row: sqlite3.Row, ledger: tuple[LedgerRow, ...]) -> Read:
    known = {name: row[name] for name in row.keys() if name != "active"}  # noqa: SIM118
    return Read(**{**known, "blinded": bool(row["blinded"])}, ledger=ledger)


def _overruled_row(read: int, each: Overruled) -> tuple[Any, ...]:
    if not each.reason.strip():
        raise LibraryError(
            f"a doubt was overruled without a reason: {each.finding.words}", hint="Say in a word why it does not hold."
        )
    found = each.finding
    place = to_plain(plain_box(found.box)), to_plain(found.voxel)
    return read, found.kind, found.value, found.name, found.words, *place, found.ml, each.reason.strip()


def _require_reader(reader: str) -> None:
    if not reader.strip():
        raise LibraryError("a read needs the reader's name", hint="Give your name in the settings.")


def _require_first(connection: sqlite3.Connection, case: int, reader: str) -> None:
    readers = [
        row[0]
        for row in connection.execute(
            "SELECT reader FROM reads WHERE case_id = ? AND kind = 'first' AND finished <> ''", (case,)
        )
    ]
    if not readers:
        raise LibraryError(f"case {case} has no first read yet", hint="Read it as a first reader.")
    if readers[-1] == reader:
        raise LibraryError(
            f"case {case} was read first by {reader}", hint="A second read is another reader's; set the name."
        )
