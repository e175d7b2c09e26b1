import { invalid } from '../errors.ts'

/**
 * Checks the parameters that every Google API has: `alt` must be `json`, the only form Calendar offers, and
 * `prettyPrint` a boolean. What is answered is compact JSON either way.
 * @throws CalendarApiError 400 `invalid`, naming the parameter.
 */
export function checkStandardParameters(query: URLSearchParams): void {
  const alt = query.get('alt')
  if (alt !== null && alt !== '' && alt !== 'json') throw invalid('Invalid Value', 'alt')
  const pretty = query.get('prettyPrint')
  if (pretty !== null && !/^(?:true|false)?$/.test(pretty)) throw invalid('Invalid Value', 'prettyPrint')
}
