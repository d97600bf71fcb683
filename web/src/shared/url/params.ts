/** View state in the address: typed parameters, read leniently, written without defaults. */

type Codec<T> = {
  /** The value of a parameter's text; undefined where it is absent or not allowed. */
  read: (text: string | undefined) => T | undefined;
  write: (value: T) => string;
};

export function text(): Codec<string> {
  return { read: (value) => (value === undefined || value === "" ? undefined : value.slice(0, 500)), write: (value) => value };
}

export function oneOf<const T extends string>(...allowed: T[]): Codec<T> {
  return { read: (value) => allowed.find((option) => option === value), write: (value) => value };
}

/** Several values in one parameter, separated by commas; unknown ones are dropped when `allowed` is given. */
export function list<const T extends string>(allowed?: readonly T[]): Codec<T[]> {
  return {
    read: (value) => {
      const parts = (value ?? "").split(",").filter(Boolean) as T[];
      const known = allowed ? parts.filter((part) => allowed.includes(part)) : parts;
      return known.length > 0 ? [...new Set(known)] : undefined;
    },
    write: (value) => value.join(","),
  };
}

export function number({ min = -1e9, max = 1e9 } = {}): Codec<number> {
  return {
    read: (value) => {
      if (value === undefined || value.trim() === "") return undefined;
      const parsed = Number(value);
      return Number.isFinite(parsed) && parsed >= min && parsed <= max ? parsed : undefined;
    },
    write: String,
  };
}

export function flag(): Codec<boolean> {
  return { read: (value) => (value === "1" ? true : undefined), write: (value) => (value ? "1" : "") };
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the codec's own type is inferred per key below
type Shape = Record<string, Codec<any>>;
export type ParamsOf<S extends Shape> = { [K in keyof S]?: S[K] extends Codec<infer T> ? T : never };

/** A route's parameters: `parse` is its validateSearch, `parseSearch` and `stringifySearch` see plain text. */
export function defineParams<S extends Shape>(shape: S): { parse: (search: Record<string, unknown>) => ParamsOf<S> } {
  return {
    parse: (search) => {
      const params: Record<string, unknown> = {};
      for (const [name, codec] of Object.entries(shape)) {
        const raw = search[name];
        // The router hands back typed values when a link is built, and text when an address is read.
        const value: unknown = raw === undefined || typeof raw === "string" ? codec.read(raw) : codec.read(codec.write(raw));
        if (value !== undefined) params[name] = value;
      }
      return params as ParamsOf<S>;
    },
  };
}

export function parseSearch(query: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(query));
}

export function stringifySearch(search: Record<string, unknown>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (value === undefined || value === null || value === "" || value === false) continue;
    if (Array.isArray(value)) {
      if (value.length > 0) params.set(name, value.join(","));
    } else if (value === true) params.set(name, "1");
    else if (typeof value === "string" || typeof value === "number") params.set(name, String(value));
  }
  const query = params.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
  return query ? `?${query}` : "";
}
