import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactElement, useEffect, useRef, useState } from "react";
import { api, type Schemas, setCsrfToken, unwrap } from "@/api/client";
import { isProblem } from "@/api/problem";
import { announceSession, sessionQuery } from "@/shared/session/session";
import { Button, buttonClass } from "@/shared/ui/button";
import { TextField } from "@/shared/ui/field";
import { Notice, ProblemNote } from "@/shared/ui/states";

/** The address to continue at: a path of this site only. */
export function safeNext(next: string | undefined): string {
  return next?.startsWith("/") && !next.startsWith("//") && !next.startsWith("/\\") ? next : "/";
}

/** The one-time token of the address: after `#token=` it never reaches a server's log. */
export function tokenOf(hash: string, search: string | undefined): string | null {
  return new URLSearchParams(hash.replace(/^#/u, "")).get("token") ?? search ?? null;
}

export function SignInPage(): ReactElement {
  const search = useSearch({ from: "/sign-in" });
  const navigate = useNavigate();
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [token] = useState(() => tokenOf(window.location.hash, search.token));
  const used = useRef(false);
  const session = useQuery(sessionQuery);
  const methods = useQuery({ queryKey: ["sign-in-methods"], queryFn: ({ signal }) => unwrap(api.GET("/api/v1/session/methods", { signal })) });

  const signIn = useMutation({
    mutationFn: (body: Schemas["SignIn"]) => unwrap(api.POST("/api/v1/session", { body })),
    onSuccess: (session) => {
      client.clear();
      setCsrfToken(session.csrf_token);
      client.setQueryData(sessionQuery.queryKey, session);
      announceSession("signed-in");
      void navigate({ href: safeNext(search.next), replace: true });
    },
  });
  const { mutate } = signIn;
  useEffect(() => {
    document.title = "Sign in · arb_pipeline";
    if (token && !used.current) {
      used.current = true;
      mutate({ token });
    }
  }, [token, mutate]);
  useEffect(() => {
    if (session.data?.is_signed_in && !token) void navigate({ href: safeNext(search.next), replace: true });
  }, [session.data, token, navigate, search.next]);

  return (
    <main className="flex min-h-dvh items-center justify-center p-4">
      <div className="card flex w-full max-w-sm flex-col gap-4 p-6">
        <div className="flex items-center gap-2.5">
          <img src="/favicon.svg" alt="" width={28} height={28} />
          <h1 className="text-lg font-semibold">Sign in to arb_pipeline</h1>
        </div>
        {search.ended && <Notice tone="warn">Your session has ended. Sign in to continue where you were.</Notice>}
        {token && signIn.isPending && <p role="status">Signing in by the link …</p>}
        {signIn.isError &&
          (token && isProblem(signIn.error, "signed-out") ? (
            <Notice tone="warn">This link was used before or has expired. Get a new one with: arb serve --print-link</Notice>
          ) : (
            <ProblemNote error={signIn.error} />
          ))}
        {(methods.data?.password ?? true) && (
          <form
            className="flex flex-col gap-3"
            onSubmit={(event) => {
              event.preventDefault();
              if (name && password && !signIn.isPending) signIn.mutate({ name, password });
            }}
          >
            <TextField label="Name" autoComplete="username" required value={name} onChange={(event) => setName(event.target.value)} />
            <TextField label="Password" type="password" autoComplete="current-password" required value={password} onChange={(event) => setPassword(event.target.value)} />
            <Button type="submit" look="primary" busy={signIn.isPending}>
              Sign in
            </Button>
          </form>
        )}
        {methods.data?.oidc && methods.data.oidc_url && (
          <a className={buttonClass("secondary")} href={`${methods.data.oidc_url}?next=${encodeURIComponent(safeNext(search.next))}`}>
            Sign in with {methods.data.oidc_name ?? "your organisation"}
          </a>
        )}
        <p className="text-sm text-muted">
          On the machine that runs the server, <code>arb serve --print-link</code> prints a link that signs you in once.
        </p>
      </div>
    </main>
  );
}
