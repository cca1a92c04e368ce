import { join } from 'node:path';
import { byTaskState } from '../../src/model/find/finders.ts';
import { TaskState } from '../../src/wire/generated/enums.ts';
import { withInspector } from './browser.ts';

/** Takes the pictures of the documents, of a made-up cluster that changes. */
export async function takeScreenshots(folder: string): Promise<void> {
  await withInspector({ nodes: 12, tasks: 300 }, async (stage) => {
    const { cluster } = stage;
    const busy = async (): Promise<void> => {
      for (let step = 0; step < 24; step += 1) {
        await cluster.change(4);
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
    };
    const overview = await stage.open({ width: 1360, height: 900 });
    const dark = await stage.open({ width: 1360, height: 900, colorScheme: 'dark' });
    const compare = await stage.open({ width: 1360, height: 900 });
    await busy();
    await overview.screenshot({ path: join(folder, 'inspector-overview.png') });
    await compare.evaluate(`location.hash = '#/changes'`);
    await compare.waitForTimeout(1_000);
    await compare.screenshot({ path: join(folder, 'inspector-compare.png') });
    const [failed] = cluster.store.view((tx) => tx.tasks.find(byTaskState(TaskState.FAILED)));
    await dark.evaluate(`location.hash = '#/task/${failed?.id ?? ''}?by=byTaskState&state=${TaskState.FAILED}'`);
    await dark.waitForSelector('#tab-History');
    await dark.click('#tab-History');
    await dark.waitForTimeout(1_000);
    await dark.screenshot({ path: join(folder, 'inspector-task.png') });
  });
}
