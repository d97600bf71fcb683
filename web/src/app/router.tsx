import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Outlet, redirect, type SearchSchemaInput } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { auditParams } from "@/features/audit/params";
import { catalogueParams } from "@/features/catalogue/params";
import { opportunityParams } from "@/features/opportunities/params";
import { OpportunitiesPage } from "@/features/opportunities/opportunities-page";
import { parameterParams } from "@/features/parameters/params";
import { portfolioParams } from "@/features/portfolio/params";
import { priceListParams } from "@/features/price-lists/params";
import { productParams } from "@/features/product/params";
import { quarantineParams } from "@/features/quarantine/params";
import { signInParams } from "@/features/session/params";
import { trustParams } from "@/features/trust/params";
import { unknownContentsParams } from "@/features/unknown-contents/params";
import { whatIfParams } from "@/features/what-if/params";
import { type Permission, SIGNED_OUT, sessionQuery, useSession } from "@/shared/session/session";
import { ProblemView, SkeletonRows, StateView } from "@/shared/ui/states";
import { parseSearch, stringifySearch } from "@/shared/url/params";
import { Shell } from "./shell";

type Context = { queryClient: QueryClient };

const root = createRootRouteWithContext<Context>()({
  component: Outlet,
  notFoundComponent: () => (
    <StateView title="This page does not exist" headingLevel={1} action={<a href="/" className="text-accent underline">Go to the opportunities</a>}>
      The address may be mistyped, or the page was renamed.
    </StateView>
  ),
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (search: Record<string, unknown> & SearchSchemaInput) => signInParams.parse(search),
  component: lazyRouteComponent(() => import("@/features/session/sign-in-page"), "SignInPage"),
});

/** Everything behind the sign-in. The session is read once, before the first page. */
const app = createRoute({
  getParentRoute: () => root,
  id: "app",
  component: Shell,
  beforeLoad: async ({ context, location }) => {
    const session = await context.queryClient.query({ ...sessionQuery, staleTime: "static" });
    if (!session.is_signed_in) throw redirect({ to: "/sign-in", search: { next: location.href === "/" ? undefined : location.href } });
  },
  errorComponent: ({ error, reset }) => <ProblemView error={error} retry={reset} />,
});

/** A page that the session's role includes; others see why not, also by address. */
function guarded(permission: Permission, Page: () => ReactElement): () => ReactElement {
  return function Guarded() {
    const { session, can } = useSession();
    if (can(permission)) return <Page />;
    return (
      <StateView title="Your role does not include this page" headingLevel={1} tone="warn">
        You are signed in as {session.name} with the role {session.role}. Ask an administrator for a role that includes it.
      </StateView>
    );
  };
}

type Search = Record<string, unknown> & SearchSchemaInput;

const pages = [
  createRoute({ getParentRoute: () => app, path: "/", validateSearch: (search: Search) => opportunityParams.parse(search), component: guarded("read", OpportunitiesPage) }),
  createRoute({
    getParentRoute: () => app,
    path: "/products/$productId",
    validateSearch: (search: Search) => productParams.parse(search),
    component: guarded("read", lazyRouteComponent(() => import("@/features/product/product-page"), "ProductPage") as () => ReactElement),
  }),
  createRoute({
    getParentRoute: () => app,
    path: "/what-if",
    validateSearch: (search: Search) => whatIfParams.parse(search),
    component: guarded("buy", lazyRouteComponent(() => import("@/features/what-if/what-if-page"), "WhatIfPage") as () => ReactElement),
  }),
  createRoute({
    getParentRoute: () => app,
    path: "/price-lists",
    component: guarded("buy", lazyRouteComponent(() => import("@/features/price-lists/price-lists-page"), "PriceListsPage") as () => ReactElement),
  }),
  createRoute({
    getParentRoute: () => app,
    path: "/price-lists/$priceListId",
    validateSearch: (search: Search) => priceListParams.parse(search),
    component: guarded("buy", lazyRouteComponent(() => import("@/features/price-lists/price-list-page"), "PriceListPage") as () => ReactElement),
  }),
  createRoute({
    getParentRoute: () => app,
    path: "/portfolio",
    validateSearch: (search: Search) => portfolioParams.parse(search),
    component: guarded("buy", lazyRouteComponent(() => import("@/features/portfolio/portfolio-page"), "PortfolioPage") as () => ReactElement),
  }),
  createRoute({
    getParentRoute: () => app,
    path: "/trust",
    validateSearch: (search: Search) => trustParams.parse(search),
    component: guarded("read", lazyRouteComponent(() => import("@/features/trust/trust-page"), "TrustPage") as () => ReactElement),
  }),
  createRoute({ getParentRoute: () => app, path: "/sources", component: guarded("read", lazyRouteComponent(() => import("@/features/sources/sources-page"), "SourcesPage") as () => ReactElement) }),
  createRoute({ getParentRoute: () => app, path: "/runs", component: guarded("operate", lazyRouteComponent(() => import("@/features/runs/runs-page"), "RunsPage") as () => ReactElement) }),
  createRoute({ getParentRoute: () => app, path: "/runs/$runId", component: guarded("read", lazyRouteComponent(() => import("@/features/runs/run-page"), "RunPage") as () => ReactElement) }),
  createRoute({
    getParentRoute: () => app,
    path: "/quarantine",
    validateSearch: (search: Search) => quarantineParams.parse(search),
    component: guarded("operate", lazyRouteComponent(() => import("@/features/quarantine/quarantine-page"), "QuarantinePage") as () => ReactElement),
  }),
  createRoute({
    getParentRoute: () => app,
    path: "/products",
    validateSearch: (search: Search) => catalogueParams.parse(search),
    component: guarded("read", lazyRouteComponent(() => import("@/features/catalogue/catalogue-page"), "CataloguePage") as () => ReactElement),
  }),
  createRoute({
    getParentRoute: () => app,
    path: "/unknown-contents",
    validateSearch: (search: Search) => unknownContentsParams.parse(search),
    component: guarded("read", lazyRouteComponent(() => import("@/features/unknown-contents/unknown-contents-page"), "UnknownContentsPage") as () => ReactElement),
  }),
  createRoute({ getParentRoute: () => app, path: "/alert-rules", component: guarded("operate", lazyRouteComponent(() => import("@/features/alert-rules/alert-rules-page"), "AlertRulesPage") as () => ReactElement) }),
  createRoute({
    getParentRoute: () => app,
    path: "/parameters",
    validateSearch: (search: Search) => parameterParams.parse(search),
    component: guarded("read", lazyRouteComponent(() => import("@/features/parameters/parameters-page"), "ParametersPage") as () => ReactElement),
  }),
  createRoute({ getParentRoute: () => app, path: "/users", component: guarded("administer", lazyRouteComponent(() => import("@/features/users/users-page"), "UsersPage") as () => ReactElement) }),
  createRoute({ getParentRoute: () => app, path: "/api-keys", component: guarded("administer", lazyRouteComponent(() => import("@/features/api-keys/api-keys-page"), "ApiKeysPage") as () => ReactElement) }),
  createRoute({
    getParentRoute: () => app,
    path: "/audit",
    validateSearch: (search: Search) => auditParams.parse(search),
    component: guarded("administer", lazyRouteComponent(() => import("@/features/audit/audit-page"), "AuditPage") as () => ReactElement),
  }),
  createRoute({ getParentRoute: () => app, path: "/account", component: guarded("own", lazyRouteComponent(() => import("@/features/session/account-page"), "AccountPage") as () => ReactElement) }),
] as const;

const routeTree = root.addChildren([signIn, app.addChildren(pages)]);

export function createAppRouter(queryClient: QueryClient, history?: Parameters<typeof createRouter>[0]["history"]) {
  return createRouter({
    routeTree,
    context: { queryClient },
    history,
    parseSearch,
    stringifySearch,
    scrollRestoration: true,
    defaultPendingMs: 150,
    defaultPendingComponent: () => <SkeletonRows label="the page" />,
    defaultErrorComponent: ({ error, reset }) => <ProblemView error={error} retry={reset} />,
  });
}

type AppRouter = ReturnType<typeof createAppRouter>;

/** Leads to the sign-in after a session has ended, and back to the same address afterwards. */
export function toSignIn(router: AppRouter, queryClient: QueryClient): void {
  const { pathname, href } = router.state.location;
  queryClient.setQueryData(sessionQuery.queryKey, SIGNED_OUT);
  if (pathname !== "/sign-in") void router.navigate({ to: "/sign-in", search: { next: href, ended: true } });
}

declare module "@tanstack/react-router" {
  // eslint-disable-next-line @typescript-eslint/consistent-type-definitions -- an augmentation has to be an interface
  interface Register {
    router: AppRouter;
  }
}
