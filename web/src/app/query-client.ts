import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiProblem, isProblem } from "@/api/problem";

const MAX_RETRIES = 2;

/** Seconds to wait before a retry; a throttled request waits as long as the server asks. */
function retryDelay(attempt: number, error: unknown): number {
  if (isProblem(error, "throttled") && error.retryAfter !== null) return Math.min(error.retryAfter, 30) * 1000;
  return Math.min(1000 * 2 ** attempt, 8000);
}

function shouldRetry(failures: number, error: unknown): boolean {
  return failures < MAX_RETRIES && error instanceof ApiProblem && isProblem(error, "offline", "unavailable", "throttled");
}

/** Data changes once a day and announces itself: nothing is fetched again while a person reads. */
export function createQueryClient(onSignedOut: () => void): QueryClient {
  const check = (error: unknown): void => {
    if (isProblem(error, "signed-out")) onSignedOut();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError: check }),
    mutationCache: new MutationCache({ onError: check }),
    defaultOptions: {
      queries: { staleTime: 5 * 60_000, refetchOnWindowFocus: false, refetchOnReconnect: false, retry: shouldRetry, retryDelay },
      mutations: { retry: false },
    },
  });
}
