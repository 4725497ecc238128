import { z } from 'zod'
import { type Database, type Queries, select } from './database.ts'

/** As `days.ts` makes them; written out, since a migration stays as it is. */
const moveToDays = [
  `do $$
    declare day date;
    begin
      for day in select distinct (received_at at time zone 'UTC')::date from visit_before loop
        execute format('create table %I partition of visit for values from (%L) to (%L)',
          'visit_' || to_char(day, 'YYYYMMDD'), day || 'T00:00:00Z', day + 1 || 'T00:00:00Z');
      end loop;
    end
  $$`,
  `insert into visit
    select site, device, log, seq, received_at,
      case when rejected_code is null and visit ->> 'at' ~ '^[1-9][0-9]{3}-.*(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])$'
        then (visit ->> 'at')::timestamptz end,
      hash, visit, raw, rejected_code, rejected_detail
    from visit_before`,
]

/** Numbered from 1 by their place; one that was released is never edited. Single statements: PGlite takes one a query. */
export const migrations: readonly (readonly string[])[] = [
  [
    `create table platform (
      one boolean primary key default true check (one),
      signing jsonb not null,
      issuer jsonb not null,
      created_at timestamptz not null,
      url text
    )`,
    `create table site (
      id text primary key,
      name text not null,
      address text not null,
      kind text not null,
      subject_key text not null,
      sealing jsonb not null
    )`,
    `create table gate (
      id text primary key,
      site text not null references site,
      name text not null,
      area text not null,
      unique (site, name)
    )`,
    `create table enrolment (
      token_hash text primary key,
      site text not null references site,
      gate text,
      area text not null,
      expires_at timestamptz not null,
      used_at timestamptz
    )`,
    `create table device (
      id text primary key,
      gate text not null references gate,
      public_key jsonb not null,
      audience text not null,
      name text not null,
      software jsonb not null,
      enrolled_at timestamptz not null,
      revoked_at timestamptz,
      policy_version bigint not null default 0,
      policy_digest text,
      policy_issued_at timestamptz,
      policy text,
      health jsonb,
      health_at timestamptz
    )`,
    `create table revocation (
      site text not null references site,
      cti text not null,
      expires_at timestamptz not null,
      primary key (site, cti)
    )`,
    // `raw` holds, as text, what jsonb refuses (U+0000, lone surrogates); `visit` is null then.
    `create table visit (
      device text not null references device,
      log uuid not null,
      seq bigint not null,
      site text not null references site,
      received_at timestamptz not null,
      hash text,
      visit jsonb,
      raw text,
      rejected_code text,
      rejected_detail text,
      primary key (device, log, seq)
    )`,
    `create index visit_by_site on visit (site, device, log, seq)`,
  ],
  // The members of the policy that the operator of a site sets.
  [`alter table site add column policy jsonb not null default '{}'`],
  [
    `create table log (
      site text not null references site,
      device text not null references device,
      log uuid not null,
      acked bigint not null,
      hash text,
      received_at timestamptz not null,
      primary key (site, device, log)
    )`,
    `insert into log select site, device, log, seq, hash, received_at from (
      select *, row_number() over (partition by device, log order by seq desc) as place from visit
    ) as held where place = 1`,
    'alter table visit rename to visit_before',
    // Without references: a row is written with its log's, never alone. `at` is null where the visit was rejected.
    `create table visit (
      site text not null,
      device text not null,
      log uuid not null,
      seq bigint not null,
      received_at timestamptz not null,
      at timestamptz,
      hash text,
      visit jsonb,
      raw text,
      rejected_code text,
      rejected_detail text,
      primary key (site, device, log, seq, received_at)
    ) partition by range (received_at)`,
    'create index on visit (site, at)',
    `create index on visit (site, (visit -> 'personal' ->> 'subject'))
      where rejected_code is null and visit -> 'personal' ->> 'subject' is not null`,
    `create index on visit (site, (visit ->> 'refers')) where rejected_code is null and visit ->> 'outcome' = 'annulled'`,
    ...moveToDays,
    'drop table visit_before',
    'alter table device add column purge boolean not null default false',
    // Versions of a list: `added` and `removed` by which an entry came and went; `digest` null: to be computed.
    `create table list (
      site text not null references site,
      name text not null,
      version bigint not null,
      size bigint not null,
      digest text,
      swept_at timestamptz not null,
      primary key (site, name)
    )`,
    'alter table revocation add column added bigint not null default 1, add column removed bigint',
    `insert into list (site, name, version, size, swept_at)
      select site, 'revoked', 1, count(*), now() - interval '1 day' from revocation group by site`,
    'create index on revocation (site, added)',
    'create index on revocation (site, removed) where removed is not null',
  ],
]

/** Brings the schema up to date in one transaction. Throws for a database written by a newer platform. */
export async function migrate(database: Database) {
  await database.transaction(async (queries) => {
    // Any fixed number: two processes that start on one PostgreSQL take turns.
    await queries.query('select pg_advisory_xact_lock(7240113)')
    await queries.query('create table if not exists migration (version integer primary key)')
    const version = await currentVersion(queries)
    if (version > migrations.length) {
      throw new Error(`the database has version ${version}, this platform knows up to ${migrations.length}: update it`)
    }
    for (const [index, statements] of migrations.entries()) {
      if (index < version) continue
      for (const statement of statements) await queries.query(statement)
      await queries.query('insert into migration (version) values ($1)', [index + 1])
    }
  })
}

async function currentVersion(queries: Queries) {
  const Row = z.object({ version: z.int() })
  const [row] = await select(queries, Row, 'select coalesce(max(version), 0) as version from migration')
  return row?.version ?? 0
}
