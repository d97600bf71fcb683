import { type QueryKey, useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";

type Page<Item> = { items: Item[]; next_cursor: string | null };

/** Rows that a list loads at most: more than a person reads, few enough for the browser. */
const MAX_ROWS = 10_000;

export type WholeList<Item> = {
  rows: Item[];
  isPending: boolean;
  /** True while further pages arrive. */
  isLoadingMore: boolean;
  /** True where the list is longer than MAX_ROWS. */
  isCut: boolean;
  error: Error | null;
  refetch: () => void;
  updatedAt: number;
};

/** A list loaded page by page: the first page shows at once, the rest arrives behind it. */
export function useWholeList<Item>(key: QueryKey, load: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<Item>>, enabled = true): WholeList<Item> {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => load(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    enabled,
  });
  const { data, hasNextPage, isFetchingNextPage, isError, fetchNextPage } = query;
  const rows = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  const wantsMore = hasNextPage && rows.length < MAX_ROWS;
  useEffect(() => {
    if (wantsMore && !isFetchingNextPage && !isError) void fetchNextPage();
  }, [wantsMore, isFetchingNextPage, isError, fetchNextPage]);
  return {
    rows,
    isPending: query.isPending && enabled,
    isLoadingMore: wantsMore,
    isCut: hasNextPage && !wantsMore,
    error: query.error,
    refetch: () => void query.refetch(),
    updatedAt: query.dataUpdatedAt,
  };
}
