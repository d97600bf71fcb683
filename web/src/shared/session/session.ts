import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, type Schemas, setCsrfToken, unwrap } from "@/api/client";
import { flush } from "@/shared/undo/undo";

export type Session = Schemas["Session"];
export type Permission = Session["permissions"][number];

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async ({ signal }) => {
    const session = await unwrap(api.GET("/api/v1/session", { signal }));
    setCsrfToken(session.csrf_token);
    return session;
  },
  staleTime: 60_000,
});

export const SIGNED_OUT: Session = {
  is_signed_in: false,
  user_id: null,
  name: null,
  role: null,
  permissions: [],
  csrf_token: null,
  expires_at: null,
  method: null,
};

/** The present session, and whether it includes a permission. */
export function useSession(): { session: Session; can: (permission: Permission) => boolean } {
  const session = useQuery(sessionQuery).data ?? SIGNED_OUT;
  return { session, can: (permission) => session.permissions.includes(permission) };
}

const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("arb.session");

/** Lets the other tabs of this browser know that the session began or ended. */
export function announceSession(state: "signed-in" | "signed-out"): void {
  channel?.postMessage(state);
}

export function onSessionAnnounced(listener: (state: "signed-in" | "signed-out") => void): () => void {
  const handler = (event: MessageEvent<"signed-in" | "signed-out">): void => listener(event.data);
  channel?.addEventListener("message", handler);
  return () => channel?.removeEventListener("message", handler);
}

/** Signs out here and in the other tabs, and forgets everything that was loaded. */
export function useSignOut(): () => Promise<void> {
  const client = useQueryClient();
  return async () => {
    // What waits for its undo needs the session.
    if (!(await flush())) return;
    await unwrap(api.DELETE("/api/v1/session"));
    setCsrfToken(null);
    client.clear();
    client.setQueryData(sessionQuery.queryKey, SIGNED_OUT);
    announceSession("signed-out");
  };
}
