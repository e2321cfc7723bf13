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
  /** For the request as a whole, in ms; absent = the port's own. */
  readonly timeout?: number;
  /** So many bytes of an answer are enough, what is over is not waited for. Absent = all; one too large is no answer. */
  readonly enough?: number;
}

/** An answer of any status; a redirect is one like others. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  /** Its Retry-After (RFC 9110 §10.2.3), as it stands there. */
  readonly retry_after?: string;
}

/** There was no answer: the host is refused or silent, or the answer too large. The message holds no part of the URL but its host. */
export class HttpUnavailable extends Error {
  override readonly name = "HttpUnavailable";
  /** Whether it was silence: the time was over. */
  readonly silent: boolean;
  constructor(message: string, { silent = false }: { silent?: boolean } = {}) {
    super(message);
    this.silent = silent;
  }
}

export interface Http {
  /**
   * Why a URL is never requested, as far as it shows by itself: its scheme, or an address or name in it that is private
   * (G7). Where another name leads to is looked at with each request.
   * @returns to be read after "the URL", e.g. `leads to 127.0.0.1, which is in a private network: use a public host`; null = nothing is against it.
   */
  refusal(url: string): Promise<string | null>;
  /** @throws HttpUnavailable */
  request(request: HttpRequest): Promise<HttpAnswer>;
}
