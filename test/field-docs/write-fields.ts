import { writeFileSync } from 'node:fs'
import { fieldPage } from './field-page.ts'

writeFileSync(new URL('../../docs/fields.md', import.meta.url), fieldPage())
