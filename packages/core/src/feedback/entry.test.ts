import { describe, expect, it } from "vitest";
import type { Head } from "../email/head.ts";
import type { Change } from "./change.ts";
import { entry } from "./entry.ts";
import type { News } from "./reduce.ts";

const at = "2026-11-23T08:00:00.000Z";
const head = { database: "db_1", id: "em_1", recipients: 1, attempt: 1, expires_at: 0 } as unknown as Head;
const change: Change = { kind: "bounced", address: "bob@example.net", at, dedupe: "x", reply: "550 no" };

/** The note that such a change has in the timeline. */
const noteOf = (more: Partial<Change>, alone?: News["alone"]) => {
  const news = { change: { ...change, ...more }, moved: [], about: [], redirected: false, ...(alone && { alone }) };
  const [written] = entry({ head, people: [] }, news, Date.parse(at));
  return written?.put["note"];
};

describe("an entry of the timeline", () => {
  it("RFC 3464 §2.3.5 says which server a report has its words from, behind what else is to be known", () => {
    expect(noteOf({})).toBeUndefined();
    expect(noteOf({ remote_mta: "store.example.net" })).toBe("Said by store.example.net.");
    expect(noteOf({ remote_mta: "store.example.net" }, "earlier")).toMatch(/^Told of an earlier.* Said by store/);
    expect(noteOf({ remote_mta: "x".repeat(1_000) })).toHaveLength(264);
  });
});
