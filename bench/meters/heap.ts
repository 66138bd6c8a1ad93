/** The JavaScript heap of one isolate, through workerd's inspector. */
import { once } from 'node:events';
import * as v from 'valibot';

const Answer = v.object({ result: v.object({ usedSize: v.number(), backingStorageSize: v.optional(v.number(), 0) }) });

/**
 * Bytes in use in the isolate behind an inspector's WebSocket: objects, and array buffers beside them. WebAssembly memory
 * counts nowhere here. Rejects when nobody answers as expected.
 */
export async function heapBytes(inspector: URL): Promise<number> {
  const socket = new WebSocket(inspector);
  try {
    await once(socket, 'open');
    const answer = once(socket, 'message');
    socket.send(JSON.stringify({ id: 1, method: 'Runtime.getHeapUsage' }));
    const [{ data }] = await answer;
    const { usedSize, backingStorageSize } = v.parse(Answer, JSON.parse(data)).result;
    return usedSize + backingStorageSize;
  } finally {
    socket.close();
  }
}
