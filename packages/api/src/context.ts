import type { Version } from "@posthouse/core/database/version";
import type { Ports } from "@posthouse/core/ports/main";

/** What the API runs on: core's ports, and the key that is the operator's. */
export type AppPorts = Ports & { readonly operatorKey: string };

/** What middleware leaves for the routes behind it. */
export interface AppEnv {
  Variables: {
    /** Of every request; also in the answer's header and in errors. */
    requestId: string;
    /** The database acted on, as read strongly for this request; not on the operator's own routes. */
    version: Version;
    /** The email that was made by this request, for the log: what its id is found by. */
    email?: string;
    /** The domains the caller's key is bound to; absent = none. */
    domains?: readonly string[];
  };
}
