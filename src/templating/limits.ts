/**
 * Longest title that is sent, in UTF-16 code units. Google states no limit for `summary`; what is longer is of no
 * use on a calendar.
 */
export const MAX_TITLE_LENGTH = 1024

/**
 * Longest description that is sent, in UTF-16 code units. Google's limit is undocumented and lies near 8192
 * characters; a description over it is refused or cut without notice.
 */
export const MAX_DESCRIPTION_LENGTH = 8000

/** Longest location that is sent, in UTF-16 code units. */
export const MAX_LOCATION_LENGTH = 1024

/** Most guests on an event (Google Calendar help): above it answers are no longer told. */
export const MAX_GUESTS = 200

/** Most tags, texts and outputs that one rendering may pass through; a template of a hundred lines takes about 300. */
export const MAX_RENDER_STEPS = 5000

/** Most characters that one rendering may produce in outputs, captures, filters and ranges together. */
export const MAX_RENDER_CHARACTERS = 250_000

/** Longest time one rendering may take, in milliseconds. Only a backstop: the two limits above hold first. */
export const MAX_RENDER_MS = 1000
