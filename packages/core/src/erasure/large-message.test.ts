import { randomBytes } from "node:crypto";
import type { TestPorts } from "@posthouse/local/testing";
import { expect, it } from "vitest";
import type { TestDatabase } from "../../../../test/support/database.ts";
import { beginFresh } from "../../../../test/support/fresh.ts";
import { follow, posting } from "../../../../test/support/thread.ts";
import * as Content from "../thread/content.ts";
import * as Message from "../thread/message.ts";
import { post } from "../thread/post.ts";
import { remove } from "../thread/remove.ts";
import { erase } from "./erasure.ts";

const joe = "joe.with.a.somewhat.long.name@a-long-domain-name.example.net";
let env: TestPorts;
let db: TestDatabase;
beginFresh("largetext", (fresh) => {
  ({ env, db } = fresh);
});

/** The address in any case, so that it does not compress. */
const odd = (): string => {
  const bits = randomBytes(joe.length);
  return Array.from(joe)
    .map((letter, n) => ((bits[n] ?? 0) & 1 ? letter.toUpperCase() : letter))
    .join("");
};

it("R-NOT an erasure, and then a deletion, masks a text where it lies, in an object, though masked it fits its item", async () => {
  const ref = { model: "a.b", record_id: "1" };
  const thread = await follow(env.ports, db, [], ref);
  const text = Array.from({ length: 14_000 }, odd).join(" ");
  const { message } = await post(env.ports, await db.version(), thread, posting({ text }));
  const item = await Message.find(env.ports, db.id, thread.id, message.id);
  const blob = String(item?.["blob"]);
  expect(await env.ports.blobs.get(blob)).toBeDefined();
  env.advance(10);
  await erase(env.ports, await db.version(), { address: joe });
  const after = await Message.find(env.ports, db.id, thread.id, message.id);
  expect([after?.["blob"], after?.["data"]]).toEqual([blob, undefined]);
  expect((await Content.texts(env.ports, after ?? item ?? { pk: "", sk: "" }))?.text).not.toMatch(/joe\.with/i);
  await remove(env.ports, await db.version(), ref);
  expect(await env.ports.blobs.list(`keep-400d/${db.id}/`), "what it said").toEqual([]);
}, 60_000);
