/** A stretch of time, in epoch milliseconds, half-open. */
export interface Span {
  readonly startMs: number
  readonly endMs: number
}

/** Stretches that overlap or touch made one, ascending. One without length is kept where no other holds its instant. */
export function mergedSpans(spans: readonly Span[]): Span[] {
  const merged: { startMs: number; endMs: number }[] = []
  for (const { startMs, endMs } of spans.toSorted((a, b) => a.startMs - b.startMs)) {
    const last = merged.at(-1)
    if (last !== undefined && startMs <= last.endMs) last.endMs = Math.max(last.endMs, endMs)
    else merged.push({ startMs, endMs })
  }
  return merged
}
