import manifest from '../package.json' with { type: 'json' }

/** How this program names itself to the platform. */
export const software = { name: manifest.name, version: manifest.version }
