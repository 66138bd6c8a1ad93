/** A server that answers each request as the next line of its script says, and keeps what it was asked. */
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen } from './listen.ts';

/** One line: an answer; `break` ends the connection without one, `stall` sends a head and never the body. */
export type Line =
  | 'break'
  | 'stall'
  | { readonly status?: number; readonly headers?: Readonly<Record<string, string>>; readonly body: string };

export interface ScriptedServer {
  readonly url: URL;
  readonly asked: readonly Pick<IncomingMessage, 'method' | 'url' | 'headers'>[];
  /** The bodies that came whole. */
  readonly bodies: readonly string[];
  close(): void;
}

/** The last line answers all that come after it, and without any every connection ends. */
export async function scriptedServer(...script: readonly Line[]): Promise<ScriptedServer> {
  const asked: IncomingMessage[] = [];
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    text(request).then(
      (body) => bodies.push(body),
      () => undefined,
    );
    const line = script[Math.min(asked.length, script.length) - 1];
    if (line === undefined || line === 'break') return void request.socket.destroy();
    if (line === 'stall') return void response.writeHead(200, { 'Content-Length': 9 }).write('{');
    response.writeHead(line.status ?? 200, line.headers).end(line.body);
  });
  return { ...(await listen(server)), asked, bodies };
}
