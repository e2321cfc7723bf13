import { describe, expect, it } from "vitest";
import { failure, type Store, TABLE } from "./table.ts";

/** The settings of time to live; when it deletes is each store's own affair. */
export function timeToLive(use: () => Store): void {
  describe("time to live", () => {
    it("is off, can be switched on once, and off again", async () => {
      const { client } = use();
      const status = async () => (await client.describeTimeToLive({ TableName: TABLE })).TimeToLiveDescription;
      const change = (Enabled: boolean) =>
        client.updateTimeToLive({
          ...{ TableName: TABLE, TimeToLiveSpecification: { AttributeName: "expires_at", Enabled } },
        });
      expect(await status()).toEqual({ TimeToLiveStatus: "DISABLED" });
      await change(true);
      expect(await status()).toEqual({ TimeToLiveStatus: "ENABLED", AttributeName: "expires_at" });
      expect((await failure(change(true))).name).toBe("ValidationException");
      await change(false);
      expect((await status())?.TimeToLiveStatus).toBe("DISABLED");
    });
  });
}
