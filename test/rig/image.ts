import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The guest is Debian 12 with its own kernel; the product comes from the checkout, over 9p. */
const recipe = {
  suite: 'bookworm',
  mirror: 'http://deb.debian.org/debian',
  packages: ['udev', 'kmod', 'iproute2', 'linux-image-amd64', 'libusb-1.0-0', 'libudev1', 'kbd', 'console-setup'],
  /** What `ckbcomp` makes of a layout of xkb-data, where `loadkeys` takes it from. */
  keymap: { layout: 'vn', path: '/vn.map' },
  /** All that the kernel needs to reach its root; with every driver in it the machine starts 5 s later. */
  initrd: ['virtio_pci', 'virtio_blk', 'ext4'],
  size: '1400M',
  init: `#!/bin/sh
mount -t proc proc /proc
modprobe 9pnet_virtio
mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=524288 product /product
exec sh /product/test/rig/init.sh
`,
}

/** Paths of files that are only read. */
export type Image = { readonly kernel: string; readonly initrd: string; readonly disk: string }

/** The image out of the cache, built where it is not there yet; that takes two minutes and the network. */
export async function image(): Promise<Image> {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'gate-kiosk-rig')
  const key = createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 16)
  const dir = join(cache, key)
  if (!existsSync(dir)) {
    // Images of older recipes, and what a build that was broken off left.
    rmSync(cache, { recursive: true, force: true })
    const begun = `${dir}.begun`
    mkdirSync(begun, { recursive: true })
    await build(begun)
    renameSync(begun, dir)
  }
  return { kernel: join(dir, 'vmlinuz'), initrd: join(dir, 'initrd'), disk: join(dir, 'disk') }
}

async function build(dir: string) {
  const root = join(dir, 'root')
  const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` }
  const include = `--include=${recipe.packages.join(',')}`
  await run('debootstrap', ['--variant=minbase', include, recipe.suite, root, recipe.mirror], {
    env,
    maxBuffer: 1 << 26,
  })
  writeFileSync(join(root, 'init.sh'), recipe.init, { mode: 0o755 })
  for (const mount of ['product', 'compiled', 'data']) mkdirSync(join(root, mount))
  const config = join(root, 'etc/initramfs-tools')
  writeFileSync(join(config, 'modules'), `${recipe.initrd.join('\n')}\n`)
  writeFileSync(join(config, 'conf.d/rig'), 'MODULES=list\n')
  const { layout, path } = recipe.keymap
  const { stdout } = await run('chroot', [root, 'ckbcomp', layout], { env, maxBuffer: 1 << 26 })
  writeFileSync(join(root, path), stdout)
  await run('chroot', [root, 'update-initramfs', '-u', '-k', 'all'], { env })
  for (const name of readdirSync(join(root, 'boot'))) {
    if (name.startsWith('vmlinuz')) copyFileSync(join(root, 'boot', name), join(dir, 'vmlinuz'))
    if (name.startsWith('initrd')) copyFileSync(join(root, 'boot', name), join(dir, 'initrd'))
  }
  await run('mke2fs', ['-q', '-t', 'ext4', '-m', '0', '-d', root, join(dir, 'disk'), recipe.size], { env })
  rmSync(root, { recursive: true })
}
