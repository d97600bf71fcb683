import { type ReactElement, type ReactNode, type RefObject, useCallback, useEffect, useId, useLayoutEffect, useRef, useState } from "react";

type Props = {
  label: ReactNode;
  /** The button's name where its text is not enough. */
  name?: string;
  marked?: boolean;
  className?: string;
  children: (close: () => void) => ReactNode;
};

/** A button that opens a panel below it; closes by Escape, a click elsewhere, or the panel's own buttons. */
export function Popup({ label, name, marked = false, className = "p-3", children }: Props): ReactElement {
  const [isOpen, setOpen] = useState(false);
  const [isRight, setRight] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  useEffect(() => {
    if (!isOpen) return;
    const leave = (event: Event): void => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    const escape = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      setOpen(false);
      button.current?.focus();
    };
    document.addEventListener("pointerdown", leave);
    document.addEventListener("focusin", leave);
    document.addEventListener("keydown", escape);
    return () => {
      document.removeEventListener("pointerdown", leave);
      document.removeEventListener("focusin", leave);
      document.removeEventListener("keydown", escape);
    };
  }, [isOpen]);
  // Opens towards the side that has room.
  useLayoutEffect(() => {
    if (!isOpen || !box.current) return;
    const panel = box.current.querySelector<HTMLElement>("[data-panel]");
    const left = box.current.getBoundingClientRect().left;
    setRight(left + (panel?.offsetWidth ?? 0) > document.documentElement.clientWidth - 8);
  }, [isOpen]);
  return (
    <div ref={box} className="relative">
      <button
        ref={button}
        type="button"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        aria-label={name}
        className={`field inline-flex items-center gap-1.5 hover:bg-hover ${marked ? "border-accent! text-accent" : ""}`}
        onClick={() => setOpen(!isOpen)}
      >
        {label}
        <svg aria-hidden="true" width="10" height="10" viewBox="0 0 10 10" fill="none" stroke="currentColor" strokeWidth="1.5">
          <path d="m2 3.5 3 3 3-3" />
        </svg>
      </button>
      {isOpen && (
        <div id={id} data-panel className={`absolute top-full z-30 mt-1 max-w-[calc(100vw-1.5rem)] rounded-md border border-line bg-surface shadow-lg ${isRight ? "right-0" : "left-0"} ${className}`}>
          <Content button={button} close={() => setOpen(false)}>
            {children}
          </Content>
        </div>
      )}
    </div>
  );
}

/** The panel's content; closing gives the focus back to the button. */
function Content({ button, close, children }: { button: RefObject<HTMLButtonElement | null>; close: () => void; children: (close: () => void) => ReactNode }): ReactElement {
  const leave = useCallback(() => {
    close();
    button.current?.focus();
  }, [close, button]);
  return <>{children(leave)}</>;
}
