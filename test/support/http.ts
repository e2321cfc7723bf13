/** A client of the API over HTTP that knows nothing of the code behind it. */
export interface Client {
  /** @throws what `fetch` throws when there is no answer. */
  call(method: string, path: string, body?: object, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

/** An answer with its JSON. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * Calls `url` with a key; on a database, where that is the operator's.
 * @param timeout_ms until a request without an answer is given up
 */
export function createClient(
  url: string,
  { key, database, timeout_ms = 30_000 }: { key: string; database?: string; timeout_ms?: number },
): Client {
  const common = {
    authorization: `Bearer ${key}`,
    "content-type": "application/json",
    ...(database !== undefined && { "posthouse-database": database }),
  };
  return {
    async call(method, path, body, headers) {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: { ...common, ...headers },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(timeout_ms),
      });
      const text = await response.text();
      return { status: response.status, body: text === "" ? {} : (JSON.parse(text) as Answer["body"]) };
    },
  };
}
