/** One measuring window: load from the generator, with the CPU that the servers used meanwhile. */
import type { Generator } from '../load/start-generator.ts';
import type { WindowRequest, WindowResult } from '../load/window.ts';
import { cpuTimeMs } from '../meters/cpu.ts';
import type { RunningSubject } from './subject.ts';

export interface MeasuredWindow extends WindowResult {
  /** Null where it cannot be measured. */
  readonly serverCpuMs: number | null;
}

export type WindowOptions = Pick<WindowRequest, 'client' | 'connections' | 'durationMs'>;

export async function measureWindow(
  generator: Generator,
  { name, url, model, pids }: Omit<RunningSubject, 'stop'>,
  options: WindowOptions,
): Promise<MeasuredWindow> {
  const before = cpuTimeMs(pids);
  const result = await generator.run({ ...options, url: url.href, subject: name, model });
  const after = cpuTimeMs(pids);
  return { ...result, serverCpuMs: before === null || after === null ? null : after - before };
}
