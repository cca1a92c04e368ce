import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { Series } from '../../overview/series.ts';
import type { Inspection } from '../model/inspection.ts';
import { colour, colours } from '../model/theme.ts';

interface ChartProps {
  readonly inspection: Inspection;
  readonly title: string;
  readonly series: Series;
  /** The name and the unit of each line. */
  readonly lines: readonly { readonly name: string; readonly unit: string }[];
}

const HEIGHT = 96;

/** A live chart of the last minutes. The newest values stand above it as text. */
export function Chart({ inspection, title, series, lines }: ChartProps) {
  const element = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const palette = colours.value;
  useEffect(() => {
    const target = element.current;
    if (target === null) return;
    const made = new uPlot(
      options(
        target.clientWidth,
        lines.map(({ name }) => name),
      ),
      series.data() as uPlot.AlignedData,
      target,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: target.clientWidth, height: HEIGHT }));
    observer.observe(target);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [palette]);
  const beat = inspection.beat.value;
  useEffect(() => {
    plot.current?.setData(series.data() as uPlot.AlignedData);
  }, [beat]);
  return (
    <figure class="chart">
      <figcaption>
        <span class="chart-title">{title}</span>
        {lines.map(({ name, unit }, index) => (
          <span key={name} class={`line-${index + 1}`}>
            <span class="swatch" aria-hidden="true" />
            {name} <b>{figure(series.last(index))}</b> {unit}
          </span>
        ))}
      </figcaption>
      <div ref={element} role="img" aria-label={`${title}: chart of the last minutes`} />
    </figure>
  );
}

function options(width: number, names: readonly string[]): uPlot.Options {
  const axis = {
    stroke: colour('muted'),
    grid: { stroke: colour('line'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  };
  return {
    width,
    height: HEIGHT,
    cursor: { show: false },
    legend: { show: false },
    padding: [6, 8, 0, 0],
    scales: { y: { range: (_plot, _low, high) => [0, Math.max(high * 1.1, 1)] } },
    axes: [
      { ...axis, size: 22, space: 90, values: [[1, '{HH}:{mm}:{ss}', null, null, null, null, null, null, 1]] },
      { ...axis, size: 44, space: 32 },
    ],
    series: [
      {},
      ...names.map((label, index) => ({
        label,
        stroke: colour(`line-${index + 1}`),
        width: 1.5,
        points: { show: false },
      })),
    ],
  };
}

/** A figure that stays readable at any size. */
function figure(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 1 : 0 });
}
