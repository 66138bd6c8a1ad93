/** Brings the artefact and the production bundles up to date once, before any test. */
import { build } from '../../models/build/build.ts';

export default async () => {
  await build();
};
