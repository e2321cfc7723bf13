/** Exceptions of the KMS API this endpoint throws; all are answered with status 400. */
export type KmsErrorName =
  | "IncorrectKeyException"
  | "InvalidCiphertextException"
  | "NotFoundException"
  | "SerializationException"
  | "UnknownOperationException"
  | "ValidationException";

/** An exception as AWS JSON 1.1 answers it: `__type` carries the name. */
export class KmsError extends Error {
  override readonly name: KmsErrorName;

  constructor(name: KmsErrorName, message: string) {
    super(message);
    this.name = name;
  }
}
