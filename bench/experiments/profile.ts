/** How much is measured. */

export interface Profile {
  readonly name: string;
  /** Server starts: the unit of replication. */
  readonly starts: number;
  /** Latency windows of each subject in a start. */
  readonly rounds: number;
  /** Connections of the throughput windows. */
  readonly connections: readonly [1, 8];
  readonly warmUpMs: number;
  readonly windowMs: number;
}

/** About 75 seconds with four arms: enough to see a difference of some ten percent. */
export const QUICK: Profile = {
  name: 'quick',
  starts: 5,
  rounds: 3,
  connections: [1, 8],
  warmUpMs: 300,
  windowMs: 400,
};
