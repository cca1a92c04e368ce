import type { Tx } from 'swarmstate';
import type { Stack } from './compose/import-compose.ts';

/** Creates all objects of a Compose file in one transaction: other readers see all of them or none. */
export function deployStack(tx: Tx, stack: Stack): void {
  for (const network of stack.networks) tx.networks.create(network);
  for (const secret of stack.secrets) tx.secrets.create(secret);
  for (const config of stack.configs) tx.configs.create(config);
  for (const service of stack.services) tx.services.create(service);
}
