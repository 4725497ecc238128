export function quantile(values: readonly number[], q: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(q * (values.length - 1))] ?? Number.NaN
}

export function print(name: string, values: readonly number[], unit: 'ms' | 'µs') {
  const digits = unit === 'ms' ? 2 : 0
  const [median, p99, most] = [0.5, 0.99, 1].map((q) => quantile(values, q).toFixed(digits))
  process.stdout.write(`${name}: median ${median} ${unit}, p99 ${p99} ${unit}, most ${most} ${unit}\n`)
}
