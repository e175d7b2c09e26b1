import type { Bench } from './measure.ts'
import { firstSync } from './sync-first.ts'
import { oneSync } from './sync-one.ts'
import { bulkPull } from './sync-pull.ts'
import { quotaUse } from './sync-quota.ts'
import { seriesCost } from './sync-series.ts'
import { bulkSweep } from './sync-sweep.ts'

/** Whole jobs at the distance that Google has, beside a plain loop over the official client. */
export const sync: Bench = {
  name: 'sync',
  run: async (scale, report) => {
    for (const part of [firstSync, bulkSweep, bulkPull, oneSync, quotaUse, seriesCost])
      await part(scale, report)
  },
}
