import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

export const priceListsQuery = queryOptions({
  queryKey: ["price-lists"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/price-lists", { params: { query: { limit: 100 } }, signal })),
  // A list being valued changes by itself; a person on this page waits for it.
  refetchInterval: (query) => (query.state.data?.items.some((list) => list.status === "queued" || list.status === "running") ? 1500 : false),
});

export function priceListQuery(id: string) {
  return queryOptions({
    queryKey: ["price-lists", id],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/price-lists/{price_list_id}", { params: { path: { price_list_id: id } }, signal })),
    refetchInterval: (query) => (query.state.data?.status === "queued" || query.state.data?.status === "running" ? 1000 : false),
  });
}
