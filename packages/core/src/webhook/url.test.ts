import { createHttp } from "@posthouse/aws/http";
import { describe, expect, it } from "vitest";
import { cleanUrl } from "./url.ts";

const public_ = { http: createHttp({ private_hosts: false }) };
const private_ = { http: createHttp({ private_hosts: true }) };

describe("the URL of an endpoint", () => {
  it.each([
    "https://example.com",
    "https://hooks.example.com:8443/a/b?c=d",
    "https://93.184.216.34/",
    "https://bücher.example/x",
  ])("%s is kept as it was given", async (url) => expect(await cleanUrl(public_, url)).toBe(url));

  it.each([
    ["http://example.com/", "https://"],
    ["ftp://example.com/", "https://"],
    ["example.com", "no URL"],
    ["https://", "no URL"],
    [" https://example.com/", "no URL"],
    ["https://exa\tmple.com/", "no URL"],
    ["https://user@example.com/", "username"],
    ["https://user:pass@example.com/", "username"],
    ["https://example.com/#part", "fragment"],
    ["https://example.com/#", "fragment"],
    [`https://example.com/${"x".repeat(2_000)}`, "longer than 2,000"],
  ])("%s is refused: %s", async (url, why) => {
    await expect(cleanUrl(public_, url)).rejects.toMatchObject({
      name: "invalid_parameter",
      message: expect.stringContaining(why),
      details: { field: "endpoint" },
    });
  });

  it.each([
    "https://127.0.0.1/",
    "https://2130706433/",
    "https://10.0.0.8/",
    "https://192.168.1.1:8443/",
    "https://169.254.169.254/latest/meta-data",
    "https://100.64.0.1/",
    "https://[::1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[64:ff9b::a00:1]/",
    "https://localhost/",
  ])("G7 %s is refused at once, and the message says which host", async (url) => {
    await expect(cleanUrl(public_, url)).rejects.toMatchObject({
      name: "invalid_parameter",
      message: expect.stringMatching(/^endpoint leads to .+: use a public host\.$/),
    });
  });

  it("G7 plain http and private hosts pass where the operator allows them, the metadata address never", async () => {
    for (const url of ["http://127.0.0.1:3000/hook", "http://localhost/", "https://10.0.0.8/"])
      expect(await cleanUrl(private_, url)).toBe(url);
    await expect(cleanUrl(private_, "http://169.254.169.254/")).rejects.toThrow("not a public address");
  });

  it("no password is in the error", async () => {
    const refused = cleanUrl(public_, "https://user:hunter2@example.com/");
    await expect(refused).rejects.not.toThrow("hunter2");
  });
});
