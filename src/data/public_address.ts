/**
 * Which hosts are on the public internet: where a server that is not trusted may send a request on to.
 *
 * @module
 */
import { BlockList, isIPv4, isIPv6 } from "node:net";

/**
 * Addresses that are not: private, loopback, link-local, shared, multicast, for documentation, reserved.
 * Source: the special-purpose registries of IANA (RFC 6890 and its updates).
 */
const SPECIAL_IPV4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
];

/** Of IPv6, within the 2000::/3 that is public at all. */
const SPECIAL_IPV6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

const special = new BlockList();
for (const [family, ranges] of [["ipv4", SPECIAL_IPV4], ["ipv6", SPECIAL_IPV6]] as const) {
  for (const range of ranges) {
    const [network = "", bits = ""] = range.split("/");
    special.addSubnet(network, Number(bits), family);
  }
}
const unicast = new BlockList();
unicast.addSubnet("2000::", 3, "ipv6");

/** The loopback addresses. */
const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** Whether an address, in digits, is one of the public internet. */
export function isPublic(address: string): boolean {
  if (isIPv4(address)) return !special.check(address, "ipv4");
  const behind = translated(address);
  if (behind !== undefined) return isPublic(behind);
  // An address with a zone (fe80::1%eth0) is of a link; ::ffff:127.0.0.1 is not in 2000::/3.
  return isIPv6(address) && !address.includes("%") &&
    unicast.check(address, "ipv6") && !special.check(address, "ipv6");
}

/** The IPv4 address behind one of 64:ff9b::/96, by which networks of IPv6 alone reach it (RFC 6052). */
function translated(address: string): string | undefined {
  const [, high, low] = /^64:ff9b::([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address) ?? [];
  if (high === undefined || low === undefined) return undefined;
  return [high, low].map((part) => parseInt(part, 16)).flatMap((part) => [part >> 8, part & 255])
    .join(".");
}

/** The name or address of a URL's host, which `URL` has brought from decimal and hexadecimal forms. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "").toLowerCase();
}

/** Whether `host` is the machine itself, as far as can be said without asking for its addresses. */
export function isLoopback(host: string): boolean {
  if (isIPv4(host)) return loopback.check(host, "ipv4");
  if (isIPv6(host)) return loopback.check(host, "ipv6");
  return host === "localhost" || host.endsWith(".localhost");
}

/** Whether `host` is an address in digits. */
export function isAddress(host: string): boolean {
  return isIPv4(host) || isIPv6(host);
}

/** Asks the name server for the addresses of a host; none for a name that it does not know. */
export async function addressesOf(host: string): Promise<string[]> {
  const found = await Promise.allSettled([
    Deno.resolveDns(host, "A"),
    Deno.resolveDns(host, "AAAA"),
  ]);
  return found.flatMap((answer) => answer.status === "fulfilled" ? answer.value : []);
}
