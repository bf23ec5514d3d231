import { JobBoard, createInProcessJobs } from '../../libs/engine/src/jobs/in-process-jobs.ts';
import { jobsConformance } from '../../libs/testkit/src/conformance/jobs.ts';
import { silentLog } from '../../libs/testkit/src/silent-log.ts';

let serial = 0;
jobsConformance(
  'the queue in this process',
  async () => {
    const board = new JobBoard();
    return {
      open: (declarations) => createInProcessJobs({ declarations, board, context: undefined, log: silentLog, newId: () => `id-${(serial += 1)}` }),
      close: async () => undefined,
    };
  },
  { durable: false },
);
