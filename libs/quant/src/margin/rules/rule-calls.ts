import { InvalidInputError } from '@nautilus/model';
import { roundedToCents } from '../money.ts';

export interface RuleCallInput {
  readonly equity: number;
  readonly maintenance: number;
  /** Special memorandum account after the day's trades; below 0 the trades were not covered. */
  readonly specialMemorandum: number;
  /** The firm's own requirement where it is above the rule's. */
  readonly houseRequirement?: number;
  /** A call stands open beyond its time. */
  readonly overdue?: boolean;
}

export interface RuleCall {
  readonly kind: 'fed' | 'maintenance' | 'house' | 'liquidation';
  /** To be deposited, in cents. */
  readonly amount: number;
  readonly rule: string;
}

/**
 * The calls that an account owes, none when nothing is missing. `house` is what the firm asks beyond the maintenance call;
 * `liquidation` comes when equity is used up or a call is overdue, for all that is missing.
 * @throws InvalidInputError for figures that are not finite and requirements below 0.
 */
export function ruleCalls({ equity, maintenance, specialMemorandum, houseRequirement = 0, overdue = false }: RuleCallInput): readonly RuleCall[] {
  for (const [path, value] of Object.entries({ equity, maintenance, specialMemorandum, houseRequirement }))
    if (!Number.isFinite(value) || (value < 0 && (path === 'maintenance' || path === 'houseRequirement'))) throw new InvalidInputError([{ path, message: `${value} is not possible` }]);
  const calls: RuleCall[] = [];
  const owe = (kind: RuleCall['kind'], amount: number, rule: string): void => {
    if (roundedToCents(amount) > 0) calls.push({ kind, amount: roundedToCents(amount), rule });
  };
  const missing = Math.max(0, maintenance - equity);
  owe('fed', -specialMemorandum, '12 CFR 220.4(c)');
  owe('maintenance', missing, 'FINRA 4210(c)');
  owe('house', Math.max(maintenance, houseRequirement) - Math.max(maintenance, equity), 'house');
  if (equity <= 0 || overdue) owe('liquidation', Math.max(maintenance, houseRequirement) - equity, equity <= 0 ? 'equity is used up' : 'a call is overdue');
  return calls;
}
