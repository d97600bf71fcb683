/** RFC 9457 problem details, as every failed answer of the API carries them. */
export type ProblemBody = {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  errors?: { pointer?: string; detail?: string }[];
  request_id?: string;
  [member: string]: unknown;
};

/** What a page can do about a failure; each kind has its own wording and action. */
export type ProblemKind =
  | "offline"
  | "signed-out"
  | "forbidden"
  | "not-found"
  | "conflict"
  | "changed"
  | "invalid"
  | "too-large"
  | "throttled"
  | "unavailable"
  | "failed";

const KINDS: Record<number, ProblemKind> = {
  0: "offline",
  401: "signed-out",
  403: "forbidden",
  404: "not-found",
  409: "conflict",
  410: "not-found",
  412: "changed",
  413: "too-large",
  415: "invalid",
  422: "invalid",
  400: "invalid",
  429: "throttled",
  502: "unavailable",
  503: "unavailable",
  504: "unavailable",
};

/** A failed request: status 0 where no answer arrived at all. */
export class ApiProblem extends Error {
  readonly kind: ProblemKind;

  constructor(
    readonly status: number,
    readonly body: ProblemBody,
    /** Seconds after which the server accepts the request again, from Retry-After. */
    readonly retryAfter: number | null = null,
  ) {
    super(body.detail ?? body.title ?? `The request failed with status ${status}.`);
    this.name = "ApiProblem";
    this.kind = KINDS[status] ?? "failed";
  }

  /** Messages by field: the last part of each JSON pointer. */
  fields(): Record<string, string> {
    const messages: Record<string, string> = {};
    for (const { pointer, detail } of this.body.errors ?? []) {
      const name = pointer?.split("/").at(-1);
      if (name && detail) messages[name] = detail;
    }
    return messages;
  }
}

/** Reads a failed response; a body that is not JSON (a proxy's page) becomes a problem too. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  let body: ProblemBody = {};
  try {
    const parsed: unknown = await response.clone().json();
    if (parsed !== null && typeof parsed === "object") body = parsed as ProblemBody;
  } catch {
    body = { title: response.statusText || `Status ${response.status}` };
  }
  const header = response.headers.get("Retry-After");
  const seconds = header === null ? Number.NaN : Number(header);
  return new ApiProblem(response.status, body, Number.isFinite(seconds) ? seconds : null);
}

export function isProblem(error: unknown, ...kinds: ProblemKind[]): error is ApiProblem {
  return error instanceof ApiProblem && (kinds.length === 0 || kinds.includes(error.kind));
}
