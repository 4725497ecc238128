/**
 * The schema, step by step: step n brings a file of version n to version n + 1, in one transaction. Steps are never
 * changed, only added. `body` is the canonical JSON that `hash` covers, kept byte for byte.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE log (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id TEXT NOT NULL,
    acked INTEGER NOT NULL DEFAULT 0,
    device TEXT
  ) STRICT;

  CREATE TABLE visits (
    seq INTEGER PRIMARY KEY,
    body TEXT NOT NULL,
    personal TEXT,
    hash TEXT NOT NULL,
    subject TEXT AS (personal ->> '$.subject') VIRTUAL,
    outcome TEXT AS (body ->> '$.outcome') VIRTUAL
  ) STRICT;
  CREATE INDEX passages ON visits (subject, seq) WHERE outcome IN ('admitted', 'warned');

  CREATE TABLE rejected (
    seq INTEGER PRIMARY KEY REFERENCES visits (seq),
    code TEXT NOT NULL,
    detail TEXT NOT NULL
  ) STRICT;

  CREATE TABLE policy (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    version INTEGER NOT NULL,
    jws TEXT NOT NULL
  ) STRICT;
  `,
  `
  CREATE TABLE links (
    alias TEXT PRIMARY KEY,
    subject TEXT NOT NULL,
    documented INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
]
