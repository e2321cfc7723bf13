/** Errors of a connection after which nobody knows whether the request was carried out. */
const network = new Set(["ECONNRESET", "ECONNREFUSED", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "ENOTFOUND", "EAI_AGAIN"]);

/** Whether a call of the SDK ended without an answer that says what became of it: time-out, reset, 5xx. */
export function isLost(error: Error): boolean {
  const { code, $metadata } = error as Error & { code?: string; $metadata?: { httpStatusCode?: number } };
  if (error.name === "TimeoutError" || error.name === "AbortError") return true;
  return (code !== undefined && network.has(code)) || ($metadata?.httpStatusCode ?? 0) >= 500;
}
