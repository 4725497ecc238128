/** Says on stderr why the command could not do its work; gives its exit code. */
export function failed(why: string, code = 1): number {
  process.stderr.write(`gate-kiosk: ${why}\n`)
  return code
}
