import { ambientOnlyInOwners } from './ambient-only-in-owners.mjs';
import { exemptionHasReason } from './exemption-has-reason.mjs';
import { noServiceImportsAnother } from './no-service-imports-another.mjs';
import { topicNamesInOnePlace } from './topic-names-in-one-place.mjs';

/** Rules that hold what ARCHITECTURE.md promises and no published rule can say. */
export default {
  meta: { name: 'nautilus' },
  rules: {
    'ambient-only-in-owners': ambientOnlyInOwners,
    'exemption-has-reason': exemptionHasReason,
    'no-service-imports-another': noServiceImportsAnother,
    'topic-names-in-one-place': topicNamesInOnePlace,
  },
};
