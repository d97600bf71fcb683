import type { Opportunity } from "./queries";

/** Whether an opportunity can still be executed: active, and confirmed in time. */
export function isOpen(opportunity: Opportunity, now: Date): boolean {
  return opportunity.status === "active" && (opportunity.expires_at === null || new Date(opportunity.expires_at) > now);
}
