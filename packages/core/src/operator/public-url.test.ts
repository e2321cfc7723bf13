import { describe, expect, it } from "vitest";
import { reachOf } from "./public-url.ts";

describe("R-KIND-3 who can follow a link", () => {
  it.each([
    ["https://mail.example.com", "everybody"],
    ["https://localhost", "everybody"],
    ["http://localhost:3000", "machine"],
    ["http://posthouse.localhost", "machine"],
    ["http://127.0.0.1:1", "machine"],
    ["http://[::1]:3000", "machine"],
    ["http://mail.example.com", "nobody"],
    ["http://localhost.example.com", "nobody"],
    ["http://127.0.0.1.example.com", "nobody"],
    ["ftp://localhost", "nobody"],
    ["mail.example.com", "nobody"],
    [null, "nobody"],
  ])("%s: %s", (url, reach) => {
    expect(reachOf(url)).toBe(reach);
  });
});
