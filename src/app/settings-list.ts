/** What a cell or a task can be set to, read from its schema: for `engram cells` and `engram tasks`. */
import { type ZodType, z } from 'zod';
import { table } from '../report/table.ts';

/** One setting as a person reads it. */
export interface SettingLine {
  readonly name: string;
  readonly default: unknown;
  /** `integer 1 to 1024`, `none | lru`. */
  readonly takes: string;
  readonly describe: string;
}

interface Property {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly anyOf?: readonly Property[];
}

/** The settings of a schema, in the order they are written. */
export function settingLines(schema: ZodType): SettingLine[] {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as {
    properties?: Record<string, Property>;
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    default: property.default ?? null,
    takes: takes(property),
    describe: property.description ?? '',
  }));
}

/** Zod writes the safe integers' ends where no bound was given. */
const unbounded = (limit: number | undefined) =>
  limit === undefined || Math.abs(limit) >= Number.MAX_SAFE_INTEGER;

function takes(property: Property): string {
  if (property.const !== undefined) return String(property.const);
  if (property.enum) return property.enum.map(String).join(' | ');
  if (property.anyOf) return property.anyOf.map(takes).join(' | ');
  const { type = 'any', minimum, maximum, exclusiveMinimum } = property;
  if (exclusiveMinimum !== undefined) return `${type} above ${exclusiveMinimum}`;
  if (unbounded(minimum)) return unbounded(maximum) ? type : `${type} up to ${maximum}`;
  return unbounded(maximum) ? `${type} from ${minimum}` : `${type} ${minimum} to ${maximum}`;
}

/** A table of settings, each written as the flag that sets it. */
export function settingTable(prefix: string, lines: readonly SettingLine[], width?: number): string {
  return table(
    lines.map((line) => [
      `  --${prefix}.${line.name}`,
      line.default === null ? '' : JSON.stringify(line.default).replaceAll('"', ''),
      line.takes,
      line.describe,
    ]),
    [],
    width,
  );
}
