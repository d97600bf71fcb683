import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactElement, useState } from "react";
import { api, idempotencyKey, type Schemas, unwrap } from "@/api/client";
import { ApiProblem } from "@/api/problem";
import { SelectField, TextField } from "@/shared/ui/field";
import { FormEnd, Modal } from "@/shared/ui/modal";

type Create = Schemas["ProductCreate"];

/** A product of your own, beside those that the sources list. */
export function CreateDialog({ onClose }: { onClose: () => void }): ReactElement {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [draft, setDraft] = useState({ name: "", set_name: "", set_code: "", tcg_product_id: "", category: "mtg" as Create["category"], product_type: "sealed" as Create["product_type"] });
  const [key] = useState(idempotencyKey);
  const create = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/api/v1/products", {
          headers: { "Idempotency-Key": key },
          body: {
            name: draft.name,
            category: draft.category,
            product_type: draft.product_type,
            set_name: draft.set_name || null,
            set_code: draft.set_code || null,
            tcg_product_id: draft.tcg_product_id || null,
          },
        }),
      ),
    onSuccess: (product) => {
      void client.invalidateQueries({ queryKey: ["products"] });
      onClose();
      void navigate({ to: "/products/$productId", params: { productId: product.id } });
    },
  });
  const fields = create.error instanceof ApiProblem ? create.error.fields() : {};
  return (
    <Modal title="New product" onClose={onClose}>
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (!create.isPending) create.mutate();
        }}
      >
        <TextField label="Name" required maxLength={500} value={draft.name} onChange={(event) => setDraft({ ...draft, name: event.target.value })} error={fields.name} />
        <div className="grid grid-cols-2 gap-3">
          <SelectField label="Game" value={draft.category} onChange={(event) => setDraft({ ...draft, category: event.target.value as Create["category"] })}>
            <option value="mtg">Magic</option>
            <option value="pokemon">Pokémon</option>
            <option value="yugioh">Yu-Gi-Oh!</option>
          </SelectField>
          <SelectField label="Type" value={draft.product_type} onChange={(event) => setDraft({ ...draft, product_type: event.target.value as Create["product_type"] })}>
            <option value="sealed">Sealed</option>
            <option value="single">Single</option>
          </SelectField>
          <TextField label="Set" maxLength={200} value={draft.set_name} onChange={(event) => setDraft({ ...draft, set_name: event.target.value })} error={fields.set_name} />
          <TextField label="Set code" maxLength={20} value={draft.set_code} onChange={(event) => setDraft({ ...draft, set_code: event.target.value })} error={fields.set_code} />
        </div>
        <TextField label="TCGplayer id" value={draft.tcg_product_id} onChange={(event) => setDraft({ ...draft, tcg_product_id: event.target.value.trim() })} error={fields.tcg_product_id} />
        <FormEnd sent={create} onClose={onClose}>
          Create
        </FormEnd>
      </form>
    </Modal>
  );
}
