import { type ReactElement, useState } from "react";

/** A product's picture through this server; its kind's initials where there is none or it fails. */
export function Picture({ src, name, size = 32 }: { src: string | null | undefined; name: string; size?: number }): ReactElement {
  const [failed, setFailed] = useState(false);
  // No request leaves this server: an address elsewhere is not loaded.
  const isOwn = src?.startsWith("/") && !src.startsWith("//");
  if (src && isOwn && !failed) {
    return <img src={src} alt="" width={size} height={size} loading="lazy" className="rounded object-contain" style={{ width: size, height: size }} onError={() => setFailed(true)} />;
  }
  const initials = name
    .split(/\s+/u)
    .slice(0, 2)
    .map((word) => word.charAt(0))
    .join("")
    .toUpperCase();
  return (
    <span aria-hidden="true" className="inline-flex shrink-0 items-center justify-center rounded bg-sunken text-xs font-medium text-muted" style={{ width: size, height: size }}>
      {initials}
    </span>
  );
}
