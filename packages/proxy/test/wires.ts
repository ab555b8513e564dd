import type { Wire } from "../src/workers/wire.js";

/** Two ends of a line within this process. What goes through it becomes JSON, and arrives later, as between processes. */
export function wires<A, B>(): { readonly near: Wire<A, B>; readonly far: Wire<B, A> } {
  const near = new End<A, B>();
  const far = new End<B, A>();
  near.other = far;
  far.other = near;
  return { near, far };
}

class End<Out, In> implements Wire<Out, In> {
  other: End<In, Out> | undefined;
  #listener: ((message: In) => void) | undefined;

  send(message: Out, sent?: () => void): void {
    const text = JSON.stringify(message);
    setImmediate(() => {
      this.other?.hear(JSON.parse(text) as Out);
      sent?.();
    });
  }

  onMessage(listener: (message: In) => void): void {
    this.#listener = listener;
  }

  hear(message: In): void {
    this.#listener?.(message);
  }
}
