import { type Dispatcher, request } from "undici";

export interface AskOptions {
  readonly dispatcher?: Dispatcher;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

/** What a client sees of a server: status and body, or what went wrong. */
export async function ask(url: string, options: AskOptions = {}): Promise<string> {
  try {
    const { statusCode, body } = await request(url, options);
    return `${statusCode} ${await body.text()}`;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code ?? (error as Error).name);
  }
}
