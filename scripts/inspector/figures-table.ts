import type { FramesReport } from './frames.ts';

const begin = '<!-- figures of npm run inspector -- frames: do not edit -->';
const end = '<!-- end of figures -->';

/** The document with the figures of a report. */
export function withFigures(document: string, report: FramesReport): string {
  const [before, rest] = document.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined)
    throw new Error('docs/inspector.md has lost the markers of its figures');
  const { cpu, cores, load, node, chromium } = report.machine;
  const rows = report.views.map(
    ({ view, frames, longestTaskCpuMs, framesOver50Ms, longestFrameMs }) =>
      `| ${view} | ${frames} | ${longestTaskCpuMs} ms | ${framesOver50Ms} | ${longestFrameMs} ms |`,
  );
  const table = [
    '| view | frames | longest task | frames over 50 ms | longest frame |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ];
  const where =
    `${cpu}, ${cores} processors, on which ${load} programs wanted to run; ` +
    `Node.js ${node}, Chromium ${chromium} without a graphics card.`;
  return `${before}${begin}\n\n${table.join('\n')}\n\n${where}\n\n${end}${after}`;
}
