/** What the SDK logs through; pino, console and most loggers fit as they are. Never given personal data. */
export interface Logger {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}

/** Ids, codes and figures that go with a log line. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>

/** Says nothing. The default: an embedded library is quiet unless asked. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}
