import { expect, test } from '@jest/globals';
import type { Situations } from '../../support/campaign.ts';
import { runSwarmSeed } from '../support/swarm-campaign.ts';

test('[V26] seeded faults between followSwarm and a served store lose, repeat and tear nothing', async () => {
  const seen: Situations = new Map();
  for (let seed = 1; seed <= 5; seed++) await runSwarmSeed(seed, seen);
  for (const situation of ['cut', 'garble', 'a restart of the server', 'a compacted log', 'a commit', 'a reset'])
    expect([situation, (seen.get(situation) ?? 0) > 0]).toEqual([situation, true]);
});
