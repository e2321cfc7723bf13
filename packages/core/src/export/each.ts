import { AppError } from "../error.ts";

/**
 * Reads each entry of a list; what one is refused with names it, as `details.entry` and before the message.
 * @param list e.g. `servers`, for `servers[2]`.
 */
export function each<T, R>(list: string, entries: readonly T[], read: (entry: T) => R): R[] {
  return entries.map((entry, n) => {
    try {
      return read(entry);
    } catch (error) {
      throw named(`${list}[${n}]`, error);
    }
  });
}

/** The error with the entry it is about; any other than ours as it is. */
export function named(entry: string, error: unknown): unknown {
  if (!(error instanceof AppError)) return error;
  return new AppError(error.name, `${entry}: ${error.message}`, {
    cause: error,
    details: { ...error.details, entry },
  });
}
