// Calls of the API: the key goes with each, and every failure has one form.

import { currentKey, useKey } from "./session.js";

// Beside this file's folder, behind a stage's name as well as behind a domain of its own.
const BASE = new URL("../api/v1/", import.meta.url);
const POSSIBLE_KEY = /^[\x21-\x7e]{1,200}$/;

/** A refused or failed call; `status` is 0 where nothing answered. */
export class ApiFailure extends Error {
  constructor(status, detail, retryAfterS = null) {
    super(detail.message);
    Object.assign(this, { status, code: detail.code, retryAfterS });
    this.fields = detail.fields ?? [];
    this.requestId = detail.request_id ?? null;
  }
}

/**
 * Call a route and give the answer's JSON.
 *
 * `query` leaves out what is empty; `once` sends an Idempotency-Key, so that the browser's own
 * retries do nothing twice; `text` gives the answer as it is.
 */
export async function call(method, path, { body, query = {}, signal, once, text, key } = {}) {
  const used = key ?? currentKey();
  if (!POSSIBLE_KEY.test(used ?? "")) throw new ApiFailure(401, UNAUTHENTICATED);
  const headers = { "X-Api-Key": used };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (once) headers["Idempotency-Key"] = crypto.randomUUID();
  const asked = { method, headers, signal, cache: "no-store", credentials: "omit" };
  if (body !== undefined) asked.body = JSON.stringify(body);
  const answer = await reached(addressOf(path, query), asked);
  if (answer.ok) return text ? answer.text() : readable(answer);
  const failure = await failureOf(answer);
  if (failure.status === 401 && key === undefined) useKey(null, failure);
  throw failure;
}

/** A path within the API; each part is escaped. */
export function path(...parts) {
  return parts.map((part) => encodeURIComponent(part)).join("/");
}

const UNAUTHENTICATED = { code: "unauthenticated", message: "This cannot be an API key." };
const UNREACHABLE = { code: "unreachable", message: "There was no answer." };
const UNREADABLE = { code: "unreadable", message: "The answer was not JSON." };

function addressOf(route, query) {
  const url = new URL(route, BASE);
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") url.searchParams.set(name, value);
  }
  return url;
}

async function reached(url, asked) {
  try {
    return await fetch(url, asked);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiFailure(0, UNREACHABLE);
  }
}

async function readable(answer) {
  try {
    return await answer.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiFailure(answer.status, UNREADABLE);
  }
}

async function failureOf(answer) {
  const asked = Number(answer.headers.get("Retry-After"));
  const retryAfterS = Number.isFinite(asked) && asked > 0 ? asked : null;
  let detail = null;
  try {
    detail = (await answer.json()).error;
  } catch {
    // Not the API's own form: a proxy in between, perhaps.
  }
  return new ApiFailure(answer.status, detail?.code ? detail : UNREADABLE, retryAfterS);
}
