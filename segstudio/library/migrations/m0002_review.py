"""Review: what was predicted, who read it, what came of it, and when jobs may run. The table of jobs is made anew for
its new kinds, as SQLite changes no constraint in place."""

SQL = """
CREATE TABLE jobs_2 (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('fine-tune', 'train', 'import', 'predict')),
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
    finished TEXT NOT NULL DEFAULT '',
    not_before TEXT NOT NULL DEFAULT '',
    left_s REAL,
    memory_mb REAL NOT NULL DEFAULT 0,
    device TEXT NOT NULL DEFAULT ''
) STRICT;

INSERT INTO jobs_2
    (id, kind, model, state, request, done, what, error, hint, result, crashes, created, started, finished)
    SELECT id, kind, model, state, request, done, what, error, hint, result, crashes, created, started, finished
    FROM jobs;
DROP TABLE jobs;
ALTER TABLE jobs_2 RENAME TO jobs;

CREATE TABLE scores (
    job INTEGER NOT NULL REFERENCES jobs (id),
    step INTEGER NOT NULL,
    seconds REAL NOT NULL,
    value INTEGER NOT NULL,
    name TEXT NOT NULL,
    dice REAL NOT NULL,
    PRIMARY KEY (job, step, value)
) STRICT, WITHOUT ROWID;

CREATE TABLE rules (
    model TEXT PRIMARY KEY,
    after_cases INTEGER NOT NULL,
    nightly TEXT NOT NULL,
    minutes REAL NOT NULL,
    night TEXT NOT NULL DEFAULT '',
    seen INTEGER NOT NULL DEFAULT 0
) STRICT;

ALTER TABLE cases ADD COLUMN status TEXT NOT NULL DEFAULT 'new'
    CHECK (status IN ('new', 'predicted', 'in review', 'corrected', 'approved', 'rejected', 'flagged'));
ALTER TABLE cases ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN predicted TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN dice REAL;
ALTER TABLE cases ADD COLUMN benefit REAL;
ALTER TABLE cases ADD COLUMN reader TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN seconds REAL NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN scanner TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN changed TEXT NOT NULL DEFAULT '';

UPDATE cases SET changed = created;
UPDATE cases SET status = 'corrected',
    reader = (SELECT reader FROM corrections WHERE case_id = cases.id ORDER BY id DESC LIMIT 1),
    changed = (SELECT created FROM corrections WHERE case_id = cases.id ORDER BY id DESC LIMIT 1)
    WHERE EXISTS (SELECT 1 FROM corrections WHERE case_id = cases.id);

CREATE INDEX cases_by_status ON cases (status, id);
CREATE INDEX cases_by_priority ON cases (priority DESC, id);
CREATE INDEX cases_by_benefit ON cases (benefit DESC, id);
CREATE INDEX cases_of_patient ON cases (patient);

CREATE TABLE thumbnails (
    case_id INTEGER PRIMARY KEY REFERENCES cases (id),
    png BLOB NOT NULL
) STRICT;

CREATE TABLE predictions (
    case_id INTEGER NOT NULL REFERENCES cases (id),
    model TEXT NOT NULL,
    model_name TEXT NOT NULL,
    classes TEXT NOT NULL,
    file TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    doubt TEXT NOT NULL,
    features TEXT NOT NULL,
    mask TEXT NOT NULL,
    seconds REAL NOT NULL,
    device TEXT NOT NULL,
    created TEXT NOT NULL,
    PRIMARY KEY (case_id, model)
) STRICT;

CREATE TABLE sittings (
    id INTEGER PRIMARY KEY,
    reader TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('first', 'second')),
    blinded INTEGER NOT NULL,
    query TEXT NOT NULL,
    started TEXT NOT NULL
) STRICT;

CREATE TABLE sitting_cases (
    sitting INTEGER NOT NULL REFERENCES sittings (id),
    place INTEGER NOT NULL,
    case_id INTEGER NOT NULL REFERENCES cases (id),
    PRIMARY KEY (sitting, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE reads (
    id INTEGER PRIMARY KEY,
    case_id INTEGER NOT NULL REFERENCES cases (id),
    reader TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('first', 'second', 'adjudication')),
    blinded INTEGER NOT NULL DEFAULT 0,
    model TEXT NOT NULL,
    sitting INTEGER REFERENCES sittings (id),
    verdict TEXT NOT NULL DEFAULT '' CHECK (verdict IN ('', 'accept', 'fix', 'reject', 'flag')),
    reason TEXT NOT NULL DEFAULT '',
    correction INTEGER REFERENCES corrections (id),
    mask TEXT NOT NULL DEFAULT '',
    active INTEGER NOT NULL DEFAULT 1,
    seconds REAL NOT NULL DEFAULT 0,
    dice REAL,
    started TEXT NOT NULL,
    finished TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX reads_of_case ON reads (case_id, id);
CREATE INDEX reads_of_correction ON reads (correction);
CREATE UNIQUE INDEX one_open_read ON reads (case_id, reader, kind) WHERE finished = '';

CREATE TABLE ledger (
    read INTEGER NOT NULL REFERENCES reads (id),
    value INTEGER NOT NULL,
    name TEXT NOT NULL,
    added_ml REAL NOT NULL,
    removed_ml REAL NOT NULL,
    slices INTEGER NOT NULL,
    ml REAL NOT NULL,
    dice REAL,
    PRIMARY KEY (read, value)
) STRICT, WITHOUT ROWID;

CREATE TABLE overruled (
    id INTEGER PRIMARY KEY,
    read INTEGER NOT NULL REFERENCES reads (id),
    kind TEXT NOT NULL,
    value INTEGER NOT NULL,
    name TEXT NOT NULL,
    words TEXT NOT NULL,
    box TEXT NOT NULL,
    voxel TEXT NOT NULL,
    ml REAL NOT NULL,
    reason TEXT NOT NULL
) STRICT;

CREATE TABLE withdrawals (
    case_id INTEGER PRIMARY KEY REFERENCES cases (id),
    person TEXT NOT NULL,
    reason TEXT NOT NULL,
    created TEXT NOT NULL
) STRICT;

CREATE TABLE pins (
    case_id INTEGER PRIMARY KEY REFERENCES cases (id),
    person TEXT NOT NULL,
    created TEXT NOT NULL
) STRICT;

CREATE TABLE added_classes (
    model TEXT NOT NULL,
    value INTEGER NOT NULL,
    class TEXT NOT NULL,
    person TEXT NOT NULL,
    created TEXT NOT NULL,
    PRIMARY KEY (model, value)
) STRICT;

CREATE TRIGGER finished_reads_are_not_changed BEFORE UPDATE ON reads WHEN OLD.finished <> ''
BEGIN SELECT RAISE(ABORT, 'finished reads are frozen'); END;
CREATE TRIGGER reads_are_not_deleted BEFORE DELETE ON reads
BEGIN SELECT RAISE(ABORT, 'finished reads are frozen'); END;
CREATE TRIGGER the_ledger_is_not_changed BEFORE UPDATE ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER the_ledger_is_not_deleted BEFORE DELETE ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
"""
