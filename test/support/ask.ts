/** Sends one request and keeps everything of the answer that a client could tell deployments apart by. */

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Question {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer> | ReadableStream;
}

/** Headers that differ from one moment to the next, or belong to the connection. */
const PASSING = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding']);

export async function ask(url: URL, { method = 'POST', path, headers = {}, body }: Question): Promise<Answer> {
  const init = { method, headers, ...(body === undefined ? {} : { body, duplex: 'half' }) };
  const response = await fetch(new URL(path, url), init);
  const kept = [...response.headers].filter(([name]) => !PASSING.has(name));
  const bytes = Buffer.from(await response.arrayBuffer());
  return { status: response.status, text: bytes.toString('latin1'), headers: Object.fromEntries(kept) };
}
