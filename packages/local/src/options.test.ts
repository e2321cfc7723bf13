import { describe, expect, it } from "vitest";
import { options } from "./options.ts";

describe("the options of npm start", () => {
  it("have the defaults of the embedded mode", () => {
    expect(options({})).toEqual({
      data_dir: ".posthouse",
      port: 3000,
      smtp_port: 2525,
      host: "127.0.0.1",
      root_domain: "posthouse.test",
      platform_smtp_url: null,
      public_url: null,
      private_smtp_hosts: true,
      dns_servers: [],
      reset_utc: "23:00",
      waits: { tick: 5, recovery: 15, unknown: 30, lease: 40 },
    });
  });

  it("take what is set", () => {
    const env = {
      PORT: "0",
      POSTHOUSE_SMTP_PORT: "0",
      POSTHOUSE_OPERATOR_KEY: "ph_x",
      POSTHOUSE_PRIVATE_SMTP_HOSTS: "false",
      POSTHOUSE_UNKNOWN_SECONDS: "2",
    };
    expect(options(env)).toMatchObject({
      port: 0,
      smtp_port: 0,
      operatorKey: "ph_x",
      private_smtp_hosts: false,
      waits: { unknown: 2 },
    });
  });

  it.each([
    ["PORT", "http"],
    ["PORT", "65536"],
    ["POSTHOUSE_SMTP_PORT", "25.5"],
    ["POSTHOUSE_TICK_SECONDS", "-1"],
    ["POSTHOUSE_TICK_SECONDS", "0"],
    ["POSTHOUSE_RESET_UTC", "25:00"],
  ])("name the variable at fault: %s=%s", (name, value) => {
    expect(() => options({ [name]: value })).toThrow(name);
  });
});
