import { Dialog, DialogBackdrop, DialogPanel, DialogTitle } from "@headlessui/react";
import type { ReactElement, ReactNode } from "react";
import { Button } from "./button";
import { ProblemNote } from "./states";

/** A dialog over the page; the focus goes in and comes back. */
export function Modal({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }): ReactElement {
  return (
    <Dialog open onClose={onClose} className="relative z-50">
      <DialogBackdrop className="fixed inset-0 bg-black/45" />
      <div className="fixed inset-0 flex items-start justify-center overflow-y-auto p-3 sm:p-10">
        <DialogPanel className="w-full max-w-lg rounded-lg border border-line bg-surface p-5 text-text shadow-xl">
          <DialogTitle className="mb-3 text-lg font-semibold">{title}</DialogTitle>
          {children}
        </DialogPanel>
      </div>
    </Dialog>
  );
}

/** The end of a dialog's form: what went wrong with the last try, Close, and the button that sends the form. */
export function FormEnd({ sent, onClose, children }: { sent?: { isPending: boolean; isError: boolean; error: Error | null }; onClose: () => void; children: string }): ReactElement {
  return (
    <>
      {sent?.isError && <ProblemNote error={sent.error} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Close</Button>
        <Button type="submit" look="primary" busy={sent?.isPending}>
          {children}
        </Button>
      </div>
    </>
  );
}
