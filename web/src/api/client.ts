import createClient, { type Middleware } from "openapi-fetch";
import { ApiProblem, type ProblemBody, problemOf } from "./problem";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

let csrfToken: string | null = null;

/** Sets the token that each write of this session carries; null when signed out. */
export function setCsrfToken(token: string | null): void {
  csrfToken = token;
}

const SAFE = new Set(["GET", "HEAD"]);

const security: Middleware = {
  onRequest({ request }) {
    if (!SAFE.has(request.method) && csrfToken) request.headers.set("X-CSRF-Token", csrfToken);
    return request;
  },
};

export const api = createClient<paths, "application/json">({
  baseUrl: typeof location === "undefined" ? "http://localhost" : location.origin,
  credentials: "same-origin",
  // Looked up on each call, so that a test's replacement is used.
  fetch: (request) => fetch(request),
});
api.use(security);

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** The data of an answer; throws an ApiProblem for any failure, of the network too. */
export async function unwrap<T>(call: Promise<Answer<T>>): Promise<NonNullable<T>> {
  return (await withEtag(call)).data;
}

/** As unwrap, with the ETag that a later write names in If-Match. */
export async function withEtag<T>(call: Promise<Answer<T>>): Promise<{ data: NonNullable<T>; etag: string | null }> {
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiProblem(0, {});
  }
  const { data, response } = answer;
  if (!response.ok) {
    throw answer.error !== null && typeof answer.error === "object"
      ? new ApiProblem(response.status, answer.error as ProblemBody, retryAfter(response))
      : await problemOf(response.bodyUsed ? new Response(null, response) : response);
  }
  return { data: data as NonNullable<T>, etag: response.headers.get("ETag") };
}

function retryAfter(response: Response): number | null {
  const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds : null;
}

/** A new key for one intended write: repeated sends of the same form answer the same. */
export function idempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
