// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { World } from "../../src/data/guarded_request.ts";
import { fetchModel, HubError } from "../../src/data/hub.ts";
import { sha256Hex } from "../../src/files/sha256.ts";
import { hubName, type HubSource, hubSourceOf } from "../../src/data/hub_source.ts";
import { digestOfFiles } from "../../src/model/hugging_face/model_folder.ts";
import { inFolder } from "../temporary_folder.ts";
import {
  COMMIT,
  type Differences,
  failure,
  type HubServer,
  REPOSITORY,
  withHub,
} from "./hub_server.ts";

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const filled = (length: number, seed: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length }, (_, i) => (i * 31 + seed) % 251);

/** Of a model that can be read. */
const CONFIG = bytes(JSON.stringify({
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  vocab_size: 8,
  hidden_size: 8,
  intermediate_size: 8,
  num_attention_heads: 2,
  num_hidden_layers: 1,
  max_position_embeddings: 16,
  rms_norm_eps: 1e-5,
}));

/** A model in one file, with others that are never needed. */
const ONE = {
  "config.json": CONFIG,
  "generation_config.json": bytes("{}"),
  "tokenizer.json": bytes('{"model":{}}'),
  "tokenizer_config.json": bytes("{ }"),
  "model.safetensors": filled(200_000, 1),
  "pytorch_model.bin": bytes("pickle"),
  "README.md": bytes("# Model"),
};
const NEEDED = [
  "config.json",
  "generation_config.json",
  "model.safetensors",
  "tokenizer.json",
  "tokenizer_config.json",
];

const [SHARD_1, SHARD_2] = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
/** A model in two. */
const TWO = {
  "config.json": CONFIG,
  "tokenizer.json": bytes("{}"),
  "model.safetensors.index.json": index({ a: SHARD_2, b: SHARD_1, c: SHARD_2 }),
  [SHARD_1]: filled(3000, 2),
  [SHARD_2]: filled(5000, 3),
  "unused.safetensors": filled(10, 4),
};

function index(map: unknown): Uint8Array<ArrayBuffer> {
  return bytes(JSON.stringify({ weight_map: map }));
}

const MAIN: HubSource = { repository: REPOSITORY, revision: "main" };
const PINNED: HubSource = { repository: REPOSITORY, revision: COMMIT };

/** Runs `action` with a hub and an empty cache. */
async function trying(
  files: Record<string, Uint8Array<ArrayBuffer>>,
  action: (server: HubServer, folder: string) => Promise<void>,
  differences: Differences = {},
): Promise<void> {
  await inFolder((folder) => withHub(files, (server) => action(server, folder), differences));
}

const names = (folder: string): string[] =>
  Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();

Deno.test("fetchModel: has exactly the files that are needed, and the commit of the branch", () =>
  trying(ONE, async (server, folder) => {
    const model = await fetchModel(MAIN, { folder }, server.world());
    assertEquals(model.commit, COMMIT);
    assertEquals(model.name, `hf:${REPOSITORY}@${COMMIT}`);
    const digests = NEEDED.map((name) => {
      const content = new Map(Object.entries(ONE)).get(name) ?? bytes("");
      return { name, bytes: content.length, sha256: sha256Hex(content) };
    });
    assertEquals(model.digest, digestOfFiles(digests));
    assertEquals(names(model.folder), NEEDED);
    assertEquals(Deno.readFileSync(`${model.folder}/model.safetensors`), ONE["model.safetensors"]);
    assertEquals(Deno.readFileSync(`${model.folder}/config.json`), ONE["config.json"]);
  }));

Deno.test("fetchModel: has the shards that the index names", () =>
  trying(TWO, async (server, folder) => {
    const model = await fetchModel({ ...MAIN, revision: "refs/pr/1" }, { folder }, server.world());
    assertEquals(names(model.folder), [
      "config.json",
      SHARD_1,
      SHARD_2,
      "model.safetensors.index.json",
      "tokenizer.json",
    ]);
  }));

Deno.test("fetchModel: a model that is there needs no network, by its branch and by its commit", () =>
  trying(ONE, async (server, folder) => {
    const first = await fetchModel(MAIN, { folder }, server.world());
    server.asked.length = 0;
    for (const source of [MAIN, PINNED]) {
      assertEquals(await fetchModel(source, { folder }, server.world()), first);
    }
    assertEquals(server.asked, []);
  }));

Deno.test("fetchModel: a file of another size than was downloaded is downloaded again, alone", () =>
  trying(ONE, async (server, folder) => {
    const model = await fetchModel(PINNED, { folder }, server.world());
    Deno.truncateSync(`${model.folder}/model.safetensors`, 1000);
    server.asked.length = 0;
    await fetchModel(PINNED, { folder }, server.world());
    assertEquals(Deno.readFileSync(`${model.folder}/model.safetensors`), ONE["model.safetensors"]);
    assertEquals(server.asked.filter((one) => !one.includes("/api/models/")), [
      `hub /${REPOSITORY}/resolve/${COMMIT}/model.safetensors`,
      "cdn /model.safetensors",
    ]);
  }));

Deno.test("fetchModel: the token goes to the hub alone, and into no file", () =>
  trying(ONE, async (server, folder) => {
    await fetchModel(MAIN, { folder }, server.world("hf_t0ken"));
    const sent = server.asked.map((one) => [one.split(" ")[0], one.includes("Bearer hf_t0ken")]);
    assert(sent.length > 6);
    for (const [server, isSent] of sent) assertEquals(isSent, server === "hub");
    for (const text of textsBelow(folder)) assert(!/t0ken|s1gnature/.test(text));
  }));

function textsBelow(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder)).flatMap(({ name, isDirectory }) =>
    isDirectory ? textsBelow(`${folder}/${name}`) : [Deno.readTextFileSync(`${folder}/${name}`)]
  );
}

Deno.test("fetchModel: tells of all weights as of one download, and resumes what was cut", async () => {
  let stalls = 1;
  const cdn: Differences["cdn"] = (_, content) => {
    if (content !== TWO[SHARD_2] || stalls-- < 1) return undefined;
    const start = (controller: ReadableStreamDefaultController): void =>
      controller.enqueue(content.slice(0, 2000));
    const headers = { etag: `"${sha256Hex(content)}"` };
    return new Response(new ReadableStream({ start }), { headers });
  };
  await trying(TWO, async (server, folder) => {
    const told: string[] = [];
    let timeIsOver = (): void => {};
    const watch = {
      wait() {},
      begin: (what: string, most: number, before: number) =>
        told.push(`${what}: ${before} of ${most}`),
      advance(bytes: number) {
        told.push(`${bytes}`);
        if (bytes === 5000) timeIsOver();
      },
      end: () => told.push("end"),
    };
    const after: World["after"] = (_, action) => {
      timeIsOver = action;
      return () => timeIsOver = () => {};
    };
    const fetching = () => fetchModel(MAIN, { folder, watch }, { ...server.world(), after });
    await assertRejects(fetching, HubError, "fewer than 64 KiB came in 60 s");
    assertEquals(told[0], `${REPOSITORY} from the hub: 0 of 8000`);
    assertEquals(told.slice(-2), ["5000", "end"]);
    told.length = 0;
    await fetchModel(MAIN, { folder, watch }, server.world());
    assertEquals(told[0], `${REPOSITORY} from the hub: 5000 of 8000`);
    assertEquals(told.slice(-2), ["8000", "end"]);
    assertEquals(server.asked.at(-1), `cdn /${SHARD_2} bytes=2000-`);
  }, { cdn });
});

/** A server that ends each connection after a third of `content`, or what is left of it. */
async function cutting(
  content: Uint8Array,
  action: (origin: string, asked: string[]) => Promise<void>,
): Promise<void> {
  const asked: string[] = [];
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const third = Math.ceil(content.length / 3);
  const answer = async (connection: Deno.Conn): Promise<void> => {
    const request = new Uint8Array(10_000);
    const text = new TextDecoder().decode(request.subarray(0, await connection.read(request) ?? 0));
    const [, begin = "0"] = /^range: bytes=(\d+)-/im.exec(text) ?? [];
    asked.push(begin);
    const from = Number(begin);
    const head = [
      from === 0 ? "HTTP/1.1 200 OK" : "HTTP/1.1 206 Partial Content",
      `content-length: ${content.length - from}`,
      `content-range: bytes ${from}-${content.length - 1}/${content.length}`,
      'etag: "same"',
    ].join("\r\n");
    const body = content.slice(from, from + third);
    await connection.write(Uint8Array.of(...bytes(`${head}\r\n\r\n`), ...body));
    connection.close();
  };
  const answering = (async () => {
    for await (const connection of listener) await answer(connection);
  })();
  try {
    await action(`http://127.0.0.1:${listener.addr.port}`, asked);
  } finally {
    listener.close();
    await answering;
  }
}

Deno.test("fetchModel: a connection that ends early is followed by another, from there on", async () => {
  const content = filled(3000, 5);
  await cutting(
    content,
    (origin, asked) =>
      trying({ ...ONE, "model.safetensors": content }, async (server, folder) => {
        const model = await fetchModel(MAIN, { folder }, server.world());
        assertEquals(Deno.readFileSync(`${model.folder}/model.safetensors`), content);
        assertEquals(asked, ["0", "1000", "2000"]);
      }, sentTo(`${origin}/x`)),
  );
});

Deno.test("fetchModel: connections that end without bringing anything are given up", () =>
  trying(ONE, async (server, folder) => {
    const closed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = closed.addr;
    closed.close();
    const environment = (name: string): string | undefined =>
      name === "HF_ENDPOINT" ? `http://127.0.0.1:${port}` : undefined;
    const fetching = () => fetchModel(MAIN, { folder }, { ...server.world(), environment });
    await assertRejects(fetching, HubError, "the next run goes on where this one stopped");
  }));

/** One answer in the place of all of the hub. */
const always = (status: number, code: string, headers: HeadersInit = {}): Differences => ({
  hub: () => failure(status, code, headers),
});
/** One answer in the place of those with files. */
const files = (status: number, code: string): Differences => ({
  hub: (_, { pathname }) => pathname.startsWith("/api/") ? undefined : failure(status, code),
});
/** Weights that come in another way. */
const cdn = (answer: Differences["cdn"]): Differences =>
  answer === undefined ? {} : { cdn: answer };
/** A redirect of the weights. */
const sentTo = (location: string): Differences => ({
  hub: (_, { pathname }) =>
    pathname.endsWith(".safetensors")
      ? new Response(null, { status: 302, headers: { location } })
      : undefined,
});

const refusals: readonly {
  readonly what: string;
  /** Every part of the message; `HUB` is the hub's address. */
  readonly says: readonly string[];
  readonly differences?: Differences;
  readonly files?: Record<string, Uint8Array<ArrayBuffer>>;
  readonly token?: string;
  readonly revision?: string;
}[] = [
  {
    what: "a model that is not there, without a token",
    differences: always(401, "RepoNotFound"),
    says: [
      "there is no such model, or it is private (HUB answered 401): look at HUB/" + REPOSITORY,
      "if it is private, set HF_TOKEN to a token from HUB/settings/tokens",
    ],
  },
  {
    what: "a model that is not there, with a token",
    differences: always(404, "RepoNotFound"),
    token: "hf_t0ken",
    says: ["there is no such model", "the account that HF_TOKEN is of may not see it"],
  },
  {
    what: "a token that is wrong",
    differences: always(401, ""),
    token: "hf_t0ken",
    says: ["the token in HF_TOKEN was refused (HUB answered 401): renew it, or unset it"],
  },
  {
    what: "a gated model, without a token",
    differences: files(401, "GatedRepo"),
    says: [`it is gated (HUB answered 401): ask for access at HUB/${REPOSITORY}, and set HF_TOKEN`],
  },
  {
    what: "a gated model, with a token that has no access",
    differences: files(403, "GatedRepo"),
    token: "hf_t0ken",
    says: ["it is gated (HUB answered 403)", "with the account that HF_TOKEN is of"],
  },
  {
    what: "a branch that is not there",
    revision: "mian",
    says: ["it has no revision mian (HUB answered 404)", "/tree/main lists its branches"],
  },
  {
    what: "too many requests",
    differences: always(429, "", { "retry-after": "120" }),
    says: [
      "there were too many requests (HUB answered 429): try again in 120 s; more are allowed with a token",
    ],
  },
  {
    what: "a broken hub",
    differences: always(503, ""),
    says: ["HUB answered 503: try again later"],
  },
  {
    what: "another architecture, before its weights are asked for",
    files: { ...ONE, "config.json": bytes('{"architectures":["MambaForCausalLM"]}') },
    differences: cdn(() => failure(500, "")),
    says: ["architectures: expected ", 'found "MambaForCausalLM"'],
  },
  {
    what: "pickles alone",
    files: { "config.json": bytes("{}"), "tokenizer.json": bytes("{}"), "a.bin": bytes("x") },
    says: ["expected model.safetensors in it, found none; its weights are pickles"],
  },
  {
    what: "no tokenizer",
    files: { "config.json": bytes("{}"), "model.safetensors": filled(10, 0) },
    says: ["expected tokenizer.json in it, found none"],
  },
  {
    what: "an index that leads out of the folder",
    files: { ...TWO, "model.safetensors.index.json": index({ a: "../../x.safetensors" }) },
    says: ['expected 1 to 1000 files of safetensors beside it, found "../../x.safetensors"'],
  },
  {
    what: "an index of pickles",
    files: { ...TWO, "model.safetensors.index.json": index({ a: "pytorch_model.bin" }) },
    says: ['found "pytorch_model.bin"'],
  },
  {
    what: "an index without files",
    files: { ...TWO, "model.safetensors.index.json": index([SHARD_1]) },
    says: ["expected 1 to 1000 files of safetensors beside it, found 0 files"],
  },
  {
    what: "a shard that is not there",
    files: { ...TWO, "model.safetensors.index.json": index({ a: "model-3.safetensors" }) },
    says: ["expected model-3.safetensors in it, found none"],
  },
  {
    what: "weights with another digest",
    differences: cdn((_, content) => new Response(content.with(7, 0))),
    says: ["expected SHA-256 ", ", found "],
  },
  {
    what: "weights that are longer than the list says",
    differences: cdn((_, content) => new Response(new Uint8Array(content.length + 1))),
    says: ["expected at most 195.4 KiB, found 195.4 KiB"],
  },
  {
    what: "weights that never end",
    differences: cdn(() =>
      new Response(
        new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(9000)) }),
      )
    ),
    says: ["expected at most 195.4 KiB, found more"],
  },
  {
    what: "weights that are cut",
    differences: cdn((_, content) => new Response(content.slice(0, 5000))),
    says: ["expected SHA-256 "],
  },
  {
    what: "another file in the place of a small one",
    differences: {
      hub: (_, { pathname }) => pathname.endsWith("/config.json") ? new Response("{}") : undefined,
    },
    says: ["expected the git blob ", ", found "],
  },
  {
    what: "a redirect to a private address",
    differences: sentTo("https://10.0.0.1/x?X-Signature=secret"),
    says: ["redirected to https://10.0.0.1/x?X-Signature=***, which is no address of the public"],
  },
  {
    what: "a redirect to plain http",
    differences: sentTo("http://example.com/x"),
    says: ["redirected to http://example.com/x, expected https"],
  },
  {
    what: "a signature that is over",
    differences: cdn(() => new Response("expired", { status: 403 })),
    says: ["answered 403, which the hub sent on to: try again later"],
  },
  {
    what: "a list of something else",
    differences: { hub: () => Response.json(["x"]) },
    says: ["expected a commit and a list of files from the hub"],
  },
  {
    what: "a list that is no JSON",
    differences: { hub: () => new Response("<html>") },
    says: ["cannot use the hub's list of files: expected JSON"],
  },
  {
    what: "another commit than the one asked for",
    revision: "f".repeat(40),
    differences: { hub: () => Response.json({ sha: COMMIT, siblings: [] }) },
    says: [`expected the commit that was asked for, found ${COMMIT}`],
  },
  {
    what: "files without digests",
    differences: { entry: ({ rfilename, size }) => ({ rfilename, size }) },
    says: ["expected a size and a digest of config.json from the hub, found none"],
  },
  {
    what: "a tokenizer that is too large",
    differences: {
      entry: (entry) => entry.rfilename === "tokenizer.json" ? { ...entry, size: 2 ** 27 } : entry,
    },
    says: ["expected at most 64 MiB of tokenizer.json, found 128 MiB"],
  },
  {
    what: "a model that is too large",
    differences: {
      entry: (entry) =>
        entry.lfs === undefined
          ? entry
          : { ...entry, lfs: { sha256: "0".repeat(64), size: 20 * 2 ** 30 } },
    },
    says: ["expected a model of at most 16 GiB, found 20 GiB"],
  },
];

for (const { what, says, differences, files = ONE, token, revision = "main" } of refusals) {
  Deno.test(`fetchModel: ${what} is refused, without a secret`, () =>
    trying(files, async (server, folder) => {
      const source = { repository: REPOSITORY, revision };
      const fetching = () => fetchModel(source, { folder }, server.world(token));
      const { message } = await assertRejects(fetching, HubError);
      assertStringIncludes(message, `cannot fetch the model ${hubName(source)}: `);
      for (const part of says) {
        assertStringIncludes(message, part.replaceAll("HUB", server.origin));
      }
      assert(!/t0ken|secret|s1gnature/.test(message), message);
    }, differences));
}

const sources: readonly [written: string, found: HubSource | string][] = [
  ["hf:a/b", { repository: "a/b", revision: "main" }],
  ["hf:a/b@v1.0", { repository: "a/b", revision: "v1.0" }],
  [`hf:A-b/c_d.e@${COMMIT}`, { repository: "A-b/c_d.e", revision: COMMIT }],
  ["hf:a/b@refs/pr/3", { repository: "a/b", revision: "refs/pr/3" }],
  ["hf:gpt2", 'found "hf:gpt2"'],
  ["hf:a/b/c", 'found "hf:a/b/c"'],
  ["hf:a/..", 'found "hf:a/.."'],
  ["hf:../b", 'found "hf:../b"'],
  ["hf:a/b@", 'found ""'],
  ["hf:a/b@../x", 'found "../x"'],
  ["hf:a/b@x?y", 'found "x?y"'],
  ["hf:a/b@x\ny", 'found "x\\ny"'],
  ["hf:https://huggingface.co/a/b", "expected hf:OWNER/NAME@REVISION"],
];
for (const [written, expected] of sources) {
  Deno.test(`hubSourceOf: ${JSON.stringify(written)}`, () => {
    const found = hubSourceOf(written);
    if (typeof expected !== "string") assertEquals(found, expected);
    else assertStringIncludes(typeof found === "string" ? found : "", expected);
  });
}

Deno.test("fetchModel: two at once download the weights once", () =>
  trying(ONE, async (server, folder) => {
    const both = await Promise.all([1, 2].map(() => fetchModel(MAIN, { folder }, server.world())));
    assertEquals(both[0], both[1]);
    assertEquals(server.asked.filter((one) => one.startsWith("cdn")).length, 1);
  }));

Deno.test("fetchModel: no link in the place of a model's folder is followed", () =>
  trying(ONE, async (server, folder) => {
    await Deno.mkdir(`${folder}/elsewhere`);
    await Deno.symlink("elsewhere", `${folder}/${REPOSITORY.replace("/", "--")}`);
    const fetching = () => fetchModel(MAIN, { folder }, server.world());
    await assertRejects(fetching, HubError, "found a symbolic link");
    assertEquals(names(`${folder}/elsewhere`), []);
  }));

const endpoints: readonly [endpoint: string, says: string][] = [
  ["hub.example", "expected a web address in HF_ENDPOINT"],
  ["ftp://hub.example", "expected a web address in HF_ENDPOINT"],
  ["https://u:s3cret@hub.example?a=s3cret", "found https://hub.example?a=***"],
  // The token is left out there, as the hub may have no need of it.
  ["http://hub.example", 'net access to "hub.example:80"'],
  ["https://hub.example/base/", 'net access to "hub.example:443"'],
];
for (const [endpoint, says] of endpoints) {
  Deno.test(`fetchModel: with ${endpoint} in HF_ENDPOINT, the message says ${says}`, () =>
    trying(ONE, async (server, folder) => {
      const environment = (name: string): string | undefined =>
        name === "HF_ENDPOINT" ? endpoint : "t0ken";
      const fetching = () => fetchModel(MAIN, { folder }, { ...server.world(), environment });
      const { message } = await assertRejects(fetching, HubError);
      assertStringIncludes(message, says);
      assert(!/s3cret|t0ken/.test(message));
    }));
}
