import { describe, expect, it } from 'vitest'
import { integrationIdOf } from '../../src/oauth/index.ts'

describe('the id of an integration', () => {
  it('is made of the letters that Google event ids may have', () => {
    expect(integrationIdOf({ tenantId: 'salão', userId: 'João' })).toMatch(/^[0-9a-v]{26}$/)
  })

  it('stays what it was in every version: event ids are made from it', () => {
    expect(integrationIdOf({ tenantId: 'tenant-1', userId: 'user-1' })).toBe('uks4qusuus85cjuscm1el7qlu8')
  })

  it('differs for owners whose ids read the same when put together', () => {
    expect(integrationIdOf({ tenantId: 'ab', userId: 'c' })).not.toBe(
      integrationIdOf({ tenantId: 'a', userId: 'bc' }),
    )
  })
})
