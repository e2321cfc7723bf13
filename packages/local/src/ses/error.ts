/** HTTP status of every exception the SES v2 service model declares, of the protocol's own, and of v1's SendBounce. */
const statuses = {
  AccountSuspendedException: 400,
  AlreadyExistsException: 400,
  BadRequestException: 400,
  ConcurrentModificationException: 500,
  ConflictException: 409,
  InternalServiceErrorException: 500,
  InvalidAction: 400,
  InvalidNextTokenException: 400,
  LimitExceededException: 400,
  MailFromDomainNotVerifiedException: 400,
  MessageRejected: 400,
  MissingAuthenticationTokenException: 403,
  NotFoundException: 404,
  SendingPausedException: 400,
  SerializationException: 400,
  Throttling: 400,
  TooManyRequestsException: 429,
  UnknownOperationException: 404,
  ValidationError: 400,
} as const;

/** Names of the exceptions this endpoint throws: those of the SES v2 API and of REST-JSON itself. */
export type SesErrorName = keyof typeof statuses;

/** An exception as AWS answers it: `x-amzn-errortype` carries the name, the body the message. */
export class SesError extends Error {
  override readonly name: SesErrorName;
  readonly status: number;

  constructor(name: SesErrorName, message: string) {
    super(message);
    this.name = name;
    this.status = statuses[name];
  }
}

/** A `BadRequestException` with the given message. */
export function badRequest(message: string): SesError {
  return new SesError("BadRequestException", message);
}

/** A `NotFoundException` for a resource of the given kind. */
export function notFound(kind: string, name: string): SesError {
  return new SesError("NotFoundException", `${kind} <${name}> does not exist.`);
}

/** An `AlreadyExistsException` for a resource of the given kind. */
export function alreadyExists(kind: string, name: string): SesError {
  return new SesError("AlreadyExistsException", `${kind} <${name}> already exists.`);
}
