/**
 * Pages in headless Chromium, as Debian has it, through the DevTools protocol
 * (https://chromedevtools.github.io/devtools-protocol/): JSON over a WebSocket, for which Deno needs no
 * package.
 *
 * @module
 */

const CHROMIUM = "/usr/bin/chromium";

/** Whether there is a browser to test with. */
export const hasChromium = isFile(CHROMIUM);

/** What a test that needs the browser adds to its name where there is none. */
export const unlessChromium = hasChromium ? "" : ` (skipped: no Chromium at ${CHROMIUM})`;

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** How often a page is asked whether something holds: an answer takes a millisecond or so. */
const MOST_ASKED = 30_000;

type Params = Readonly<Record<string, unknown>>;

/** What comes through the WebSocket: an answer with the `id` of its request, or an event. */
interface Message {
  readonly id?: number;
  readonly sessionId?: string;
  readonly method?: string;
  readonly params?: Params;
  readonly result?: Params;
  readonly error?: { readonly message: string };
}

/** Something that happened in a page. */
export interface PageEvent {
  /** Its name in the protocol: `Network.requestWillBeSent`. */
  readonly method: string;
  /** What the protocol says of it. */
  readonly params: Params;
}

/** How large the window is, and which colours the system prefers. */
export interface Screen {
  /** CSS pixels. */
  readonly width: number;
  /** CSS pixels. */
  readonly height?: number;
  /** `light` if left out. */
  readonly scheme?: "light" | "dark";
}

/** Starts a browser, does `action` with it, and ends it. */
export async function withBrowser(action: (browser: Browser) => Promise<void>): Promise<void> {
  const profile = await Deno.makeTempDir({ prefix: "microbeam-chromium-" });
  const process = new Deno.Command(CHROMIUM, {
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--no-first-run",
      "--hide-scrollbars",
      "--force-color-profile=srgb",
      "--remote-debugging-port=0",
      `--user-data-dir=${profile}`,
      "about:blank",
    ],
    env: { HOME: profile },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const said = new LineReader(process.stderr);
  try {
    const browser = await Browser.connect(await said.find(/DevTools listening on (ws:\S+)/));
    await action(browser);
    await browser.close();
  } finally {
    end(process);
    await Promise.all([process.status, said.end()]);
    await Deno.remove(profile, { recursive: true });
  }
}

/** Ends a process, if it has not ended by itself. */
function end(process: Deno.ChildProcess): void {
  try {
    process.kill();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}

/** The lines that a process writes to stderr. */
class LineReader {
  readonly #chunks: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#chunks = stream.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** What the first group of `pattern` is, once it is said. */
  async find(pattern: RegExp): Promise<string> {
    while (true) {
      const [, found] = pattern.exec(this.#text) ?? [];
      if (found !== undefined) return found;
      const { value, done } = await this.#chunks.read();
      if (done) throw new Error(`Chromium ended before it listened:\n${this.#text}`);
      this.#text += value;
    }
  }

  /** Reads on to the end, so that the process is never kept waiting. */
  async end(): Promise<void> {
    while (!(await this.#chunks.read()).done);
  }
}

/** A running browser. */
export class Browser {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (message: Message) => void>();
  readonly #pages = new Map<string, PageEvent[]>();
  #last = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      const message: Message = JSON.parse(String(data));
      if (message.id !== undefined) {
        this.#waiting.get(message.id)?.(message);
        this.#waiting.delete(message.id);
      } else if (message.method !== undefined) {
        const { method, params = {} } = message;
        this.#pages.get(message.sessionId ?? "")?.push({ method, params });
        // Else the page waits for somebody to answer.
        if (method === "Page.javascriptDialogOpening") {
          this.send("Page.handleJavaScriptDialog", { accept: false }, message.sessionId);
        }
      }
    };
  }

  /** Connects to the browser that listens at `address`. */
  static async connect(address: string): Promise<Browser> {
    const socket = new WebSocket(address);
    await new Promise<void>((resolve, reject) => {
      socket.onopen = () => resolve();
      socket.onerror = () => reject(new Error(`cannot connect to ${address}`));
    });
    return new Browser(socket);
  }

  /** The answer to a request, in a page where `session` names one. */
  async send(method: string, params: Params = {}, session?: string): Promise<Params> {
    const id = ++this.#last;
    const answer = new Promise<Message>((resolve) => this.#waiting.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, method, params, sessionId: session }));
    const { result = {}, error } = await answer;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  /** Opens the page at `address`, waits until it is loaded, and keeps what happens in it. */
  async open(address: string, screen: Screen): Promise<Page> {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const attached = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const session = String(attached["sessionId"]);
    const events: PageEvent[] = [];
    this.#pages.set(session, events);
    const page = new Page(
      (method, params) => this.send(method, params, session),
      events,
      String(targetId),
    );
    for (const domain of ["Page", "Runtime", "Log", "Network"]) {
      await page.send(`${domain}.enable`);
    }
    await page.resize(screen);
    await page.send("Page.navigate", { url: address });
    await page.until("document.readyState === 'complete' && location.href !== 'about:blank'");
    return page;
  }

  /** Closes the browser. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#socket.onclose = () => resolve());
    await this.send("Browser.close");
    await closed;
  }
}

/** A page in a tab of its own. */
export class Page {
  /** Sends a request of the DevTools protocol. */
  readonly send: (method: string, params?: Params) => Promise<Params>;
  /** What happened in it so far. */
  readonly events: readonly PageEvent[];
  readonly #target: string;

  /** A page that is reached through `send`. */
  constructor(
    send: (method: string, params?: Params) => Promise<Params>,
    events: readonly PageEvent[],
    target: string,
  ) {
    this.send = send;
    this.events = events;
    this.#target = target;
  }

  /** Sets the size of the window, and the colours that the system prefers. */
  async resize({ width, height = 900, scheme = "light" }: Screen): Promise<void> {
    await this.send("Emulation.setDeviceMetricsOverride", {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: false,
    });
    await this.send("Emulation.setEmulatedMedia", {
      features: [{ name: "prefers-color-scheme", value: scheme }],
    });
  }

  /** The value of `expression`, a JavaScript expression, as JSON has it. */
  async evaluate(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return isRecord(result) ? result["value"] : undefined;
  }

  /** Waits until `condition` holds in the page; not forever. It needs no script of the page to run. */
  async until(condition: string): Promise<void> {
    // The page that was asked may be gone, where another is being opened.
    const holds = (): Promise<unknown> => this.evaluate(condition).catch(() => false);
    for (let asked = 0; await holds() !== true; asked++) {
      if (asked === MOST_ASKED) throw new Error(`${condition} does not come to hold`);
    }
  }

  /** Moves the pointer to the middle of the first element of `selector`. */
  async hover(selector: string): Promise<void> {
    const at = await this.evaluate(`(() => {
      const element = document.querySelector(${JSON.stringify(selector)});
      element.scrollIntoView({ block: "center", inline: "center" });
      const { x, y, width, height } = element.getBoundingClientRect();
      return { x: x + width / 2, y: y + height / 2 };
    })()`);
    if (!isRecord(at)) throw new Error(`no ${selector}`);
    await this.send("Input.dispatchMouseEvent", { type: "mouseMoved", x: at["x"], y: at["y"] });
  }

  /** Presses and releases a key: `Tab`, `Escape`, `ArrowDown`. */
  async press(key: string): Promise<void> {
    const codes: Readonly<Record<string, number>> = {
      Tab: 9,
      Enter: 13,
      Escape: 27,
      ArrowLeft: 37,
      ArrowUp: 38,
      ArrowRight: 39,
      ArrowDown: 40,
    };
    const text = key === "Enter" ? { text: "\r" } : {};
    const event = { key, code: key, windowsVirtualKeyCode: codes[key], ...text };
    await this.send("Input.dispatchKeyEvent", { type: "keyDown", ...event });
    await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
  }

  /** Types `text` where the focus is. */
  async type(text: string): Promise<void> {
    await this.send("Input.insertText", { text });
  }

  /** The whole page as a PNG. */
  async picture(): Promise<Uint8Array> {
    const { data } = await this.send("Page.captureScreenshot", {
      captureBeyondViewport: true,
      format: "png",
    });
    return Uint8Array.fromBase64(String(data));
  }

  /** Closes the tab. */
  async close(): Promise<void> {
    await this.send("Target.closeTarget", { targetId: this.#target });
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
