/** Who makes a change, for the audit trail. Nobody named = the machinery itself: the tick, or what a queue brought. */
export interface Actor {
  /** A key of the database, or one of the operator's. */
  readonly type: "api_key" | "operator";
  /** The key's id; null = the operator's key that the installation was made with. */
  readonly id: string | null;
  /** Of the request it came with; also in the logs. */
  readonly request_id: string;
}
