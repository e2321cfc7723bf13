import { describe, expect, it } from "vitest";
import { ofDelivery, ofEvent, read } from "./message.ts";

describe("a message of the webhook queue", () => {
  const ref = { database: "db_1", owner: "operator", endpoint: "wh_1", id: "dlv_1" } as const;

  it("names an event or a delivery, begins with the database and is of its fair share", () => {
    expect(read(ofEvent("db_1", "e").body)).toEqual({ database: "db_1", event: "e" });
    expect(read(ofDelivery(ref).body)).toEqual(ref);
    for (const { body, group } of [ofEvent("db_1", "e"), ofDelivery(ref)]) {
      expect(group).toBe("db_1");
      expect(JSON.stringify(body)).toMatch(/^\{"database":"db_1"/);
    }
    expect([ofDelivery(ref).delay, ofDelivery(ref, 5).delay]).toEqual([undefined, 5]);
  });

  it("is nothing else", () => {
    for (const body of [null, "x", {}, { database: "db_1" }, { ...ref, id: 1 }])
      expect(() => read(body)).toThrow("names an event, or a delivery");
  });
});
