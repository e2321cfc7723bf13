/**
 * The HTTP port: requests to hosts that somebody outside has named. Every address of the host is checked before it is
 * connected to (G7), nothing is redirected, time and size are limited.
 */

/** A request; its URL is `https:`, or `http:` where the installation may reach private hosts. */
export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An answer of any status; a redirect is one like others. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** There was no answer: the host is refused or silent, or the answer too large. The message holds no part of the URL but its host. */
export class HttpUnavailable extends Error {
  override readonly name = "HttpUnavailable";
}

export interface Http {
  /** @throws HttpUnavailable */
  request(request: HttpRequest): Promise<HttpAnswer>;
}
