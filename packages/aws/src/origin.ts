/** Traces that the emails of this process's batch came by: one invocation at a time works here. */
const headers = new Map<string, string>();

/** Forgets those of the batch before. */
export const begin = (): void => headers.clear();

/**
 * Notes the trace of the invocation that put a message on its queue.
 * @param body of the message; only one that names an email by `id` is noted.
 * @param header X-Ray's, as SQS hands it on; undefined where that invocation was not traced.
 */
export function note(body: unknown, header: string | undefined): void {
  const { id } = (body ?? {}) as { id?: unknown };
  if (header !== undefined && typeof id === "string") headers.set(id, header);
}

/** The header that came with the message of an email. */
export const headerOf = (email: string): string | undefined => headers.get(email);
