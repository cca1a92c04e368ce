import { expect, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import { thrown } from '../support/store-helpers.ts';

test('[C11] MemoryStore refuses an option that it does not have, and names it', () => {
  const error = thrown(() => new MemoryStore({ histroy: 5 } as never), 'ERR_INVALID_OBJECT');
  expect(error['path']).toEqual(['histroy']);
  expect(error.message).toContain("there is no option 'histroy'; there ");
});
