"""The queue of jobs. A job's state in the file is the truth; the worker obeys it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from segstudio.errors import LibraryError
from segstudio.learning import DicePoint, Point
from segstudio.library.records import Job, JobKind, JobState
from segstudio.library.store import Store, now, sync, to_plain

MOST_CRASHES = 5
"""A job during which the program was killed this often is not started again by itself."""

LEARNING: tuple[JobKind, ...] = ("fine-tune", "train")
READING: tuple[JobKind, ...] = ("import", "predict")
"""Kinds of jobs that one lane of the worker runs: nobody who adds a scan waits for a model to learn."""

_ENDED = ("done", "failed", "cancelled")
_FREE = ("queued", "running", "paused", "interrupted")


class Jobs(Store):
    """What the library does with jobs."""

    def jobs(self) -> list[Job]:
        """Every job, newest first."""
        return [self._job(row) for row in self._rows("SELECT * FROM jobs ORDER BY id DESC")]

    def job(self, job: int) -> Job:
        """One job by its number.

        Raises
        ------
        LibraryError
            There is no such job.
        """
        rows = self._rows("SELECT * FROM jobs WHERE id = ?", job)
        if not rows:
            raise LibraryError(f"there is no job {job}", hint="`segstudio jobs` lists them.")
        return self._job(rows[0])

    def add_job(
        self, kind: JobKind, model: str, request: Mapping[str, Any], *, once: bool = False, not_before: str = ""
    ) -> Job:
        """Queue a job.

        Parameters
        ----------
        model
            NAME of the model that gets a new version.
        request
            Plain data: "minutes", "seed"; for "train" also "corrections", "base" and "modality". No identifiers.
        once
            Return the one that already waits for the same, if there is one that has not begun.
        not_before
            ISO 8601, UTC: when it may run; "" is as soon as its turn comes.
        """
        with self._writing() as connection:
            number = self._add_job(connection, kind, model, request, once=once, not_before=not_before)
        return self.job(number)

    def add_import(self, paths: Sequence[str], request: Mapping[str, Any]) -> Job:
        """Queue taking scans in; their paths, which may name patients, stand in the job's folder alone."""
        with self._told(), self._writing() as connection:
            number = self._add_job(connection, "import", "", request)
            folder = self.folder / "work" / f"job-{number}"
            folder.mkdir(exist_ok=True)
            (folder / "paths.json").write_text(json.dumps(list(paths)), encoding="utf8")
            sync(folder / "paths.json")
        return self.job(number)

    def claim_job(self, kinds: Sequence[JobKind] = LEARNING) -> Job | None:
        """Take the next job of some kinds that may run, interrupted ones first; for the holder of the worker's lock.

        On its first start a fine-tuning job is told its base version and what it learns from: the latest correction of
        each case that the model has ever been taught with. That list stays, whatever is submitted meanwhile.
        """
        with self._writing() as connection:
            row = connection.execute(
                "SELECT * FROM jobs WHERE state IN ('interrupted', 'queued') AND not_before <= ?"
                f" AND kind IN ({','.join('?' * len(kinds))}) ORDER BY state = 'interrupted' DESC, id LIMIT 1",
                (now(), *kinds),
            ).fetchone()
            if row is None:
                return None
            request = json.loads(row["request"])
            if not row["started"] and row["kind"] in LEARNING:
                for curve in ("curve", "scores"):
                    connection.execute(f"DELETE FROM {curve} WHERE job = ?", (row["id"],))
                shutil.rmtree(self._job(row).folder, ignore_errors=True)
            if row["kind"] == "fine-tune" and "corrections" not in request:
                request |= _to_learn(connection, row["model"])
            connection.execute(
                "UPDATE jobs SET state = 'running', request = ?, started = iif(started = '', ?, started),"
                " error = '', hint = '', what = 'starting', left_s = NULL WHERE id = ?",
                (to_plain(request), now(), row["id"]),
            )
            self._log("start", f"job {row['id']}", "worker")
        return self.job(row["id"])

    def tell_progress(
        self, job: int, done: float, what: str, *, left_s: float | None = None, memory_mb: float = 0.0, device: str = ""
    ) -> None:
        """Store how far a running job is, how long it will take still, and what it needs."""
        with self._writing() as connection:
            connection.execute(
                "UPDATE jobs SET done = ?, what = ?, left_s = ?, memory_mb = max(memory_mb, ?),"
                " device = iif(? = '', device, ?) WHERE id = ? AND state = 'running'",
                (done, what, left_s, memory_mb, device, device, job),
            )

    def add_points(self, job: int, points: Iterable[Point]) -> None:
        """Add to a job's loss curve."""
        rows = [(job, point.step, point.seconds, point.loss) for point in points]
        with self._writing() as connection:
            connection.executemany("INSERT OR REPLACE INTO curve VALUES (?, ?, ?, ?)", rows)

    def add_scores(self, job: int, scores: Iterable[DicePoint]) -> None:
        """Add to the curves of Dice on the holdout that a job draws while it learns."""
        rows = [(job, each.step, each.seconds, each.value, each.name, each.dice) for each in scores]
        with self._writing() as connection:
            connection.executemany("INSERT OR REPLACE INTO scores VALUES (?, ?, ?, ?, ?, ?)", rows)

    def scores(self, job: int) -> list[DicePoint]:
        """A job's curves of Dice on the holdout, class by class at each step."""
        rows = self._rows("SELECT step, seconds, value, name, dice FROM scores WHERE job = ? ORDER BY step, value", job)
        return [DicePoint(*row) for row in rows]

    def finish_job(self, job: int, result: str) -> Job:
        """A running job that makes no model is done; `result` says in words what came of it."""
        return self._change(job, ("running",), "done", "finish", "worker", done=1.0, result=result, finished=now())

    def move_job(self, job: int, not_before: str, *, person: str = "") -> Job:
        """Let a job that has not begun wait until a time (ISO 8601, UTC), or "" for no longer than its turn.

        Raises
        ------
        LibraryError
            It runs or has ended.
        """
        with self._writing() as connection:
            found = self.job(job)
            if found.state not in ("queued", "paused", "interrupted"):
                raise LibraryError(f"job {job} is {found.state}; it cannot be moved", hint=_WAYS.get(found.state, ""))
            connection.execute("UPDATE jobs SET not_before = ? WHERE id = ?", (not_before, job))
            self._log("move", f"job {job}", person, not_before=not_before)
        return self.job(job)

    def curve(self, job: int) -> list[Point]:
        """A job's loss curve."""
        rows = self._rows("SELECT step, seconds, loss FROM curve WHERE job = ? ORDER BY step", job)
        return [Point(*row) for row in rows]

    def crashed(self, job: int, error: str, hint: str) -> Job:
        """What computes a running job was killed: it goes on from its checkpoint, but not for ever."""
        (row,) = self._rows("SELECT crashes FROM jobs WHERE id = ?", job)
        crashes = int(row[0]) + 1
        if crashes < MOST_CRASHES:
            return self._change(job, ("running",), "interrupted", "interrupt", "worker", crashes=crashes)
        return self.fail(job, f"{error}, {crashes} times", hint)

    def fail(self, job: int, error: str, hint: str = "") -> Job:
        """A running job ends without a result; `error` and `hint` are for the person."""
        return self._change(job, ("running",), "failed", "fail", "worker", error=error, hint=hint, finished=now())

    def interrupt(self, job: int) -> Job:
        """A running job is left for later, because the program ends; it will go on from its checkpoint."""
        return self._change(job, ("running",), "interrupted", "interrupt", "worker")

    def pause(self, job: int, *, person: str = "") -> Job:
        """Let a job wait for a person; its checkpoint is kept.

        Raises
        ------
        LibraryError
            It has ended already, or does not exist.
        """
        return self._change(job, _FREE, "paused", "pause", person)

    def resume(self, job: int, *, person: str = "") -> Job:
        """Let a paused job go on, when its turn comes."""
        return self._change(job, ("paused",), "queued", "resume", person)

    def cancel(self, job: int, *, person: str = "") -> Job:
        """End a job that has not ended. Corrections stay; what it has learned is thrown away."""
        return self._change(job, _FREE, "cancelled", "cancel", person, finished=now())

    def retry(self, job: int, *, person: str = "") -> Job:
        """Queue a failed or cancelled job again, from its start and, to fine-tune, with all corrections so far."""
        found = self.job(job)
        frozen = ("corrections", "base") if found.kind == "fine-tune" else ()
        request = to_plain({key: value for key, value in found.request.items() if key not in frozen})
        fresh: dict[str, str | float] = {
            "error": "",
            "hint": "",
            "finished": "",
            "crashes": 0,
            "done": 0,
            "started": "",
        }
        return self._change(job, ("failed", "cancelled"), "queued", "retry", person, request=request, **fresh)

    def mark_interrupted(self, kinds: Sequence[JobKind] = LEARNING) -> list[Job]:
        """Find the jobs of some kinds that ran when the program was killed; for the holder of the worker's lock.

        They go on ahead of queued ones; one that has been through this often enough fails instead.
        """
        marks = ",".join("?" * len(kinds))
        found = self._rows(f"SELECT id FROM jobs WHERE state = 'running' AND kind IN ({marks}) ORDER BY id", *kinds)
        hint = "Is there enough memory? Retry the job when nothing else runs."
        return [self.crashed(row["id"], "the program was ended in the middle of this job", hint) for row in found]

    def _change(
        self, job: int, allowed: tuple[str, ...], state: JobState, verb: str, person: str, **values: str | float
    ) -> Job:
        """Take a job to another state, if its own allows it; the worker's verbs pass over a job that has moved on."""
        with self._writing() as connection:
            now_in = self.job(job).state
            if now_in in allowed and now_in != state:
                sets = "".join(f", {name} = ?" for name in values)
                connection.execute(f"UPDATE jobs SET state = ?{sets} WHERE id = ?", (state, *values.values(), job))
                self._log(verb, f"job {job}", person)
            elif now_in != state and person != "worker":
                raise LibraryError(f"job {job} is {now_in}; it cannot {verb}", hint=_WAYS.get(now_in, ""))
        return self.job(job)

    def _add_job(
        self,
        connection: sqlite3.Connection,
        kind: JobKind,
        model: str,
        request: Mapping[str, Any],
        *,
        once: bool = False,
        not_before: str = "",
    ) -> int:
        """Within a transaction: the number of a new job, or of the one that waits for the same."""
        if once:
            row = connection.execute(
                "SELECT id FROM jobs WHERE kind = ? AND model = ? AND state IN ('queued', 'paused') AND started = ''",
                (kind, model),
            ).fetchone()
            if row:
                return int(row[0])
        number = connection.execute(
            "INSERT INTO jobs (kind, model, state, request, not_before, created) VALUES (?, ?, 'queued', ?, ?, ?)",
            (kind, model, to_plain(request), not_before, now()),
        ).lastrowid
        self._log("queue", f"job {number}", kind=kind, model=model)
        return int(number or 0)

    def _job(self, row: sqlite3.Row) -> Job:
        return Job(
            id=row["id"],
            kind=row["kind"],
            model=row["model"],
            state=row["state"],
            request=json.loads(row["request"]),
            folder=self.folder / "work" / f"job-{row['id']}",
            done=row["done"],
            what=row["what"],
            error=row["error"],
            hint=row["hint"],
            result=row["result"],
            created=row["created"],
            started=row["started"],
            finished=row["finished"],
            not_before=row["not_before"],
            left_s=row["left_s"],
            memory_mb=row["memory_mb"],
            device=row["device"],
        )


_WAYS = {
    "done": "Its result is among the models; submit a correction to start another.",
    "failed": "Retry it, or submit a correction to start another.",
    "cancelled": "Retry it, or submit a correction to start another.",
    "queued": "It runs when its turn comes.",
    "running": "Cancel or pause it first.",
    "paused": "Resume or cancel it.",
    "interrupted": "It goes on by itself when the worker runs.",
}


TO_LEARN = (
    "FROM corrections AS c JOIN cases ON cases.id = c.case_id LEFT JOIN reads AS r ON r.correction = c.id"
    " WHERE c.model_name = ? AND cases.status NOT IN ('rejected', 'flagged') AND coalesce(r.kind, 'first') <> 'second'"
    " AND NOT EXISTS (SELECT 1 FROM withdrawals AS w WHERE w.case_id = c.case_id)"
)
"""Corrections that a model may learn from."""


def _to_learn(connection: sqlite3.Connection, model: str) -> dict[str, Any]:
    """For a fine-tuning job: its base version, and the mask of each case of the model that a reader stands for.

    That is the latest one that is no second read (which counts only when it was chosen), unless the case was rejected,
    flagged or withdrawn.
    """
    row = connection.execute(
        "SELECT base FROM models WHERE name = ? ORDER BY state = 'current' DESC, version DESC LIMIT 1", (model,)
    ).fetchone()
    rows = connection.execute(f"SELECT max(c.id) {TO_LEARN} GROUP BY c.case_id ORDER BY 1", (model,)).fetchall()
    return {"base": row[0] if row else "", "corrections": [each[0] for each in rows]}
