import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

describe("blobs on S3", () => {
  let test: TestPorts;
  beforeAll(async () => {
    test = await startTestPorts();
  });
  afterAll(() => test.close());

  it("keeps bytes as they are, the last of them, until they are deleted", async () => {
    const { blobs } = test.ports;
    const bytes = Uint8Array.from({ length: 300_000 }, (_, n) => n % 256);
    await blobs.put("db_1/em_1", new Uint8Array([1]));
    await blobs.put("db_1/em_1", bytes);
    expect(Buffer.from((await blobs.get("db_1/em_1")) as Uint8Array).equals(bytes)).toBe(true);
    await blobs.delete("db_1/em_1");
    expect(await blobs.get("db_1/em_1")).toBeUndefined();
  });

  it("answers undefined for what is not there, and deletes it without complaint", async () => {
    expect(await test.ports.blobs.get("db_1/none")).toBeUndefined();
    await test.ports.blobs.delete("db_1/none");
  });

  it("lists keys by their beginning", async () => {
    const { blobs } = test.ports;
    for (const key of ["keep-8d/db_2/a", "keep-8d/db_2/b", "keep-8d/db_22/c"])
      await blobs.put(key, new Uint8Array([1]));
    expect(await blobs.list("keep-8d/db_2/")).toEqual(["keep-8d/db_2/a", "keep-8d/db_2/b"]);
    expect(await blobs.list("keep-8d/db_2/", "keep-8d/db_2/a")).toEqual(["keep-8d/db_2/b"]);
    expect(await blobs.list("keep-8d/db_3/")).toEqual([]);
  });

  it("answers whoever has a link, which may say as what it is to be saved", async () => {
    const { blobs } = test.ports;
    await blobs.put("keep-8d/db_4/a", new Uint8Array([1, 2]));
    const [plain, named] = [
      await blobs.link("keep-8d/db_4/a", 60),
      await blobs.link("keep-8d/db_4/a", 60, "ü\r\n.pdf"),
    ];
    const saved = (link: string) => new URL(link).searchParams.get("response-content-disposition");
    expect([saved(plain), saved(named)]).toEqual([null, `attachment; filename="__.pdf"; filename*=UTF-8''%C3%BC_.pdf`]);
    for (const link of [plain, named])
      expect(new Uint8Array(await (await fetch(link)).arrayBuffer())).toEqual(new Uint8Array([1, 2]));
  });

  it("holds an empty object, and keys with odd characters", async () => {
    const { blobs } = test.ports;
    await blobs.put("db_1/a b+c/ü%41", new Uint8Array());
    expect(await blobs.get("db_1/a b+c/ü%41")).toEqual(new Uint8Array());
  });
});
