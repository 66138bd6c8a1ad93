/** Where a server of a test listens: a free port of this machine. */
import { once } from 'node:events';
import type { Server } from 'node:http';

/** Its address, and what ends it with all its connections. */
export async function listen(server: Server): Promise<{ readonly url: URL; close(): void }> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a port, got none');
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: new URL(`http://127.0.0.1:${address.port}`), close };
}
