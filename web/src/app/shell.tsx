import { useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { lazy, type ReactElement, type RefObject, Suspense, useEffect, useRef, useState } from "react";
import { useLiveNews } from "@/shared/live/live";
import { onSessionAnnounced, SIGNED_OUT, sessionQuery, useSession, useSignOut } from "@/shared/session/session";
import { useStored } from "@/shared/state/stored";
import { Button, buttonClass } from "@/shared/ui/button";
import { UndoBar } from "@/shared/undo/undo-bar";
import { type Theme, useTheme } from "@/shared/ui/theme";
import { NAV } from "./nav";

const importPalette = () => import("./palette");
const Palette = lazy(async () => ({ default: (await importPalette()).Palette }));

export function Shell(): ReactElement {
  const { session } = useSession();
  const { news, apply } = useLiveNews(session.is_signed_in);
  const [isPaletteOpen, setPaletteOpen] = useState(false);
  useSessionOfOtherTabs();
  useShortcuts(() => setPaletteOpen(true));
  usePreloadedPalette();
  const main = useFocusOfNewPages();
  const changes = news.publications + news.opportunities;
  return (
    <div className="min-h-dvh lg:grid lg:grid-cols-[15rem_minmax(0,1fr)]">
      <a href="#main" className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded focus:bg-surface focus:px-3 focus:py-2">
        Skip to the content
      </a>
      <TopBar onSearch={() => setPaletteOpen(true)} />
      <Sidebar onSearch={() => setPaletteOpen(true)} />
      <main id="main" ref={main} tabIndex={-1} className="min-w-0 outline-none">
        <div role="status" className="pointer-events-none sticky top-12 z-30 flex h-0 justify-center lg:top-2">
          {changes > 0 && (
            <Button look="primary" className="pointer-events-auto mt-2 shrink-0 self-start shadow-lg" onClick={apply}>
              {news.publications > 0 ? "A new analysis is ready" : `${news.opportunities} changed`} · Show
            </Button>
          )}
        </div>
        <Outlet />
      </main>
      <UndoBar />
      {isPaletteOpen && (
        <Suspense>
          <Palette onClose={() => setPaletteOpen(false)} />
        </Suspense>
      )}
    </div>
  );
}

/** Loads the search once the first page stands: letters typed right after "/" reach it. */
function usePreloadedPalette(): void {
  useEffect(() => {
    const timer = setTimeout(() => void importPalette(), 1_000);
    return () => clearTimeout(timer);
  }, []);
}

/** Moves the focus to the content when another page opens, so that Tab starts there and not at the menu. */
function useFocusOfNewPages(): RefObject<HTMLElement | null> {
  const main = useRef<HTMLElement>(null);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const shown = useRef(path);
  useEffect(() => {
    if (shown.current === path) return;
    shown.current = path;
    main.current?.focus({ preventScroll: true });
  }, [path]);
  return main;
}

function useSessionOfOtherTabs(): void {
  const client = useQueryClient();
  const navigate = useNavigate();
  const href = useRouterState({ select: (state) => state.location.href });
  useEffect(
    () =>
      onSessionAnnounced((state) => {
        if (state === "signed-in") void client.invalidateQueries({ queryKey: sessionQuery.queryKey });
        else {
          client.setQueryData(sessionQuery.queryKey, SIGNED_OUT);
          void navigate({ to: "/sign-in", search: { next: href, ended: true } });
        }
      }),
    [client, navigate, href],
  );
}

/** Ctrl+K opens the search from everywhere; "/" does unless single-key shortcuts are switched off. */
function useShortcuts(open: () => void): void {
  const [single] = useStored("arb.single-keys");
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      const target = event.target as HTMLElement;
      const isTyping = target.matches("input, textarea, select, [contenteditable]");
      const isOpen = (event.key === "k" && (event.ctrlKey || event.metaKey)) || (event.key === "/" && !isTyping && single !== "off");
      if (!isOpen) return;
      event.preventDefault();
      open();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, [open, single]);
}

function Logo(): ReactElement {
  return (
    <Link to="/" className="flex items-center gap-2 font-semibold tracking-tight">
      <img src="/favicon.svg" alt="" width={22} height={22} />
      arb_pipeline
    </Link>
  );
}

function Sidebar({ onSearch }: { onSearch: () => void }): ReactElement {
  return (
    <header className="sticky top-0 hidden h-dvh flex-col gap-3 overflow-y-auto border-r border-line bg-surface px-3 py-4 lg:flex">
      <Logo />
      <SearchButton onClick={onSearch} />
      <Navigation />
      <div className="mt-auto">
        <Account />
      </div>
    </header>
  );
}

function SearchButton({ onClick }: { onClick: () => void }): ReactElement {
  return (
    <button type="button" onClick={onClick} className="field flex w-full items-center gap-2 text-left whitespace-nowrap text-muted hover:bg-hover" aria-keyshortcuts="Control+K /">
      <svg aria-hidden="true" width="14" height="14" viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.8">
        <circle cx="7" cy="7" r="4.5" />
        <path d="m10.5 10.5 3.5 3.5" strokeLinecap="round" />
      </svg>
      Find a product
      <kbd className="ml-auto rounded border border-line px-1 text-xs">Ctrl K</kbd>
    </button>
  );
}

function Navigation(): ReactElement {
  const { can } = useSession();
  return (
    <nav aria-label="Pages" className="flex flex-col gap-3">
      {NAV.map((group) => {
        const items = group.items.filter((item) => can(item.permission));
        if (items.length === 0) return null;
        return (
          <div key={group.label}>
            <div className="px-2 pb-1 text-xs text-muted" id={`nav-${group.label}`}>
              {group.label}
            </div>
            <ul aria-labelledby={`nav-${group.label}`}>
              {items.map((item) => (
                <li key={item.to}>
                  <Link
                    to={item.to}
                    activeOptions={{ exact: item.to === "/", includeSearch: false }}
                    className="flex min-h-8 items-center gap-2.5 rounded-md px-2 hover:bg-hover data-[status=active]:bg-accent-soft data-[status=active]:font-medium data-[status=active]:text-accent"
                  >
                    <svg aria-hidden="true" width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.4" strokeLinecap="round" strokeLinejoin="round">
                      <path d={item.icon} />
                    </svg>
                    {item.label}
                  </Link>
                </li>
              ))}
            </ul>
          </div>
        );
      })}
    </nav>
  );
}

const THEMES: [Theme, string][] = [
  ["system", "Theme: system"],
  ["light", "Theme: light"],
  ["dark", "Theme: dark"],
];

function Account(): ReactElement {
  const { session } = useSession();
  const signOut = useSignOut();
  const navigate = useNavigate();
  const [theme, setTheme] = useTheme();
  return (
    <div className="flex flex-col gap-2 border-t border-line pt-3">
      <label className="sr-only" htmlFor="theme">
        Theme
      </label>
      <select id="theme" className="field w-full" value={theme} onChange={(event) => setTheme(event.target.value as Theme)}>
        {THEMES.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      <div className="flex items-center gap-2">
        <Link to="/account" className="min-w-0 flex-1 rounded px-1 hover:bg-hover">
          <span className="block truncate font-medium" title={session.name ?? undefined}>{session.name}</span>
          <span className="block text-xs text-muted">{session.role}</span>
        </Link>
        <Button look="quiet" onClick={() => void signOut().then(() => navigate({ to: "/sign-in", search: {} }))}>
          Sign out
        </Button>
      </div>
    </div>
  );
}

/** Below 1024 pixels: the menu opens over the page, and closes when a page was chosen. */
function TopBar({ onSearch }: { onSearch: () => void }): ReactElement {
  const dialog = useRef<HTMLDialogElement>(null);
  const path = useRouterState({ select: (state) => state.location.pathname });
  useEffect(() => dialog.current?.close(), [path]);
  return (
    <header className="sticky top-0 z-40 flex h-12 items-center gap-2 border-b border-line bg-surface px-3 lg:hidden">
      <button type="button" aria-label="Menu" aria-haspopup="dialog" className={buttonClass("quiet", "px-2!")} onClick={() => dialog.current?.showModal()}>
        <svg aria-hidden="true" width="18" height="18" viewBox="0 0 16 16" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round">
          <path d="M2 4h12M2 8h12M2 12h12" />
        </svg>
      </button>
      <Logo />
      <button type="button" aria-label="Find a product" className={buttonClass("quiet", "ml-auto px-2!")} onClick={onSearch}>
        <svg aria-hidden="true" width="18" height="18" viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round">
          <circle cx="7" cy="7" r="4.5" />
          <path d="m10.5 10.5 3.5 3.5" />
        </svg>
      </button>
      <dialog
        ref={dialog}
        aria-label="Menu"
        className="m-0 h-dvh max-h-none w-72 max-w-[85vw] bg-surface p-4 text-text backdrop:bg-black/50"
        onClick={(event) => event.target === dialog.current && dialog.current.close()}
      >
        <div className="flex min-h-full flex-col gap-4">
          <div className="flex items-center">
            <Logo />
            <Button look="quiet" className="ml-auto" onClick={() => dialog.current?.close()}>
              Close
            </Button>
          </div>
          <Navigation />
          <div className="mt-auto">
            <Account />
          </div>
        </div>
      </dialog>
    </header>
  );
}
