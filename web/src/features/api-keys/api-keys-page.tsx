import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import { api, idempotencyKey, type Schemas, unwrap } from "@/api/client";
import { ApiProblem } from "@/api/problem";
import { PlainTable } from "@/shared/table/data-table";
import { Badge } from "@/shared/ui/badge";
import { Button } from "@/shared/ui/button";
import { SelectField, TextField } from "@/shared/ui/field";
import { FormEnd, Modal } from "@/shared/ui/modal";
import { Page, Panel } from "@/shared/ui/page";
import { QueryView } from "@/shared/ui/query-view";
import { Secret } from "@/shared/ui/secret";
import { ProblemNote, StateView } from "@/shared/ui/states";
import { Ago } from "@/shared/value/value";

type ApiKey = Schemas["ApiKey"];
type Scope = ApiKey["scopes"][number];
const SCOPES: Scope[] = ["read", "buy", "operate", "administer"];

function keyState(key: Pick<ApiKey, "revoked_at" | "expires_at">, now = new Date()): "Revoked" | "Expired" | "Valid" {
  if (key.revoked_at !== null) return "Revoked";
  return key.expires_at !== null && new Date(key.expires_at) <= now ? "Expired" : "Valid";
}

export function ApiKeysPage(): ReactElement {
  const client = useQueryClient();
  const query = useQuery({ queryKey: ["api-keys"], queryFn: ({ signal }) => unwrap(api.GET("/api/v1/api-keys", { params: { query: { limit: 200 } }, signal })) });
  const [isNew, setNew] = useState(false);
  const [revoking, setRevoking] = useState<string | null>(null);
  const revoke = useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE("/api/v1/api-keys/{key_id}", { params: { path: { key_id: id } }, headers: { "Idempotency-Key": idempotencyKey() } })),
    onSuccess: () => {
      setRevoking(null);
      void client.invalidateQueries({ queryKey: ["api-keys"] });
    },
  });
  return (
    <Page
      title="API keys"
      lead="For programs. A key is shown once; what is stored is its hash."
      actions={
        <Button look="primary" onClick={() => setNew(true)}>
          New key
        </Button>
      }
    >
      {revoke.isError && <ProblemNote error={revoke.error} />}
      <Panel title="Keys">
        <QueryView query={query} label="keys">
          {({ items }) =>
            items.length === 0 ? (
              <StateView title="No keys" headingLevel={3}>
                A program that calls the API needs one.
              </StateView>
            ) : (
              <PlainTable
                label="API keys"
                rows={items}
                rowId={(key) => key.id}
                columns={[
                  { id: "name", header: "Key", value: (key) => key.name, cell: (key) => <span><span className="font-medium">{key.name}</span> <code className="text-xs text-muted">{key.prefix}…</code></span> },
                  { id: "user", header: "Of", value: (key) => key.user_name },
                  { id: "role", header: "May", value: (key) => key.role, cell: (key) => (key.scopes.length > 0 ? key.scopes.join(", ") : `all of ${key.role}`) },
                  { id: "state", header: "State", value: (key) => keyState(key), cell: (key) => <Badge tone={keyState(key) === "Valid" ? "gain" : "neutral"}>{keyState(key)}</Badge> },
                  { id: "expires", header: "Expires", value: (key) => key.expires_at, cell: (key) => (key.expires_at ? <Ago at={key.expires_at} /> : "never"), align: "right" },
                  { id: "used", header: "Last used", value: (key) => key.last_used_at, cell: (key) => <Ago at={key.last_used_at} />, align: "right" },
                  {
                    id: "revoke",
                    header: "Revoke",
                    value: () => null,
                    cell: (key) =>
                      keyState(key) !== "Valid" ? null : revoking === key.id ? (
                        <span className="inline-flex gap-1">
                          <Button look="danger" className="min-h-7! py-0.5!" busy={revoke.isPending} onClick={() => revoke.mutate(key.id)}>
                            Revoke for good
                          </Button>
                          <Button className="min-h-7! py-0.5!" onClick={() => setRevoking(null)}>
                            Keep
                          </Button>
                        </span>
                      ) : (
                        <Button className="min-h-7! py-0.5!" onClick={() => setRevoking(key.id)} aria-label={`Revoke ${key.name}`}>
                          Revoke
                        </Button>
                      ),
                    align: "right",
                  },
                ]}
              />
            )
          }
        </QueryView>
      </Panel>
      {isNew && <CreateKey onClose={() => setNew(false)} />}
    </Page>
  );
}

const DAYS = ["30", "90", "365", ""] as const;

function CreateKey({ onClose }: { onClose: () => void }): ReactElement {
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [role, setRole] = useState<ApiKey["role"]>("viewer");
  const [scopes, setScopes] = useState<Scope[]>([]);
  const [days, setDays] = useState<string>("90");
  const create = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/api/v1/api-keys", {
          headers: { "Idempotency-Key": idempotencyKey() },
          body: { name: name.trim(), role, scopes, expires_at: days === "" ? null : new Date(Date.now() + Number(days) * 86_400_000).toISOString() },
        }),
      ),
    onSuccess: () => void client.invalidateQueries({ queryKey: ["api-keys"] }),
  });
  const fields = create.error instanceof ApiProblem ? create.error.fields() : {};
  return (
    <Modal title="New API key" onClose={onClose}>
      {create.data ? (
        <div className="flex flex-col gap-3">
          <p>
            Send it as <code>Authorization: Bearer KEY</code>. It is shown only now.
          </p>
          <Secret value={create.data.key} label="API key" />
          <div className="flex justify-end">
            <Button look="primary" onClick={onClose}>
              Done
            </Button>
          </div>
        </div>
      ) : (
        <form
          className="flex flex-col gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            if (!create.isPending) create.mutate();
          }}
        >
          <TextField label="Name" required maxLength={100} value={name} onChange={(event) => setName(event.target.value)} error={fields.name} />
          <div className="grid grid-cols-2 gap-3">
            <SelectField label="Role" value={role} onChange={(event) => setRole(event.target.value as ApiKey["role"])}>
              {["viewer", "buyer", "operator", "admin"].map((option) => (
                <option key={option}>{option}</option>
              ))}
            </SelectField>
            <SelectField label="Expires" value={days} onChange={(event) => setDays(event.target.value)} error={fields.expires_at}>
              {DAYS.map((option) => (
                <option key={option} value={option}>
                  {option === "" ? "never" : `in ${option} days`}
                </option>
              ))}
            </SelectField>
          </div>
          <fieldset>
            <legend className="mb-1 text-sm font-medium">Limited to (none: all of the role)</legend>
            <div className="flex flex-wrap gap-4">
              {SCOPES.map((scope) => (
                <label key={scope} className="inline-flex min-h-6 items-center gap-1.5">
                  <input type="checkbox" className="size-4" checked={scopes.includes(scope)} onChange={(event) => setScopes(event.target.checked ? [...scopes, scope] : scopes.filter((other) => other !== scope))} />
                  {scope}
                </label>
              ))}
            </div>
          </fieldset>
          <FormEnd sent={create} onClose={onClose}>
            Create
          </FormEnd>
        </form>
      )}
    </Modal>
  );
}
