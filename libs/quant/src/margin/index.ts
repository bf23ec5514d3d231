export { SIMM_2_5 } from './simm/simm-2-5.ts';
export { type SimmAddOnMargin, type SimmAddOns } from './simm/simm-add-ons.ts';
export {
  simmMargin, SIMM_LICENCE_NOTICE, type SimmMargin, type SimmOptions, type SimmPortfolio, type SimmProductMargin, type SimmRiskClassMargin,
} from './simm/simm-margin.ts';
export { type SimmBucketMargin, type SimmMeasureMargin } from './simm/measure-margin.ts';
export { SIMM_RISK_CLASSES, SIMM_TENORS, type SimmParameters, type SimmRiskClass, type SimmTenor } from './simm/simm-parameters.ts';
export { SIMM_PRODUCT_CLASSES, SIMM_RISK_TYPES, type SimmProductClass, type SimmRiskType, type SimmSensitivity } from './simm/simm-sensitivity.ts';
export { UNDERLYING_CLASSES, type MarginPosition, type OptionPosition, type PartialPosition, type StockPosition, type UnderlyingClass } from './margin-position.ts';
export { roundedToCents } from './money.ts';
export { largestSpreadLoss, nakedOptionDeposit, optionSetDeposit, type OptionSetDeposit } from './rules/option-requirement.ts';
export { ruleGroup, stockMaintenance, type RuleGroup } from './rules/rule-group.ts';
export { accountMargin, RULE_MARGIN_SET, ruleMargin, type RuleMargin, type RuleMarginOptions } from './rules/rule-margin.ts';
export { ruleCalls, type RuleCall, type RuleCallInput } from './rules/rule-calls.ts';
export { intradayMargin, intradayOrderCheck, type IntradayDeficit, type IntradayMargin, type IntradayOrderAnswer, type IntradayPoint } from './rules/intraday-margin.ts';
export { specialMemorandumAccount, type MemorandumEntry } from './rules/special-memorandum-account.ts';
export { PORTFOLIO_MARGIN_SET, portfolioMargin, type ClassGroup, type PortfolioMargin, type PortfolioMarginOptions } from './portfolio/portfolio-margin.ts';
export { futuresMarginAt, futuresTableMargin, type FuturesMarginAt, type FuturesMarginRow } from './scan/futures-margin.ts';
export { commodityScan, SCAN_SCENARIOS, type CommodityScan, type ScanParameters, type ScanPosition, type Scenario as ScanScenario } from './scan/scan-risk.ts';
export { SCAN_MARGIN_SET, scanMargin, type CommodityMargin, type CommoditySpread, type ScanMargin } from './scan/scan-margin.ts';
export {
  HOUSE_CLASSES, HOUSE_RATES, houseCorrelation, houseMargin,
  type HouseClass, type HouseMargin, type HouseMarginOptions, type HousePosition, type HousePositionMargin,
} from './house/house-margin.ts';
export { csaCall, type CsaCall, type CsaTerms } from './calls/csa-call.ts';
export { marginUtilisation, type MarginUtilisation, type UtilisationBounds } from './calls/margin-utilisation.ts';
export { bookDynamics, callProbability, simulateTimeToCall, type CallDynamics, type CallForecast } from './calls/time-to-call.ts';
export { allocateCollateral, collateralSubstitutions, type AllocationOptions, type AllocationShadowPrices, type CollateralAllocation, type CollateralPledge, type CollateralSubstitution } from './allocation/allocate-collateral.ts';
export { CURRENCY_MISMATCH_HAIRCUT, type CollateralAsset, type CollateralObligation } from './allocation/collateral-terms.ts';
export { RuleMarginBook } from './rules/rule-margin-book.ts';
