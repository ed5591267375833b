// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import { gzipSync } from "node:zlib";
import { type Download, download, type DownloadWatch } from "../../src/data/download.ts";
import { DownloadError, variableRefusal, type World } from "../../src/data/guarded_request.ts";
import { sha256Hex } from "../../src/files/sha256.ts";
import { inFolder } from "../temporary_folder.ts";

const CONTENT = new TextEncoder().encode("emma\nolivia\nava\n".repeat(1000));
const SHA256 = sha256Hex(CONTENT);

/** No environment, no names, and no time that passes. */
const nowhere: World = {
  environment: () => undefined,
  addresses: () => Promise.resolve([]),
  after: () => () => {},
};

type Answer = (request: Request, url: URL) => Response | Promise<Response>;

/** A server on this machine, with a folder for what is downloaded from it. */
async function serving(
  answer: Answer,
  action: (what: Download, files: () => string[]) => Promise<void>,
): Promise<void> {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => answer(request, new URL(request.url)),
  );
  try {
    await inFolder(async (folder) => {
      const url = `http://127.0.0.1:${server.addr.port}/c.txt`;
      const digest = { sha256: SHA256 };
      const what = { what: "a test", url, digest, folder, name: "c", mostBytes: 100_000 };
      const files = (): string[] => Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
      await action(what, files);
    });
  } finally {
    await server.shutdown();
  }
}

const packed = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(gzipSync(bytes));

const whole: readonly [string, Answer][] = [
  ["as it is", () => new Response(CONTENT)],
  ["in pieces", () => new Response(ReadableStream.from([CONTENT.slice(0, 7), CONTENT.slice(7)]))],
  [
    "packed although it was asked for as it is",
    () => new Response(packed(CONTENT), { headers: { "content-encoding": "gzip" } }),
  ],
];

for (const [what, answer] of whole) {
  Deno.test(`download: a file that comes ${what} is there whole, and nothing else`, () =>
    serving(answer, async (what, files) => {
      const told: string[] = [];
      const watch = {
        wait: (what: string) => told.push(`wait ${what}`),
        begin: (what: string, most: number, before: number) =>
          told.push(`begin ${what} ${most} ${before}`),
        advance: (bytes: number) => told.push(`at ${bytes}`),
        end: () => told.push("end"),
      };
      await download({ ...what, watch }, nowhere);
      assertEquals(files(), ["c"]);
      assertEquals(Deno.readFileSync(`${what.folder}/c`), CONTENT);
      assert(/^begin a test (16000|100000) 0$/.test(told[0] ?? ""), told[0]);
      assertEquals(told.slice(-2), [`at ${CONTENT.length}`, "end"]);
    }));
}

/** An endless answer. */
const endless = (bytes: Uint8Array): ReadableStream<Uint8Array> =>
  new ReadableStream({ pull: (controller) => controller.enqueue(bytes) });

const refusals: readonly [string, Answer, string][] = [
  ["another digest", () => new Response("changed"), `expected SHA-256 ${SHA256}, found `],
  ["an error", () => new Response("no", { status: 404 }), "the server answered 404"],
  [
    "a length beyond the limit",
    () => new Response(new Uint8Array(100_001)),
    "expected at most 97.7 KiB, found 97.7 KiB",
  ],
  [
    "bytes without end",
    () => new Response(endless(new Uint8Array(10_000))),
    "expected at most 97.7 KiB, found more",
  ],
  [
    "little that unpacks to a lot",
    () =>
      new Response(packed(new Uint8Array(5_000_000)), {
        headers: { "content-encoding": "gzip" },
      }),
    "expected at most 97.7 KiB, found more",
  ],
  [
    "a packing that was not asked for",
    () => new Response("x", { headers: { "content-encoding": "br" } }),
    "expected the file as it is or packed by gzip, found br",
  ],
  [
    "six redirects",
    (_, url) =>
      new Response(null, {
        status: 302,
        headers: { location: `/${url.pathname.length}${url.pathname}` },
      }),
    "expected at most 5 redirects, found more",
  ],
];

for (const [what, answer, message] of refusals) {
  Deno.test(`download: ${what} is refused, and nothing is left`, () =>
    serving(answer, async (what, files) => {
      await assertRejects(() => download(what, nowhere), DownloadError, message);
      assertEquals(files(), []);
    }));
}

/** Sends the first `bytes`, and nothing more. */
function stalling(bytes: number, headers: HeadersInit): Response {
  const start = (controller: ReadableStreamDefaultController): void =>
    controller.enqueue(CONTENT.slice(0, bytes));
  return new Response(new ReadableStream({ start }), { headers });
}

/** A clock that stands still until `pass` is called: then the time is over for what is waited for. */
function stoppedClock(): { after: World["after"]; pass: () => void; watch: DownloadWatch } {
  let waiting = (): void => {};
  return {
    /** Its time is over as soon as anything has come. */
    watch: { wait() {}, begin() {}, advance: () => waiting(), end() {} },
    after(_, action) {
      waiting = action;
      return () => waiting = () => {};
    },
    pass: () => waiting(),
  };
}

Deno.test("download: a server that does not answer is given up", async () => {
  const { after, pass } = stoppedClock();
  const answer = (request: Request): Promise<Response> =>
    new Promise((resolve) => {
      request.signal.addEventListener("abort", () => resolve(new Response()));
      pass();
    });
  await serving(answer, async (what, files) => {
    const message = "the server did not answer in 60 s";
    await assertRejects(() => download(what, { ...nowhere, after }), DownloadError, message);
    assertEquals(files(), []);
  });
});

for (
  const [validator, headers] of [
    ["an ETag", { etag: '"1"' }],
    ["a weak ETag and a time", { etag: 'W/"1"', "last-modified": "Mon, 02 Nov 2026 10:00:00 GMT" }],
  ] as const
) {
  Deno.test(`download: one that stops is resumed by the next call, with ${validator}`, async () => {
    const { after, watch } = stoppedClock();
    const asked: (string | null)[][] = [];
    const answer = ({ headers: sent }: Request): Response => {
      asked.push([sent.get("range"), sent.get("if-range")]);
      if (sent.get("range") === null) return stalling(1000, headers);
      return new Response(CONTENT.slice(1000), {
        status: 206,
        headers: { ...headers, "content-range": `bytes 1000-15999/16000` },
      });
    };
    await serving(answer, async (what, files) => {
      const interrupted = () => download({ ...what, watch }, { ...nowhere, after });
      await assertRejects(interrupted, DownloadError, "fewer than 64 KiB came in 60 s");
      assertEquals(files(), ["c.download", "c.download.json"]);
      await download(what, nowhere);
      assertEquals(files(), ["c"]);
      assertEquals(Deno.readFileSync(`${what.folder}/c`), CONTENT);
    });
    const known = "last-modified" in headers ? headers["last-modified"] : headers.etag;
    assertEquals(asked, [[null, null], ["bytes=1000-", known]]);
  });
}

Deno.test("download: without a strong validator, or with packing, nothing is kept to resume", async () => {
  for (const headers of [{}, { etag: 'W/"1"' }]) {
    const { after, watch } = stoppedClock();
    await serving(() => stalling(1000, headers), async (what, files) => {
      const interrupted = () => download({ ...what, watch }, { ...nowhere, after });
      await assertRejects(interrupted, DownloadError);
      assertEquals(files(), []);
    });
  }
});

/** Leaves the beginning of a file, which may be another. */
function leave({ folder, url }: Download, bytes: Uint8Array): void {
  Deno.writeFileSync(`${folder}/c.download`, bytes);
  const note = { url, validator: '"1"' };
  Deno.writeTextFileSync(`${folder}/c.download.json`, JSON.stringify(note));
}

const resumptions: readonly [string, Uint8Array, Answer][] = [
  ["the server has another file by now", CONTENT.slice(0, 1000), () => new Response(CONTENT)],
  [
    "what is there is longer than the file",
    new Uint8Array(20_000),
    ({ headers }) =>
      headers.has("range") ? new Response(null, { status: 416 }) : new Response(CONTENT),
  ],
  [
    "the rest of something else comes",
    CONTENT.slice(0, 1000),
    ({ headers }) =>
      headers.has("range")
        ? new Response("x", { status: 206, headers: { "content-range": "bytes 5-5/16000" } })
        : new Response(CONTENT),
  ],
  [
    "what is there was damaged",
    new Uint8Array(1000),
    ({ headers }) =>
      headers.has("range")
        ? new Response(CONTENT.slice(1000), {
          status: 206,
          headers: { "content-range": "bytes 1000-15999/16000" },
        })
        : new Response(CONTENT),
  ],
];

for (const [what, beginning, answer] of resumptions) {
  Deno.test(`download: begins again where ${what}`, () =>
    serving(answer, async (what, files) => {
      leave(what, beginning);
      await download(what, nowhere);
      assertEquals(files(), ["c"]);
      assertEquals(Deno.readFileSync(`${what.folder}/c`), CONTENT);
    }));
}

Deno.test("download: what is there of another address is not resumed", () => {
  const asked: (string | null)[] = [];
  const answer = ({ headers }: Request): Response => {
    asked.push(headers.get("range"));
    return new Response(CONTENT);
  };
  return serving(answer, async (what) => {
    leave({ ...what, url: "http://127.0.0.1/other" }, CONTENT.slice(0, 1000));
    await download(what, nowhere);
    assertEquals(asked, [null]);
  });
});

Deno.test("download: no link in the place of what is not whole yet is followed", () =>
  serving(() => new Response(CONTENT), async (what) => {
    Deno.writeTextFileSync(`${what.folder}/precious`, "precious");
    Deno.symlinkSync("precious", `${what.folder}/c.download`);
    await assertRejects(() => download(what, nowhere), Error, "found a symbolic link");
    assertEquals(Deno.readTextFileSync(`${what.folder}/precious`), "precious");
  }));

/** Where a server that the config names may redirect to, and where it may not. */
const redirects: readonly [
  what: string,
  location: (port: number) => string,
  problem: string | undefined,
  world?: Partial<World>,
][] = [
  ["itself", () => "/whole", undefined],
  ["its address in decimal", (port) => `http://2130706433:${port}/whole`, undefined],
  ["a public host, over http", () => "http://example.com/whole", "expected https"],
  [
    "a private address",
    () => "https://10.0.0.1/whole",
    "which is no address of the public internet",
  ],
  [
    "one of a link",
    () => "https://169.254.169.254/x",
    "which is no address of the public internet",
  ],
  ["a private address of IPv6", () => "https://[fd00::1]/x", "which is no address of the public"],
  ["one in decimal", () => "https://167772161/x", "to https://10.0.0.1/x, which is no address"],
  ["a name that nobody knows", () => "https://a.example/x", "which is no address of the public"],
  [
    "a name of a private address",
    () => "https://a.example/x",
    "which is no address of the public internet",
    { addresses: () => Promise.resolve(["8.8.8.8", "192.168.0.1"]) },
  ],
  // These two are followed as far as the permissions of the tests go.
  [
    "a name of public addresses",
    () => "https://a.example/x",
    'Requires net access to "a.example:443"',
    { addresses: () => Promise.resolve(["8.8.8.8", "2606:4700::1111"]) },
  ],
  [
    "a private address that HF_ENDPOINT names",
    () => "https://10.0.0.1/x",
    'Requires net access to "10.0.0.1:443"',
    { environment: () => "https://10.0.0.1/models" },
  ],
  ["a file", () => "file:///etc/passwd", "which is no web address"],
  ["text", () => "data:,x", "which is no web address"],
  ["no address", () => "http://[", "the server redirected to no valid address"],
  [
    "a place with secrets",
    () => "http://u:p@example.com/c?token=x",
    "redirected to http://example.com/c?token=***, expected https",
  ],
];

for (const [what, location, problem, world] of redirects) {
  Deno.test(`download: a redirect to ${what} ends with ${problem ?? "the file"}`, () =>
    serving(
      (_, url) =>
        url.pathname === "/whole"
          ? new Response(CONTENT)
          : new Response(null, { status: 302, headers: { location: location(Number(url.port)) } }),
      async (what) => {
        const downloading = download(what, { ...nowhere, ...world });
        if (problem === undefined) await downloading;
        else await assertRejects(() => downloading, DownloadError, problem);
      },
    ));
}

Deno.test("download: a redirect from this machine to another port of it is followed", () =>
  serving(() => new Response(CONTENT), (other) =>
    serving(
      () => new Response(null, { status: 307, headers: { location: other.url } }),
      async (what, files) => {
        await download(what, nowhere);
        assertEquals(files(), ["c"]);
      },
    )));

Deno.test("download: a password and a token are sent to the server that they are for, and never after another", async () => {
  const seen: (string | null)[] = [];
  const moved = (location: string): Response =>
    new Response(null, { status: 302, headers: { location } });
  await serving(({ headers }, { searchParams }) => {
    seen.push(headers.get("authorization"));
    return moved(`${searchParams.get("back")}`);
  }, (other) =>
    serving(({ headers }, { origin, pathname }) => {
      seen.push(headers.get("authorization"));
      if (pathname === "/whole") return new Response(CONTENT);
      return moved(pathname === "/c.txt" ? "/again" : `${other.url}?back=${origin}/whole`);
    }, async (what) => {
      const named = what.url.replace("//", "//user:pa55@");
      await download({ ...what, url: named }, nowhere);
      const fromEnvironment = what.url.replace("//", "//${HF_TOKEN}@");
      const environment = (name: string): string | undefined =>
        name === "HF_TOKEN" ? "t" : undefined;
      const again = { ...what, url: fromEnvironment, name: "d" };
      await download(again, { ...nowhere, environment });
    }));
  const password = `Basic ${btoa("user:pa55")}`;
  assertEquals(seen.slice(0, 4), [password, password, null, null]);
  assertEquals(seen.slice(4), ["Bearer t", "Bearer t", null, null]);
});

Deno.test("download: a file that is there is not asked for, and one with another digest is", async () => {
  let asked = 0;
  await serving(() => {
    asked++;
    return new Response(CONTENT);
  }, async (what, files) => {
    Deno.writeTextFileSync(`${what.folder}/c`, "damaged");
    for (let i = 0; i < 2; i++) await download(what, nowhere);
    assertEquals([asked, files()], [1, ["c"]]);
  });
});

Deno.test("download: two at once ask for the file once", async () => {
  let asked = 0;
  await serving(() => {
    asked++;
    return new Response(CONTENT);
  }, async (what, files) => {
    const told: string[] = [];
    const watch = { wait: (what: string) => told.push(what), begin() {}, advance() {}, end() {} };
    await Promise.all([1, 2, 3].map(() => download({ ...what, watch }, nowhere)));
    assertEquals(told, ["a test", "a test"]);
    assertEquals([asked, files()], [1, ["c"]]);
    assertEquals(Deno.readFileSync(`${what.folder}/c`), CONTENT);
  });
});

Deno.test("download: no message has a secret of the URL, those of the network included", () =>
  serving(() => new Response(), async (what) => {
    const closed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = closed.addr;
    closed.close();
    const url = `http://user:pa55@127.0.0.1:${port}/c?token=s3cret`;
    const error = await assertRejects(() => download({ ...what, url }, nowhere), DownloadError);
    assert(!/pa55|s3cret/.test(error.message), error.message);
  }));

const TO_HUB = "expected ${HF_TOKEN} for huggingface.co or the host of HF_ENDPOINT alone, found ";
const sent: readonly [variable: string, to: string, refusal: string | undefined][] = [
  ["HF_TOKEN", "https://huggingface.co/c", undefined],
  ["HF_TOKEN", "https://cdn.huggingface.co/c", undefined],
  ["HF_TOKEN", "https://hub.example/c", undefined],
  ["HF_TOKEN", "https://a.org/c", `${TO_HUB}a.org`],
  ["HF_TOKEN", "https://nothuggingface.co/c", `${TO_HUB}nothuggingface.co`],
  [
    "HF_TOKEN",
    "http://huggingface.co/c",
    "expected https for ${HF_TOKEN}, which is the environment's, found http",
  ],
  ["HF_TOKEN", "http://127.0.0.1:8080/c", undefined],
  ["MICROBEAM_T", "https://a.org/c", undefined],
  [
    "MICROBEAM_T",
    "http://a.org/c",
    "expected https for ${MICROBEAM_T}, which is the environment's, found http",
  ],
];
for (const [variable, to, refusal] of sent) {
  Deno.test(`variableRefusal: ${variable} ${refusal === undefined ? "is" : "is not"} sent to ${to}`, () => {
    const environment = (name: string): string | undefined =>
      name === "HF_ENDPOINT" ? "https://hub.example" : undefined;
    assertEquals(variableRefusal(variable, new URL(to), environment), refusal);
  });
}
