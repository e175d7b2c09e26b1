import type {
  Appointment,
  AppointmentRef,
  Conflict,
  ConflictResolution,
  Owner,
  RemoveEvents,
  SyncLogEntry,
  SyncSettings,
  TemplateTexts,
} from './domain/index.ts'
import type { Problem } from './errors/index.ts'
import type { SyncLogFilter } from './ports/index.ts'
import type { HealthReport, MetricsSnapshot } from './observability/index.ts'
import type {
  AvailabilityQuery,
  AvailabilityResult,
  CalendarChoice,
  CalendarSummary,
  ClientAppointments,
  CreatedCalendar,
  DeadLetter,
  DeadLetterFilter,
  DisconnectResult,
  EraseClientResult,
  EraseOwnerResult,
  EventPreview,
  IntegrationStatusReport,
  IntegrationView,
  NewCalendarWish,
  NotificationHeaders,
  PreviewRequest,
  PullResult,
  StoredRecord,
  SyncAllProgress,
  SyncAllResult,
  SyncResult,
  TaskName,
  TaskSummary,
  UserAvailability,
} from './sync/index.ts'
import type { TemplateVariable } from './templating/index.ts'

/** Options that every asynchronous call takes last. */
export interface CallOptions {
  /** Stops the call promptly; the abort's reason passes through unwrapped. */
  readonly signal?: AbortSignal | undefined
}

/** How a connection attempt ended. */
export interface ConnectResult {
  /** `missing_scopes`: connected, but the person unticked something sync cannot do without. */
  readonly status: 'connected' | 'missing_scopes'
  readonly integration: IntegrationView
  readonly missingScopes: readonly string[]
  /** What `getAuthUrl` was given. */
  readonly returnTo: string | null
}

/**
 * Keeps a booking backend's appointments and its users' Google Calendars in step. Made by
 * `createAppointmentSync`; one per process is enough.
 */
export interface AppointmentSync extends AsyncDisposable {
  readonly oauth: {
    /** Begins a connection: send the person to `url`. Good for ten minutes and one use. */
    getAuthUrl(
      request: { owner: Owner; returnTo?: string | undefined; loginHint?: string | undefined },
      options?: CallOptions,
    ): Promise<{ url: string; state: string; expiresAt: Date }>
    /**
     * Ends a connection with what Google put into the redirect. Give `owner` where the session tells it: a state
     * of another owner is then refused.
     */
    handleCallback(
      callback: {
        code?: string | undefined
        error?: string | undefined
        state: string
        owner?: Owner | undefined
      },
      options?: CallOptions,
    ): Promise<ConnectResult>
  }
  readonly integrations: {
    /** `null` when the owner never connected. */
    get(owner: Owner, options?: CallOptions): Promise<IntegrationView | null>
    status(owner: Owner, options?: CallOptions): Promise<IntegrationStatusReport>
    /**
     * The calendars of the connected account: the main one first, then the person's own, then shared ones, by title.
     * Empty when the account has none. Throws `OAUTH_SCOPE_MISSING` when the person did not grant the list; with
     * `calendarAccess: 'dedicated'` it is then the one calendar that the SDK made.
     */
    listCalendars(owner: Owner, options?: CallOptions & CalendarChoice): Promise<CalendarSummary[]>
    /**
     * Gives the owner a calendar of their own for appointments, and puts it into use: the one that was made before, if
     * the account still has it, else a new one. Events to come go there. Also ends the parking that a calendar which
     * was deleted in Google led to. Throws `OAUTH_SCOPE_MISSING` naming the scope that is missing, and
     * `GOOGLE_OUTCOME_UNKNOWN` when Google gave no answer: then ask the owner to look, and call it with `again`.
     */
    createCalendar(owner: Owner, calendar?: NewCalendarWish, options?: CallOptions): Promise<CreatedCalendar>
    /** Pauses or resumes; resuming makes waiting intents due. */
    setActive(owner: Owner, active: boolean, options?: CallOptions): Promise<IntegrationView>
    updateSettings(
      owner: Owner,
      patch: Partial<SyncSettings>,
      options?: CallOptions,
    ): Promise<IntegrationView>
    /**
     * Removes events (default those still to come), revokes the grant, erases tokens and links. Safe to repeat.
     */
    disconnect(
      owner: Owner,
      choice?: { removeEvents?: RemoveEvents | undefined },
      options?: CallOptions,
    ): Promise<DisconnectResult>
  }
  /** Makes the appointment's event say what the appointment says. Throws only for bad input or storage. */
  syncAppointmentToGoogle(appointment: Appointment, options?: CallOptions): Promise<SyncResult>
  /**
   * The same for an appointment that is read from the host's source first. Throws `APPOINTMENT_NOT_FOUND` when the
   * host knows none, or it belongs to another user.
   */
  syncAppointmentById(ref: AppointmentRef & { userId: string }, options?: CallOptions): Promise<SyncResult>
  /** Takes the appointment's event off the calendar. Harmless when there is none. */
  deleteAppointmentFromGoogle(
    appointment: Appointment | (AppointmentRef & { userId: string }),
    options?: CallOptions,
  ): Promise<SyncResult>
  /** Pushes every appointment of the window, page by page. Defaults are the integration's settings. */
  syncAllAppointmentsForUser(
    owner: Owner,
    options?: CallOptions & {
      daysBack?: number | undefined
      daysForward?: number | undefined
      onProgress?: ((progress: SyncAllProgress) => void) | undefined
    },
  ): Promise<SyncAllResult>
  /** Reads what changed in Google and tells the host. */
  pullFromGoogle(owner: Owner, options?: CallOptions): Promise<PullResult>
  readonly notifications: {
    /**
     * Takes one of Google's notifications by the headers of its request; the body is empty. Resolves once it is
     * verified, alike for a genuine and a forged one: answer 204. The calendar is read afterwards, in the background.
     * Throws `INVALID_ARGUMENT` for headers that are no notification; answer 400. When it throws `STORAGE_FAILED` or
     * `CLOSED` answer 503, and Google sends it again. The route `POST notifications` does all this.
     */
    receive(headers: NotificationHeaders, options?: CallOptions): Promise<void>
  }
  /** Plain functions for hooks, queue consumers and ORM subscribers. */
  readonly handlers: {
    appointmentCreated(appointment: Appointment, options?: CallOptions): Promise<SyncResult>
    appointmentUpdated(appointment: Appointment, options?: CallOptions): Promise<SyncResult>
    appointmentCancelled(
      appointment: Appointment | (AppointmentRef & { userId: string }),
      options?: CallOptions,
    ): Promise<SyncResult>
  }
  readonly outbox: {
    /**
     * Stores the intent to push an appointment inside the host's own transaction: it is kept if and only if the
     * booking is. `executor` is that transaction, on the database of `storage`: a Kysely transaction, a `pg` client,
     * a `mysql2` connection (promise flavour), or a `node:sqlite` or `better-sqlite3` database. The push itself is
     * made by `drain_outbox`, which asks the source for the appointment as it is then. Throws `INVALID_ARGUMENT` for
     * an executor the storage cannot use, `INVALID_CONFIGURATION` when the storage has no database to share.
     */
    enqueue(executor: unknown, ref: AppointmentRef & { userId: string }): Promise<void>
    /** Intents that were given up. */
    readonly deadLetters: {
      list(
        filter: DeadLetterFilter,
        options?: CallOptions,
      ): Promise<{ items: DeadLetter[]; nextCursor: string | null }>
      /** Makes one due again, with no tries counted; `false` when there is none. */
      redrive(ref: AppointmentRef & { userId: string }, options?: CallOptions): Promise<boolean>
    }
  }
  readonly conflicts: {
    list(
      filter: {
        tenantId: string
        userId?: string | undefined
        status?: 'open' | 'resolved' | undefined
        limit?: number | undefined
        cursor?: string | undefined
      },
      options?: CallOptions,
    ): Promise<{ items: Conflict[]; nextCursor: string | null }>
    /** One of them, open or not. Throws `CONFLICT_NOT_FOUND`. */
    get(
      conflict: { tenantId: string; conflictId: string; userId?: string | undefined },
      options?: CallOptions,
    ): Promise<Conflict>
    /** Settles it by one side, or by a side per field, and sets off what follows. */
    resolve(
      conflict: {
        tenantId: string
        conflictId: string
        /** Narrows to this user's own: another's is `CONFLICT_NOT_FOUND`. */
        userId?: string | undefined
        /** Who decides, by an id of the host's own, 1–191 characters: kept in `decisions`. Default nobody. */
        by?: string | undefined
      },
      resolution: ConflictResolution,
      options?: CallOptions,
    ): Promise<Conflict>
  }
  readonly availability: {
    /**
     * Busy times of the owner's calendar and of `busyCalendarIds`, out of what was read from Google: without the
     * owner's own appointments. `unknown` when a calendar was not read yet, is older than `maxAgeMs`, or the range goes
     * beyond what is covered.
     *
     * With `source: 'google'` Google is asked now, for at most 60 days: own appointments are then among the busy times.
     */
    busy(
      owner: Owner,
      query: AvailabilityQuery & { source?: 'stored' | 'google' | undefined },
      options?: CallOptions,
    ): Promise<AvailabilityResult>
    /**
     * The same for several professionals of one company in one query of the storage, each known or unknown by itself,
     * in the order of `userIds`; each user once, at most 500.
     */
    busyOf(
      query: AvailabilityQuery & { tenantId: string; userIds: readonly string[] },
      options?: CallOptions,
    ): Promise<UserAvailability[]>
  }
  readonly templates: {
    /**
     * The event as it would be written for a sample appointment in the owner's language, or for the one that is
     * given; with templates and settings that are not saved yet. An owner who is not connected has the defaults. Asks
     * Google nothing and stores nothing. Throws one `INVALID_TEMPLATE` with everything that is wrong with both
     * templates, `INVALID_APPOINTMENT`, or `INVALID_ARGUMENT` for settings that are wrong or an appointment of
     * somebody else's.
     */
    preview(owner: Owner, request?: PreviewRequest, options?: CallOptions): Promise<EventPreview>
    /**
     * Everything that is wrong with templates, each problem with `line` and `column` and the path `title` or
     * `description`; empty when nothing is. Throws only `INVALID_ARGUMENT`, for what is no text.
     */
    validate(templates: TemplateTexts): Problem[]
    /** What a template may name, with a description in English. */
    variables(): readonly TemplateVariable[]
  }
  readonly privacy: {
    /**
     * Everything that is stored about the owner, record by record: memory holds one page. Without tokens and other
     * secrets. Not a snapshot: what is stored meanwhile may be in it or not. Throws `INVALID_ARGUMENT`.
     */
    exportOwner(owner: Owner, options?: CallOptions): AsyncIterable<StoredRecord>
    /**
     * Disconnects the owner if needed (events as in `integrations.disconnect`, default those still to come), then
     * erases every record of theirs, log and integration too. Safe to repeat; `continuing` asks for that. Throws
     * `INTEGRATION_BUSY` while the owner is connecting.
     */
    eraseOwner(
      owner: Owner,
      choice?: { removeEvents?: RemoveEvents | undefined },
      options?: CallOptions,
    ): Promise<EraseOwnerResult>
    /**
     * Everything that is stored about a client: the appointments that the host names, at most 10,000, and their
     * occurrences, on all calendars of the tenant. The SDK keeps no list of clients and searches no text for names.
     */
    exportClient(client: ClientAppointments, options?: CallOptions): AsyncIterable<StoredRecord>
    /**
     * Takes the events of these appointments off Google (unless `removeEvents` is false, which leaves them there), then
     * erases conflicts, waiting changes, intents and log lines about them, and the texts in their links; of a link the
     * ids stay, so that no event comes back. What could not be taken off is in `left`, with all that is stored about
     * it. Safe to repeat. Delete or change the appointment in your own records first: one that is newer is pushed anew.
     */
    eraseClient(
      client: ClientAppointments & { removeEvents?: boolean | undefined },
      options?: CallOptions,
    ): Promise<EraseClientResult>
  }
  readonly logs: {
    list(
      filter: Omit<SyncLogFilter, 'limit' | 'fromMs' | 'toMs'> & {
        from?: Date | undefined
        to?: Date | undefined
        /** 1–500. Default 50. */
        limit?: number | undefined
      },
      options?: CallOptions,
    ): Promise<{ items: SyncLogEntry[]; nextCursor: string | null }>
  }
  /** Counts over all tenants, or of one. */
  metrics(filter?: { tenantId?: string | undefined }, options?: CallOptions): Promise<MetricsSnapshot>
  health(options?: CallOptions): Promise<HealthReport>
  readonly tasks: {
    readonly names: readonly TaskName[]
    /** One pass, from an external cron or by hand. Rejects with `TASK_UNKNOWN` for a name there is none of. */
    run(name: TaskName | (string & {}), options?: CallOptions): Promise<TaskSummary>
  }
  /** Registers the periodic tasks with the scheduler. Throws when the storage is not usable, or its schema outdated. */
  start(): Promise<void>
  /**
   * Stops the scheduler, accepts no further call, and waits for what runs in the background. Never closes what the
   * host gave.
   */
  close(): Promise<void>
}
