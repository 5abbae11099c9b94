"""Scans and patients."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from uuid import uuid4

import numpy as np

from segstudio.errors import LibraryError
from segstudio.imaging import Geometry, Volume, thumbnail
from segstudio.library import snapshots
from segstudio.library.records import Case, Split
from segstudio.library.store import Store, freeze, move, now, sync, to_plain

BLOCK = 5
"""Of this many new patients, one is kept apart in the holdout."""

_CASE = "SELECT cases.*, pseudonym, split FROM cases JOIN patients ON patients.key = cases.patient"


class Cases(Store):
    """What the library does with scans."""

    def cases(self) -> list[Case]:
        """Every case, oldest first."""
        return [self._case(row) for row in self._rows(f"{_CASE} ORDER BY cases.id")]

    def case(self, case: int) -> Case:
        """One case by its number.

        Raises
        ------
        LibraryError
            There is no such case.
        """
        rows = self._rows(f"{_CASE} WHERE cases.id = ?", case)
        if not rows:
            raise LibraryError(
                f"there is no case {case} in the library", hint="`segstudio info` reads scans outside the library."
            )
        return self._case(rows[0])

    def add_case(
        self, volume: Volume, *, patient: str, modality: str = "", scanner: str = "", priority: int = 0
    ) -> Case:
        """Copy a scan's chosen frame into the library; the same scan again is the same case.

        Parameters
        ----------
        patient
            The patient's ID, kept only as a salted hash. "" is the patient that the same scan already has in the
            library; a new scan then counts as a patient of its own.
        modality
            One of `segstudio.imaging.MODALITIES`, or "".
        scanner
            Maker and model of what the scan was made with, or "".
        priority
            The higher, the sooner it is to be read.

        Raises
        ------
        LibraryError
            The scan is already here under another patient (one of the two IDs is wrong, and the split by patient would
            leak), or it cannot be written.
        """
        image_hash = snapshots.hash_image(volume)
        known = self._known(image_hash, patient)
        if known and known.image.is_file():
            return known
        with self._told():
            incoming = self.folder / "incoming" / f"{uuid4().hex}.nii.gz"
            try:
                snapshots.write_image(volume, incoming)
                sync(incoming)
                freeze(incoming)
                return self._store_case(volume, incoming, image_hash, patient, (modality, scanner, priority))
            finally:
                incoming.unlink(missing_ok=True)

    def draw_split(self, fraction: float, seed: int, patients: Iterable[str]) -> None:
        """Draw all of these patients that are new at once: a `fraction` of them for the holdout.

        Patients already drawn stay where they are. The same IDs and seed give the same split in every library. Patients
        that come without this are drawn by `add_case`, one in five for the holdout and never the first.

        Raises
        ------
        LibraryError
            The fraction is not from 0 to below 1.
        """
        if not 0 <= fraction < 1:
            raise LibraryError(
                f"a holdout of {fraction} is not possible", hint="Give a part from 0 to below 1, for example 0.2."
            )
        with self._writing() as connection:
            new = [
                name
                for name in sorted({_clean(name) for name in patients})
                if not self._split_of(connection, self._key(name))
            ]
            random.Random(seed).shuffle(new)
            held = min(len(new) - 1, max(1, round(fraction * len(new)))) if fraction and len(new) > 1 else 0
            for place, name in enumerate(new):
                self._draw(connection, self._key(name), "holdout" if place < held else "train", "seed")
            self._log("draw split", "patients", new=len(new), holdout=held, seed=seed)

    def load_scan(self, case: Case) -> Volume:
        """A case's scan, checked against its hash.

        Raises
        ------
        LibraryError
            The copy is missing or damaged.
        """
        return snapshots.read_image(case)

    def case_at(self, image: Path) -> int:
        """Number of the case whose copy this file is, the latest of them; 0 where it is none."""
        if image.parent.resolve() != (self.folder / "images").resolve():
            return 0
        rows = self._rows("SELECT MAX(id) AS id FROM cases WHERE image_hash = ?", image.name.partition(".")[0])
        return rows[0]["id"] or 0

    def _known(self, image_hash: str, patient: str) -> Case | None:
        rows = self._rows(f"{_CASE} WHERE image_hash = ?", image_hash)
        if not rows:
            return None
        case = self._case(rows[0])
        if _clean(patient) and case.patient_key != self._key(patient):
            raise LibraryError(
                f"this scan is in the library already, as case {case.id} of another patient ({case.pseudonym})",
                hint="Submit it under the same patient as before, or without a patient to correct that case.",
            )
        return case

    def _store_case(
        self, volume: Volume, incoming: Path, image_hash: str, patient: str, known_of_it: tuple[str, str, int]
    ) -> Case:
        image = Path("images") / f"{image_hash}.nii.gz"
        key = self._key(patient) if _clean(patient) else self._key(image_hash, kind="scan")
        small = thumbnail(volume)
        with self._writing() as connection:
            known = self._known(image_hash, patient)
            move(incoming, self.folder / image)
            if known:
                return known
            if not self._split_of(connection, key):
                self._draw(connection, key, self._block_split(connection), "block")
            geometry = volume.geometry
            number = connection.execute(
                "INSERT INTO cases (patient, image_hash, image, shape, affine, channels, modality, scanner, priority,"
                " created, changed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    key, image_hash, image.as_posix(), to_plain(geometry.shape), to_plain(geometry.affine.tolist()),
                    to_plain(volume.channels), *known_of_it, now(), now(),
                ),
            ).lastrowid  # fmt: skip
            connection.execute("INSERT INTO thumbnails VALUES (?, ?)", (number, small))
            self._log("add case", f"case {number}", image=image_hash)
        return self.case(int(number or 0))

    def _key(self, identity: str, *, kind: str = "patient") -> str:
        salt = bytes(self._rows("SELECT value FROM secrets WHERE name = 'salt'")[0][0])
        return hmac.new(salt, f"{kind}:{_clean(identity)}".encode(), hashlib.sha256).hexdigest()

    def _split_of(self, connection: sqlite3.Connection, key: str) -> str:
        row = connection.execute("SELECT split FROM patients WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else ""

    def _draw(self, connection: sqlite3.Connection, key: str, split: Split, drawn: str) -> None:
        taken = {row[0] for row in connection.execute("SELECT pseudonym FROM patients")}
        pseudonym = next(key[:length] for length in range(4, len(key) + 1) if key[:length] not in taken)
        connection.execute("INSERT INTO patients VALUES (?, ?, ?, ?, ?)", (key, pseudonym, split, drawn, now()))

    def _block_split(self, connection: sqlite3.Connection) -> Split:
        """Where the next new patient goes: the salt decides, for each block of five, which place is the holdout's."""
        (count,) = connection.execute("SELECT count(*) FROM patients WHERE drawn = 'block'").fetchone()
        block, place = divmod(int(count), BLOCK)
        held = 1 + int(self._key(str(block), kind="block"), 16) % (BLOCK - 1)
        return "holdout" if place == held else "train"

    def _case(self, row: sqlite3.Row) -> Case:
        affine = np.array(json.loads(row["affine"]), np.float64)
        z, y, x = json.loads(row["shape"])
        return Case(
            id=row["id"],
            pseudonym=row["pseudonym"],
            patient_key=row["patient"],
            split=row["split"],
            modality=row["modality"],
            channels=tuple(json.loads(row["channels"])),
            geometry=Geometry((z, y, x), affine),
            image=self.folder / row["image"],
            image_hash=row["image_hash"],
            created=row["created"],
        )


def _clean(patient: str) -> str:
    return patient.strip()
