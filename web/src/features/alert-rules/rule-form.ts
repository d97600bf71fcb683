/** The form of a rule and the rule itself: empty fields are left out, so that their defaults hold. */

export type RuleForm = {
  targets: string[];
  category: string[];
  risk: string[];
  sets: string;
  min_margin: string;
  min_profit: string;
  min_p_profit: string;
  min_confidence: string;
  budget: string;
  digest: string;
  quiet_hours: string;
};

export const EMPTY_RULE: RuleForm = {
  targets: [],
  category: [],
  risk: [],
  sets: "",
  min_margin: "",
  min_profit: "",
  min_p_profit: "",
  min_confidence: "",
  budget: "",
  digest: "",
  quiet_hours: "",
};

const NUMBERS = ["min_margin", "min_profit", "min_p_profit", "min_confidence", "budget"] as const;

function listed(value: unknown): string[] {
  return (Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]).map(String);
}

/** The form of a stored rule. */
export function toForm(rule: Record<string, unknown>): RuleForm {
  const form: RuleForm = { ...EMPTY_RULE, targets: listed(rule.targets), category: listed(rule.category), risk: listed(rule.risk), sets: listed(rule.sets).join(", ") };
  for (const name of NUMBERS) {
    const value = rule[name];
    if (typeof value === "number" || typeof value === "string") form[name] = String(value);
  }
  if (typeof rule.digest === "string") form.digest = rule.digest;
  if (typeof rule.quiet_hours === "string") form.quiet_hours = rule.quiet_hours;
  return form;
}

/** The rule of a form; what the form does not show (`on`, `change_percent`, ...) is kept from the stored rule. */
export function toRule(form: RuleForm, stored: Record<string, unknown> = {}): Record<string, unknown> {
  const rule = new Map(Object.entries(stored));
  const set = (name: string, value: unknown): void => {
    if (value === undefined || value === "" || (Array.isArray(value) && value.length === 0)) rule.delete(name);
    else rule.set(name, value);
  };
  set("targets", form.targets);
  set("category", form.category);
  set("risk", form.risk);
  set(
    "sets",
    form.sets
      .split(/[\s,]+/u)
      .filter(Boolean)
      .map((code) => code.toLowerCase()),
  );
  for (const name of NUMBERS) set(name, form[name].trim() === "" ? undefined : Number(form[name]));
  set("digest", form.digest);
  set("quiet_hours", form.quiet_hours.trim());
  return Object.fromEntries(rule);
}
