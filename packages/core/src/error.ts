/**
 * Every error name of the HTTP API with its status. The list is closed: a new name goes here first, so that
 * clients, tests and the reference all read it from one place.
 */
export const statusCodes = {
  validation_error: 400,
  invalid_idempotency_key: 400,
  missing_api_key: 401,
  restricted_api_key: 401,
  invalid_api_key: 403,
  from_not_allowed: 403,
  server_not_yours: 403,
  database_paused: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  name_taken: 409,
  invalid_idempotent_request: 409,
  concurrent_idempotent_requests: 409,
  not_cancelable: 409,
  request_too_large: 413,
  invalid_from_address: 422,
  invalid_header: 422,
  invalid_parameter: 422,
  missing_required_field: 422,
  invalid_attachment: 422,
  unknown_server: 422,
  inactive_server: 422,
  invalid_from_filter: 422,
  port_not_allowed: 422,
  email_too_large: 422,
  daily_quota_exceeded: 429,
  rate_limit_exceeded: 429,
  limit_unavailable: 503,
  internal_server_error: 500,
} as const satisfies Record<string, number>;

/** The name of an error, as in the answer's `name`. */
export type ErrorName = keyof typeof statusCodes;

/** What an error may carry besides its message: the `cause` stays inside, `details` go to the caller. */
export interface ErrorOptions {
  cause?: unknown;
  details?: Record<string, unknown>;
}

/**
 * An error the caller is told about. The message says what happened and what to do; neither it nor `details`
 * ever holds a secret or the body of a mail. Anything else thrown is answered as `internal_server_error`.
 */
export class AppError extends Error {
  override readonly name: ErrorName;
  readonly statusCode: number;
  readonly details?: Record<string, unknown>;

  constructor(name: ErrorName, message: string, options: ErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : {});
    this.name = name;
    this.statusCode = statusCodes[name];
    if (options.details !== undefined) this.details = options.details;
  }
}
