import { BAR_FORMS, WINDOW_FORMS } from './alpha-forms.ts';

/** A named expression. */
export interface NamedExpression {
  readonly name: string;
  readonly expression: string;
}

const ALPHA158_WINDOWS = [5, 10, 20, 30, 60];
const ALPHA360_DAYS = 60;

/** The 158 features of Qlib's Alpha158 under their own names: 13 of single bars, 29 in windows of 5, 10, 20, 30, 60. */
export function alpha158(): readonly NamedExpression[] {
  return [
    ...Object.entries(BAR_FORMS).map(([name, expression]) => ({ name: name.toUpperCase(), expression })),
    ...Object.entries(WINDOW_FORMS).flatMap(([name, form]) => ALPHA158_WINDOWS.map((n) => ({ name: `${name.toUpperCase()}${n}`, expression: form(n) }))),
  ];
}

/** The 360 features of Qlib's Alpha360: six fields of today and the 59 days before, prices by today's close, volume by today's. */
export function alpha360(): readonly NamedExpression[] {
  return ['close', 'open', 'high', 'low', 'vwap', 'volume'].flatMap((field) =>
    Array.from({ length: ALPHA360_DAYS }, (_, i) => {
      const daysAgo = ALPHA360_DAYS - 1 - i;
      const past = daysAgo === 0 ? `$${field}` : `Ref($${field},${daysAgo})`;
      return { name: `${field.toUpperCase()}${daysAgo}`, expression: field === 'volume' ? `${past}/($volume+1e-12)` : `${past}/$close` };
    }),
  );
}
