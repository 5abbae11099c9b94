"""The first schema. Paths are relative to the library's folder, so that it can be moved."""

SQL = """
CREATE TABLE secrets (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;

INSERT INTO secrets VALUES ('salt', randomblob(32));

CREATE TABLE patients (
    key TEXT PRIMARY KEY,
    pseudonym TEXT NOT NULL UNIQUE,
    split TEXT NOT NULL CHECK (split IN ('train', 'holdout')),
    drawn TEXT NOT NULL CHECK (drawn IN ('block', 'seed')),
    created TEXT NOT NULL
) STRICT;

CREATE TABLE cases (
    id INTEGER PRIMARY KEY,
    patient TEXT NOT NULL REFERENCES patients (key),
    image_hash TEXT NOT NULL UNIQUE,
    image TEXT NOT NULL,
    shape TEXT NOT NULL,
    affine TEXT NOT NULL,
    modality TEXT NOT NULL,
    channels TEXT NOT NULL,
    created TEXT NOT NULL
) STRICT;

CREATE TABLE corrections (
    id INTEGER PRIMARY KEY,
    case_id INTEGER NOT NULL REFERENCES cases (id),
    model TEXT NOT NULL,
    model_name TEXT NOT NULL,
    reader TEXT NOT NULL,
    classes TEXT NOT NULL,
    file TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    created TEXT NOT NULL
) STRICT;

CREATE INDEX corrections_of_case ON corrections (case_id, model_name, id);

CREATE TABLE jobs (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('fine-tune', 'train')),
    model TEXT NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('queued', 'running', 'paused', 'done', 'failed', 'cancelled', 'interrupted')),
    request TEXT NOT NULL,
    done REAL NOT NULL DEFAULT 0,
    what TEXT NOT NULL DEFAULT '',
    error TEXT NOT NULL DEFAULT '',
    hint TEXT NOT NULL DEFAULT '',
    result TEXT NOT NULL DEFAULT '',
    crashes INTEGER NOT NULL DEFAULT 0,
    created TEXT NOT NULL,
    started TEXT NOT NULL DEFAULT '',
    finished TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE curve (
    job INTEGER NOT NULL REFERENCES jobs (id),
    step INTEGER NOT NULL,
    seconds REAL NOT NULL,
    loss REAL NOT NULL,
    PRIMARY KEY (job, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE models (
    name TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version >= 1),
    state TEXT NOT NULL CHECK (state IN ('candidate', 'current', 'retired')),
    folder TEXT NOT NULL UNIQUE,
    weights_sha256 TEXT NOT NULL,
    spec TEXT NOT NULL,
    base TEXT NOT NULL,
    verdict TEXT NOT NULL,
    job INTEGER REFERENCES jobs (id),
    created TEXT NOT NULL,
    PRIMARY KEY (name, version)
) STRICT;

CREATE UNIQUE INDEX one_current ON models (name) WHERE state = 'current';

CREATE TABLE promotions (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('promote', 'rollback')),
    person TEXT NOT NULL,
    created TEXT NOT NULL,
    FOREIGN KEY (name, version) REFERENCES models (name, version)
) STRICT;

CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    person TEXT NOT NULL,
    verb TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER corrections_are_not_changed BEFORE UPDATE ON corrections
BEGIN SELECT RAISE(ABORT, 'corrections are frozen'); END;
CREATE TRIGGER corrections_are_not_deleted BEFORE DELETE ON corrections
BEGIN SELECT RAISE(ABORT, 'corrections are frozen'); END;
CREATE TRIGGER promotions_are_not_changed BEFORE UPDATE ON promotions
BEGIN SELECT RAISE(ABORT, 'the history of promotions is append-only'); END;
CREATE TRIGGER promotions_are_not_deleted BEFORE DELETE ON promotions
BEGIN SELECT RAISE(ABORT, 'the history of promotions is append-only'); END;
CREATE TRIGGER patients_are_drawn_once BEFORE UPDATE OF key, split ON patients
BEGIN SELECT RAISE(ABORT, 'patients are drawn once'); END;
CREATE TRIGGER patients_are_not_deleted BEFORE DELETE ON patients
BEGIN SELECT RAISE(ABORT, 'patients are drawn once'); END;
CREATE TRIGGER versions_are_not_changed
BEFORE UPDATE OF name, version, folder, weights_sha256, spec, base, verdict, job, created ON models
BEGIN SELECT RAISE(ABORT, 'model versions are immutable'); END;
"""
