import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { wasWritten } from "@/shared/undo/undo";

type LiveNews = { publications: number; opportunities: number };

const NOTHING: LiveNews = { publications: 0, opportunities: 0 };

/**
 * What has changed on the server since the page was read. Nothing on the page changes by itself:
 * the news is counted, and `apply` reads everything again when the person asks for it.
 */
export function useLiveNews(isSignedIn: boolean): { news: LiveNews; apply: () => void } {
  const client = useQueryClient();
  const [news, setNews] = useState(NOTHING);
  useEffect(() => {
    if (!isSignedIn || typeof EventSource === "undefined") return;
    const source = new EventSource("/api/v1/events");
    source.addEventListener("publication", () => setNews((old) => ({ ...old, publications: old.publications + 1 })));
    source.addEventListener("opportunity", (event: MessageEvent<string>) => {
      const { id } = JSON.parse(event.data) as { id: string };
      // What was changed here is on the page already.
      if (!wasWritten(id)) setNews((old) => ({ ...old, opportunities: old.opportunities + 1 }));
    });
    // A run's page shows its progress: this is what a person watches it for.
    source.addEventListener("run", () => void client.invalidateQueries({ queryKey: ["runs"] }));
    return () => source.close();
  }, [isSignedIn, client]);
  const apply = useCallback(() => {
    setNews(NOTHING);
    void client.invalidateQueries();
  }, [client]);
  return { news, apply };
}
