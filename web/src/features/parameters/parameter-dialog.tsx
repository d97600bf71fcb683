import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import { api, idempotencyKey, unwrap } from "@/api/client";
import { ApiProblem } from "@/api/problem";
import { TextField } from "@/shared/ui/field";
import { FormEnd, Modal } from "@/shared/ui/modal";
import { Effect } from "./effect";
import type { Parameter } from "./parameters-page";
import { kindOf, readValue, shownValue } from "./value";

/** A new dated value of a parameter: its effect on today's list first, then its source, then the change. */
export function ParameterDialog({ parameter, onClose }: { parameter: Parameter; onClose: () => void }): ReactElement {
  const client = useQueryClient();
  const [text, setText] = useState(shownValue(parameter.value));
  const [validFrom, setValidFrom] = useState(() => new Date().toISOString().slice(0, 10));
  const [source, setSource] = useState("");
  const [isChecked, setChecked] = useState(false);
  const value = readValue(text, parameter.value);
  const isSame = value !== undefined && shownValue(value) === shownValue(parameter.value);
  const save = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/api/v1/parameters", {
          headers: { "Idempotency-Key": idempotencyKey() },
          body: { group: parameter.group, key: parameter.key, value: value as never, valid_from: validFrom, source: source.trim() },
        }),
      ),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["parameters"] });
      onClose();
    },
  });
  const fields = save.error instanceof ApiProblem ? save.error.fields() : {};
  return (
    <Modal title={`${parameter.group}.${parameter.key}`} onClose={onClose}>
      <form
        noValidate
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          setChecked(true);
          if (value !== undefined && !isSame && source.trim() && !save.isPending) save.mutate();
        }}
      >
        <p className="text-muted">
          Now {shownValue(parameter.value)} ({parameter.unit}), {parameter.origin}; shipped {shownValue(parameter.shipped_value)}.
        </p>
        <div className="grid grid-cols-2 gap-3">
          <TextField
            label={`New value, ${parameter.unit}`}
            value={text}
            onChange={(event) => setText(event.target.value)}
            error={fields.value ?? (value === undefined ? kindOf(parameter.value) : isChecked && isSame ? "It is the present value." : undefined)}
          />
          <TextField label="Holds from" type="date" value={validFrom} onChange={(event) => setValidFrom(event.target.value)} error={fields.valid_from} />
        </div>
        <Effect parameter={parameter} value={isSame ? undefined : value} />
        <TextField
          label="Source"
          hint="Where the value comes from: a page, a measurement, a decision. It is shown wherever the value is used."
          maxLength={500}
          value={source}
          onChange={(event) => setSource(event.target.value)}
          error={fields.source ?? (isChecked && !source.trim() ? "Name the source." : undefined)}
        />
        <FormEnd sent={save} onClose={onClose}>
          Save the value
        </FormEnd>
      </form>
    </Modal>
  );
}
