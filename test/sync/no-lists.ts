import type { ListShelf } from '../../sync/lists.ts'

/** For a gate whose policy refers to no list. */
export const noLists: ListShelf = {
  wanted: () => [],
  held: () => ({ version: 0, digest: '' }),
  load: () => {
    throw new Error('expected no list')
  },
}
