"""When a model learns by itself: after so many new cases, or at night; off unless somebody turns it on."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime, timedelta

from segstudio.errors import LibraryError
from segstudio.library.jobs import TO_LEARN, Jobs
from segstudio.library.records import Job
from segstudio.library.reviewed import Rule

_NIGHT = timedelta(hours=6)
"""A program that was not running at the hour still learns so much later, but not the next morning."""


class Rules(Jobs):
    """What the library does with rules."""

    def rule(self, model: str) -> Rule:
        """The rule of a model, NAME; off where nobody has set one."""
        rows = self._rows("SELECT model, after_cases, nightly, minutes FROM rules WHERE model = ?", model)
        return Rule(**dict(rows[0])) if rows else Rule(model)

    def set_rule(self, rule: Rule, *, person: str = "") -> Rule:
        """Set when a model learns by itself; what waits already does not count.

        Raises
        ------
        LibraryError
            The hour is none, or a number is below 0.
        """
        if rule.nightly:
            _hour(rule.nightly)
        if rule.after_cases < 0 or not rule.minutes > 0:
            raise LibraryError(
                "a rule needs a number of cases from 0, and minutes above 0", hint="0 cases turns it off."
            )
        with self._writing() as connection:
            seen = connection.execute("SELECT coalesce(max(id), 0) FROM corrections").fetchone()[0]
            known = connection.execute("SELECT seen FROM rules WHERE model = ?", (rule.model,)).fetchone()
            connection.execute(
                "INSERT OR REPLACE INTO rules (model, after_cases, nightly, minutes, seen) VALUES (?, ?, ?, ?, ?)",
                (rule.model, rule.after_cases, rule.nightly, rule.minutes, known["seen"] if known else seen),
            )
            self._log("rule", rule.model, person, after_cases=rule.after_cases, nightly=rule.nightly)
        return self.rule(rule.model)

    def waiting(self, model: str) -> int:
        """How many cases have a correction that no job of a model, NAME, has begun to learn from."""
        return len(self._new_to_learn(self._connection(), model, 0))

    def queue_due(self, moment: datetime) -> list[Job]:
        """Queue what the rules want at a moment of this computer's clock; for the holder of the worker's lock."""
        if not self._rows("SELECT 1 FROM rules WHERE after_cases > 0 OR nightly <> ''"):
            return []
        queued = []
        with self._writing() as connection:
            for row in connection.execute("SELECT * FROM rules").fetchall():
                new = self._new_to_learn(connection, row["model"], row["seen"])
                night = _night(row["nightly"], moment)
                enough = 0 < row["after_cases"] <= len(new)
                if not new or not (enough or (night and night != row["night"])):
                    continue
                request = {"minutes": row["minutes"], "seed": max(new)}
                queued.append(self._add_job(connection, "fine-tune", row["model"], request, once=True))
                connection.execute(
                    "UPDATE rules SET seen = ?, night = iif(? = '', night, ?) WHERE model = ?",
                    (max(new), night, night, row["model"]),
                )
        return [self.job(number) for number in queued]

    @staticmethod
    def _new_to_learn(connection: sqlite3.Connection, model: str, above: int) -> list[int]:
        """Corrections to learn from that are newer than a number and were not given to the latest job."""
        row = connection.execute(
            "SELECT request FROM jobs WHERE model = ? AND kind IN ('fine-tune', 'train')"
            " AND request LIKE '%\"corrections\"%' ORDER BY id DESC LIMIT 1",
            (model,),
        ).fetchone()
        given = set(json.loads(row["request"])["corrections"]) if row else set()
        rows = connection.execute(f"SELECT max(c.id) {TO_LEARN} GROUP BY c.case_id", (model,)).fetchall()
        return [each[0] for each in rows if each[0] > above and each[0] not in given]


def _night(nightly: str, moment: datetime) -> str:
    """The date of the night that a moment falls into, or "" where it is not night."""
    if not nightly:
        return ""
    hour, minute = _hour(nightly)
    for day in (moment, moment - timedelta(days=1)):
        begins = day.replace(hour=hour, minute=minute, second=0, microsecond=0)
        if begins <= moment < begins + _NIGHT:
            return begins.date().isoformat()
    return ""


def _hour(text: str) -> tuple[int, int]:
    try:
        found = datetime.strptime(text, "%H:%M")
    except ValueError as error:
        raise LibraryError(f"{text!r} is no time of day", hint="Write it as 02:30.") from error
    return found.hour, found.minute
