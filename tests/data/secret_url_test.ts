// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  CredentialsError,
  requestOf,
  variableProblem,
  withoutSecrets,
  withoutSecretsIn,
  WRITTEN_URL,
} from "../../src/data/secret_url.ts";

const urls: readonly [what: string, url: string, said: string][] = [
  ["nothing secret", "https://a.org/b/c.txt", "https://a.org/b/c.txt"],
  ["a password", "http://user:pa55@a.org:80/c", "http://a.org:80/c"],
  ["a token alone", "https://t0ken@a.org/c", "https://a.org/c"],
  ["a password with signs", "https://u:p@ss:w@a.org/c", "https://a.org/c"],
  ["a password that makes it invalid", "https://u:pa/5?s#5@a.org/c", "https://a.org/c"],
  ["an @ in the path", "https://a.org/@u/c", "https://a.org/@u/c"],
  ["values of the query", "https://a.org/c?token=abc&n=1;e=", "https://a.org/c?token=***&n=***;e="],
  ["a query without names", "https://a.org/c?abc&d", "https://a.org/c?***&***"],
  ["what follows #", "https://a.org/c#access_token=x", "https://a.org/c"],
  ["a variable", "https://${HF_TOKEN}@a.org/c", "https://${HF_TOKEN}@a.org/c"],
  [
    "a variable as a password",
    "https://u:${MICROBEAM_P}@a.org/c",
    "https://u:${MICROBEAM_P}@a.org/c",
  ],
  ["a variable and more", "https://u:x${MICROBEAM_P}@a.org/c", "https://a.org/c"],
  ["a password that a message cuts", "https://user:pa55…", "https://…"],
  ["a token that a message cuts", "https://t0ken…", "https://…"],
  ["an address of IPv6", "http://u:p@[::1]:80/c?k=v", "http://[::1]:80/c?k=***"],
];

for (const [what, url, said] of urls) {
  Deno.test(`withoutSecrets: ${what}`, () => {
    assertEquals(withoutSecrets(url), said);
    assertEquals(withoutSecrets(said), said);
    assertEquals(
      withoutSecretsIn(`cannot ask "${url}": no (${url}).`),
      `cannot ask "${said}": no (${said}).`,
    );
  });
}

const problems: readonly [url: string, problem: string | undefined][] = [
  ["https://a.org/c", undefined],
  ["https://${HF_TOKEN}@a.org/c", undefined],
  ["https://${MICROBEAM_USER}:${MICROBEAM_PASSWORD}@a.org/c", undefined],
  [
    "https://${PATH}@a.org/c",
    "expected ${HF_TOKEN} or a variable that begins with MICROBEAM_, found ${PATH}",
  ],
  [
    "https://a.org/${HF_TOKEN}",
    "expected variables of the environment in the credentials alone, as in " +
    "https://${HF_TOKEN}@host/file, found ${HF_TOKEN} elsewhere",
  ],
  [
    "https://a.org/c?t=${MICROBEAM_T}",
    "expected variables of the environment in the credentials alone, as in " +
    "https://${HF_TOKEN}@host/file, found ${MICROBEAM_T} elsewhere",
  ],
];

for (const [url, problem] of problems) {
  Deno.test(`variableProblem: ${url}`, () => assertEquals(variableProblem(url), problem));
}

const environment = (name: string): string | undefined =>
  ({ HF_TOKEN: "hf_x", MICROBEAM_USER: "ü", MICROBEAM_PASSWORD: "p@:/" })[name];

const requests: readonly [url: string, asked: string, authorization: string | undefined][] = [
  ["https://a.org/c?t=x#y", "https://a.org/c?t=x", undefined],
  ["https://u:p%40@a.org/c", "https://a.org/c", `Basic ${btoa("u:p@")}`],
  ["https://t@a.org/c", "https://a.org/c", "Bearer t"],
  ["https://${HF_TOKEN}@a.org/c", "https://a.org/c", "Bearer hf_x"],
  [
    "https://${MICROBEAM_USER}:${MICROBEAM_PASSWORD}@a.org/c",
    "https://a.org/c",
    `Basic ${btoa("\xc3\xbc:p@:/")}`,
  ],
];

for (const [given, asked, authorization] of requests) {
  Deno.test(`requestOf: ${given}`, () => {
    assertEquals(requestOf(given, environment, () => undefined), {
      url: new URL(asked),
      authorization,
    });
  });
}

const REFUSED = new Map([["HF_TOKEN", "expected the hub"]]);

const refused: readonly [url: string, message: string][] = [
  ["https://${MICROBEAM_NO}@a.org/c", "expected the environment to have MICROBEAM_NO, which"],
  ["https://${HF_TOKEN}@a.org/c", "expected the hub"],
  ["https://a b@a.org/c", "expected a token of ASCII without spaces, found another"],
  [
    "https://a.org/c?t=***",
    "expected the URL with the values of its query, which are never written",
  ],
];

for (const [url, message] of refused) {
  Deno.test(`requestOf: ${url} is refused`, () => {
    assertThrows(
      () => requestOf(url, environment, (name) => REFUSED.get(name)),
      CredentialsError,
      message,
    );
  });
}

/** Ways to write a URL that a parser of URLs takes, and that could hide what is secret in it. */
const miswritten = [
  "http:///user:pa55@a.org/c",
  "http:////user:pa55@a.org/c",
  "http:/user:pa55@a.org/c",
  "http:user:pa55@a.org/c",
  "http:\\\\user:pa55@a.org/c",
  "ftp://user:pa55@a.org/c",
];
for (const url of miswritten) {
  Deno.test(`withoutSecretsIn: ${url} is no URL of a corpus, and what is secret in it is cut`, () => {
    assert(!WRITTEN_URL.test(url));
    assert(!withoutSecretsIn(`found "${url}"`).includes("pa55"));
  });
}
