// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { hostOf, isAddress, isLoopback, isPublic } from "../../src/data/public_address.ts";

const publicAddresses: readonly string[] = [
  "8.8.8.8",
  "1.1.1.1",
  "172.15.255.255",
  "172.32.0.0",
  "192.167.1.1",
  "223.255.255.255",
  "2606:4700:4700::1111",
  "2a00:1450:4001::200e",
  "64:ff9b::808:808",
];

const others: readonly string[] = [
  "0.0.0.0",
  "10.0.0.1",
  "100.64.0.1",
  "127.0.0.1",
  "127.255.255.254",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.0.0.8",
  "192.0.2.1",
  "192.168.0.1",
  "198.18.0.1",
  "198.51.100.1",
  "203.0.113.1",
  "224.0.0.1",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::ffff:127.0.0.1",
  "::ffff:7f00:1",
  "::127.0.0.1",
  "64:ff9b::7f00:1",
  "64:ff9b::a00:1",
  "fc00::1",
  "fd12:3456::1",
  "fe80::1",
  "fe80::1%eth0",
  "ff02::1",
  "2001:db8::1",
  "2001:0:1::1",
  "2002:7f00:1::",
  "3fff::1",
  "example.com",
  "",
];

for (const address of publicAddresses) {
  Deno.test(`isPublic: ${address} is`, () => assertEquals(isPublic(address), true));
}
for (const address of others) {
  Deno.test(`isPublic: ${JSON.stringify(address)} is not`, () =>
    assertEquals(isPublic(address), false));
}

const spellings: readonly [url: string, host: string][] = [
  ["http://2130706433/", "127.0.0.1"],
  ["http://0x7f000001/", "127.0.0.1"],
  ["http://0x7f.1/", "127.0.0.1"],
  ["http://0177.0.0.1/", "127.0.0.1"],
  ["http://127.1/", "127.0.0.1"],
  ["http://127.0.0.1./", "127.0.0.1"],
  ["http://１２７.0.0.1/", "127.0.0.1"],
  ["http://[0:0:0:0:0:0:0:1]/", "::1"],
  ["http://[::ffff:127.0.0.1]/", "::ffff:7f00:1"],
  ["http://LOCALHOST./", "localhost"],
];

for (const [url, host] of spellings) {
  Deno.test(`hostOf: ${url} is ${host}`, () => {
    assertEquals(hostOf(new URL(url)), host);
    assertEquals(isPublic(host), false);
  });
}

Deno.test("isLoopback, isAddress: names and addresses of this machine, and others", () => {
  const own = ["127.0.0.1", "127.9.9.9", "::1", "localhost", "a.localhost"];
  assertEquals(own.filter((host) => !isLoopback(host)), []);
  assertEquals(["10.0.0.1", "::2", "localhost.example.com"].filter(isLoopback), []);
  assertEquals(["127.0.0.1", "::1", "a.b", ""].map(isAddress), [true, true, false, false]);
});
