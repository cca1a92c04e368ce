import { suites } from './suites/all-suites.ts';
import type { Job, Run } from './suites/suite.ts';

/** A measuring process: does what its argument asks for, prints the figures, and ends. */
const job = JSON.parse(process.argv[2] ?? '{}') as Job;
const suite = suites.find(({ name }) => name === job.suite);
if (suite === undefined) throw new Error(`there is no benchmark ${job.suite}`);
if (job.task === 'check') await suite.check?.(job.contender ?? '');
else {
  const answer = job.task === 'entrants' ? suite.entrants(job.quick === true) : await suite.run(job as Run);
  process.stdout.write(JSON.stringify(answer));
}
process.exit(0);
