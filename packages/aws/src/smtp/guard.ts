import ip from "ipaddr.js";

/** Ranges of private networks: reached only where the operator allows it (G7). */
const privateRanges = new Set(["loopback", "private", "uniqueLocal", "carrierGradeNat"]);

/**
 * Addresses of a cloud's metadata or host service that do not look it: Azure's, Alibaba's in 100.64.0.0/10, and in
 * fc00::/7 those of EC2, EKS Pod Identity and Google Compute Engine.
 */
const metadata = new Set(["168.63.129.16", "100.100.100.200", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254"]);

/** The Lambda runtime's own interface, on loopback. */
const runtimePort = 9001;

/**
 * Why a connection to this address is refused, or null when it may be made (G7). Only global unicast passes, so that
 * a range nobody thought of is refused too. IPv4 inside IPv6 (IPv4-mapped, NAT64) is judged by the IPv4 address;
 * 6to4 and Teredo are refused whole: they are retired (RFC 7526) and carry any IPv4 address.
 * @param private_hosts lets private networks and loopback pass; link-local, multicast, unspecified and the metadata
 *   addresses never do
 * @param port where it is known: that of the Lambda runtime is never reached on loopback
 */
export function refusal(
  address: string,
  { private_hosts, port }: { private_hosts: boolean; port?: number },
): string | null {
  if (!ip.isValid(address)) return "is no IP address";
  const plain = embedded(ip.parse(address));
  const range = plain.range();
  if (metadata.has(plain.toString().replace(/%.*$/, ""))) return "is a metadata address";
  if (range === "loopback" && port === runtimePort) return "is the function's own runtime";
  if (range === "unicast" && (plain.kind() === "ipv4" || isGlobal(plain))) return null;
  if (private_hosts && privateRanges.has(range)) return null;
  if (privateRanges.has(range)) return "is in a private network";
  return `is not a public address (${range})`;
}

type Address = ReturnType<typeof ip.parse>;

/** The IPv4 address in an IPv4-mapped (RFC 4291 §2.5.5.2) or well-known NAT64 (RFC 6052 §2.1) one, else the address. */
function embedded(address: Address): Address {
  const bytes = address.toByteArray();
  const prefix = Buffer.from(bytes.slice(0, 12)).toString("hex");
  const carries = prefix === "00000000000000000000ffff" || prefix === "0064ff9b0000000000000000";
  return bytes.length === 16 && carries ? ip.fromByteArray(bytes.slice(12)) : address;
}

/** 2000::/3, all that is handed out for global unicast (RFC 4291 §2.4). */
const isGlobal = (address: Address): boolean => ((address.toByteArray()[0] ?? 0) & 0xe0) === 0x20;
