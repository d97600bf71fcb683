import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactElement, ReactNode } from "react";
import { ProblemNote, ProblemView, SkeletonRows } from "./states";

type Props<T> = {
  query: UseQueryResult<T>;
  /** What is loaded, in the plural or with its article: "offers", "the valuation". */
  label: string;
  skeleton?: ReactNode;
  children: (data: T) => ReactNode;
};

/** The states of one query: loading, failed, shown, and shown while a refresh failed. */
export function QueryView<T>({ query, label, skeleton, children }: Props<T>): ReactElement {
  const retry = (): void => void query.refetch();
  if (query.data !== undefined) {
    return (
      <>
        {query.isError && <ProblemNote error={query.error} retry={retry} />}
        {children(query.data)}
      </>
    );
  }
  if (query.isError) return <ProblemView error={query.error} retry={retry} />;
  return <>{skeleton ?? <SkeletonRows label={label} />}</>;
}
