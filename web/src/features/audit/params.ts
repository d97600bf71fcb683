import { defineParams, text } from "@/shared/url/params";

export const auditParams = defineParams({ action: text(), object_type: text(), object_id: text() });
