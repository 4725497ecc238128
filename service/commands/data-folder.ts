/** Every command works on a data folder; the one that lacks it is told so before anything is touched. */
export function dataFolder(values: { data?: string | undefined }): string {
  if (values.data === undefined || values.data === '') throw new UsageError('expected --data DIR')
  return values.data
}

/** The command line is wrong: the usage is shown, and the exit code is 2. */
export class UsageError extends Error {}
