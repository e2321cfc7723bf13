import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusal } from "./guard.ts";

const strict = (address: string) => refusal(address, { private_hosts: false });
const lenient = (address: string) => refusal(address, { private_hosts: true });

const privateAddresses = [
  "127.0.0.1",
  "127.8.8.8",
  "10.0.0.1",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "100.64.0.1",
  "::1",
  "fd00::1",
];
const never = [
  ...[
    "0.0.0.0",
    "0.1.2.3",
    "169.254.169.254",
    "169.254.170.2",
    "224.0.0.1",
    "255.255.255.255",
    "240.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
  ],
  ...[
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "ff02::1",
    "fec0::1",
    "2001:db8::1",
    "100::1",
    "::7f00:1",
    "168.63.129.16",
    "100.100.100.200",
    "fd00:ec2::254",
    "fd00:ec2::23",
    "fd20:ce::254",
    "fd00:ec2:0::0254",
    "fd00:ec2::254%eth0",
  ],
  // 6to4 and Teredo, whatever they carry; NAT64 with a prefix of the network's own
  ...["2002:7f00:1::", "2002:808:808::1", "2001::1", "64:ff9b:1::7f00:1", "::ffff:0:127.0.0.1", "not an address", ""],
];

describe("refusal", () => {
  it.each(privateAddresses)("G7 refuses %s unless private hosts are allowed", (address) => {
    expect(strict(address)).toBe("is in a private network");
    expect(lenient(address)).toBeNull();
  });

  it.each(never)("G7 refuses %s always", (address) => {
    expect(strict(address)).not.toBeNull();
    expect(lenient(address)).not.toBeNull();
  });

  it.each(["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])(
    "G7 refuses the runtime's port on %s even where private hosts are allowed",
    (address) => {
      expect(refusal(address, { private_hosts: true, port: 9001 })).not.toBeNull();
      expect(refusal(address, { private_hosts: true, port: 9002 })).toBeNull();
      expect(refusal("10.0.0.1", { private_hosts: true, port: 9001 })).toBeNull();
    },
  );

  it.each([
    "8.8.8.8",
    "172.32.0.1",
    "100.63.0.1",
    "2600:1f18::1",
    "2a00:1450:4001::1",
    "64:ff9b::808:808",
    "::ffff:8.8.8.8",
  ])("lets %s pass", (address) => {
    expect(strict(address)).toBeNull();
  });

  it("G7 refuses the retired IPv4-compatible spelling of a private address", () => {
    expect(strict("::127.0.0.1")).not.toBeNull();
  });

  it("G7 judges IPv4-mapped and NAT64 addresses by the IPv4 address within, in any spelling", () => {
    fc.assert(
      fc.property(fc.ipV4(), (v4) => {
        const [a = 0, b = 0, c = 0, d = 0] = v4.split(".").map(Number);
        const hex = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
        for (const private_hosts of [true, false]) {
          const plain = refusal(v4, { private_hosts });
          for (const form of [`::ffff:${v4}`, `::FFFF:${hex}`, `64:ff9b::${hex}`, `0:0:0:0:0:ffff:${hex}`]) {
            expect(refusal(form, { private_hosts })).toBe(plain);
          }
        }
      }),
    );
  });
});
