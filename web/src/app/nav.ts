import type { Permission } from "@/shared/session/session";

type NavItem = { to: string; label: string; permission: Permission; icon: string };
type NavGroup = { label: string; items: NavItem[] };

/** Icons are 16 x 16 paths, drawn with the text's colour. */
export const NAV: NavGroup[] = [
  {
    label: "Buy",
    items: [
      { to: "/", label: "Opportunities", permission: "read", icon: "M2 13h12M3.5 10.5 6.5 6l3 2.5L13 3M10.5 3H13v2.5" },
      { to: "/what-if", label: "What-if", permission: "buy", icon: "M3 4h10M3 8h10M3 12h10M6 2.5v3M10 6.5v3M5 10.5v3" },
      { to: "/price-lists", label: "Price lists", permission: "buy", icon: "M4 2h6l3 3v9H4zM10 2v3h3M6.5 8h4M6.5 11h4" },
      { to: "/portfolio", label: "Portfolio", permission: "buy", icon: "M2 5h12v8H2zM6 5V3h4v2M2 9h12" },
      { to: "/trust", label: "Trust", permission: "read", icon: "M8 2l5 2v4c0 3-2 5-5 6-3-1-5-3-5-6V4zM5.5 8l2 2 3-4" },
    ],
  },
  {
    label: "Data",
    items: [
      { to: "/sources", label: "Sources", permission: "read", icon: "M3 4c0-2 10-2 10 0v8c0 2-10 2-10 0zM3 4c0 2 10 2 10 0M3 8c0 2 10 2 10 0" },
      { to: "/runs", label: "Runs", permission: "operate", icon: "M5 3l8 5-8 5z" },
      { to: "/quarantine", label: "Quarantine", permission: "operate", icon: "M8 2l6.5 11.5h-13zM8 6.5v3.5M8 11.5v.5" },
      { to: "/products", label: "Products", permission: "read", icon: "M8 1.5l6 3v7l-6 3-6-3v-7zM2 4.5l6 3 6-3M8 7.5v7" },
      { to: "/unknown-contents", label: "Unknown contents", permission: "read", icon: "M3 5.5l5-2.5 5 2.5v5L8 13l-5-2.5zM6.8 6.8c0-1.6 2.6-1.6 2.6.1 0 1-1.3 1-1.3 2M8.1 10.4v.3" },
    ],
  },
  {
    label: "Administration",
    items: [
      { to: "/alert-rules", label: "Alert rules", permission: "operate", icon: "M4 11V7a4 4 0 0 1 8 0v4l1.2 1.5H2.8zM6.8 14h2.4" },
      { to: "/parameters", label: "Parameters", permission: "read", icon: "M3 3v10M8 3v10M13 3v10M1.5 6h3M6.5 10h3M11.5 5h3" },
      { to: "/users", label: "Users", permission: "administer", icon: "M6 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM1.5 13.5c0-5 9-5 9 0M11 7a2 2 0 1 0-.5-4M12 9c2 .5 2.5 2.5 2.5 4" },
      { to: "/api-keys", label: "API keys", permission: "administer", icon: "M5.5 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM7.8 8.2 14 2M11 5l2 2" },
      { to: "/audit", label: "Audit log", permission: "administer", icon: "M3 2h10v12H3zM5.5 5h5M5.5 8h5M5.5 11h3" },
    ],
  },
];
