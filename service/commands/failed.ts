/** Says on stderr why the command could not do its work; gives its exit code. */
export function failed(why: string): number {
  process.stderr.write(`gate-kiosk: ${why}\n`)
  return 1
}
