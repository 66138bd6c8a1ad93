/** A server that answers rightly for a while: afterwards it hangs up on everybody, or gives a wrong answer. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import * as v from 'valibot';
import { DEFAULT_MODEL, goldenFile } from '../../bench/load/workloads.ts';
import { Golden, goldenRows } from '../../models/build/golden.ts';
import { listen } from './listen.ts';

export interface FlakyServer {
  readonly url: URL;
  close(): void;
}

export interface FlakyServerOptions {
  /** Answers before it goes wrong. */
  readonly rightAnswers: number;
  readonly afterwards: 'close' | 'lie';
}

/** It knows the golden predictions of the default model. */
export async function flakyServer({ rightAnswers, afterwards }: FlakyServerOptions): Promise<FlakyServer> {
  const { inputs, outputs } = goldenRows(v.parse(Golden, JSON.parse(readFileSync(goldenFile(DEFAULT_MODEL), 'utf8'))));
  const predictions = new Map(inputs.map((features, row) => [JSON.stringify({ features }), outputs[row]]));
  let answered = 0;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      answered += 1;
      const isRight = answered <= rightAnswers;
      if (!isRight && afterwards === 'close') return void request.socket.destroy();
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ prediction: isRight ? predictions.get(body) : 0 }));
    });
  });
  return listen(server);
}
