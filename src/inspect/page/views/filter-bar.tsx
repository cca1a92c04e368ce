import { useState } from 'preact/hooks';
import type { Kind } from '../../../wire/generated/kinds.ts';
import type { Moment } from '../../objects/moment.ts';
import { nameOf } from '../../objects/names.ts';
import { shownLine } from '../../objects/shown-text.ts';
import { filtersOf } from '../../table/filters.ts';
import type { FilterField, SetFilter } from '../../table/filters.ts';
import { goTo } from '../model/route.ts';

interface FilterBarProps {
  readonly kind: Kind;
  readonly filter: SetFilter | undefined;
  readonly moment: Moment;
}

/** The finders of a table as filters. */
export function FilterBar({ kind, filter, moment }: FilterBarProps) {
  const filters = filtersOf(kind);
  const chosen = filters.find(({ finder }) => finder === filter?.finder);
  const set = (next: SetFilter | undefined): void => goTo({ view: 'table', kind, filter: next });
  return (
    <div class="filters" role="group" aria-label="Filter">
      <select
        aria-label="Finder"
        value={chosen?.finder ?? ''}
        onChange={(event) => {
          const finder = event.currentTarget.value;
          set(finder === '' ? undefined : { finder, values: {} });
        }}
      >
        <option value="">No filter</option>
        {filters.map(({ finder, title }) => (
          <option key={finder} value={finder}>
            By {title}
          </option>
        ))}
      </select>
      {chosen?.fields.map((field) => (
        <Field
          key={`${chosen.finder} ${field.name}`}
          field={field}
          moment={moment}
          value={filter?.values[field.name] ?? ''}
          onValue={(value) => set({ finder: chosen.finder, values: { ...filter?.values, [field.name]: value } })}
        />
      ))}
      {filter !== undefined && (
        <button type="button" onClick={() => set(undefined)}>
          Clear
        </button>
      )}
    </div>
  );
}

interface FieldProps {
  readonly field: FilterField;
  readonly moment: Moment;
  readonly value: string;
  readonly onValue: (value: string) => void;
}

/** How many names are offered. */
const MOST_NAMES = 200;

function Field({ field, moment, value, onValue }: FieldProps) {
  const [list] = useState(() => `names-${field.name}`);
  const { choices, refersTo, title } = field;
  if (choices !== undefined) {
    return (
      <select aria-label={title} value={value} onChange={(event) => onValue(event.currentTarget.value)}>
        <option value="">Any {title}</option>
        {choices.map(({ value: number, text }) => (
          <option key={number} value={number}>
            {text}
          </option>
        ))}
      </select>
    );
  }
  return (
    <>
      <input
        aria-label={title}
        placeholder={refersTo === undefined ? title : `${title}: name or id`}
        value={value}
        list={refersTo === undefined ? undefined : list}
        inputMode={field.isNumber ? 'numeric' : 'text'}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
      {refersTo !== undefined && (
        <datalist id={list}>
          {moment
            .table(refersTo)
            .rows()
            .slice(0, MOST_NAMES)
            .map((object) => (
              <option key={object.id} value={object.id}>
                {shownLine(nameOf(refersTo, object, moment))}
              </option>
            ))}
        </datalist>
      )}
    </>
  );
}
