import { rmSync } from 'node:fs'

// Three tsup configurations write into one folder: none of them may empty it.
rmSync(new URL('../../dist', import.meta.url), { recursive: true, force: true })
