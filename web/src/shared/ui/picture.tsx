import { type ReactElement, useState } from "react";

/** A product's picture through this server; nothing where there is none: its name needs the room. */
export function Picture({ src, size = 32 }: { src: string | null | undefined; size?: number }): ReactElement | null {
  const [failed, setFailed] = useState(false);
  // No request leaves this server: an address elsewhere is not loaded.
  const isOwn = src?.startsWith("/") && !src.startsWith("//");
  if (!src || !isOwn || failed) return null;
  return <img src={src} alt="" width={size} height={size} loading="lazy" className="shrink-0 rounded object-contain" style={{ width: size, height: size }} onError={() => setFailed(true)} />;
}
