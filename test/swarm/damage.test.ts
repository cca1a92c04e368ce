import { expect, test } from '@jest/globals';
import { damageFolders } from './support/campaign.ts';

/** `FOLDER_CASES=10000 npx jest test/swarm/damage` for a long campaign, `FOLDER_SEED` to repeat one. */
const cases = Number(process.env['FOLDER_CASES'] ?? 200);
const seed = Number(process.env['FOLDER_SEED'] ?? Date.now() % 2 ** 31);

test('[D20] a flipped bit or a cut file ends in the right contents or in a typed error', async () => {
  const outcomes = await damageFolders(cases, seed).catch((error: unknown) => {
    throw new Error(`FOLDER_SEED=${seed}`, { cause: error });
  });
  if (process.env['FOLDER_CASES'] !== undefined) console.info(`seed ${seed}`, outcomes);
  expect(outcomes.cases).toBe(cases);
  expect(outcomes.right).toBeGreaterThan(0);
  expect(outcomes.errors.ERR_FOLDER_DAMAGED).toBeGreaterThan(0);
}, 3_600_000);
