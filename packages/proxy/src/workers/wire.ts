/** One end of a line between the primary and a worker. What is sent arrives in order, as JSON. */
export interface Wire<Out, In> {
  /** `sent`: it has left this process, or never will. Never throws. */
  send(message: Out, sent?: () => void): void;
  /** One listener, from now on. */
  onMessage(listener: (message: In) => void): void;
}
