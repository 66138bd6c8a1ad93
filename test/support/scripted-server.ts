/** A server that answers each request as the next line of its script says, and keeps what it was asked. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';

/** One line: an answer; `break` ends the connection without one, `stall` sends a head and never the body. */
export type Line =
  | 'break'
  | 'stall'
  | { readonly status?: number; readonly headers?: Readonly<Record<string, string>>; readonly body: string };

export interface ScriptedServer {
  readonly url: URL;
  readonly asked: readonly Pick<IncomingMessage, 'method' | 'url' | 'headers'>[];
  close(): void;
}

/** The last line answers all that come after it, and without any every connection ends. */
export async function scriptedServer(...script: readonly Line[]): Promise<ScriptedServer> {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    request.resume();
    const line = script[Math.min(asked.length, script.length) - 1];
    if (line === undefined || line === 'break') return void request.socket.destroy();
    if (line === 'stall') return void response.writeHead(200, { 'Content-Length': 9 }).write('{');
    response.writeHead(line.status ?? 200, line.headers).end(line.body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a port, got none');
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: new URL(`http://127.0.0.1:${address.port}`), asked, close };
}
