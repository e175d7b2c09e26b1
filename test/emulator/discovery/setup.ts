import { afterAll, afterEach } from 'vitest'
import { takeProblems } from './watched-traffic.ts'

function failOnProblems(): void {
  const problems = takeProblems()
  if (problems.length === 0) return
  throw new Error(`traffic that contradicts Google's discovery document:\n  ${problems.join('\n  ')}`)
}

afterEach(failOnProblems)
// What was said outside the tests, in a hook.
afterAll(failOnProblems)
