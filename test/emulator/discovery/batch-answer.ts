import type { Exchange } from '../../../src/testing/emulator/service.ts'

interface Part {
  readonly headers: ReadonlyMap<string, string>
  readonly content: string
}

function boundaryOf(type: string): string | null {
  const [, quoted, plain] = /^multipart\/mixed;.*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(type) ?? []
  return quoted ?? plain ?? null
}

function readHeaders(head: string): Map<string, string> {
  return new Map(
    head.split(/\r?\n/).flatMap((line) => {
      const [, name, value] = /^([^:\s]+):\s*(.*)$/.exec(line) ?? []
      return name === undefined || value === undefined ? [] : [[name.toLowerCase(), value] as const]
    }),
  )
}

function readParts(body: string, boundary: string): Part[] {
  const [, ...pieces] = `\r\n${body}`.split(`\n--${boundary}`)
  return pieces
    .filter((piece) => !piece.startsWith('--'))
    .map((piece) => {
      const [, head = '', content = ''] = /^\s*?\n?([\s\S]*?)\r?\n\r?\n([\s\S]*)$/.exec(piece) ?? []
      return { headers: readHeaders(head), content }
    })
}

function partProblems(at: string, part: Part, asked: Part | undefined): string[] {
  const id = asked?.headers.get('content-id')
  const wanted = id === undefined ? undefined : id.replace(/^<?/, '<response-').replace(/>?$/, '>')
  const given = part.headers.get('content-id')
  const [, status] = /^HTTP\/1\.1 (\d{3}) [A-Z]/i.exec(part.content) ?? []
  return [
    ...(part.headers.get('content-type') === 'application/http' ? [] : [`${at}: not application/http`]),
    ...(given === wanted ? [] : [`${at}: Content-ID ${given ?? 'missing'}, but ${wanted ?? 'none'} was due`]),
    ...(status === undefined ? [`${at}: no status line`] : []),
    ...(/\r?\n\r?\n/.test(part.content) ? [] : [`${at}: no end of the headers`]),
  ]
}

/**
 * What is wrong with the frame of a batch answer (google-api.md §5): one part for each call, in the order of the
 * calls, named after it. What the parts hold is checked as exchanges of their own.
 */
export function batchProblems({ request, response }: Exchange): string[] {
  const type =
    Object.entries(response.headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? ''
  const boundary = boundaryOf(type)
  const askedBoundary = boundaryOf(request.headers.get('content-type') ?? '')
  if (response.status !== 200) return [`answer: ${response.status} instead of 200`]
  if (boundary === null) return [`answer: content type ${type || 'missing'}`]
  if (askedBoundary === null) return ['request: not multipart/mixed']
  const body = response.body ?? ''
  const asked = readParts(request.body, askedBoundary)
  const parts = readParts(body, boundary)
  return [
    ...(body.trimEnd().endsWith(`--${boundary}--`) ? [] : ['answer: no closing boundary']),
    ...(parts.length === asked.length ? [] : [`answer: ${parts.length} parts for ${asked.length} calls`]),
    ...parts.flatMap((part, index) => partProblems(`answer part ${index}`, part, asked[index])),
  ]
}
