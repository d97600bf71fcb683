import { Dialog, DialogBackdrop, DialogPanel, DialogTitle } from "@headlessui/react";
import type { ReactElement, ReactNode } from "react";

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
