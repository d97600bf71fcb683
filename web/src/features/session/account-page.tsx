import { useMutation } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import { api, unwrap } from "@/api/client";
import { ApiProblem } from "@/api/problem";
import { useSession } from "@/shared/session/session";
import { useStored } from "@/shared/state/stored";
import { download } from "@/shared/table/columns";
import { Button } from "@/shared/ui/button";
import { SelectField, TextField } from "@/shared/ui/field";
import { Facts, Page, Panel } from "@/shared/ui/page";
import { Notice, ProblemNote } from "@/shared/ui/states";
import { Ago } from "@/shared/value/value";

const LOCALES = ["en-US", "en-GB", "de-DE", "fr-FR", "es-ES", "ja-JP"];

export function AccountPage(): ReactElement {
  const { session } = useSession();
  const [locale, setLocale] = useStored("arb.locale");
  const [single, setSingle] = useStored("arb.single-keys");
  const exported = useMutation({
    mutationFn: () => unwrap(api.GET("/api/v1/account/export")),
    onSuccess: (data) => download("account.json", JSON.stringify(data, null, 2), "application/json"),
  });
  return (
    <Page title="Your account" wide={false}>
      <Panel title="Session">
        <Facts
          items={[
            ["Name", session.name],
            ["Role", session.role],
            ["May", session.permissions.join(", ")],
            ["Signed in by", session.method],
            ["Session ends", <Ago key="end" at={session.expires_at} />],
          ]}
        />
      </Panel>
      <Panel title="This browser">
        <div className="grid gap-4 sm:grid-cols-2">
          <SelectField label="Numbers and dates" hint="Takes effect on the next page." value={locale ?? ""} onChange={(event) => setLocale(event.target.value || null)}>
            <option value="">As the browser: {navigator.language}</option>
            {LOCALES.map((tag) => (
              <option key={tag} value={tag}>
                {tag}
              </option>
            ))}
          </SelectField>
          <SelectField label="Single-key shortcuts" hint="“/” opens the search. Ctrl+K always does." value={single ?? "on"} onChange={(event) => setSingle(event.target.value === "off" ? "off" : null)}>
            <option value="on">On</option>
            <option value="off">Off</option>
          </SelectField>
        </div>
      </Panel>
      <PasswordPanel />
      <Panel title="Your data">
        <p className="mb-3 text-muted">Everything that is stored of you: account, sessions, keys, purchases, sales, price lists, and your entries of the audit log.</p>
        <Button busy={exported.isPending} onClick={() => exported.mutate()}>
          Download as JSON
        </Button>
        {exported.isError && <ProblemNote error={exported.error} />}
      </Panel>
    </Page>
  );
}

function PasswordPanel(): ReactElement {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const change = useMutation({
    mutationFn: () => unwrap(api.PUT("/api/v1/account/password", { body: { current, new: next } })),
    onSuccess: () => {
      setCurrent("");
      setNext("");
    },
  });
  const fields = change.error instanceof ApiProblem ? change.error.fields() : {};
  return (
    <Panel title="Password">
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (!change.isPending) change.mutate();
        }}
      >
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField label="Present password" type="password" autoComplete="current-password" required value={current} onChange={(event) => setCurrent(event.target.value)} error={fields.current} />
          <TextField label="New password" type="password" autoComplete="new-password" required minLength={12} value={next} onChange={(event) => setNext(event.target.value)} hint="At least 12 characters. Your other sessions end." error={fields.new} />
        </div>
        <div>
          <Button type="submit" busy={change.isPending}>
            Change password
          </Button>
        </div>
        {change.isError && <ProblemNote error={change.error} />}
        {change.isSuccess && <Notice tone="gain">The password is changed. Your other sessions have ended.</Notice>}
      </form>
    </Panel>
  );
}
