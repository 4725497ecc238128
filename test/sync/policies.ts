/** Payload of a policy that a gate accepts. */
export function policyPayload(version: number): Record<string, unknown> {
  return {
    version,
    issuedAt: '2026-11-21T00:00:00Z',
    expiresAt: '2027-11-21T00:00:00Z',
    site: {
      id: 'site-1',
      name: 'Chợ Mẫu',
      address: '1 Đường Mẫu',
      kind: 'market',
      disclosure: 'masked',
      capacity: null,
      timeZone: 'Asia/Ho_Chi_Minh',
      opening: [],
      closesAt: null,
    },
    gate: { id: 'gate-a', name: 'Cổng A', area: '' },
    direction: 'in',
    subjectKey: 'A'.repeat(43),
    sealTo: null,
    issuers: [],
    revoked: { cti: [], kid: [], nextUpdate: '2027-11-21T00:00:00Z' },
    dcc: [],
    accept: ['signed', 'cccd'],
    rules: [],
    passback: { mode: 'off', minutes: 0 },
    repeatSeconds: 3,
    flags: [],
    operators: [],
    retentionDays: 21,
    messages: [],
  }
}
