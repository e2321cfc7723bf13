/** What a log line may carry beside its message: ids and codes, never addresses, secrets or mail bodies. */
export interface LogFields {
  readonly request_id?: string;
  readonly database?: string;
  readonly email?: string;
  readonly server?: string;
  readonly operation?: string;
  readonly code?: string;
  readonly count?: number;
  readonly ms?: number;
  readonly error?: unknown;
}

export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
