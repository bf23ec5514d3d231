/** How the text of a field is to be read: `price` may carry a prefix, `magnitude` a K, M or B. */
export type FieldKind = 'price' | 'number' | 'magnitude' | 'percent' | 'flag' | 'text';

export interface SnapshotField {
  readonly id: string;
  readonly name: string;
  readonly kind: FieldKind;
}

const TABLE: Readonly<Record<FieldKind, string>> = {
  price: `31 last_price, 84 bid_price, 86 ask_price, 7295 open, 7296 close, 70 high, 71 low, 7741 prior_close, 7635 mark_price,
    7293 52_week_high, 7294 52_week_low, 7674 ema_200, 7675 ema_100, 7676 ema_50, 7677 ema_20`,
  number: `6008 conid, 6457 underlying_conid, 82 change, 7682 change_since_open, 7290 p_e, 7291 eps, 7286 dividend_amount, 7671 dividends,
    7672 dividends_ttm, 7696 spx_delta, 7718 beta, 7762 volume_long, 74 avg_price, 7920 daily_pnl_raw, 7921 cost_basis_raw, 7285 put_call_ratio,
    7085 put_call_interest, 7086 put_call_volume, 7308 delta, 7309 gamma, 7310 theta, 7311 vega`,
  magnitude: `88 bid_size, 85 ask_size, 7059 last_size, 87 volume, 7282 average_volume_90, 7289 market_cap, 73 market_value, 75 unrealized_pnl,
    76 formatted_position, 77 formatted_unrealized_pnl, 78 daily_pnl, 79 realized_pnl, 7292 cost_basis, 7089 opt_volume, 7638 option_open_interest,
    7697 futures_open_interest, 7636 shortable_shares`,
  percent: `83 change_percent, 80 unrealized_pnl_percent, 7084 implied_vol_hist_vol_percent, 7087 hist_vol_percent, 7088 hist_vol_close_percent,
    7283 option_implied_vol_percent, 7287 dividend_yield_percent, 7607 opt_volume_change_percent, 7633 implied_vol_percent,
    7637 shortable_fee_rate_percent, 7639 percent_of_mark_value, 7678 price_to_ema_200_percent, 7679 price_to_ema_100_percent,
    7724 price_to_ema_50_percent, 7681 price_to_ema_20_percent, 7694 probability_of_max_return, 7702 probability_of_max_loss,
    7703 profit_probability, 7698 last_yield, 7699 bid_yield, 7720 ask_yield`,
  flag: '7184 can_be_traded, 7768 has_trading_permissions',
  text: `55 symbol, 58 text, 201 right, 6004 exchange, 6070 sec_type, 6072 months, 6073 regular_expiry, 6119 market_data_marker, 6508 service_params,
    6509 market_data_availability, 7051 company_name, 7057 ask_codes, 7058 last_exch_codes, 7068 bid_codes, 7094 conid_exchange,
    7219 contract_description, 7220 contract_description_alt, 7221 listing_exchange, 7280 industry, 7281 category, 7288 ex_date_dividend,
    7644 shortable, 7655 morningstar_rating, 7683 upcoming_event, 7684 upcoming_event_date, 7685 upcoming_analyst_meeting, 7686 upcoming_earnings,
    7687 upcoming_misc_event, 7688 recent_analyst_meeting, 7689 recent_earnings, 7690 recent_misc_event, 7695 break_even, 7704 organization_type,
    7705 debt_class, 7706 ratings, 7707 bond_state_code, 7708 bond_type, 7714 last_trading_date, 7715 issue_date`,
};

/** Snapshot fields of the Client Portal by their number, as text. Numbers and meaning: IBKR Campus, "Market data fields". */
export const SNAPSHOT_FIELDS: ReadonlyMap<string, SnapshotField> = new Map(
  (Object.entries(TABLE) as [FieldKind, string][]).flatMap(([kind, list]) =>
    list.split(',').map((entry) => {
      const [id = '', name = ''] = entry.trim().split(' ');
      return [id, { id, name, kind }] as const;
    }),
  ),
);

/** What a quote needs: last, bid and ask with sizes, exact volume, the day's range, symbol, availability. */
export const QUOTE_FIELDS: readonly string[] = ['31', '84', '86', '88', '85', '87', '7762', '7295', '70', '71', '7741', '55', '6509'];

const TIMELINESS: Readonly<Record<string, string>> = {
  R: 'realtime', S: 'streaming', D: 'delayed', Z: 'frozen', Y: 'frozen_delayed', N: 'not_subscribed', O: 'incomplete_agreement',
};

export interface Availability {
  /** `realtime`, `streaming`, `delayed`, `frozen`, `frozen_delayed`, `not_subscribed` or `incomplete_agreement`; null when not told. */
  readonly timeliness: string | null;
  readonly hasSnapshot: boolean;
  readonly isConsolidated: boolean;
  readonly hasBook: boolean;
}

/** Field 6509, a letter each for timeliness, kind of delivery and book; undefined for a letter that has no meaning here. */
export function availabilityOf(text: string): Availability | undefined {
  if (!/^[RSDZYNOPpBi]*$/.test(text)) return undefined;
  const timeliness = [...text].map((letter) => TIMELINESS[letter]).find((word) => word !== undefined);
  return { timeliness: timeliness ?? null, hasSnapshot: text.includes('P'), isConsolidated: text.includes('p'), hasBook: text.includes('B') };
}
