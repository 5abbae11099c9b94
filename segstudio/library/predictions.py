"""Masks that models have drawn, kept so that opening a case is only reading."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

from segstudio.errors import GeometryError
from segstudio.imaging import LabelMap
from segstudio.inference import Doubt
from segstudio.library import snapshots
from segstudio.library.reads import Reads
from segstudio.library.records import Case
from segstudio.library.reviewed import StoredPrediction
from segstudio.library.store import move, now, to_plain
from segstudio.review.benefit import Seen, benefits


class Predictions(Reads):
    """What the library does with models' masks."""

    def store_prediction(
        self,
        case: Case,
        model: str,
        labels: LabelMap,
        *,
        doubt: Doubt | None = None,
        features: Sequence[float] = (),
        seconds: float = 0.0,
        device: str = "",
        offered: bool = True,
    ) -> None:
        """Keep what a version has drawn for a case; the same version's earlier mask is replaced.

        Parameters
        ----------
        model
            NAME@VERSION.
        features
            Plain figures by which cases are like or unlike each other.
        offered
            Readers start from it from now on; otherwise it is only kept, to be compared.

        Raises
        ------
        GeometryError
            The mask is not on the case's grid.
        LibraryError
            It cannot be written; nothing was stored.
        """
        if labels.geometry.shape != case.geometry.shape:
            raise GeometryError(f"the mask of {labels.geometry.shape} voxels is not on the grid of case {case.id}")
        data = snapshots.pack_mask(labels.labels)
        sha256 = hashlib.sha256(data).hexdigest()
        volumes = {str(value): round(ml, 4) for value, ml in labels.volumes_ml().items()}
        mask = snapshots.hash_mask(labels.labels)
        figures = {"volumes": volumes, "figures": [round(each, 5) for each in features]}
        file = Path(snapshots.DRAWN) / f"{sha256}.mask"
        with self._told(), self._incoming_file(data) as incoming, self._writing() as connection:
            move(incoming, self.folder / file)
            connection.execute(
                "INSERT OR REPLACE INTO predictions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    case.id, model, model.partition("@")[0], snapshots.plain_classes(labels.classes), file.as_posix(),
                    sha256, to_plain(doubt.to_json()) if doubt else "", to_plain(figures), mask, seconds, device, now(),
                ),
            )  # fmt: skip
            if offered:
                connection.execute("UPDATE cases SET predicted = ? WHERE id = ?", (model, case.id))
                self._settle(connection, case.id)

    def prediction(self, case: int, model: str = "") -> StoredPrediction | None:
        """What a version drew for a case, checked against its hash.

        Parameters
        ----------
        model
            NAME@VERSION; "" is the one that readers start from.

        Raises
        ------
        LibraryError
            The file is missing or damaged.
        """
        rows = self._rows(
            "SELECT p.* FROM predictions AS p JOIN cases AS c ON c.id = p.case_id"
            " WHERE p.case_id = ? AND p.model = iif(? = '', c.predicted, ?)",
            case, model, model,
        )  # fmt: skip
        return self._prediction(rows[0]) if rows else None

    def doubts(self, model_name: str) -> dict[int, tuple[Doubt, tuple[float, ...]]]:
        """By case: how unsure the version was that readers start from, and the figures of likeness."""
        rows = self._rows(
            "SELECT p.case_id, p.doubt, p.features FROM predictions AS p JOIN cases AS c"
            " ON c.id = p.case_id AND c.predicted = p.model WHERE p.model_name = ? AND p.doubt <> ''",
            model_name,
        )
        return {
            row["case_id"]: (Doubt.from_json(json.loads(row["doubt"])), tuple(json.loads(row["features"])["figures"]))
            for row in rows
        }

    def rank_cases(self, model: str) -> None:
        """Work out anew how much reading each case that a model, NAME, has drawn is expected to teach.

        Those that somebody has read teach nothing new.
        """
        rows = self._rows("SELECT id FROM cases WHERE status IN ('predicted', 'in review', 'flagged')")
        unread = {row[0] for row in rows}
        seen = {case: Seen(doubt.classes, figures) for case, (doubt, figures) in self.doubts(model).items()}
        open_ones = {case: each for case, each in seen.items() if case in unread}
        read = [each for case, each in seen.items() if case not in unread]
        worth = {**dict.fromkeys(seen, 0.0), **benefits(open_ones, read)}
        with self._writing() as connection:
            connection.executemany(
                "UPDATE cases SET benefit = ? WHERE id = ?", [(value, case) for case, value in worth.items()]
            )

    def without_prediction(self, model: str, cases: Iterable[int]) -> list[int]:
        """Those of some cases that a version, NAME@VERSION, has yet to draw; in their order."""
        have = {row[0] for row in self._rows("SELECT case_id FROM predictions WHERE model = ?", model)}
        return [case for case in cases if case not in have]

    def _prediction(self, row: sqlite3.Row) -> StoredPrediction:
        case = self.case(row["case_id"])
        labels = snapshots.unpack_mask(self.folder / row["file"], row["sha256"], case.id)
        doubt = Doubt.from_json(json.loads(row["doubt"])) if row["doubt"] else None
        mask = LabelMap(labels, case.geometry, snapshots.classes_from(row["classes"]))
        return StoredPrediction(case.id, row["model"], mask, doubt, row["created"], row["sha256"])
