/** Services of another make answer as ours do; those that are not installed are left out, and say so. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startArm } from '../../bench/arms/start-arm.ts';
import { readAnswer } from '../../bench/load/client.ts';
import { payloads } from '../../bench/load/payloads.ts';
import { APT_INSTALL, PEER_NAMES, whyUnavailable } from '../../bench/peers/peers.ts';
import { ROOT } from '../../models/build/workers.ts';

for (const peer of PEER_NAMES) {
  const reason = whyUnavailable(peer);
  it.skipIf(reason !== null)(`${reason ?? peer}: its answers to all golden rows are ours within 1e-4`, async () => {
    const { url, stop, processes } = await startArm(peer);
    try {
      for (const { path, method, headers, body, isRight } of payloads(peer)) {
        const response = await fetch(new URL(path, url), { method, headers, body });
        const answer = await readAnswer(response);
        expect([new TextDecoder().decode(answer.bytes), isRight(answer)]).toEqual([expect.anything(), true]);
      }
      if (process.platform === 'linux') expect(processes.length).toBeGreaterThan(0);
    } finally {
      await stop();
    }
  });
}

it('says what to install where a peer cannot be started', () => {
  const nowhere = { python: '/nowhere/python3', folder: '/nowhere' };
  for (const peer of PEER_NAMES) {
    expect(whyUnavailable(peer, peer, nowhere)).toMatch(new RegExp(`^${peer} is left out, as .*: (npm ci|apt-get)`));
  }
});

it('has one list of what to install', () => {
  const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
  const packages = APT_INSTALL.split(' ').slice(2);
  expect(read('bench/README.md')).toContain(APT_INSTALL);
  expect(
    read('.ci/run')
      .match(/packages=\(([^)]*)\)/)?.[1]
      ?.split(/\s+/),
  ).toEqual(expect.arrayContaining(packages));
});
