/**
 * Why a value is null or a request was denied. A closed list: it is documented by generation, and a client
 * may branch on the code. The text is for people.
 */
export const reasons = {
  insufficient_history: 'Fewer observations than the calculation needs.',
  warming_up: 'The streaming state has not yet seen enough data.',
  no_data: 'Nothing is recorded for this instrument in the range.',
  no_volume: 'No volume traded in the window.',
  constant_series: 'The series does not vary, so the ratio is undefined.',
  no_filings: 'No filing is known for this instrument as of the time asked.',
  no_price: 'No price is known for this instrument as of the time asked.',
  outside_domain: 'The function is not defined for the value.',
  negative_denominator: 'The ratio has no meaning for a denominator that is zero or negative.',
  not_converged: 'The estimation did not converge.',
  bad_observation: 'An observation was rejected by the quality rules.',
  below_one_bucket: 'The trades do not fill one volume bucket.',
  out_of_session: 'Outside the trading session.',
  no_credentials: 'The source has no credentials, so it was not asked.',
} as const;

export type ReasonCode = keyof typeof reasons;
