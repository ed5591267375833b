/**
 * URLs with secrets in them: what may be said and written of one, and what is sent to its server.
 *
 * A URL may have credentials (`https://user:password@host/…`, or a token alone) and secrets in its query
 * (`?token=…`). Neither is ever said or written. Credentials can be left to the environment instead:
 * `https://${HF_TOKEN}@host/…` and `https://user:${MICROBEAM_PASSWORD}@host/…` are written as they are,
 * and their values are looked up when the file is downloaded.
 *
 * @module
 */

/** The credentials of a URL cannot be used; the message says nothing of them. */
export class CredentialsError extends Error {
  /** The name of the class. */
  override readonly name = "CredentialsError";
}

/**
 * How a URL has to be written: two slashes before the host and no other, and nothing that a parser of URLs
 * drops or takes for a slash. What is written otherwise could hide its secrets from the functions below.
 */
export const WRITTEN_URL = /^https?:\/\/[^\s/\\?#][^\s\\]*$/i;

/** In the place of a query's value. */
const CUT = "***";
const VARIABLE = /\$\{([^{}]*)\}/g;
const ALLOWED = /^(HF_TOKEN|MICROBEAM_\w+)$/;

/** A URL in parts. */
interface Parts {
  readonly scheme: string;
  /** The credentials, before the `@` of the host. */
  readonly credentials: string | undefined;
  /** From the host to the end of the path. */
  readonly address: string;
  readonly query: string;
}

function partsOf(url: string): Parts {
  const [, scheme = "", rest = ""] = /^([a-z]+:\/\/)?(.*)$/is.exec(url) ?? [];
  const [authority = ""] = /^[^/?#]*/.exec(rest) ?? [];
  // A password with a slash in it is not valid, and must not be shown for it.
  const isCutOff = /:\d*[^\d\]][^:\]]*$/.test(authority) && !authority.includes("@");
  const at = isCutOff ? rest.lastIndexOf("@") : authority.lastIndexOf("@");
  // Cut for a message before the host: everything may be a password.
  if (at < 0 && (isCutOff || authority.includes("…"))) {
    return { scheme, credentials: rest, address: "…", query: "" };
  }
  const after = rest.slice(at + 1);
  const [address = ""] = /^[^?#]*/.exec(after) ?? [];
  const [query = ""] = /^\?[^#]*/.exec(after.slice(address.length)) ?? [];
  return { scheme, credentials: at < 0 ? undefined : rest.slice(0, at), address, query };
}

/**
 * `url` as it may be said and written: without its credentials, unless they are the environment's, and
 * without the values of its query and what follows `#`.
 */
export function withoutSecrets(url: string): string {
  const { scheme, credentials, address, query } = partsOf(url);
  const [, name = "", secret = ""] = /^([^:]*?):?([^:]*)$/.exec(credentials ?? "") ?? [];
  const isVariable = secret !== "" && secret.replaceAll(VARIABLE, "") === "";
  const kept = isVariable ? `${name === "" ? "" : `${name}:`}${secret}@` : "";
  const cut = query.replaceAll(/([?&;])([^&;=]*)(=?)([^&;]*)/g, (_, mark, key, equals, value) => {
    if (equals === "") return key === "" ? mark : mark + CUT;
    return `${mark}${key}=${value === "" ? "" : CUT}`;
  });
  return scheme + kept + address + cut;
}

/** An address with credentials that is written in another way than {@linkcode WRITTEN_URL}. */
const MISWRITTEN = /\b(?!https?:\/\/[^/\\])((?:https?|ftps?|wss?):[\\/]*)[^\s"'<>]*@/gi;

/** `text` with every web address in it as {@linkcode withoutSecrets} says it. */
export function withoutSecretsIn(text: string): string {
  return text.replaceAll(/https?:\/\/[^\s"'<>\\]*[^\s"'<>\\:;,.)]/gi, withoutSecrets)
    .replaceAll(MISWRITTEN, "$1");
}

/** Why the variables in `url` cannot be used, for a message; `undefined` if they can. */
export function variableProblem(url: string): string | undefined {
  const { credentials = "" } = partsOf(url);
  const inside = [...credentials.matchAll(VARIABLE)].map(([, name = ""]) => name);
  const strange = inside.find((name) => !ALLOWED.test(name));
  if (strange !== undefined) {
    return `expected \${HF_TOKEN} or a variable that begins with MICROBEAM_, found \${${strange}}`;
  }
  const all = [...url.matchAll(VARIABLE)];
  const [outside] = all.length > inside.length ? all : [];
  return outside === undefined
    ? undefined
    : "expected variables of the environment in the credentials alone, as in " +
      `https://\${HF_TOKEN}@host/file, found ${outside[0]} elsewhere`;
}

/** A request: its address, and the credentials that are sent there. */
export interface Requested {
  /** The address, without credentials. */
  readonly url: URL;
  /** The header `authorization`: Basic for a name with a password, Bearer for a token alone. */
  readonly authorization: string | undefined;
}

/**
 * The request that `url` means, with the variables of its credentials replaced by what `environment` has;
 * throws a {@linkcode CredentialsError} where it has none, where `refusal` says why a variable is not sent
 * there, or where the secrets were cut.
 */
export function requestOf(
  url: string,
  environment: (name: string) => string | undefined,
  refusal: (name: string, target: URL) => string | undefined,
): Requested {
  const { scheme, credentials, address, query } = partsOf(url);
  if (query.split(/[?&;]/).some((part) => part === CUT || part.endsWith(`=${CUT}`))) {
    throw new CredentialsError(
      `expected the URL with the values of its query, which are never written to a file, found ${CUT}`,
    );
  }
  const target = new URL(scheme + address + query);
  const known = (part: string): string =>
    decoded(part).replaceAll(VARIABLE, (_, name) => {
      const problem = refusal(name, target);
      if (problem !== undefined) throw new CredentialsError(problem);
      const value = environment(name);
      if (value !== undefined && value !== "") return value;
      throw new CredentialsError(
        `expected the environment to have ${name}, which the URL's credentials name, found none`,
      );
    });
  if (credentials === undefined) return { url: target, authorization: undefined };
  const colon = credentials.indexOf(":");
  if (colon < 0) {
    const token = known(credentials);
    if (!/^[\x21-\x7e]+$/.test(token)) {
      throw new CredentialsError("expected a token of ASCII without spaces, found another");
    }
    return { url: target, authorization: `Bearer ${token}` };
  }
  const pair = `${known(credentials.slice(0, colon))}:${known(credentials.slice(colon + 1))}`;
  const bytes = new TextEncoder().encode(pair);
  return { url: target, authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
