import { z } from 'zod'
import { type Database, type Queries, select } from './database.ts'

/** Numbered from 1 by their place; one that was released is never edited. Single statements: PGlite takes one a query. */
const migrations: string[][] = [
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
