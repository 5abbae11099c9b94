"""Model versions: published by one rename, promoted and rolled back by a person, never changed."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from segstudio.errors import ModelError
from segstudio.learning import Verdict
from segstudio.library.records import Job, ModelEntry
from segstudio.library.store import Store, freeze, move, now, sync, to_plain
from segstudio.networks import CARD_FILE, SPEC_FILE, WEIGHTS_FILE, ModelSpec, from_json, read_spec, to_json


class Models(Store):
    """What the library does with model versions."""

    def models(self) -> list[ModelEntry]:
        """Every published version, by name, newest first."""
        return [self._entry(row) for row in self._rows("SELECT * FROM models ORDER BY name, version DESC")]

    def model(self, label: str) -> ModelEntry:
        """One version.

        Parameters
        ----------
        label
            NAME@VERSION, or NAME for the version in use.

        Raises
        ------
        ModelError
            There is none.
        """
        name, _, version = label.partition("@")
        rows = self._rows(
            "SELECT * FROM models WHERE name = ? AND iif(? = '', state = 'current', CAST(version AS TEXT) = ?)",
            name, version, version,
        )  # fmt: skip
        if not rows:
            raise ModelError(f"there is no model {label!r} in the library", hint="`segstudio models` lists them.")
        return self._entry(rows[0])

    def publish(self, staging: Path, *, job: Job, verdict: Verdict | None = None) -> ModelEntry:
        """Make a job's result the next version of its model, and the job done, in one step.

        The first version of a name is in use at once; later ones wait as candidates for a person.

        Parameters
        ----------
        staging
            Folder inside the library with `model.json` and `weights.safetensors`; it becomes the version's folder.

        Raises
        ------
        ModelError
            The folder holds no whole model.
        """
        spec = _checked(staging)
        with self._writing() as connection:
            base = str(job.request.get("base", "")) if job.kind == "fine-tune" else ""
            entry = self._publish(connection, staging, spec, name=job.model, base=base, job=job.id, verdict=verdict)
            connection.execute(
                "UPDATE OR REPLACE predictions SET model = ? WHERE model = ?", (entry.label, job.candidate)
            )
            connection.execute(
                "UPDATE jobs SET state = 'done', done = 1, what = 'done', result = ?, finished = ? WHERE id = ?",
                (entry.label, now(), job.id),
            )
            self._log("finish", f"job {job.id}", "worker", result=entry.label)
        return entry

    def import_model(self, path: Path, *, person: str = "") -> ModelEntry:
        """Copy a model folder into the library; one that is here already (same name and weights) is returned as it is.

        Its card comes along, with the pictures that lie beside it. It keeps its version number where that is free. The
        first version of a name is in use at once.

        Raises
        ------
        ModelError
            A file is missing or damaged, the weights are not those of the description, or the name cannot be used.
        """
        path = path.parent if path.name == SPEC_FILE else path
        spec = read_spec(path)
        rows = self._rows("SELECT * FROM models WHERE name = ? AND weights_sha256 = ?", spec.name, spec.weights_sha256)
        if rows:
            return self._entry(rows[0])
        _checked(path)
        require_name(spec.name)
        with self._told(), self._incoming() as staging:
            for file in (SPEC_FILE, WEIGHTS_FILE, *_card(path)):
                shutil.copyfile(path / file, staging / file)
                sync(staging / file)
            with self._writing() as connection:
                entry = self._publish(connection, staging, spec, name=spec.name, base="", job=None, verdict=None)
                self._log("import", entry.label, person)
        return entry

    def export_model(self, label: str, path: Path) -> Path:
        """Copy a version into a new folder and return it.

        Raises
        ------
        ModelError
            There is no such version, its files are damaged, or the folder exists or cannot be written.
        """
        entry = self.model(label)
        _checked(entry.folder)
        if path.exists():
            raise ModelError(f"{path} exists already", hint="Give a folder that is yet to be made.")
        writing = path.with_name(f".{path.name}.{uuid4().hex}")
        try:
            shutil.copytree(entry.folder, writing, copy_function=shutil.copyfile)
            os.replace(writing, path)
        except OSError as error:
            shutil.rmtree(writing, ignore_errors=True)
            raise ModelError(f"{path} cannot be written: {error.strerror}", hint="Choose another place.") from error
        return path

    def promote(self, label: str, *, person: str = "") -> ModelEntry:
        """Put a version in use; the one that was is retired. A person may overrule the gate; the log keeps that.

        Raises
        ------
        ModelError
            There is no such version.
        """
        entry = self.model(label)
        if entry.state != "current":
            with self._writing() as connection:
                overruled = entry.verdict is not None and not entry.verdict.promote
                self._put_in_use(connection, entry.name, entry.spec.version, "promote", person, overruled=overruled)
        return self.model(entry.label)

    def rollback(self, name: str, *, person: str = "") -> ModelEntry:
        """Put the version that was in use before back in use; twice goes back twice.

        Raises
        ------
        ModelError
            No other version was in use before.
        """
        self.model(name)
        with self._writing() as connection:
            before: list[int] = []
            for row in connection.execute("SELECT version, kind FROM promotions WHERE name = ? ORDER BY id", (name,)):
                before = before[:-1] if row["kind"] == "rollback" else [*before, row["version"]]
            if len(before) < 2:
                raise ModelError(
                    f"no version of {name} was in use before this one", hint="Promote another version instead."
                )
            self._put_in_use(connection, name, before[-2], "rollback", person)
        return self.model(name)

    def _put_in_use(
        self, connection: sqlite3.Connection, name: str, version: int, verb: str, person: str, **detail: bool
    ) -> None:
        connection.execute("UPDATE models SET state = 'retired' WHERE name = ? AND state = 'current'", (name,))
        connection.execute("UPDATE models SET state = 'current' WHERE name = ? AND version = ?", (name, version))
        connection.execute(
            "INSERT INTO promotions (name, version, kind, person, created) VALUES (?, ?, ?, ?, ?)",
            (name, version, verb, person, now()),
        )
        self._log(verb, f"{name}@{version}", person, **detail)

    def _publish(
        self,
        connection: sqlite3.Connection,
        staging: Path,
        spec: ModelSpec,
        *,
        name: str,
        base: str,
        job: int | None,
        verdict: Verdict | None,
    ) -> ModelEntry:
        """Within a transaction: number the version, write its number into it, rename the folder, then add the row."""
        versions = [row[0] for row in connection.execute("SELECT version FROM models WHERE name = ?", (name,))]
        wanted = spec.version if job is None and spec.version not in versions else max(versions, default=0) + 1
        version = max(1, wanted)
        while (folder := Path("models") / name / str(version)) and (self.folder / folder).exists():
            version += 1
        spec = spec.renamed(name, version)
        _write_spec(staging, spec)
        (self.folder / folder).parent.mkdir(exist_ok=True)
        move(staging, self.folder / folder)
        connection.execute(
            "INSERT INTO models VALUES (?, ?, 'candidate', ?, ?, ?, ?, ?, ?, ?)",
            (
                name, version, folder.as_posix(), spec.weights_sha256, json.dumps(to_json(spec)), base or spec.label,
                to_plain(verdict.to_json()) if verdict else "", job, now(),
            ),
        )  # fmt: skip
        self._log("publish", spec.label, job=job)
        if not versions:
            self._put_in_use(connection, name, version, "promote", "")
        return self.model(spec.label)

    @contextmanager
    def _incoming(self) -> Iterator[Path]:
        folder = self.folder / "incoming" / uuid4().hex
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _entry(self, row: sqlite3.Row) -> ModelEntry:
        return ModelEntry(
            spec=from_json(json.loads(row["spec"])),
            state=row["state"],
            folder=self.folder / row["folder"],
            base=row["base"],
            created=row["created"],
            job=row["job"],
            verdict=Verdict.from_json(json.loads(row["verdict"])) if row["verdict"] else None,
        )


def require_name(name: str) -> None:
    """Raise `ModelError` unless a model can have this name: it becomes a folder's."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name) or name.endswith("."):
        raise ModelError(
            f"a model cannot be named {name!r}", hint="Use letters, digits, '.', '-' and '_', for example liver-ct."
        )


def _checked(folder: Path) -> ModelSpec:
    """The spec of a folder whose weights are whole."""
    spec = read_spec(folder)
    weights = folder / WEIGHTS_FILE
    try:
        with weights.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{spec.label} has no weights ({weights})", hint="Copy the whole model folder.") from error
    if found != spec.weights_sha256:
        raise ModelError(
            f"the weights in {weights} are not those that {SPEC_FILE} describes (hash differs)",
            hint="The file is damaged or was replaced; copy the model folder again.",
        )
    return spec


def _card(folder: Path) -> list[str]:
    """Names of the card and its pictures, if there is one."""
    if not (folder / CARD_FILE).is_file():
        return []
    return [CARD_FILE, *sorted(file.name for kind in ("*.jpg", "*.png") for file in folder.glob(kind))]


def _write_spec(folder: Path, spec: ModelSpec) -> None:
    """Replace a staging folder's description, and freeze it."""
    writing = folder / f"{SPEC_FILE}.writing"
    writing.write_text(json.dumps(to_json(spec), indent=1, ensure_ascii=False), encoding="utf8")
    sync(writing)
    move(writing, folder / SPEC_FILE)
    for file in (SPEC_FILE, WEIGHTS_FILE):
        freeze(folder / file)
