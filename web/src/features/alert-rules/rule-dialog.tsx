import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import { api, idempotencyKey, unwrap } from "@/api/client";
import { ApiProblem } from "@/api/problem";
import { gameName, words } from "@/shared/format/format";
import { SelectField, TextField } from "@/shared/ui/field";
import { FormEnd, Modal } from "@/shared/ui/modal";
import type { AlertRule } from "./alert-rules-page";
import { DryRun } from "./dry-run";
import { EMPTY_RULE, type RuleForm, toForm, toRule } from "./rule-form";

type Props = { rule: AlertRule | null; targets: readonly string[]; onClose: () => void };

/** A rule as a form, with a dry run before it is saved. */
export function RuleDialog({ rule, targets, onClose }: Props): ReactElement {
  const client = useQueryClient();
  const [name, setName] = useState(rule?.name ?? "");
  const [form, setForm] = useState<RuleForm>(rule ? toForm(rule.rule) : { ...EMPTY_RULE, targets: targets.slice(0, 1) });
  const [isActive, setActive] = useState(rule?.is_active ?? true);
  const [isChecked, setChecked] = useState(false);
  const set = (change: Partial<RuleForm>): void => setForm({ ...form, ...change });
  const body = toRule(form, rule?.rule);
  const save = useMutation({
    mutationFn: () =>
      unwrap(
        api.PUT("/api/v1/alert-rules/{name}", {
          params: { path: { name: name.trim() } },
          headers: { "Idempotency-Key": idempotencyKey() },
          body: { is_active: isActive, rule: body },
        }),
      ),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["alert-rules"] });
      onClose();
    },
  });
  const fields = save.error instanceof ApiProblem ? save.error.fields() : {};
  const toggle = (list: readonly string[], value: string): string[] => (list.includes(value) ? list.filter((item) => item !== value) : [...list, value]);
  const choices = (legend: string, field: "targets" | "category" | "risk", options: readonly [string, string][]): ReactElement => (
    <fieldset>
      <legend className="mb-1 text-sm font-medium">{legend}</legend>
      <div className="flex flex-wrap gap-x-4 gap-y-1">
        {options.map(([value, label]) => (
          <label key={value} className="inline-flex min-h-6 items-center gap-1.5">
            <input type="checkbox" className="size-4" checked={form[field].includes(value)} onChange={() => set({ [field]: toggle(form[field], value) })} />
            {label}
          </label>
        ))}
      </div>
    </fieldset>
  );
  const limit = (field: "min_margin" | "min_profit" | "min_p_profit" | "min_confidence" | "budget", label: string): ReactElement => (
    <TextField
      label={label}
      inputMode="decimal"
      value={form[field]}
      onChange={(event) => set({ [field]: event.target.value })}
      error={fields[field] ?? (form[field].trim() !== "" && Number.isNaN(Number(form[field])) ? "A number." : undefined)}
    />
  );
  return (
    <Modal title={rule ? `Rule ${rule.name}` : "New rule"} onClose={onClose}>
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          setChecked(true);
          if (name.trim() && form.targets.length > 0 && !save.isPending) save.mutate();
        }}
      >
        {rule === null && <TextField label="Name" maxLength={100} value={name} onChange={(event) => setName(event.target.value)} error={fields.name ?? (isChecked && !name.trim() ? "Name the rule." : undefined)} />}
        {targets.length > 0 ? (
          choices("Targets", "targets", targets.map((target) => [target, target]))
        ) : (
          <p className="text-warn">No targets are configured. Set ARB_ALERTS to a rule file that names them.</p>
        )}
        {isChecked && form.targets.length === 0 && <p className="text-sm text-loss">Choose at least one target.</p>}
        {choices("Games (none: all)", "category", ["mtg", "pokemon", "yugioh"].map((game) => [game, gameName(game)]))}
        {choices("Risk (none: any)", "risk", ["low", "medium", "high"].map((risk) => [risk, words(risk)]))}
        <div className="grid grid-cols-2 gap-3 sm:grid-cols-3">
          {limit("min_margin", "Margin at least, %")}
          {limit("min_profit", "Profit at least, $")}
          {limit("budget", "Price at most, $")}
          {limit("min_p_profit", "P(profit) from, 0–1")}
          {limit("min_confidence", "Confidence from, 0–1")}
          <TextField label="Set codes" placeholder="mh3, blb" value={form.sets} onChange={(event) => set({ sets: event.target.value })} error={fields.sets} />
          <SelectField label="Sent" value={form.digest} onChange={(event) => set({ digest: event.target.value })} error={fields.digest}>
            {[...new Set(["", "immediately", "hourly", "daily at 08:00", form.digest])].map((option) => (
              <option key={option} value={option}>
                {option === "" ? "default" : option}
              </option>
            ))}
          </SelectField>
          <TextField label="Quiet hours" placeholder="22:00-07:00" value={form.quiet_hours} onChange={(event) => set({ quiet_hours: event.target.value })} error={fields.quiet_hours} />
        </div>
        <label className="flex items-center gap-2">
          <input type="checkbox" className="size-4" checked={isActive} onChange={(event) => setActive(event.target.checked)} />
          Active
        </label>
        <DryRun rule={body} />
        <FormEnd sent={save} onClose={onClose}>
          Save rule
        </FormEnd>
      </form>
    </Modal>
  );
}
