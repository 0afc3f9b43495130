/** Records to pictures: SVG figures, PNG, and one self-contained HTML page. The public door of the report. */
export { comparisonFigures } from './comparison.ts';
export { figures } from './figures.ts';
export { generalizationFigure } from './generalization.ts';
export { comparisonPage, page } from './page.ts';
export { png } from './png.ts';
export type {
  ComparedRun,
  ComparisonRecord,
  CurveLine,
  CurvePoint,
  CurveRecord,
  GeneralizationRecord,
  Measure,
  ReportRecord,
  SequenceRecord,
} from './records.ts';
export { type SequenceSource, sequenceRecord } from './sequence.ts';
export type { Figure } from './svg.ts';
