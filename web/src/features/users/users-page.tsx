import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import { api, idempotencyKey, type Schemas, unwrap } from "@/api/client";
import { ApiProblem } from "@/api/problem";
import { useSession } from "@/shared/session/session";
import { download } from "@/shared/table/columns";
import { PlainTable } from "@/shared/table/data-table";
import { Badge } from "@/shared/ui/badge";
import { Button } from "@/shared/ui/button";
import { SelectField, TextField } from "@/shared/ui/field";
import { FormEnd, Modal } from "@/shared/ui/modal";
import { Page, Panel } from "@/shared/ui/page";
import { QueryView } from "@/shared/ui/query-view";
import { Secret } from "@/shared/ui/secret";
import { ProblemNote } from "@/shared/ui/states";
import { Ago } from "@/shared/value/value";

type User = Schemas["User"];
type Role = User["role"];

const ROLES: [Role, string][] = [
  ["viewer", "viewer: reads"],
  ["buyer", "buyer: also what-if, price lists, execute, own portfolio"],
  ["operator", "operator: also runs, quarantine, products, alert rules"],
  ["admin", "admin: also users, keys, parameters, audit"],
];

export function UsersPage(): ReactElement {
  const query = useQuery({ queryKey: ["users"], queryFn: ({ signal }) => unwrap(api.GET("/api/v1/users", { params: { query: { limit: 200 } }, signal })) });
  const [isNew, setNew] = useState(false);
  const [edited, setEdited] = useState<User | null>(null);
  return (
    <Page
      title="Users"
      lead="Who may sign in, and with which role. A program gets a key instead: API keys."
      actions={
        <Button look="primary" onClick={() => setNew(true)}>
          New user
        </Button>
      }
    >
      <Panel title="Users">
        <QueryView query={query} label="users">
          {({ items }) => (
            <PlainTable
              label="Users"
              rows={items}
              rowId={(user) => user.id}
              columns={[
                { id: "name", header: "Name", value: (user) => user.name, cell: (user) => <span className="font-medium">{user.name}</span> },
                { id: "role", header: "Role", value: (user) => user.role },
                { id: "kind", header: "Kind", value: (user) => user.kind },
                { id: "signin", header: "Signs in by", value: (user) => user.has_password, cell: (user) => [user.has_password && "password", user.is_oidc && "OpenID Connect"].filter(Boolean).join(", ") || "link only" },
                { id: "state", header: "State", value: (user) => user.is_active, cell: (user) => (user.is_active ? <Badge tone="gain">Active</Badge> : <Badge>Inactive</Badge>) },
                { id: "seen", header: "Last seen", value: (user) => user.last_seen_at, cell: (user) => <Ago at={user.last_seen_at} />, align: "right" },
                {
                  id: "edit",
                  header: "Change",
                  value: () => null,
                  cell: (user) => (
                    <Button className="min-h-7! py-0.5!" onClick={() => setEdited(user)} aria-label={`Change ${user.name}`}>
                      Change
                    </Button>
                  ),
                  align: "right",
                },
              ]}
            />
          )}
        </QueryView>
      </Panel>
      {isNew && <CreateUser onClose={() => setNew(false)} />}
      {edited && <ChangeUser user={edited} onClose={() => setEdited(null)} />}
    </Page>
  );
}

function RoleField({ value, onChange }: { value: Role; onChange: (role: Role) => void }): ReactElement {
  return (
    <SelectField label="Role" value={value} onChange={(event) => onChange(event.target.value as Role)}>
      {ROLES.map(([role, label]) => (
        <option key={role} value={role}>
          {label}
        </option>
      ))}
    </SelectField>
  );
}

function CreateUser({ onClose }: { onClose: () => void }): ReactElement {
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [password, setPassword] = useState("");
  const create = useMutation({
    mutationFn: () => unwrap(api.POST("/api/v1/users", { headers: { "Idempotency-Key": idempotencyKey() }, body: { name: name.trim(), role, kind: "person", password: password || null } })),
    onSuccess: (user) => {
      void client.invalidateQueries({ queryKey: ["users"] });
      if (!user.sign_in_link) onClose();
    },
  });
  const fields = create.error instanceof ApiProblem ? create.error.fields() : {};
  const link = create.data?.sign_in_link;
  return (
    <Modal title="New user" onClose={onClose}>
      {link ? (
        <div className="flex flex-col gap-3">
          <p>{create.data?.name} signs in once by this link, and sets a password then. It is shown only now.</p>
          <Secret value={link.startsWith("/") ? location.origin + link : link} label="Sign-in link" />
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
          <TextField label="Name" required maxLength={100} autoComplete="off" value={name} onChange={(event) => setName(event.target.value)} error={fields.name} />
          <RoleField value={role} onChange={setRole} />
          <TextField label="Password" type="password" autoComplete="new-password" minLength={12} hint="At least 12 characters. Empty: a one-time link is made instead." value={password} onChange={(event) => setPassword(event.target.value)} error={fields.password} />
          <FormEnd sent={create} onClose={onClose}>
            Create
          </FormEnd>
        </form>
      )}
    </Modal>
  );
}

function ChangeUser({ user, onClose }: { user: User; onClose: () => void }): ReactElement {
  const client = useQueryClient();
  const { session } = useSession();
  const [role, setRole] = useState<Role>(user.role);
  const [isActive, setActive] = useState(user.is_active);
  const [password, setPassword] = useState("");
  const [isErasing, setErasing] = useState(false);
  const isOwn = session.user_id === user.id;
  const done = (): void => {
    void client.invalidateQueries({ queryKey: ["users"] });
    onClose();
  };
  const change: Schemas["UserUpdate"] = {
    ...(role === user.role ? {} : { role }),
    ...(isActive === user.is_active ? {} : { is_active: isActive }),
    ...(password ? { password } : {}),
  };
  const save = useMutation({
    mutationFn: () => unwrap(api.PUT("/api/v1/users/{user_id}", { params: { path: { user_id: user.id } }, headers: { "Idempotency-Key": idempotencyKey() }, body: change })),
    onSuccess: done,
  });
  const erase = useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/v1/users/{user_id}", { params: { path: { user_id: user.id } }, headers: { "Idempotency-Key": idempotencyKey() } })),
    onSuccess: done,
  });
  const exported = useMutation({
    mutationFn: () => unwrap(api.GET("/api/v1/users/{user_id}/export", { params: { path: { user_id: user.id } } })),
    onSuccess: (data) => download(`${user.name}.json`, JSON.stringify(data, null, 2), "application/json"),
  });
  const fields = save.error instanceof ApiProblem ? save.error.fields() : {};
  return (
    <Modal title={`User ${user.name}`} onClose={onClose}>
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (Object.keys(change).length === 0) onClose();
          else if (!save.isPending) save.mutate();
        }}
      >
        <RoleField value={role} onChange={setRole} />
        {isOwn && role !== user.role && <p className="text-warn">This is your own account: you lose what the new role does not include.</p>}
        <TextField label="New password" type="password" autoComplete="new-password" minLength={12} hint="Empty: stays. All sessions of the user end with a new one." value={password} onChange={(event) => setPassword(event.target.value)} error={fields.password} />
        <label className="flex items-center gap-2">
          <input type="checkbox" className="size-4" checked={isActive} disabled={isOwn} onChange={(event) => setActive(event.target.checked)} />
          Active: may sign in
        </label>
        {save.isError && <ProblemNote error={save.error} />}
        {erase.isError && <ProblemNote error={erase.error} />}
        {exported.isError && <ProblemNote error={exported.error} />}
        <div className="flex flex-wrap justify-end gap-2">
          <span className="mr-auto flex gap-2">
            <Button busy={exported.isPending} onClick={() => exported.mutate()}>
              Export data
            </Button>
            {!isOwn &&
              (isErasing ? (
                <Button look="danger" busy={erase.isPending} onClick={() => erase.mutate()}>
                  Erase for good
                </Button>
              ) : (
                <Button look="danger" onClick={() => setErasing(true)}>
                  Erase
                </Button>
              ))}
          </span>
          <Button onClick={onClose}>Close</Button>
          <Button type="submit" look="primary" busy={save.isPending}>
            Save
          </Button>
        </div>
        {isErasing && <p className="text-sm text-muted">The account, its keys and sessions are deleted. Purchases stay, without the name.</p>}
      </form>
    </Modal>
  );
}
